"""The columns of the topic tree: what they are called and what they mean."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Column(IntEnum):
    """Number of each column; the order is the one on screen."""

    TOPIC = 0
    LAST_VALUE = 1
    MESSAGES = 2
    RATE = 3
    BYTES = 4
    AGE = 5
    RETAINED = 6


TOPIC, LAST_VALUE, MESSAGES, RATE, BYTES, AGE, RETAINED = Column


class ColumnWords(NamedTuple):
    """What is written about a column.

    Attributes:
        key: what it is called where choices are kept.
        heading: the word above it.
        name: the words in the menu that chooses columns.
        meaning: the tooltip of the heading.
        width: pixels that it takes; 0 where that is shared out.

    """

    key: str
    heading: str
    name: str
    meaning: str
    width: int = 0


COUNT_WIDTH = 64
COLUMNS = (
    ColumnWords("topic", "Topic", "Topic", "Topic level"),
    ColumnWords("value", "Last value", "Last value", "What was last published on this topic"),
    ColumnWords(
        "messages",
        "Msgs",
        "Messages",
        "Application Messages received on this topic and all below",
        COUNT_WIDTH,
    ),
    ColumnWords(
        "rate",
        "Msg/s",
        "Messages per second",
        "Messages per second on this topic and all below, over two seconds",
        COUNT_WIDTH,
    ),
    ColumnWords(
        "bytes",
        "Bytes",
        "Bytes",
        "Bytes of the packets received on this topic and all below",
        66,
    ),
    ColumnWords(
        "age",
        "Age",
        "Age",
        "Time since the last message here and below; a topic is silent when it has missed its usual rhythm",
        98,
    ),
    ColumnWords(
        "retained",
        "R",
        "Retained",
        "R: seen retained on this topic, and not cleared since; a number: so many topics below",
        46,
    ),
)
HEADINGS = tuple(words.heading for words in COLUMNS)
MEANINGS = tuple(words.meaning for words in COLUMNS)
NUMBERS = frozenset((MESSAGES, RATE, BYTES, AGE, RETAINED))

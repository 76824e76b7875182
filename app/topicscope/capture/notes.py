"""Which notes of a capture are news, and which tell of trouble.

The words decide, as they do for the marks of the time slider: a recording keeps them and no more, so that what was
recorded long ago, or has been through another tool, is told apart as well.
"""

from __future__ import annotations

from typing import Final

from topicscope.capture.batch import NOTE

CALM: Final = 1
"""Bit of the first byte of a note that is news: a connection was opened, is there, or was ended as asked."""

_NEWS: Final = ("Opened ", "Connected ", "Disconnected.", "Disconnected: ")


def is_news(text: str) -> bool:
    """Tell whether a note says what somebody asked for, and no trouble."""
    return text.startswith(_NEWS)


def is_calm(first_byte: int) -> bool:
    """Tell whether the row with that first byte is a note that is news."""
    return first_byte == NOTE << 4 | CALM

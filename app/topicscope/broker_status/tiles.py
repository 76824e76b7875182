"""Any topic below $SYS as a tile of one's own: what to show is data, and can be kept in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from topicscope.broker_status.numbers import read_text
from topicscope.broker_status.words import number, size

if TYPE_CHECKING:
    from topicscope.broker_status.reader import StatusReader

TileUnit = Literal["", "bytes", "s", "ms", "%"]
_BYTE_WORDS: Final = ("byte", "heap", "memory")
_LONGEST_TITLE: Final = 60


class UserTile(NamedTuple):
    """One topic that a person wants as a tile.

    Attributes:
        topic: the whole Topic Name.
        title: what stands above the value.
        unit: of the value.
        as_rate: show how fast the number grows instead of the number.

    """

    topic: str
    title: str
    unit: TileUnit = ""
    as_rate: bool = False


class TileValue(NamedTuple):
    """What a tile shows: its value in words, a dim line below, and the number behind it, if it is one."""

    value: str
    more: str
    number: float | None


def suggested_tile(reader: StatusReader, topic: bytes) -> UserTile:
    """Make a tile of a topic: a number that only grows is shown as a rate."""
    name = read_text(topic).removeprefix("$SYS/")
    levels = name.split("/")
    title = " ".join(levels[-2:]).replace("_", " ")[:_LONGEST_TITLE]
    unit: TileUnit = "bytes" if any(word in name.lower() for word in _BYTE_WORDS) else ""
    grows = reader.is_total(topic)
    return UserTile(topic.decode(errors="surrogateescape"), title.capitalize(), unit, grows)


def tile_value(reader: StatusReader, tile: UserTile) -> TileValue:
    """Return what a tile shows now; a dash where the topic has not been told."""
    topic = tile.topic.encode(errors="surrogateescape")
    entry = reader.tree.entries.get(topic)
    if entry is None:
        return TileValue("–", "", None)
    if entry.number is None:
        return TileValue(entry.text, "", None)
    rate = reader.rate_of(entry)
    shown = _shown(entry.number, tile.unit)
    per_second = "" if rate is None else f"{_shown(rate, tile.unit)}/s"
    if tile.as_rate:
        return TileValue(per_second or "–", shown, rate)
    return TileValue(shown, per_second if reader.is_total(topic) else "", float(entry.number))


def _shown(value: float, unit: TileUnit) -> str:
    if unit == "bytes":
        return size(value)
    return f"{number(value)} {unit}".rstrip()

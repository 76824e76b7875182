"""Trees of $SYS as brokers send them, in files, and a reader that has heard one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.helpers.packets import START_NS
from topicscope.broker_status import StatusReader

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "data" / "broker_status"


class Told(NamedTuple):
    time_ns: int
    retained: bool
    topic: bytes
    payload: bytes


def tree(name: str) -> Iterator[Told]:
    """Yield the messages of one file, in their order."""
    for line in (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            seconds, retained, topic, payload = line.split("\t")
            time_ns = START_NS + int(float(seconds) * 1_000_000_000)
            yield Told(time_ns, retained == "1", topic.encode(), payload.encode())


def reader_of(name: str) -> StatusReader:
    """Return a reader that has heard a whole file."""
    reader = StatusReader()
    for told in tree(name):
        reader.update(told.topic, told.payload, told.time_ns, retained=told.retained)
    return reader

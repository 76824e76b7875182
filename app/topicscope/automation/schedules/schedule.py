"""Schedules as they are stored: what is published, at which times, from where, and until when."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import uuid4

import msgspec

from topicscope.automation.templates.template import MessageTemplate
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.capture.record import Record

FASTEST_RATE = 10_000.0
"""Messages a second that a schedule may ask for."""

LONGEST_S = 365 * 24 * 3600.0
MOST_KEPT_BYTES = 256 * 1024
"""Payload that recorded messages may bring into a schedule; more belongs into a recording."""

Shape: TypeAlias = Literal["sine", "square", "sawtooth", "triangle", "noise"]


# --- paces ---


class Interval(msgspec.Struct, frozen=True, tag="interval"):
    """A message every `every_ms` milliseconds, the first at once."""

    every_ms: float = 1000.0

    def problem(self) -> str | None:
        """Say what is wrong with it, or None."""
        return _period_problem(self.every_ms, 1)

    def words(self) -> str:
        """Say it for people."""
        return f"every {_period_text(self.every_ms)}"


class Burst(msgspec.Struct, frozen=True, tag="burst"):
    """`count` messages at once, every `every_ms` milliseconds."""

    count: int = 10
    every_ms: float = 1000.0

    def problem(self) -> str | None:
        """Say what is wrong with it, or None."""
        if self.count < 1:
            return "A burst needs at least one message."
        return _period_problem(self.every_ms, self.count)

    def words(self) -> str:
        """Say it for people."""
        return f"{self.count:,} at once every {_period_text(self.every_ms)}"


class Ramp(msgspec.Struct, frozen=True, tag="ramp"):
    """From one rate (messages a second) in a straight line to another within `over_s` seconds, and on with that."""

    from_rate: float = 1.0
    to_rate: float = 100.0
    over_s: float = 60.0

    def problem(self) -> str | None:
        """Say what is wrong with it, or None."""
        rates = (self.from_rate, self.to_rate)
        if not all(math.isfinite(rate) and 0 <= rate <= FASTEST_RATE for rate in rates):
            return f"A rate lies between 0 and {FASTEST_RATE:,.0f} messages a second."
        if not any(rates):
            return "A ramp from 0 to 0 messages a second never sends one."
        if not 0 < self.over_s <= LONGEST_S:
            return "A ramp takes more than 0 seconds, and a year at most."
        return None

    def words(self) -> str:
        """Say it for people."""
        return f"from {self.from_rate:g}/s to {self.to_rate:g}/s within {self.over_s:g} s"


AnyPace: TypeAlias = Interval | Burst | Ramp


class Waveform(msgspec.Struct, frozen=True):
    """What ``{{value}}`` is at a moment: `offset` ± `amplitude`, a period in `period_s` seconds."""

    shape: Shape = "sine"
    amplitude: float = 1.0
    offset: float = 0.0
    period_s: float = 60.0
    decimals: int = 3

    def problem(self) -> str | None:
        """Say what is wrong with it, or None."""
        if not (math.isfinite(self.amplitude) and math.isfinite(self.offset)):
            return "Amplitude and offset of a waveform are numbers."
        if not 0 < self.period_s <= LONGEST_S:
            return "The period of a waveform is more than 0 seconds, and a year at most."
        return None if 0 <= self.decimals <= 15 else "A value has 0 to 15 decimals."


# --- sources ---


class OneTemplate(msgspec.Struct, frozen=True, tag="template"):
    """The message of the schedule, again and again."""

    def problem(self) -> str | None:
        """Say what is wrong with it: nothing ever is."""
        return None


class CsvRows(msgspec.Struct, frozen=True, tag="csv"):
    """A message for each row of a CSV file; its columns are variables by the names in the first row."""

    path: str = ""
    again: bool = False
    """Whether it begins again behind the last row."""

    def problem(self) -> str | None:
        """Say what is wrong with it, or None; the file is looked at when the schedule starts."""
        return None if self.path else "Choose a CSV file."


class FolderFiles(msgspec.Struct, frozen=True, tag="folder"):
    """A message for each file of a folder, in the order of their names; its bytes are the payload.

    ``{{file}}`` and ``{{stem}}`` are its name with and without the ending.
    """

    path: str = ""
    pattern: str = "*"
    again: bool = False

    def problem(self) -> str | None:
        """Say what is wrong with it, or None; the folder is looked at when the schedule starts."""
        if not self.path:
            return "Choose a folder."
        if not self.pattern or Path(self.pattern).is_absolute() or ".." in self.pattern:
            return "A pattern names files in the folder, as in *.json."
        return None


class RecordedMessage(msgspec.Struct, frozen=True):
    """A message out of a capture; `at_ms` counts from the first."""

    at_ms: float
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: tuple[tuple[int, int | str | tuple[str, str]], ...] = ()
    binary_properties: tuple[tuple[int, bytes], ...] = ()


class Recorded(msgspec.Struct, frozen=True, tag="recorded"):
    """Messages at the times at which they were recorded: those received, in a file, or `messages` kept here.

    `speed` 2 is twice as fast; `prefix` stands in front of each Topic Name; `where` is a display filter.
    """

    path: str = ""
    messages: tuple[RecordedMessage, ...] = ()
    speed: float = 1.0
    prefix: str = ""
    where: str = ""
    again: bool = False

    def problem(self) -> str | None:
        """Say what is wrong with it, or None; the file is looked at when the schedule starts."""
        if not self.path and not self.messages:
            return "Choose a recording."
        if not 0 < self.speed <= 1000:
            return "The speed is more than 0, and 1,000 at most."
        if self.prefix and (problem := topic_name_problem(self.prefix)):
            return f"{problem}."
        return None


AnySource: TypeAlias = OneTemplate | CsvRows | FolderFiles | Recorded


def new_id() -> str:
    """Return an id that nothing else has."""
    return uuid4().hex


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that are published by themselves.

    Attributes:
        template: path of a template in the library; where it is empty, `message` is used.
        pace: when; recorded messages keep their own times.
        wave: what ``{{value}}`` is; None where there is no such variable.
        count: messages after which it ends; 0 for no such end.
        duration_s: seconds after which it ends; 0 for no such end.
        enabled: whether *start all* starts it.

    """

    id: str = msgspec.field(default_factory=new_id)
    name: str = ""
    template: str = ""
    message: MessageTemplate = MessageTemplate()
    pace: AnyPace = Interval()
    wave: Waveform | None = None
    source: AnySource = OneTemplate()
    count: int = 0
    duration_s: float = 0.0
    enabled: bool = True

    def problem(self) -> str | None:
        """Say what is wrong with it, or None."""
        for part in (self.pace, self.wave, self.source):
            if part is not None and (problem := part.problem()):
                return problem
        if self.count < 0 or not 0 <= self.duration_s <= LONGEST_S:
            return "The limits are not below zero; a schedule lasts a year at most."
        needs_message = not isinstance(self.source, Recorded) and not self.template
        return "Its message has no topic." if needs_message and not self.message.topic else None


def recorded_from(records: Iterable[Record]) -> Recorded:
    """Return a source of messages that somebody chose in a capture; raises ValueError with a sentence."""
    chosen = sorted(records, key=_time_of)
    size = sum(len(record.packet) for record in chosen)
    if not chosen or size > MOST_KEPT_BYTES:
        raise ValueError(
            f"{len(chosen):,} messages with {size // 1024:,} KiB cannot be kept in a schedule "
            f"(1 message to {MOST_KEPT_BYTES // 1024} KiB): save a recording, and replay that."
        )
    return Recorded(messages=tuple(recorded_message(one, chosen[0].time_ns) for one in chosen))


def recorded_message(record: Record, begin_ns: int) -> RecordedMessage:
    """Return a captured message without what holds for one connection only (Topic Alias, Subscription Identifier)."""
    kept = [(key, value) for key, value in record.properties if key not in _OF_ONE_CONNECTION]
    return RecordedMessage(
        at_ms=(record.time_ns - begin_ns) / 1e6,
        topic=record.topic.decode(errors="surrogateescape"),
        payload=record.payload,
        qos=min(record.qos, 2),
        retain=record.retain,
        properties=tuple((key, value) for key, value in kept if not isinstance(value, bytes)),
        binary_properties=tuple((key, value) for key, value in kept if isinstance(value, bytes)),
    )


_OF_ONE_CONNECTION = frozenset({11, 35})


def csv_columns(path: Path) -> list[str]:
    """Return the names in the first row of a CSV file; raises ValueError and OSError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return next(csv.reader(file), [])
        except csv.Error as error:
            raise ValueError(f"{path.name} is no CSV file: {error}.") from error


def _time_of(record: Record) -> int:
    return record.time_ns


def _period_problem(every_ms: float, count: int) -> str | None:
    if not math.isfinite(every_ms) or every_ms <= 0:
        return "The time between two messages is more than 0 ms."
    if every_ms > LONGEST_S * 1000:
        return "The time between two messages is a year at most."
    # A hair of room: 0.1 ms has no exact binary form.
    if count * 1000 / every_ms > FASTEST_RATE * 1.000_001:
        return f"That is more than {FASTEST_RATE:,.0f} messages a second."
    return None


def _period_text(every_ms: float) -> str:
    for unit, name in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if every_ms >= unit:
            return f"{every_ms / unit:g} {name}"
    return f"{every_ms:g} ms"

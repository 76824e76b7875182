"""Where the messages of a schedule come from: a template, rows, files, a recording.

Opening a source may read files and take long, so it is done on a thread of its own; asking for a message is quick.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
import numpy as np

from topicscope.automation.schedules.pacing import AtTimes
from topicscope.automation.schedules.schedule import (
    CsvRows,
    FolderFiles,
    OneTemplate,
    Recorded,
    recorded_message,
)
from topicscope.automation.templates.shorthand import has_code
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.recording import RecordingError
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.query import FilterContext, FilterError, compile_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from topicscope.automation.publisher import TemplateRenderer
    from topicscope.automation.schedules.schedule import RecordedMessage, Schedule
    from topicscope.automation.templates.rendering import Rendered
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.capture.batch import Batch
    from topicscope.mqtt.properties import PropertyList

LARGEST_RECORDING = 1 << 30
"""Bytes of a recording that is replayed, at most: all of it is held in memory."""

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a file that is sent, at most: no packet carries more."""

MOST_FILES = 100_000
_COLUMN_BYTES = 1 << 20


class Message(NamedTuple):
    """An Application Message ready for `Publisher.publish`."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: PropertyList


class Source(Protocol):
    """Gives the messages of a running schedule."""

    @property
    def pace(self) -> AtTimes | None:
        """The times the source itself has; None where those of the schedule hold."""
        ...

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        """Return a message, None behind the last; raises ValueError or OSError where it cannot be made."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class SourceAbandonedError(Exception):
    """Nobody wants the source any more."""


def open_source(
    schedule: Schedule,
    template: MessageTemplate,
    renderer: TemplateRenderer,
    is_wanted: Callable[[], bool],
) -> Source:
    """Open what a schedule takes its messages from.

    Raises ValueError and OSError with words for people, and SourceAbandonedError once `is_wanted` says no.
    """
    match schedule.source:
        case OneTemplate():
            return _OfTemplate(template, renderer)
        case CsvRows() as rows:
            return _OfCsv(rows, template, renderer)
        case FolderFiles() as files:
            return _OfFolder(files, template, renderer)
        case Recorded() as recorded if recorded.path:
            return _of_recording(recorded, is_wanted)
        case Recorded() as recorded:
            return _OfMessages(recorded, recorded.messages)


def is_constant(template: MessageTemplate) -> bool:
    """Tell whether every rendering of a template gives the same."""
    if template.format == "file":
        return False
    properties = msgspec.json.encode(template.properties).decode()
    return not any(map(has_code, (template.topic, template.payload, properties)))


def problem_words(error: Exception) -> str:
    """Say in a sentence why a source could not be opened, or gave no message."""
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'} cannot be read: {error.strerror or error}."
    return str(error)


def message_of(rendered: Rendered) -> Message:
    """Return what a template gave."""
    return Message(
        rendered.topic, rendered.payload, rendered.qos, rendered.retain, rendered.properties
    )


class _OfTemplate:
    """Renders the template each time, or once where that gives the same."""

    pace = None

    def __init__(self, template: MessageTemplate, renderer: TemplateRenderer) -> None:
        self._template = template
        self._renderer = renderer
        self._constant: Message | None = None
        self._is_constant = is_constant(template)

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        del index
        if self._constant is not None:
            return self._constant
        message = message_of(self._renderer.render(self._template, variables))
        if self._is_constant:
            self._constant = message
        return message

    def close(self) -> None:
        """Do nothing: no file is open."""


class _OfCsv:
    """A row at a time; no row is left out, however late it is."""

    pace = None

    def __init__(
        self, rows: CsvRows, template: MessageTemplate, renderer: TemplateRenderer
    ) -> None:
        self._rows = rows
        self._template = template
        self._renderer = renderer
        self._path = Path(rows.path).expanduser()
        self._file = self._path.open(encoding="utf-8-sig", newline="")
        try:
            self._columns = [name.strip() for name in self._next_row() or []]
            self._first = self._next_row()
            self._check()
        except BaseException:
            self.close()
            raise

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        del index
        row, self._first = self._first or self._next_row(), None
        if row is None:
            if not self._rows.again:
                return None
            self._file.seek(0)
            self._next_row()
            row = self._next_row()
            if row is None:
                return None
        cells = dict(zip(self._columns, row + [""] * len(self._columns), strict=False))
        return message_of(self._renderer.render(self._template, variables | cells))

    def close(self) -> None:
        self._file.close()

    def _check(self) -> None:
        if not any(self._columns):
            raise ValueError(f"{self._path.name} has no names of columns in its first row.")
        if self._first is None:
            raise ValueError(f"{self._path.name} has no row behind the names of its columns.")
        for name in self._columns:
            if self._columns.count(name) > 1:
                raise ValueError(f"{self._path.name} has two columns “{name[:60]}”.")

    def _next_row(self) -> list[str] | None:
        """Return the next row that is not empty; raises ValueError for what is no CSV."""
        try:
            for row in csv.reader(self._lines(), strict=True):
                if row:
                    return row
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{self._path.name} is no CSV file in UTF-8: {error}.") from error
        return None

    def _lines(self) -> Iterator[str]:
        # Not the file itself: iterating would forbid to begin again.
        while line := self._file.readline(_COLUMN_BYTES):
            yield line


class _OfFolder:
    """A file at a time; their names are taken down when the schedule starts."""

    pace = None

    def __init__(
        self, files: FolderFiles, template: MessageTemplate, renderer: TemplateRenderer
    ) -> None:
        folder = Path(files.path).expanduser()
        if not folder.is_dir():
            raise ValueError(f"There is no folder {folder}.")
        self._paths = sorted(path for path in folder.glob(files.pattern) if path.is_file())
        if not self._paths:
            raise ValueError(f"No file in {folder} is called {files.pattern}.")
        if len(self._paths) > MOST_FILES:
            raise ValueError(f"{folder} has more than {MOST_FILES:,} files.")
        self._again = files.again
        # The payload is the file's; only topic and properties are filled in.
        self._template = msgspec.structs.replace(template, payload="", format="text")
        self._renderer = renderer
        self._sent = 0

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        del index
        if self._sent >= len(self._paths) and not self._again:
            return None
        path = self._paths[self._sent % len(self._paths)]
        self._sent += 1
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError(f"{path.name} is larger than a packet can carry.")
        names = {"file": path.name, "stem": path.stem}
        message = message_of(self._renderer.render(self._template, variables | names))
        return message._replace(payload=path.read_bytes())

    def close(self) -> None:
        """Do nothing: no file stays open."""


class _OfMessages:
    """Recorded messages that the schedule itself keeps."""

    def __init__(self, recorded: Recorded, messages: Sequence[RecordedMessage]) -> None:
        times = [message.at_ms / 1000 / recorded.speed for message in messages]
        self.pace = AtTimes(times, _again_after(times) if recorded.again else None)
        self._prefix = recorded.prefix
        self._messages = messages

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        del variables
        return _replayed(self._messages[index % len(self._messages)], self._prefix)

    def close(self) -> None:
        """Do nothing: no file is open."""


class _OfLog:
    """Messages of a recording that was loaded."""

    def __init__(self, recorded: Recorded, log: CaptureLog, rows: list[int]) -> None:
        self._log, self._rows, self._prefix = log, rows, recorded.prefix
        self._begin_ns = log.record(rows[0]).time_ns
        nanoseconds = np.concatenate([one.times(0, one.count) for one in log.segments])[rows]
        # Clocks are set back now and then; nothing is due before what stands in front of it.
        seconds = np.maximum.accumulate(nanoseconds - self._begin_ns) / 1e9 / recorded.speed
        times = seconds.tolist()
        self.pace = AtTimes(times, _again_after(times) if recorded.again else None)

    def message(self, index: int, variables: dict[str, Any]) -> Message | None:
        del variables
        record = self._log.record(self._rows[index % len(self._rows)])
        return _replayed(recorded_message(record, self._begin_ns), self._prefix)

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _of_recording(recorded: Recorded, is_wanted: Callable[[], bool]) -> _OfLog:
    path = Path(recorded.path).expanduser()
    if path.stat().st_size > LARGEST_RECORDING:
        raise ValueError(f"{path.name} is larger than {LARGEST_RECORDING >> 30} GiB.")
    log = CaptureLog(memory_budget=1 << 40)

    def take(batch: Batch) -> None:
        if not is_wanted():
            raise SourceAbandonedError
        log.append(batch)

    try:
        load_recording(path, take)
        wanted = compile_filter(recorded.where, FilterContext(log))
    except RecordingError as error:
        raise ValueError(str(error)) from error
    except FilterError as error:
        raise ValueError(f"The filter of the schedule: {error}.") from error
    received, sent = _messages_of(log, wanted.predicate)
    if not received and not sent:
        raise ValueError(f"{path.name} has no message for this schedule.")
    return _OfLog(recorded, log, received or sent)


def _messages_of(log: CaptureLog, predicate: Callable[..., Any]) -> tuple[list[int], list[int]]:
    """Return the rows of the messages that a filter sees: those received, and those sent."""
    received: list[int] = []
    sent: list[int] = []
    for segment in log.segments:
        wanted = segment.first_byte[: segment.count] >> 4 == ControlPacketType.PUBLISH
        wanted &= segment.topic[: segment.count] >= 0
        seen = predicate(segment, 0, segment.count)
        if seen is not None:
            wanted &= seen
        incoming = segment.directions(0, segment.count) == Direction.IN
        received += (np.flatnonzero(wanted & incoming) + segment.first_row).tolist()
        sent += (np.flatnonzero(wanted & ~incoming) + segment.first_row).tolist()
    return received, sent


def _replayed(message: RecordedMessage, prefix: str) -> Message:
    properties: PropertyList = [*message.properties, *message.binary_properties]
    topic = prefix + message.topic
    return Message(topic, message.payload, message.qos, message.retain, properties)


def _again_after(times: Sequence[float]) -> float:
    """Return when recorded messages begin again: a usual gap behind the last; a second where there is none."""
    gap = times[-1] / (len(times) - 1) if len(times) > 1 else 0.0
    return times[-1] + (gap if gap and math.isfinite(gap) else 1.0)

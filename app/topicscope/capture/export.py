"""Rows of the capture in files that other programs read: NDJSON, CSV, or each payload as it is.

A file, or a folder of payloads, has its name only once it is complete; until then it is called ``….part``, and when
the export fails or is called off nothing is left.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from topicscope.capture.rows import (
    MESSAGE_FIELDS,
    PACKET_FIELDS,
    csv_cell,
    csv_line,
    json_line,
    message_row,
    packet_row,
)
from topicscope.payload.detect import detect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from topicscope.capture.record import Record
    from topicscope.capture.saving import CaptureSnapshot

GoOn: TypeAlias = "Callable[[int], bool]"
"""Is told how many rows are done, and says whether to go on."""

_ROWS_BETWEEN = 256
_BUFFER_BYTES = 1 << 18
_CONTENT_TYPE = 3
_LONGEST_STEM = 80
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+", re.ASCII)
_SUFFIXES = {
    "json": ".json",
    "text": ".txt",
    "cbor": ".cbor",
    "gzip": ".gz",
    "zstd": ".zst",
    "bzip2": ".bz2",
    "xz": ".xz",
    "png": ".png",
    "jpeg": ".jpg",
    "gif": ".gif",
    "webp": ".webp",
    "pdf": ".pdf",
}


class ExportError(Exception):
    """An export was not made; the text says why, for people."""


class ExportFormat(Enum):
    """What is written."""

    NDJSON = "ndjson"
    """One JSON object a line, as `read --format json` prints them."""
    CSV = "csv"
    """One row a line under the names of the fields, as `read --format csv` prints them."""
    PAYLOADS = "payloads"
    """A folder with each payload in a file of its own."""


@dataclass(slots=True, frozen=True)
class Exported:
    """What came of an export.

    Attributes:
        path: the file or folder.
        written: rows in it.
        left_out: rows that have no place in it: notes, and packets among messages.
        missing: rows that had been given up before they could be written.

    """

    path: Path
    written: int
    left_out: int
    missing: int


def export(
    snapshot: CaptureSnapshot,
    rows: Iterable[int],
    path: Path,
    form: ExportFormat,
    *,
    packets: bool = False,
    go_on: GoOn | None = None,
) -> Exported | None:
    """Write these rows, in the order given; return None when `go_on` called it off.

    May run on another thread than that of the log; `go_on` is called there too. With `packets` every Control Packet is
    written, not only Application Messages; payloads are always those of messages. An existing file is replaced; a
    folder must be empty or not exist. Raises `ExportError`.
    """
    try:
        output = _output(snapshot, path, form, packets=packets)
        try:
            exported = _write(snapshot, rows, path, output, go_on)
            if exported is not None:
                output.finish()
        finally:
            output.discard()
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror or error}.") from error
    return exported


class _Output(Protocol):
    """Where records go."""

    def write(self, record: Record) -> bool:
        """Write a record; tell whether it has a place here."""

    def finish(self) -> None:
        """Give what was written its final name."""

    def discard(self) -> None:
        """Leave nothing behind, unless it is finished."""


class _Lines:
    """A file of lines."""

    def __init__(self, path: Path, form: ExportFormat, *, packets: bool) -> None:
        self._path = path
        self._packets = packets
        self._fields = PACKET_FIELDS if packets else MESSAGE_FIELDS
        self._is_csv = form is ExportFormat.CSV
        self._part, descriptor = _new(path, _open_new)
        self._file = os.fdopen(descriptor, "wb", _BUFFER_BYTES)
        if self._is_csv:
            self._file.write(csv_line(self._fields))

    def write(self, record: Record) -> bool:
        if record.is_note or not (self._packets or record.number is not None):
            return False
        row = packet_row(record, record.row + 1) if self._packets else message_row(record)
        if self._is_csv:
            self._file.write(csv_line(csv_cell(row.get(name)) for name in self._fields))
        else:
            self._file.write(json_line(row))
        return True

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        try:
            self._file.close()
        finally:
            self._part.unlink(missing_ok=True)


class _Payloads:
    """A folder with a file for each payload; the number of the message keeps the names apart."""

    def __init__(self, path: Path, digits: int) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ExportError(f"{path} is there already, and is not an empty folder.")
        self._path = path
        self._digits = digits
        self._part, _ = _new(path, _make_folder)

    def write(self, record: Record) -> bool:
        if record.number is None:
            return False
        (self._part / payload_name(record, self._digits)).write_bytes(record.payload)
        return True

    def finish(self) -> None:
        if self._path.exists():
            self._path.rmdir()
        self._part.rename(self._path)

    def discard(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)


def payload_name(record: Record, digits: int = 1) -> str:
    """Return a file name for the payload of a message: its number, its topic, and a suffix for what it seems to be."""
    topic = record.topic.decode(errors="backslashreplace")
    words = _NOT_IN_FILE_NAMES.sub("-", topic).strip("-.")[:_LONGEST_STEM].rstrip("-.")
    told = next((value for key, value in record.properties if key == _CONTENT_TYPE), "")
    kind = detect(record.payload, told if isinstance(told, str) else "")
    stem = "-".join(part for part in (f"{record.number:0{digits}}", words) if part)
    return stem + _SUFFIXES.get(kind, ".bin")


# Private


def _output(snapshot: CaptureSnapshot, path: Path, form: ExportFormat, *, packets: bool) -> _Output:
    if form is ExportFormat.PAYLOADS:
        return _Payloads(path, len(str(snapshot.rows.stop)))
    return _Lines(path, form, packets=packets)


def _write(
    snapshot: CaptureSnapshot,
    rows: Iterable[int],
    path: Path,
    output: _Output,
    go_on: GoOn | None,
) -> Exported | None:
    written = missing = done = 0
    here = snapshot.rows
    for row in rows:
        if go_on is not None and done % _ROWS_BETWEEN == 0 and not go_on(done):
            return None
        done += 1
        if row in here:
            written += output.write(snapshot.record(row))
        else:
            missing += 1
    if go_on is not None and not go_on(done):
        return None
    return Exported(path, written, done - written - missing, missing)


def _new(path: Path, make: Callable[[Path], int]) -> tuple[Path, int]:
    """Make something beside `path` that no other export writes and no crash has left."""
    for number in range(1, 100):
        part = path.with_name(path.name + (".part" if number == 1 else f".{number}.part"))
        try:
            return part, make(part)
        except FileExistsError:
            continue
    raise ExportError(f"{path.parent} holds too many unfinished exports of that name.")


def _open_new(part: Path) -> int:
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def _make_folder(part: Path) -> int:
    part.mkdir(mode=0o700)
    return -1

"""Segments of the capture in files: written once, then read through memory maps.

A file is one page that says what it is, then blocks; each block holds the rows of one segment, or of a part of one,
and all that is needed to read it without the rest: the Topic Names that its rows bear, and the protocol version of
its connections. Everything begins at a page, numbers are little-endian. A block is its head, the columns from the
widest numbers to the narrowest so that each is aligned, the Topic Names end to end, and on a page of their own the
packets. Two checksums: one over the head, so that its lengths can be trusted, one over the rest.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import struct
import sys
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.capture.segment import Arrays, Segment
from topicscope.mqtt.control_packets import Direction, ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MAGIC = b"TOPICSCOPESPILL\n"
VERSION = 1
PAGE = 4096

_FILE = struct.Struct("<16sI")
_BLOCK_MAGIC = b"SEGM"
_CHECKSUM = struct.Struct("<I")
_BLOCK = struct.Struct("<4sIqqqQQIIIII")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE})

_COLUMNS: tuple[tuple[str, str, str, int], ...] = (
    ("run_row", "<i8", "runs", 0),
    ("run_time", "<i8", "runs", 0),
    ("offset", "<u4", "rows", 1),
    ("payload_offset", "<u4", "rows", 0),
    ("topic", "<i4", "rows", 0),
    ("others", "<u4", "others", 0),
    ("run_connection", "<u4", "runs", 0),
    ("topic_id", "<i4", "topics", 0),
    ("name_end", "<u4", "topics", 0),
    ("connection", "<u4", "connections", 0),
    ("packet_identifier", "<u2", "rows", 0),
    ("first_byte", "<u1", "rows", 0),
    ("run_direction", "<u1", "runs", 0),
    ("version", "<u1", "connections", 0),
)
"""Name, type, the count in the head that says how many values there are, and how many more than that."""


class SpillError(Exception):
    """A file of segments cannot be written or read.

    Attributes:
        offset: where in the file, in bytes.
        reason: why, for people, as the end of a sentence.
        is_full: whether there is no room left, rather than no way to write.

    """

    def __init__(self, reason: str, offset: int = 0, *, is_full: bool = False) -> None:
        super().__init__(f"{reason} (at byte {offset:,})")
        self.reason = reason
        self.offset = offset
        self.is_full = is_full

    @classmethod
    def of(cls, error: OSError, offset: int = 0) -> SpillError:
        """Say what the operating system said."""
        is_full = error.errno in _FULL
        return cls(error.strerror or str(error), offset, is_full=is_full)


@dataclass(frozen=True, slots=True)
class Head:
    """What a block says of itself.

    Attributes:
        first_row: row of the capture that it begins with.
        messages_before: Application Messages in front of it.
        time_ns: when its first row crossed, nanoseconds since the epoch.
        size: bytes of packets.
        names_size: bytes of Topic Names.

    """

    first_row: int
    messages_before: int
    time_ns: int
    size: int
    names_size: int
    rows: int
    runs: int
    others: int
    topics: int
    connections: int

    @property
    def end_row(self) -> int:
        """Row behind the last."""
        return self.first_row + self.rows

    @property
    def messages(self) -> int:
        """Application Messages in the block."""
        return self.rows - self.others

    @property
    def names_begin(self) -> int:
        """Begin of the Topic Names in the block, behind all columns."""
        return _column_places(self)[-1].end

    @property
    def raw_begin(self) -> int:
        """Begin of the packets in the block."""
        return _to_page(self.names_begin + self.names_size)

    @property
    def length(self) -> int:
        """Bytes of the whole block."""
        return _to_page(self.raw_begin + self.size)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows read back from a file, and what their topic ids and connection numbers mean."""

    head: Head
    arrays: Arrays
    names: dict[int, bytes]
    versions: dict[int, ProtocolVersion]

    def segment(self) -> Segment:
        """Return the rows as a segment that cannot grow."""
        return Segment.of_arrays(self.head.first_row, self.head.messages_before, self.arrays)


class SpillFile:
    """A file that gets blocks; one thread writes it. Only its owner may read it."""

    def __init__(self, path: Path) -> None:
        """Make the file in place of what may be there; raises `SpillError`."""
        self.path = path
        self.size = 0
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise SpillError.of(error) from error
        self._put(_FILE.pack(MAGIC, VERSION).ljust(PAGE, b"\0"))

    def write(
        self,
        segment: Segment,
        begin: int,
        end: int,
        names: Sequence[bytes],
        versions: Mapping[int, ProtocolVersion],
    ) -> None:
        """Add local rows `begin` to `end` of a segment, with names of topics by id and versions of connections.

        It may run beside the thread that appends to the segment. When it raises `SpillError`, the file is
        complete up to the block before, and closed.
        """
        arrays = segment.part(begin, end)
        ids = arrays.topic[arrays.topic >= 0]
        used = np.flatnonzero(np.bincount(ids)) if len(ids) else ids
        texts = [names[topic_id] for topic_id in used.tolist()]
        connections = np.unique(arrays.run_connection)
        columns: dict[str, NDArray[np.generic]] = {
            **arrays._asdict(),
            "topic_id": used,
            "name_end": np.array(list(accumulate(map(len, texts))), np.uint32),
            "connection": connections,
            "version": np.array([versions[number] for number in connections.tolist()], np.uint8),
        }
        head = Head(
            first_row=segment.first_row + begin,
            messages_before=segment.messages_before + segment.messages_below(begin),
            time_ns=int(arrays.run_time[0]),
            size=len(arrays.raw),
            names_size=sum(map(len, texts)),
            rows=end - begin,
            runs=len(arrays.run_row),
            others=len(arrays.others),
            topics=len(texts),
            connections=len(connections),
        )
        parts: list[bytes | memoryview] = [
            np.ascontiguousarray(columns[place.name], place.kind).view(np.uint8).data
            for place in _column_places(head)
        ]
        parts.append(b"".join(texts).ljust(head.raw_begin - head.names_begin, b"\0"))
        parts += (arrays.raw.data, bytes(head.length - head.raw_begin - head.size))
        self._put(_packed(head, parts), *parts)

    def close(self) -> None:
        """Write nothing more."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _put(self, *parts: bytes | memoryview) -> None:
        """Write whole or not at all: the disk may take half a block before it is full."""
        try:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            self.close()
            raise SpillError.of(error, self.size) from error
        self.size += sum(map(len, parts))


def write_segment(
    path: Path,
    segment: Segment,
    names: Sequence[bytes],
    versions: Mapping[int, ProtocolVersion],
) -> int:
    """Write a whole sealed segment to a file of its own and return the file's size; raises `SpillError`.

    The file has its name only once it is complete.
    """
    part = path.with_name(path.name + ".part")
    file = SpillFile(part)
    try:
        file.write(segment, 0, segment.count, names, versions)
        file.close()
        part.replace(path)
    except OSError as error:
        raise SpillError.of(error) from error
    finally:
        file.close()
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return file.size


def map_segment(path: Path) -> Arrays:
    """Return the arrays of a file that `write_segment` has just made, memory-mapped; raises `SpillError`.

    Nothing but the head is read: the rest comes from disk when somebody looks at it.
    """
    mapped = _map(path)
    return _arrays(mapped, PAGE, _read_head(mapped, PAGE))


def read_heads(path: Path, problems: list[SpillError]) -> Iterator[tuple[int, Head]]:
    """Give out place and head of the blocks in a file; what ends that early goes to `problems`."""
    try:
        mapped = _map(path)
        at = PAGE
        while at < len(mapped):
            head = _read_head(mapped, at)
            yield at, head
            at += head.length
    except SpillError as error:
        problems.append(error)


def read_block(path: Path, at: int) -> Block:
    """Read and check the block at a place in a file; raises `SpillError` for anything that is not right."""
    mapped = _map(path)
    head = _read_head(mapped, at)
    columns = _columns(mapped, at, head)
    with memoryview(mapped) as whole:
        body = whole[at + _BLOCK.size + 2 * _CHECKSUM.size : at + head.length]
        stored = _CHECKSUM.unpack_from(mapped, at + _BLOCK.size + _CHECKSUM.size)[0]
        checksum = crc32(body)
        body.release()
    if checksum != stored:
        raise SpillError("its checksum is not right", at)
    names_begin = at + head.names_begin
    text = mapped[names_begin : names_begin + head.names_size]
    ends = [0, *columns.pop("name_end").tolist()]
    ids, connections = columns.pop("topic_id").tolist(), columns.pop("connection").tolist()
    versions = columns.pop("version").tolist()
    arrays = _arrays(mapped, at, head)
    if not _is_sound(head, arrays, ids, ends, connections, versions):
        raise SpillError("its columns contradict each other", at)
    return Block(
        head,
        arrays,
        {number: text[a:b] for number, (a, b) in zip(ids, pairwise(ends), strict=True)},
        {n: ProtocolVersion(version) for n, version in zip(connections, versions, strict=True)},
    )


class _ColumnPlace(NamedTuple):
    name: str
    kind: str
    begin: int
    end: int


def _column_places(head: Head) -> list[_ColumnPlace]:
    places, at = [], _to_eight(_BLOCK.size + 2 * _CHECKSUM.size)
    for name, kind, count, more in _COLUMNS:
        end = at + (getattr(head, count) + more) * int(kind[2:])
        places.append(_ColumnPlace(name, kind, at, end))
        at = end
    return places


def _packed(head: Head, body: Sequence[bytes | memoryview]) -> bytes:
    fields = _BLOCK.pack(
        _BLOCK_MAGIC,
        VERSION,
        head.first_row,
        head.messages_before,
        head.time_ns,
        head.size,
        head.names_size,
        head.rows,
        head.runs,
        head.others,
        head.topics,
        head.connections,
    )
    unused = _BLOCK.size + 2 * _CHECKSUM.size
    gap = bytes(_to_eight(unused) - unused)
    checksum = crc32(gap)
    for part in body:
        checksum = crc32(part, checksum)
    return fields + _CHECKSUM.pack(crc32(fields)) + _CHECKSUM.pack(checksum) + gap


def _read_head(mapped: mmap.mmap, at: int) -> Head:
    if at < PAGE or at + PAGE > len(mapped):
        raise SpillError("it ends in the middle of a block", min(at, len(mapped)))
    fields = mapped[at : at + _BLOCK.size]
    magic, version, *numbers = _BLOCK.unpack(fields)
    if magic != _BLOCK_MAGIC or version != VERSION:
        raise SpillError("there is no block where one should begin", at)
    if _CHECKSUM.unpack_from(mapped, at + _BLOCK.size)[0] != crc32(fields):
        raise SpillError("the head of a block is damaged", at)
    head = Head(*numbers)
    if head.rows < 1 or head.runs < 1 or head.first_row < 0:
        raise SpillError("a block has no rows", at)
    if at + head.length > len(mapped):
        raise SpillError("it ends in the middle of a block", len(mapped))
    return head


def _columns(mapped: mmap.mmap, at: int, head: Head) -> dict[str, NDArray[np.generic]]:
    return {
        place.name: np.frombuffer(
            mapped, place.kind, (place.end - place.begin) // int(place.kind[2:]), at + place.begin
        )
        for place in _column_places(head)
    }


def _arrays(mapped: mmap.mmap, at: int, head: Head) -> Arrays:
    columns = _columns(mapped, at, head)
    raw = np.frombuffer(mapped, np.uint8, head.size, at + head.raw_begin)
    wanted = {name: columns[name] for name in Arrays._fields if name != "raw"}
    return Arrays(**wanted, raw=raw)  # type: ignore[arg-type]


def _is_sound(
    head: Head,
    arrays: Arrays,
    ids: list[int],
    ends: list[int],
    connections: list[int],
    versions: list[int],
) -> bool:
    """Tell whether all values lie where others expect them, whoever made the file."""
    offset, runs, others = arrays.offset.astype(np.int64), arrays.run_row, arrays.others
    lengths = np.diff(offset)
    return bool(
        offset[0] == 0
        and offset[-1] == head.size
        and (lengths >= 0).all()
        and (arrays.payload_offset <= lengths).all()
        and runs[0] == 0
        and runs[-1] < head.rows
        and (np.diff(runs) > 0).all()
        and (
            not len(others) or (others[-1] < head.rows and (np.diff(others.astype("i8")) > 0).all())
        )
        and (arrays.run_direction <= max(Direction)).all()
        and (arrays.topic >= NOTE_TOPIC).all()
        and np.isin(arrays.topic[arrays.topic >= 0], ids).all()
        and ends[-1] == head.names_size
        and all(a <= b for a, b in pairwise(ends))
        and np.isin(arrays.run_connection, connections).all()
        and set(versions) <= set(ProtocolVersion)
    )


def _map(path: Path) -> mmap.mmap:
    """Map a whole file for reading, and check that it is one of ours."""
    options = {"trackfd": False} if sys.version_info >= (3, 13) and os.name == "posix" else {}
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < PAGE:
                raise SpillError("it is too short", os.fstat(file.fileno()).st_size)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ, **options)
    except OSError as error:
        raise SpillError.of(error) from error
    magic, version = _FILE.unpack_from(mapped, 0)
    if magic != MAGIC:
        raise SpillError("it is no file of a capture")
    if version != VERSION:
        raise SpillError(f"it is of version {version}, and only {VERSION} is known", len(MAGIC))
    return mapped


def _to_page(size: int) -> int:
    return -(-size // PAGE) * PAGE


def _to_eight(size: int) -> int:
    return -(-size // 8) * 8

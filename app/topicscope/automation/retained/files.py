"""Snapshots of retained messages as files: one line of JSON for the whole, then one for each message.

Text stays readable, and so diffs well; what is not UTF-8 is Base64. A file is written whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from topicscope.automation.retained.seen import RetainedMessage, Snapshot
from topicscope.mqtt.properties import BY_KEY, PROPERTIES, PropertyType, write_properties
from topicscope.profiles.files import StoreError, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
LARGEST_FILE = 1024 * 1024 * 1024
"""Most bytes of a snapshot that is read."""
_FORMAT = "topicscope-retained"
_SUFFIX = ".retained.ndjson"

_Qos = Annotated[int, msgspec.Meta(ge=0, le=2)]


class SnapshotError(ValueError):
    """A file is no snapshot, or not a whole one; the text says why, for people."""


class SnapshotHeader(msgspec.Struct, frozen=True):
    """What the first line of a snapshot says."""

    format: str
    version: int
    taken_ns: int
    messages: int
    broker: str = ""
    taken: str = ""
    note: str = ""


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    topic: str | None = None
    topic_base64: str | None = None
    payload: str | None = None
    payload_base64: str | None = None
    qos: _Qos = 0
    properties: list[tuple[str, Any]] = []
    seen_since_ns: int = 0
    is_certain: bool = True


def snapshot_bytes(snapshot: Snapshot, note: str = "") -> bytes:
    """Write a snapshot as a file."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(snapshot.taken_ns // 1_000_000_000))
    header = SnapshotHeader(
        _FORMAT,
        VERSION,
        snapshot.taken_ns,
        len(snapshot.messages),
        snapshot.broker,
        moment,
        note,
    )
    lines: list[msgspec.Struct] = [header]
    lines += [_line_of(message) for message in snapshot.messages.values()]
    return msgspec.json.Encoder().encode_lines(lines)


def read_snapshot(data: bytes) -> Snapshot:
    """Read a snapshot; raises SnapshotError."""
    first, *lines = data.split(b"\n")
    header = read_header(first)
    decoder = msgspec.json.Decoder(_Line)
    messages: dict[bytes, RetainedMessage] = {}
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            message = _message_of(decoder.decode(line))
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
            raise SnapshotError(f"Line {number} is no retained message: {error}.") from error
        messages[message.topic] = message
    if len(messages) != header.messages:
        raise SnapshotError(
            f"The file has {len(messages):,} messages; its first line says {header.messages:,}."
        )
    return Snapshot(messages, header.taken_ns, header.broker)


def read_header(line: bytes) -> SnapshotHeader:
    """Read the first line of a snapshot; raises SnapshotError."""
    try:
        header = msgspec.json.decode(line, type=SnapshotHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError("This is no snapshot of retained messages.") from error
    if header.format != _FORMAT:
        raise SnapshotError("This is no snapshot of retained messages.")
    if header.version != VERSION:
        raise SnapshotError(
            f"The snapshot has version {header.version}, made by a newer Topicscope; this one reads {VERSION}."
        )
    return header


class SnapshotStore:
    """Snapshots in a folder of their own: those a clearing can be undone with, and those kept by hand.

    May be used on any thread; each call reads or writes the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, snapshot: Snapshot, note: str = "") -> Path:
        """Write a snapshot so that it outlives a crash, and return its file; raises StoreError."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(snapshot.taken_ns // 1_000_000_000))
        path = self._folder / f"{moment}-{secrets.token_hex(4)}{_SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, snapshot_bytes(snapshot, note))
        except OSError as error:
            raise StoreError(f"The snapshot could not be written: {error.strerror}.") from error
        return path

    def load(self, path: Path) -> Snapshot:
        """Read a snapshot; raises SnapshotError."""
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise SnapshotError(f"{path.name} is larger than {LARGEST_FILE // 2**20:,} MiB.")
            return read_snapshot(path.read_bytes())
        except OSError as error:
            raise SnapshotError(f"{path.name} could not be read: {error.strerror}.") from error

    def list(self) -> list[tuple[Path, SnapshotHeader]]:
        """Return the files and what their first lines say, newest first; what is none is left out."""
        found: list[tuple[Path, SnapshotHeader]] = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                with path.open("rb") as file:
                    found.append((path, read_header(file.readline(65_536))))
            except (OSError, SnapshotError):
                continue
        return sorted(found, key=_age, reverse=True)

    def delete(self, path: Path) -> None:
        """Delete a snapshot; raises StoreError."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path.name} could not be deleted: {error.strerror}.") from error


def _age(item: tuple[Path, SnapshotHeader]) -> tuple[int, str]:
    return item[1].taken_ns, item[0].name


def _line_of(message: RetainedMessage) -> _Line:
    topic, topic_base64 = _text_or_base64(message.topic)
    payload, payload_base64 = _text_or_base64(message.payload)
    return _Line(
        topic=topic,
        topic_base64=topic_base64,
        payload=payload,
        payload_base64=payload_base64,
        qos=message.qos,
        properties=[(PROPERTIES[number].key, value) for number, value in message.properties],
        seen_since_ns=message.seen_since_ns,
        is_certain=message.is_certain,
    )


def _message_of(line: _Line) -> RetainedMessage:
    properties = [_property_of(key, value) for key, value in line.properties]
    write_properties(properties)
    topic = _bytes_of(line.topic, line.topic_base64)
    payload = _bytes_of(line.payload, line.payload_base64)
    if not topic or not payload:
        raise ValueError("a retained message has a Topic Name and a payload")
    return RetainedMessage(
        topic, payload, line.qos, tuple(properties), line.seen_since_ns, line.is_certain
    )


def _property_of(key: str, value: object) -> tuple[int, Any]:
    spec = BY_KEY.get(key)
    if spec is None:
        raise ValueError(f"there is no property {key}")
    if spec.type is PropertyType.BINARY and isinstance(value, str):
        return spec.identifier, base64.b64decode(value, validate=True)
    if spec.type is PropertyType.PAIR:
        if not (isinstance(value, list) and len(value) == 2):
            raise ValueError(f"{spec.name} is a pair")
        return spec.identifier, (_text(value[0]), _text(value[1]))
    return spec.identifier, value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a User Property is a pair of texts")
    return value


def _text_or_base64(data: bytes) -> tuple[str | None, str | None]:
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(data).decode()


def _bytes_of(text: str | None, encoded: str | None) -> bytes:
    if encoded is None:
        return (text or "").encode()
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is not Base64 ({error})") from error

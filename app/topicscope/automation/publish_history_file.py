"""The file of what was published.

It has a JSON object a line: a message, or the result of one (``{"of": …}``), or one that was removed. Lines are only
ever added; when there are too many, the newest messages are written anew. A thread of its own does all of it.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

from topicscope.profiles.files import write_atomically
from topicscope.profiles.folder_lock import FolderLock

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_KEPT_PAYLOAD: Final = 1 << 20
"""Bytes of a payload that the file keeps; of a larger one only the size is kept."""

_SYNC_EVERY_S = 1.0
_LONGEST_LINE = 4 << 20


class PublishedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was published.

    Attributes:
        identifier: its own for ever; made by `PublishHistory.add`.
        time: seconds since the epoch.
        payload: None where the file has not kept it, because of its `size` in bytes.
        properties: names in snake_case, as `mqtt.properties.properties_to_json` writes them.
        result: what became of it, in words; empty while it is under way.
        broker: where it went, in words.

    """

    identifier: str = ""
    time: float
    topic: str
    payload: bytes | None
    size: int = 0
    qos: int = 0
    retain: bool = False
    properties: dict[str, Any] = {}
    result: str = ""
    broker: str = ""

    @property
    def cost(self) -> int:
        """Bytes that it takes, about."""
        return 300 + len(self.topic) + len(self.payload or b"")


class HistoryFile:
    """Lines added to a file by a thread; other windows add to the same file."""

    def __init__(self, path: Path, most: int, most_bytes: int) -> None:
        self.problem = ""
        self._path = path
        self._most = most
        self._most_bytes = most_bytes
        self._lock = FolderLock(path.parent)
        self._waiting: deque[bytes] = deque()
        self._wake = threading.Condition()
        self._is_closing = False
        self._is_busy = False
        self._is_hurried = False
        self._unsynced = False
        self._lines = 0
        self._thread: threading.Thread | None = None

    def read(self) -> tuple[dict[str, PublishedMessage], int]:
        """Return what is in the file, the oldest first, and the number of damaged lines. Raises OSError."""
        with self._lock:
            found, damaged, self._lines = self._read()
            if self._lines > 2 * self._most or self._size() > 2 * self._most_bytes:
                self._rewrite(found)
        return found, damaged

    def write(self, line: bytes) -> None:
        """Hand over a line."""
        with self._wake:
            if self._is_closing:
                return
            self._waiting.append(line + b"\n")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="publish history", daemon=True
                )
                self._thread.start()
            self._wake.notify_all()

    def clear(self) -> None:
        """Empty the file."""
        with self._wake:
            self._waiting.clear()
            while self._is_busy:
                self._wake.wait()
        with contextlib.suppress(FileNotFoundError), self._lock:
            self._path.unlink()

    def flush(self) -> None:
        """Wait until all lines are on the disk."""
        with self._wake:
            while self._thread is not None and (self._waiting or self._is_busy or self._unsynced):
                self._is_hurried = True
                self._wake.notify_all()
                self._wake.wait()

    def close(self) -> None:
        """Write what is left, and end the thread."""
        with self._wake:
            self._is_closing = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        next_sync = 0.0
        while True:
            with self._wake:
                self._is_busy = False
                self._wake.notify_all()
                while not self._waiting and not self._is_closing:
                    left = next_sync - time.monotonic() if self._unsynced else None
                    if left is not None and (left <= 0 or self._is_hurried):
                        break
                    self._wake.wait(left)
                if self._is_closing and not self._waiting and not self._unsynced:
                    return
                lines = list(self._waiting)
                self._waiting.clear()
                self._is_busy = True
                must_sync = self._is_closing or self._is_hurried or time.monotonic() >= next_sync
                self._is_hurried = False
            self._append(lines, must_sync=must_sync)
            if must_sync:
                next_sync = time.monotonic() + _SYNC_EVERY_S

    def _append(self, lines: list[bytes], *, must_sync: bool) -> None:
        try:
            with self._lock:
                self._append_to_file(b"".join(lines), must_sync=must_sync)
                self._lines += len(lines)
                if self._lines > 2 * self._most or self._size() > 2 * self._most_bytes:
                    self._rewrite(self._read()[0])
        except OSError as error:
            self.problem = f"The history is not written to {self._path}: {error.strerror or error}."
            self._unsynced = False
        else:
            self.problem = ""
            self._unsynced = not must_sync

    def _append_to_file(self, data: bytes, *, must_sync: bool) -> None:
        descriptor = os.open(
            self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            if data and _ends_torn(file.fileno()):
                data = b"\n" + data
            view = memoryview(data)
            while view:
                view = view[file.write(view) or 0 :]
            if must_sync:
                os.fsync(file.fileno())

    def _read(self) -> tuple[dict[str, PublishedMessage], int, int]:
        found: dict[str, PublishedMessage] = {}
        damaged = lines = 0
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                lines += 1
                if line.strip() and not take_line(line, found):
                    damaged += 1
        size = sum(one.cost for one in found.values())
        for identifier in list(found):
            if len(found) <= self._most and size <= self._most_bytes:
                break
            size -= found.pop(identifier).cost
        return found, damaged, lines

    def _rewrite(self, found: dict[str, PublishedMessage]) -> None:
        write_atomically(self._path, b"".join(line_of(one) + b"\n" for one in found.values()))
        self._lines = len(found)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0


def _ends_torn(descriptor: int) -> bool:
    """Say whether the last line of a file has no end, as a crash may leave it."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if end == 0:
        return False
    os.lseek(descriptor, end - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def line_of(message: PublishedMessage) -> bytes:
    """Return the line of a message, without its end."""
    stored: dict[str, Any] = {
        "id": message.identifier,
        "time": message.time,
        "topic": safe(message.topic),
        "size": message.size,
        "qos": message.qos,
        "retain": message.retain,
    }
    payload = message.payload
    if payload is not None and len(payload) <= LARGEST_KEPT_PAYLOAD:
        try:
            stored["payload"] = payload.decode()
        except UnicodeDecodeError:
            stored["payload_base64"] = base64.b64encode(payload).decode()
    others = {
        "properties": message.properties,
        "result": safe(message.result),
        "broker": safe(message.broker),
    }
    return msgspec.json.encode(stored | {key: value for key, value in others.items() if value})


class _Line(msgspec.Struct):
    id: str = ""
    of: str = ""
    removed: bool = False
    time: float = 0.0
    topic: str = ""
    payload: str | None = None
    payload_base64: str | None = None
    size: int = 0
    qos: int = 0
    retain: bool = False
    properties: dict[str, Any] = {}
    result: str = ""
    broker: str = ""


_DECODER = msgspec.json.Decoder(_Line)


def take_line(line: bytes, found: dict[str, PublishedMessage]) -> bool:
    """Take a line of the file; False for one that is damaged."""
    try:
        stored = _DECODER.decode(line)
        payload = None if stored.payload is None else stored.payload.encode()
        if stored.payload_base64 is not None:
            payload = base64.b64decode(stored.payload_base64, validate=True)
    except (ValueError, RecursionError):
        return False
    if stored.of:
        if stored.removed:
            found.pop(stored.of, None)
        elif stored.of in found:
            found[stored.of] = msgspec.structs.replace(found[stored.of], result=stored.result)
        return True
    if not stored.id:
        return False
    found[stored.id] = PublishedMessage(
        identifier=stored.id,
        time=stored.time,
        topic=stored.topic,
        payload=payload,
        size=stored.size,
        qos=stored.qos,
        retain=stored.retain,
        properties=stored.properties,
        result=stored.result,
        broker=stored.broker,
    )
    return True


def safe(text: str) -> str:
    """Return a text that can be written as UTF-8."""
    return text.encode(errors="replace").decode()

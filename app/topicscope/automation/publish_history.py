"""All that was published, in any session: bounded, searchable, and kept in a file that a crash leaves whole."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING, Final

import msgspec

from topicscope.automation.publish_history_file import (
    HistoryFile,
    PublishedMessage,
    line_of,
    safe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["FILE_NAME", "MOST_BYTES", "MOST_ENTRIES", "PublishHistory", "PublishedMessage"]

FILE_NAME: Final = "published.ndjson"
MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 16 << 20


class PublishHistory:
    """The newest messages that were published; may be used from several threads.

    `path` None keeps them in memory only. `load` reads what earlier sessions have left; it blocks, `add` never does.
    `close` writes what is left.
    """

    def __init__(
        self, path: Path | None = None, *, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES
    ) -> None:
        self._entries: dict[str, PublishedMessage] = {}
        self._bytes = 0
        self._most = most
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._file = None if path is None else HistoryFile(path, most, most_bytes)

    # Methods

    def load(self) -> int:
        """Read what is in the file, and return how many damaged lines were left out. Raises OSError."""
        if self._file is None:
            return 0
        stored, damaged = self._file.read()
        with self._lock:
            own = self._entries
            self._entries = {**stored, **own}
            self._bytes = sum(one.cost for one in self._entries.values())
            self._shrink()
        return damaged

    def add(self, message: PublishedMessage) -> PublishedMessage:
        """Take a message, and return it with its identifier."""
        identifier = message.identifier or f"{time.time_ns():x}-{secrets.token_hex(3)}"
        size = message.size if message.payload is None else len(message.payload)
        message = msgspec.structs.replace(message, identifier=identifier, size=size)
        with self._lock:
            self._entries[identifier] = message
            self._bytes += message.cost
            self._shrink()
        self._write(line_of(message))
        return message

    def set_result(self, identifier: str, result: str) -> None:
        """Say what became of a message; one that is not kept any more is no error."""
        with self._lock:
            message = self._entries.get(identifier)
            if message is None or message.result == result:
                return
            self._entries[identifier] = msgspec.structs.replace(message, result=result)
        self._write(msgspec.json.encode({"of": identifier, "result": safe(result)}))

    def remove(self, identifiers: Iterable[str]) -> None:
        """Forget messages."""
        for identifier in identifiers:
            with self._lock:
                message = self._entries.pop(identifier, None)
                self._bytes -= message.cost if message else 0
            if message is not None:
                self._write(msgspec.json.encode({"of": identifier, "removed": True}))

    def clear(self) -> None:
        """Forget all, also in the file; blocks. Raises OSError."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0
        if self._file is not None:
            self._file.clear()

    def entries(self) -> list[PublishedMessage]:
        """Return all, the newest first."""
        with self._lock:
            found = list(self._entries.values())
        return sorted(found, key=_when, reverse=True)

    def search(self, text: str) -> list[PublishedMessage]:
        """Return those that have all words in topic, payload, properties, result or broker, the newest first.

        Case does not matter.
        """
        words = text.casefold().split()
        return [one for one in self.entries() if _has(one, words)]

    def flush(self) -> None:
        """Wait until all is in the file and on the disk."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Write what is left, and end the thread."""
        if self._file is not None:
            self._file.close()

    @property
    def problem(self) -> str:
        """Why the file is not written, in a sentence; empty while it is."""
        return self._file.problem if self._file is not None else ""

    # Private

    def _write(self, line: bytes) -> None:
        if self._file is not None:
            self._file.write(line)

    def _shrink(self) -> None:
        while self._entries and (
            len(self._entries) > self._most
            or (self._bytes > self._most_bytes and len(self._entries) > 1)
        ):
            oldest = next(iter(self._entries))
            self._bytes -= self._entries.pop(oldest).cost


def _has(message: PublishedMessage, words: list[str]) -> bool:
    if not words:
        return True
    payload = (message.payload or b"").decode(errors="replace")
    properties = msgspec.json.encode(message.properties).decode() if message.properties else ""
    text = "\n".join(
        (message.topic, payload, properties, message.result, message.broker)
    ).casefold()
    return all(word in text for word in words)


def _when(message: PublishedMessage) -> float:
    return message.time

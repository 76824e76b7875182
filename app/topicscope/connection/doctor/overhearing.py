"""What a server says first, kept in passing: the HTTP head with its date and server."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import shown_text

if TYPE_CHECKING:
    from topicscope.connection.transports.stream import Stream

_KEPT = 16_384


class OverhearingStream:
    """Pass everything on to ``below`` and keep the first bytes that arrive."""

    def __init__(self, below: Stream) -> None:
        self._below = below
        self.heard = b""

    @property
    def wants_write(self) -> bool:
        """True while bytes wait below."""
        return self._below.wants_write

    def fileno(self) -> int:
        """Return the file descriptor of the stream below."""
        return self._below.fileno()

    def receive(self) -> bytes:
        """Read once below."""
        data = self._below.receive()
        if len(self.heard) < _KEPT:
            self.heard += data[: _KEPT - len(self.heard)]
        return data

    def has_pending(self) -> bool:
        """Tell whether bytes wait below."""
        return self._below.has_pending()

    def send(self, data: memoryview) -> int:
        """Write below."""
        return self._below.send(data)

    def flush(self) -> None:
        """Push on what is held back below."""
        self._below.flush()

    def finish(self) -> None:
        """End the stream below."""
        self._below.finish()

    def close(self) -> None:
        """Close the stream below."""
        self._below.close()


def http_status(heard: bytes) -> str:
    """Return the status line of an HTTP answer without its version, or nothing."""
    line = heard.partition(b"\r\n")[0]
    if not line.startswith(b"HTTP/"):
        return ""
    return shown_text(line.partition(b" ")[2].decode("latin-1"))


def http_header(heard: bytes, name: str) -> str:
    """Return a header of an HTTP answer as printable text, or nothing."""
    head = heard.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower().encode():
            return shown_text(value.strip().decode("latin-1"))
    return ""


def http_date(heard: bytes) -> float | None:
    """Return the server's clock as its Date header says it (seconds since the epoch), or None."""
    text = http_header(heard, "date")
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None

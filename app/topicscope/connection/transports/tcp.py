"""Plain sockets: TCP with the addresses of a name raced against each other, and Unix sockets."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import ConnectionEnded, ended
from topicscope.connection.transports.stream import READ_SIZE, StreamClosed, StreamLost

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]

_LINGER = "hh" if sys.platform == "win32" else "ii"
"""How the system lays out ``struct linger``."""
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)
_FEW_BYTES = 4096
"""What is read at once when little comes: acknowledged at once, where more is acknowledged soon enough by itself."""
_REFUSED = {errno.ECONNREFUSED}
_TIMED_OUT = {errno.ETIMEDOUT}
_GONE = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN}


class SocketStream:
    """A connected, non-blocking socket."""

    wants_write = False

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        sock.setblocking(False)
        self._is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
        if self._is_tcp:
            # Small packets must not wait for the acknowledgement of the one before: 40 ms a round trip.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """Return the file descriptor of the socket."""
        return self._socket.fileno()

    def receive(self) -> bytes:
        """Read once from the socket."""
        try:
            data = self._socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise StreamLost(error_text(error)) from error
        if not data:
            raise StreamClosed
        if self._is_tcp and _QUICK_ACK is not None and len(data) <= _FEW_BYTES:
            # Brokers that wait for it before they send on, as Mosquitto does, would else answer 40 ms late.
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        return data

    def has_pending(self) -> bool:
        """Return False: the system knows of every byte."""
        return False

    def send(self, data: memoryview) -> int:
        """Write once to the socket."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise StreamLost(error_text(error)) from error

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def finish(self) -> None:
        """Tell the other side that nothing more comes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def reset_on_close(descriptor: int) -> None:
    """Let the close of a socket send RST, as the end of a program or a machine does, and nothing before it."""
    with contextlib.suppress(OSError):
        sock = socket.socket(fileno=descriptor)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
        finally:
            sock.detach()


def address_text(host: str, port: int) -> str:
    """Write host and port as people do, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def resolve(host: str, port: int) -> list[Address]:
    """Look the name up, IPv6 and IPv4 taking turns (RFC 8305 section 4).

    Blocks as long as the name service likes. Raises ConnectionEnded.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        # EAI_AGAIN: the name service is away, so nothing is known of the name.
        name = "no-name-service" if error.errno == socket.EAI_AGAIN else "unknown-host"
        raise ended(name, host=host) from error
    except (UnicodeError, ValueError) as error:
        raise ended("bad-host", host=host) from error
    except OSError as error:
        raise ended("unknown-host", host=host) from error
    return interleave((family, address[:4]) for family, _, _, _, address in found)  # type: ignore[misc]


def interleave(addresses: Iterable[Address]) -> list[Address]:
    """Let the two families take turns, beginning with the first one named, without doubles."""
    by_family: dict[socket.AddressFamily, list[Address]] = {}
    for address in dict.fromkeys(addresses):
        by_family.setdefault(address[0], []).append(address)
    result: list[Address] = []
    queues = list(by_family.values())
    while any(queues):
        result.extend(queue.pop(0) for queue in queues if queue)
    return result


def begin_connect(address: Address) -> socket.socket:
    """Begin to connect a new non-blocking socket; raises OSError when it fails at once."""
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        code = sock.connect_ex(address[1])
    except BaseException:
        sock.close()
        raise
    if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR):
        sock.close()
        raise OSError(code, os.strerror(code))
    return sock


def connect_error(sock: socket.socket) -> OSError | None:
    """Return why the connect of a socket that has become writable failed, or None."""
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return OSError(code, os.strerror(code)) if code else None


def dial_failure(errors: list[OSError], address: str, seconds: float) -> ConnectionEnded:
    """Make one outcome of the errors of all addresses: the one that tells most."""
    codes = {error.errno for error in errors}
    if codes & _REFUSED:
        return ended("refused", address=address)
    if not codes or codes & _TIMED_OUT:
        return ended("no-answer", address=address, seconds=f"{seconds:.0f}")
    return ended("unreachable", address=address, detail=error_text(errors[-1]))


def connect_unix(path: str, seconds: float) -> SocketStream:
    """Connect to a Unix domain socket within ``seconds``; raises ConnectionEnded."""
    if not hasattr(socket, "AF_UNIX"):
        raise ended("no-unix-sockets-here")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(seconds)
    try:
        sock.connect(path)
    except OSError as error:
        sock.close()
        if isinstance(error, TimeoutError):
            raise ended("no-answer", address=path, seconds=f"{seconds:.0f}") from error
        if isinstance(error, FileNotFoundError):
            raise ended("no-unix-socket", address=path) from error
        if isinstance(error, ConnectionRefusedError):
            raise ended("refused-unix", address=path) from error
        raise ended("unreachable", address=path, detail=error_text(error)) from error
    return SocketStream(sock)


def error_text(error: OSError) -> str:
    """Say what the system said, without numbers, in the middle of a sentence."""
    if error.errno in _GONE:
        return "the other side cut it"
    text = error.strerror or str(error) or type(error).__name__
    return text[0].lower() + text[1:]

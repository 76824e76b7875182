"""Servers on the loopback that do exactly what a test says, right or wrong."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

from topicscope.mqtt.encode import encode_connack
from topicscope.mqtt.framing import NeedData, read_variable_byte_integer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from topicscope.mqtt.control_packets import ProtocolVersion
    from topicscope.mqtt.properties import PropertyList


class FakeServer:
    """Run `script` in a thread for each connection; what it raises as OSError is the client's leave.

    Connections end when the script returns. Other exceptions of a script are raised at the end of
    the `with` block.
    """

    def __init__(
        self,
        script: Callable[[socket.socket], None],
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._script = script
        self._tls = tls
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._errors: list[BaseException] = []
        self._ending = False
        self.accepted = 0
        self.host = host
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._listener.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ending = True
        self._threads[0].join(5)
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()
        if self._errors:
            raise self._errors[0]

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="fake-server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending:
            with contextlib.suppress(TimeoutError):
                sock, _ = self._listener.accept()
                sock.settimeout(10)
                self.accepted += 1
                self._sockets.append(sock)
                self._start(lambda sock=sock: self._serve(sock))  # type: ignore[misc]

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._sockets.append(sock)
            self._script(sock)
        except OSError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in __exit__
            self._errors.append(error)
        finally:
            sock.close()


def silent(sock: socket.socket) -> None:
    """Read everything and never answer."""
    while sock.recv(65_536):
        pass


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Read `size` bytes; raises ConnectionError when the client leaves before."""
    data = bytearray()
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError("the client has left")
        data += part
    return bytes(data)


def read_packet(sock: socket.socket) -> bytes:
    """Read one Control Packet."""
    packet = read_exactly(sock, 2)
    while True:
        try:
            length, body = read_variable_byte_integer(packet, 1)
        except NeedData:
            packet += read_exactly(sock, 1)
        else:
            return packet + read_exactly(sock, body + length - len(packet))


def accept_connect(
    sock: socket.socket,
    version: ProtocolVersion,
    *,
    reason_code: int = 0,
    session_present: bool = False,
    properties: PropertyList | None = None,
    into: list[bytes] | None = None,
) -> bytes:
    """Read CONNECT, answer with CONNACK, return the CONNECT; `into` has it before the client is answered."""
    connect = read_packet(sock)
    if into is not None:
        into.append(connect)
    sock.sendall(
        encode_connack(
            reason_code, session_present=session_present, properties=properties, version=version
        )
    )
    return connect


def drip(sock: socket.socket, data: bytes, size: int = 1, pause_s: float = 0.002) -> None:
    """Send `data` in pieces of `size` bytes."""
    for begin in range(0, len(data), size):
        sock.sendall(data[begin : begin + size])
        time.sleep(pause_s)


# --- WebSocket ---


def read_http_head(sock: socket.socket) -> bytes:
    """Read up to the empty line of a request."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(sock, 1)
    return head


def websocket_answer(request: bytes, extra: str = "Sec-WebSocket-Protocol: mqtt\r\n") -> bytes:
    """Return the 101 that accepts `request` (RFC 6455 section 4.2.2)."""
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{extra}\r\n"
    ).encode()


def frame(payload: bytes, opcode: int = 2, *, fin: bool = True) -> bytes:
    """Return one unmasked frame, as servers send them."""
    head = bytes((opcode | 0x80 * fin,))
    if len(payload) < 126:
        return head + bytes((len(payload),)) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + len(payload).to_bytes(2) + payload
    return head + b"\x7f" + len(payload).to_bytes(8) + payload


class WebSocketPeer:
    """The server's side of a WebSocket: looks like a socket to `read_packet`, and strictly checks.

    It expects only whole binary frames that are masked; other frames go to `controls` as pairs of
    opcode and payload.
    """

    def __init__(
        self, sock: socket.socket, extra: str = "Sec-WebSocket-Protocol: mqtt\r\n"
    ) -> None:
        self.sock = sock
        self.controls: list[tuple[int, bytes]] = []
        self.request = read_http_head(sock)
        self._buffer = b""
        sock.sendall(websocket_answer(self.request, extra))

    def sendall(self, data: bytes) -> None:
        """Send one binary frame."""
        self.sock.sendall(frame(data))

    def recv(self, size: int) -> bytes:
        """Return bytes of binary frames."""
        while not self._buffer:
            opcode, payload = self.read_frame()
            if opcode == 2:
                self._buffer = payload
            else:
                self.controls.append((opcode, payload))
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def read_frame(self) -> tuple[int, bytes]:
        """Read one frame; raises AssertionError when a client may not send it like this."""
        first, second = read_exactly(self.sock, 2)
        assert second & 0x80, "a client must mask"
        assert first & 0x80, "Topicscope sends no fragments"
        assert not first & 0x70, "reserved bits"
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(read_exactly(self.sock, 2))
        elif length == 127:
            length = int.from_bytes(read_exactly(self.sock, 8))
        key = read_exactly(self.sock, 4)
        masked = read_exactly(self.sock, length)
        keys = (key * (length // 4 + 1))[:length]
        plain = int.from_bytes(masked) ^ int.from_bytes(keys)
        return first & 0x0F, plain.to_bytes(length)

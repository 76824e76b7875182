"""MQTT over WebSocket, the Server's side (RFC 6455; MQTT 5.0 section 6): just what an MQTT client can ask for.

The handshake takes any path and needs the sub-protocol ``mqtt``. After it, `FrameReader` gives the payload of binary
frames as a byte stream: Control Packets need not begin with a frame (section 6), so fragments are never joined.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.demo.link import Link

if TYPE_CHECKING:
    from topicscope.demo.house import House

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_HEAD = 16 * 1024
_SUB_PROTOCOLS = ("mqtt", "mqttv3.1")

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_FINAL, _MASKED, _CONTROL = 0x80, 0x80, 0x08
_NORMAL, _PROTOCOL_ERROR, _UNSUPPORTED_DATA, _TOO_LARGE = 1000, 1002, 1003, 1009


class WebSocketError(Exception):
    """Something RFC 6455 forbids; `code` is the status code of the Close frame that answers it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class HandshakeError(Exception):
    """A request that is not an MQTT client's WebSocket handshake; `response` is the HTTP answer to it."""

    def __init__(self, status: str, message: str, headers: str = "") -> None:
        super().__init__(message)
        body = f"{message}\n".encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        )
        self.response = head.encode() + body


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, unmasked."""

    opcode: int
    is_final: bool
    payload: bytes


def answer_handshake(head: bytes) -> bytes:
    """Answer the request head of a client, blank line excluded; raises `HandshakeError`."""
    if len(head) > _MAX_HEAD:
        raise HandshakeError("431 Request Header Fields Too Large", "The header is too long.")
    lines = head.decode("latin-1").split("\r\n")
    request = lines[0].split(" ")
    if len(request) != 3 or not request[2].startswith("HTTP/1."):
        raise HandshakeError("400 Bad Request", "This is not an HTTP request.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    _check_upgrade(request[0], headers)
    offered = [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",")]
    chosen = next((name for name in _SUB_PROTOCOLS if name in offered), None)
    if chosen is None:
        raise HandshakeError("400 Bad Request", "Only the WebSocket sub-protocol mqtt is served.")
    digest = hashlib.sha1(
        headers["sec-websocket-key"].encode("latin-1") + _GUID, usedforsecurity=False
    )
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest.digest()).decode()}\r\n"
        f"Sec-WebSocket-Protocol: {chosen}\r\n\r\n"
    ).encode()


def _check_upgrade(method: str, headers: dict[str, str]) -> None:
    wants_upgrade = (
        method == "GET"
        and headers.get("upgrade", "").lower() == "websocket"
        and "upgrade" in headers.get("connection", "").lower()
        and "sec-websocket-key" in headers
    )
    if not wants_upgrade:
        raise HandshakeError(
            "426 Upgrade Required",
            "This is an MQTT broker. Speak MQTT over WebSocket to it.",
            "Upgrade: websocket\r\n",
        )
    if headers.get("sec-websocket-version") != "13":
        raise HandshakeError(
            "426 Upgrade Required",
            "Only version 13 of WebSocket is served.",
            "Sec-WebSocket-Version: 13\r\n",
        )


def write_frame(payload: bytes, opcode: int = _BINARY) -> bytes:
    """Encode one final frame as a server sends it, without a mask."""
    length = len(payload)
    first = bytes((_FINAL | opcode,))
    if length < 126:
        return first + bytes((length,)) + payload
    if length < 65_536:
        return first + b"\x7e" + length.to_bytes(2, "big") + payload
    return first + b"\x7f" + length.to_bytes(8, "big") + payload


def unmask(payload: bytes, key: bytes) -> bytes:
    """Apply the masking key, as one large integer because a loop over bytes is a hundred times slower."""
    length = len(payload)
    mask = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(length, "big")


class FrameReader:
    """Cuts the bytes of a client into frames and holds them to the rules."""

    def __init__(self, max_payload: int) -> None:
        self._max_payload = max_payload
        self._buffer = bytearray()
        self._need = 2
        self._is_fragmented = False

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the frames that are whole now; raises `WebSocketError`."""
        self._buffer += data
        frames: list[Frame] = []
        while len(self._buffer) >= self._need:
            frame = self._next()
            if frame is None:
                break
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        buffer = self._buffer
        first, second = buffer[0], buffer[1]
        opcode = first & 0x0F
        if first & 0x70:
            raise WebSocketError(_PROTOCOL_ERROR, "a reserved bit is set")
        if not second & _MASKED:
            raise WebSocketError(_PROTOCOL_ERROR, "a client must mask its frames")
        position, length = self._read_length(second & 0x7F)
        if not position:
            return None
        end = position + 4 + length
        self._check(opcode, length, is_final=bool(first & _FINAL))
        if len(buffer) < end:
            self._need = end
            return None
        payload = bytes(buffer[position + 4 : end])
        key = bytes(buffer[position : position + 4])
        del buffer[:end]
        self._need = 2
        if not opcode & _CONTROL:
            self._is_fragmented = not first & _FINAL
        return Frame(opcode, bool(first & _FINAL), unmask(payload, key))

    def _read_length(self, short: int) -> tuple[int, int]:
        """Return where the masking key begins and the length of the payload, or 0, 0 while unknown."""
        width = {126: 2, 127: 8}.get(short, 0)
        if not width:
            return 2, short
        if len(self._buffer) < 2 + width:
            self._need = 2 + width
            return 0, 0
        return 2 + width, int.from_bytes(self._buffer[2 : 2 + width], "big")

    def _check(self, opcode: int, length: int, *, is_final: bool) -> None:
        if opcode == _TEXT:
            raise WebSocketError(_UNSUPPORTED_DATA, "MQTT is carried in binary frames")
        if opcode in {_CLOSE, _PING, _PONG}:
            if length > 125 or not is_final:
                raise WebSocketError(_PROTOCOL_ERROR, "a control frame is too long or fragmented")
        elif opcode not in {_CONTINUATION, _BINARY}:
            raise WebSocketError(_PROTOCOL_ERROR, f"the opcode {opcode} is reserved")
        elif (opcode == _CONTINUATION) != self._is_fragmented:
            raise WebSocketError(
                _PROTOCOL_ERROR, "a message begins inside another, or in the middle"
            )
        if length > self._max_payload:
            raise WebSocketError(_TOO_LARGE, "the frame is larger than any packet may be")


class WebSocketProtocol(asyncio.Protocol):
    """Puts WebSocket between an asyncio transport and a `Link`: to the latter it is the wire."""

    def __init__(self, house: House) -> None:
        self._link = Link(house)
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._reader = FrameReader(house.exchange.limits.packet_size)
        self._is_open = False
        self._is_closed = False

    # --- asyncio's calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the time the client has for CONNECT includes the handshake."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._link.connection_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._link.connection_lost()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Read the handshake, then frames."""
        if self._is_closed:
            return
        if not self._is_open:
            self._read_handshake(data)
            return
        self._read_frames(data)

    def pause_writing(self) -> None:
        """Pass the news on."""
        self._link.pause_writing()

    def resume_writing(self) -> None:
        """Pass the news on."""
        self._link.resume_writing()

    # --- the Link's calls ---

    def write(self, data: bytes) -> None:
        """Send `data` as one binary frame."""
        self._send(write_frame(data))

    def close(self) -> None:
        """Send a Close frame and close when everything is written."""
        self._close(_NORMAL)

    def abort(self) -> None:
        """Close now."""
        if self._transport is not None:
            self._transport.abort()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set when writing is paused."""
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high, low)

    # --- inside ---

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._is_closed:
            self._transport.write(data)

    def _close(self, code: int, reason: str = "") -> None:
        if self._transport is None or self._is_closed:
            return
        if self._is_open:
            payload = code.to_bytes(2, "big") + reason.encode()
            self._send(write_frame(payload, _CLOSE))
        self._is_closed = True
        self._transport.close()

    def _read_handshake(self, data: bytes) -> None:
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0 and len(self._head) <= _MAX_HEAD:
            return
        try:
            self._send(answer_handshake(bytes(self._head[:end] if end >= 0 else self._head)))
        except HandshakeError as error:
            self._send(error.response)
            self._close(_PROTOCOL_ERROR)
            return
        self._is_open = True
        rest = bytes(self._head[end + 4 :])
        self._head.clear()
        if rest:
            self._read_frames(rest)

    def _read_frames(self, data: bytes) -> None:
        try:
            frames = self._reader.feed(data)
        except WebSocketError as error:
            self._close(error.code, str(error))
            return
        for frame in frames:
            if self._is_closed:
                return
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        if frame.opcode == _PING:
            self._send(write_frame(frame.payload, _PONG))
        elif frame.opcode == _CLOSE:
            code = int.from_bytes(frame.payload[:2], "big") if len(frame.payload) > 1 else _NORMAL
            self._close(code)
        elif frame.opcode != _PONG:
            self._link.data_received(frame.payload)

"""WebSocket frames as a client reads and writes them (RFC 6455 section 5).

MQTT is a byte stream over WebSocket (MQTT 5.0 section 6), so messages are never put together: the
bytes of binary frames are passed on as they come, and only headers and control frames are kept until
they are whole. Brokers send one small frame for every packet, so the loop over whole unfragmented
binary frames is the one that matters.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import numpy as np

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_FIN = 0x80
_RESERVED = 0x70
_OPCODE = 0x0F
_MASKED = 0x80
_WHOLE_BINARY = _FIN | _BINARY
_LARGEST_CONTROL = 125
_SMALL = 512

CLOSE_CODES = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no code given",
    1007: "invalid data",
    1008: "policy violation",
    1009: "message too big",
    1010: "extension missing",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
}
"""Names of close codes (RFC 6455 section 7.4.1 and the registry of IANA)."""


class FrameError(ValueError):
    """The other side broke RFC 6455; the text says how."""


@dataclass(slots=True)
class FrameReader:
    """Cut the bytes of a server into what MQTT said, pings, and the close."""

    pings: list[bytes] = field(default_factory=list)
    """Payloads of pings that want a pong; the owner empties the list."""
    closed: tuple[int, str] | None = None
    """Code and reason of the close frame; bytes behind it are not read."""
    _rest: bytes = b""
    _left: int = 0
    _fragmented: bool = False

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of MQTT in ``data``; raises FrameError."""
        if self._rest:
            data = self._rest + data
            self._rest = b""
        parts: list[bytes] = []
        append = parts.append
        position = min(self._left, len(data))
        if position:
            append(data[:position])
            self._left -= position
        end = len(data)
        whole_binary = _WHOLE_BINARY
        try:
            while position < end and self.closed is None:
                length = data[position + 1]
                if data[position] == whole_binary and length < 126 and not self._fragmented:
                    start = position + 2
                    position = start + length
                    if position > end:
                        append(data[start:])
                        self._left = position - end
                    else:
                        append(data[start:position])
                else:
                    position = self._other(data, position, parts)
        except IndexError:
            self._rest = data[position:]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _other(self, data: bytes, position: int, parts: list[bytes]) -> int:
        """Read one frame of any kind and return the position behind; IndexError when cut short."""
        first, length = data[position], data[position + 1]
        if first & _RESERVED:
            raise FrameError("a frame has reserved bits set")
        if length & _MASKED:
            raise FrameError("a frame from the server is masked")
        start = position + 2
        opcode = first & _OPCODE
        if opcode >= _CLOSE:
            return self._control(first, data, start, length)
        if length == 126:
            start += 2
            length = data[start - 2] << 8 | data[start - 1]
        elif length == 127:
            start += 8
            data[start - 1]
            length = int.from_bytes(data[start - 8 : start], "big")
        self._check_sequence(first, opcode)
        stop = start + length
        parts.append(data[start:stop])
        self._left = max(0, stop - len(data))
        return min(stop, len(data))

    def _check_sequence(self, first: int, opcode: int) -> None:
        if opcode == _TEXT:
            raise FrameError("a text frame, where MQTT needs binary ones")
        if opcode not in (_CONTINUATION, _BINARY):
            raise FrameError(f"a frame of the unknown kind 0x{opcode:X}")
        if (opcode == _CONTINUATION) != self._fragmented:
            raise FrameError("frames of two messages are mixed up")
        self._fragmented = not first & _FIN

    def _control(self, first: int, data: bytes, start: int, length: int) -> int:
        opcode = first & _OPCODE
        if opcode > _PONG:
            raise FrameError(f"a control frame of the unknown kind 0x{opcode:X}")
        if not first & _FIN or length > _LARGEST_CONTROL:
            raise FrameError("a control frame is fragmented or too long")
        stop = start + length
        if stop > len(data):
            raise IndexError
        payload = data[start:stop]
        if opcode == _PING:
            self.pings.append(payload)
        elif opcode == _CLOSE:
            self.closed = _close_reason(payload)
        return stop


def _close_reason(payload: bytes) -> tuple[int, str]:
    if len(payload) < 2:
        return 1005, ""
    return int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")


def frame_header(length: int, key: bytes) -> bytes:
    """Write the header of one whole binary frame of ``length`` bytes, masked with ``key``."""
    if length < 126:
        return bytes((_WHOLE_BINARY, _MASKED | length)) + key
    if length < 65_536:
        return bytes((_WHOLE_BINARY, _MASKED | 126)) + length.to_bytes(2, "big") + key
    return bytes((_WHOLE_BINARY, _MASKED | 127)) + length.to_bytes(8, "big") + key


def new_key() -> bytes:
    """Make a masking key that cannot be foretold (RFC 6455 section 5.3)."""
    return secrets.token_bytes(4)


def mask(data: memoryview | bytes, key: bytes) -> bytes:
    """Mask or unmask ``data`` from the first byte of ``key`` on (RFC 6455 section 5.3)."""
    size = len(data)
    if size <= _SMALL:
        keys = (key * (size // 4 + 1))[:size]
        mixed = int.from_bytes(data, "big") ^ int.from_bytes(keys, "big")
        return mixed.to_bytes(size, "big")
    padded = np.zeros(size + 3 & ~3, np.uint8)
    padded[:size] = np.frombuffer(data, np.uint8)
    padded.view(np.uint32)[:] ^= np.frombuffer(key, np.uint32)
    return padded[:size].tobytes()


def pong(payload: bytes) -> bytes:
    """Make the whole frame that answers a ping."""
    return _control_frame(_PONG, payload)


def close(code: int, reason: str = "") -> bytes:
    """Make a whole close frame."""
    return _control_frame(_CLOSE, code.to_bytes(2, "big") + reason.encode()[:123])


def _control_frame(opcode: int, payload: bytes) -> bytes:
    key = new_key()
    return bytes((_FIN | opcode, _MASKED | len(payload))) + key + mask(payload, key)

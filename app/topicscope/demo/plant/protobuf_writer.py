"""Just enough of the Protocol Buffers wire format to write a Sparkplug B payload."""

from __future__ import annotations

import struct

_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5


def varint_field(number: int, value: int) -> bytes:
    """Encode an integer; a negative one as its two's complement in 64 bits."""
    return _varint(number << 3 | _VARINT) + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def bytes_field(number: int, value: bytes) -> bytes:
    """Encode bytes, a string in UTF-8 or an embedded message."""
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


def float_field(number: int, value: float) -> bytes:
    """Encode a 32-bit float."""
    return _varint(number << 3 | _FIXED_32) + struct.pack("<f", value)


def double_field(number: int, value: float) -> bytes:
    """Encode a 64-bit float."""
    return _varint(number << 3 | _FIXED_64) + struct.pack("<d", value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)

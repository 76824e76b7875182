"""Cutting a byte stream into MQTT Control Packets (MQTT 5.0 section 2.1).

A packet is one byte of type and flags, a Variable Byte Integer with the Remaining Length, and that many bytes.
`frame` walks a buffer once and says where whole packets begin; nothing else is looked at, because this is the
one loop that runs for every packet of a flood. What is left behind the last whole packet is the caller's to keep
and to put before the next bytes: cutting a stream elsewhere never changes the packets found.
"""

from __future__ import annotations

MAX_VARIABLE_BYTE_INTEGER = 268_435_455
_CONTINUES = 0x80


class MalformedPacket(ValueError):  # noqa: N818 - the standard's word
    """A packet that cannot be read according to the standard.

    Attributes:
        offset: where in the given buffer reading failed, in bytes.

    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


class NeedData(Exception):  # noqa: N818 - an answer, not an error
    """The buffer ends before the value does."""


def read_variable_byte_integer(buffer: bytes | memoryview, position: int) -> tuple[int, int]:
    """Read a Variable Byte Integer (section 1.5.5) at `position`.

    Returns the value and the position behind it. Raises `NeedData` where the buffer ends first and
    `MalformedPacket` where the fourth byte still says that more follow.
    """
    value = 0
    end = len(buffer)
    for step in range(4):
        if position + step >= end:
            raise NeedData
        byte = buffer[position + step]
        value |= (byte & 0x7F) << (7 * step)
        if byte < _CONTINUES:
            return value, position + step + 1
    raise MalformedPacket("a Variable Byte Integer is longer than four bytes", position)


def write_variable_byte_integer(value: int) -> bytes:
    """Encode `value` as a Variable Byte Integer; raises `ValueError` outside 0 to 268,435,455."""
    if not 0 <= value <= MAX_VARIABLE_BYTE_INTEGER:
        raise ValueError(f"{value} does not fit into a Variable Byte Integer")
    encoded = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        if not value:
            encoded.append(byte)
            return bytes(encoded)
        encoded.append(byte | _CONTINUES)


def frame(buffer: bytes) -> tuple[list[int], int]:
    """Find the whole Control Packets at the front of `buffer`.

    Returns the offset of each, and the offset behind the last. Raises `MalformedPacket` when the first packet
    of the buffer has a Remaining Length that never ends; packets in front of such a one are returned first.
    """
    starts: list[int] = []
    append = starts.append
    position = 0
    end = len(buffer)
    try:
        while position < end:
            append(position)
            length = buffer[position + 1]
            if length < _CONTINUES:
                position += length + 2
            elif (second := buffer[position + 2]) < _CONTINUES:
                position += (length & 0x7F) + (second << 7) + 3
            else:
                length, body = read_variable_byte_integer(buffer, position + 1)
                position = body + length
    except (IndexError, NeedData):
        position = end + 1
    except MalformedPacket:
        if len(starts) == 1:
            raise
        position = end + 1
    if position > end:
        position = starts.pop()
    return starts, position


def packet_need(buffer: bytes) -> int | None:
    """Return how many bytes the packet at the front of `buffer` has in all, or None while that is not known."""
    try:
        length, body = read_variable_byte_integer(buffer, 1)
    except (NeedData, MalformedPacket):
        return None
    return body + length

"""Keeping secrets out of what is stored: a password never enters the capture, so it can leave it by no door."""

from __future__ import annotations

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer
from topicscope.mqtt.properties import read_properties, write_properties

_WILL_FLAG = 0b0000_0100
_PASSWORD_FLAG = 0b0100_0000
_USER_NAME_FLAG = 0b1000_0000
_BRIDGE_BIT = 0x80
_AUTHENTICATION_DATA = 22
_MASK = b"*"


def masked_connect(packet: bytes) -> tuple[bytes, ProtocolVersion | None]:
    """Return a CONNECT (section 3.1) with Password and Authentication Data overwritten by as many ``*``.

    `packet` begins with the CONNECT, more may follow it. The second value is the protocol version, None where
    it is not known to us. What cannot be read is returned as it is, but for everything behind the place where
    reading failed when a password was announced: that might be it.
    """
    try:
        remaining, position = read_variable_byte_integer(packet, 1)
    except (NeedData, MalformedPacket):
        return packet, None
    end = min(position + remaining, len(packet))
    reader = _Reader(packet, position, end)
    masked = bytearray(packet)
    version = None
    flags = _PASSWORD_FLAG
    try:
        reader.skip_field()
        level = reader.byte() & ~_BRIDGE_BIT
        flags = reader.byte()
        version = ProtocolVersion(level) if level in (3, 4, 5) else None
        reader.skip(2)
        if version is ProtocolVersion.MQTT_5:
            _mask_authentication_data(masked, *reader.properties())
        reader.skip_field()
        if flags & _WILL_FLAG:
            if version is ProtocolVersion.MQTT_5:
                reader.properties()
            reader.skip_field()
            reader.skip_field()
        if flags & _USER_NAME_FLAG:
            reader.skip_field()
        if flags & _PASSWORD_FLAG:
            begin, size = reader.skip_field()
            masked[begin : begin + size] = _MASK * size
    except NeedData:
        if flags & _PASSWORD_FLAG:
            masked[reader.position : end] = _MASK * (end - reader.position)
    return bytes(masked), version


def _mask_authentication_data(masked: bytearray, begin: int, end: int) -> None:
    try:
        found, _ = read_properties(bytes(masked[begin:end]), 0)
    except MalformedPacket:
        return
    hidden = [
        (identifier, _MASK * len(value))
        if identifier == _AUTHENTICATION_DATA and isinstance(value, bytes)
        else (identifier, value)
        for identifier, value in found
    ]
    encoded = write_properties(hidden)
    if len(encoded) == end - begin:
        masked[begin:end] = encoded


class _Reader:
    """Walks over fields; raises `NeedData` where the packet ends first."""

    def __init__(self, packet: bytes, position: int, end: int) -> None:
        self._packet = packet
        self.position = position
        self._end = end

    def skip(self, size: int) -> None:
        if self.position + size > self._end:
            raise NeedData
        self.position += size

    def byte(self) -> int:
        self.skip(1)
        return self._packet[self.position - 1]

    def skip_field(self) -> tuple[int, int]:
        """Step over a two-byte length and that many bytes; return where they are."""
        size = self.byte() << 8 | self.byte()
        begin = self.position
        self.skip(size)
        return begin, size

    def properties(self) -> tuple[int, int]:
        """Step over properties; return their span with the length in front."""
        begin = self.position
        try:
            size, content = read_variable_byte_integer(self._packet, begin)
        except MalformedPacket as error:
            raise NeedData from error
        self.skip(content - begin + size)
        return begin, self.position

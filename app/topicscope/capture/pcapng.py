"""The capture file format: blocks of pcapng to bytes and back, and reading of the older pcap.

A pcapng file is a row of blocks, each with its type, its length in front and again behind, and
fields in the byte order that the Section Header Block of its section states. Topicscope writes
Section Header, Interface Description and Enhanced Packet Blocks; of others' files it also reads
the Simple and the obsolete Packet Block, and steps over what it does not know
(draft-ietf-opsawg-pcapng, sections 3 and 4).

Reading never raises anything but PcapngError: what was whole in front of the damage has been
given out by then.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LINKTYPE_RAW = 101
"""Frames begin with their IPv4 or IPv6 header."""

LARGEST_BLOCK = 1 << 26
"""Blocks beyond 64 MiB are taken for damage: Wireshark writes none beyond 16 MiB."""

MOST_INTERFACES = 1 << 16
LAST_TIME = (1 << 63) - 1
"""Times beyond, in nanoseconds since the epoch, are cut to it: columns hold 64 bits."""

_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE_DESCRIPTION = 1
_PACKET = 2
_SIMPLE_PACKET = 3
_ENHANCED_PACKET = 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D

_END_OF_OPTIONS = 0
_COMMENT = 1
_USER_APPLICATION = 4
_INTERFACE_NAME = 2
_INTERFACE_TEXT = 3
_TIME_RESOLUTION = 9
_TIME_OFFSET = 14
_PACKET_FLAGS = 2
_LONGEST_COMMENT = 60_000

_NANOSECONDS = 1_000_000_000
_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First bytes of a pcap file: byte order, and nanoseconds per unit of the fraction."""

_OTHER_MAGICS = {
    b"\x1f\x8b": "it is compressed with gzip: unpack it first",
    b"\x28\xb5\x2f\xfd": "it is compressed with Zstandard: unpack it first",
    b"PK": "it is a zip archive: unpack it first",
    b"SQLite": "it is an SQLite database, not a capture file",
}


class PcapngError(Exception):
    """Damage in a capture file: `offset` in bytes says where, `reason` what."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"{reason} (at byte {offset:,})")
        self.offset = offset
        self.reason = reason


class Interface(NamedTuple):
    """Where frames were captured, and how their times are counted."""

    linktype: int
    application: str
    name: str = ""
    description: str = ""
    ticks_per_second: int = 1_000_000
    offset_s: int = 0


class Frame(NamedTuple):
    """One captured frame: bytes as on the link, `missing` of them not kept by the capture."""

    interface: Interface
    time_ns: int
    data: bytes
    missing: int
    comment: str


# Writing -----------------------------------------------------------------------------------------


def section_header(application: str) -> bytes:
    """Make the block that begins a file; `application` says who wrote it."""
    body = struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, -1)
    return _block(_SECTION_HEADER, body + _options((_USER_APPLICATION, application.encode())))


def interface_description(name: str, description: str, linktype: int = LINKTYPE_RAW) -> bytes:
    """Make the block of an interface with times in nanoseconds; the first has the number 0."""
    body = struct.pack("<HHI", linktype, 0, 0)
    options = _options(
        (_INTERFACE_NAME, _cut(name)),
        (_INTERFACE_TEXT, _cut(description)),
        (_TIME_RESOLUTION, b"\x09"),
    )
    return _block(_INTERFACE_DESCRIPTION, body + options)


def enhanced_packet(
    interface: int, time_ns: int, data: bytes, *, outbound: bool, comment: str = ""
) -> bytes:
    """Make the block of one frame; `time_ns` counts nanoseconds since the epoch."""
    flags = struct.pack("<I", 2 if outbound else 1)
    high, low = divmod(time_ns, 1 << 32)
    length = len(data)
    head = struct.pack("<IIIII", interface, high, low, length, length)
    options = [(_PACKET_FLAGS, flags)]
    if comment:
        options.append((_COMMENT, _cut(comment)))
    return _block(_ENHANCED_PACKET, b"".join((head, data, _padding(length), _options(*options))))


def _block(block_type: int, body: bytes) -> bytes:
    length = len(body) + 12
    return b"".join(
        (struct.pack("<II", block_type, length), body, struct.pack("<I", length)),
    )


def _options(*options: tuple[int, bytes]) -> bytes:
    parts = [
        struct.pack("<HH", code, len(value)) + value + _padding(len(value))
        for code, value in options
        if value
    ]
    return b"".join(parts) + bytes(4)


def _padding(length: int) -> bytes:
    return bytes(-length % 4)


def _cut(text: str) -> bytes:
    """Encode a text for an option, whose length has 16 bits, without half a character at its end."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= _LONGEST_COMMENT:
        return encoded
    return encoded[:_LONGEST_COMMENT].decode(errors="ignore").encode() + b"..."


# Reading -----------------------------------------------------------------------------------------


def read_frames(file: BinaryIO) -> Iterator[Frame]:
    """Give out the frames of a pcapng or pcap file in their order.

    Raises PcapngError where the file is damaged or ends too early, after the frames in front.
    """
    magic = file.read(4)
    if magic in _PCAP_MAGICS:
        return _read_pcap(file, *_PCAP_MAGICS[magic])
    if magic == _SECTION_HEADER.to_bytes(4, "big"):
        return _PcapngReader(file).frames()
    raise PcapngError(0, _what_else(magic + file.read(4)))


def _what_else(start: bytes) -> str:
    if not start:
        return "the file is empty"
    for magic, reason in _OTHER_MAGICS.items():
        if start.startswith(magic):
            return reason
    return "this is not a capture file: neither pcapng nor pcap"


class _PcapngReader:
    """Walks over the blocks of one file, whose first four bytes have been read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = 0
        self._block_offset = 0
        self._order = "<"
        self._application = ""
        self._interfaces: list[Interface] = []
        self._use_order("<")

    def frames(self) -> Iterator[Frame]:
        self._begin_section(self._exactly(4))
        while head := self._file.read(8):
            if len(head) < 8:
                raise PcapngError(self._offset, "the file ends in the middle of a block")
            block_type, length = self._block_head.unpack(head)
            if block_type == _SECTION_HEADER:
                self._begin_section(head[4:])
                continue
            body = self._rest_of_block(length, already=0)
            if block_type == _ENHANCED_PACKET:
                yield self._enhanced_packet(body)
            elif block_type == _INTERFACE_DESCRIPTION:
                self._add_interface(body)
            elif block_type == _SIMPLE_PACKET:
                yield self._simple_packet(body)
            elif block_type == _PACKET:
                yield self._obsolete_packet(body)

    def _use_order(self, order: str) -> None:
        self._order = order
        self._word = struct.Struct(order + "I")
        self._block_head = struct.Struct(order + "II")
        self._packet_head = struct.Struct(order + "IIIII")
        self._option_head = struct.Struct(order + "HH")

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise PcapngError(self._offset, "the file ends in the middle of a block")
        return data

    def _begin_section(self, length: bytes) -> None:
        """Read a Section Header Block, which alone tells the byte order of its own length."""
        magic = self._exactly(4)
        for order in "<>":
            if struct.unpack(order + "I", magic)[0] == _BYTE_ORDER_MAGIC:
                self._use_order(order)
                break
        else:
            raise PcapngError(self._offset + 8, "the byte order of the section is not stated")
        body = self._rest_of_block(self._word.unpack(length)[0], already=4)
        if len(body) < 12:
            raise PcapngError(self._block_offset, "the Section Header Block is too short")
        major = struct.unpack_from(self._order + "H", body)[0]
        if major != 1:
            raise PcapngError(self._block_offset, f"version {major} of pcapng is not known")
        self._interfaces = []
        self._application = _text(dict(self._options(body, 12)).get(_USER_APPLICATION, b""))

    def _rest_of_block(self, length: int, already: int) -> bytes:
        """Read what is left of a block of which type, length and `already` bytes are read."""
        if length % 4 or not already + 12 <= length <= LARGEST_BLOCK:
            raise PcapngError(self._offset, f"a block cannot be {length:,} bytes long")
        rest = self._exactly(length - 8 - already)
        if self._word.unpack_from(rest, len(rest) - 4)[0] != length:
            raise PcapngError(self._offset, "the two lengths of a block differ")
        self._block_offset = self._offset
        self._offset += length
        return rest[:-4]

    def _options(self, body: bytes, position: int) -> Iterator[tuple[int, bytes]]:
        """Give out code and value of each option; what runs over the end is no option."""
        last = len(body) - 4
        while position <= last:
            code, length = self._option_head.unpack_from(body, position)
            position += 4
            if code == _END_OF_OPTIONS or position + length > len(body):
                return
            yield code, body[position : position + length]
            position += length + -length % 4

    def _add_interface(self, body: bytes) -> None:
        if len(body) < 8:
            raise PcapngError(self._block_offset, "an Interface Description Block is too short")
        if len(self._interfaces) >= MOST_INTERFACES:
            raise PcapngError(self._block_offset, "there are too many interfaces")
        options = dict(self._options(body, 8))
        offset = options.get(_TIME_OFFSET, b"")
        self._interfaces.append(
            Interface(
                linktype=struct.unpack_from(self._order + "H", body)[0],
                application=self._application,
                name=_text(options.get(_INTERFACE_NAME, b"")),
                description=_text(options.get(_INTERFACE_TEXT, b"")),
                ticks_per_second=_ticks_per_second(options.get(_TIME_RESOLUTION, b"")),
                offset_s=struct.unpack(self._order + "q", offset)[0] if len(offset) == 8 else 0,
            )
        )

    def _interface(self, number: int) -> Interface:
        if number >= len(self._interfaces):
            raise PcapngError(
                self._block_offset, f"a packet names interface {number}, which is not described"
            )
        return self._interfaces[number]

    def _enhanced_packet(self, body: bytes) -> Frame:
        if len(body) < 20:
            raise PcapngError(self._block_offset, "an Enhanced Packet Block is too short")
        number, high, low, captured, original = self._packet_head.unpack_from(body)
        return self._packet(body, number, (high << 32) | low, captured, original)

    def _obsolete_packet(self, body: bytes) -> Frame:
        if len(body) < 20:
            raise PcapngError(self._block_offset, "a Packet Block is too short")
        number, _, high, low, captured, original = struct.unpack_from(self._order + "HHIIII", body)
        return self._packet(body, number, (high << 32) | low, captured, original)

    def _packet(self, body: bytes, number: int, ticks: int, captured: int, original: int) -> Frame:
        interface = self._interface(number)
        end = 20 + captured
        if end > len(body):
            raise PcapngError(self._block_offset, "a packet is longer than its block")
        options_at = end + -captured % 4
        comment = self._comment(body, options_at) if len(body) - options_at > 4 else ""
        missing = original - captured if original > captured else 0
        return Frame(interface, _nanoseconds(ticks, interface), body[20:end], missing, comment)

    def _comment(self, body: bytes, position: int) -> str:
        """Return the comments of a packet; most have flags only, so that is looked at first."""
        code, length = self._option_head.unpack_from(body, position)
        if code == _PACKET_FLAGS and length == 4:
            position += 8
            if len(body) - position <= 4:
                return ""
        found = [value for code, value in self._options(body, position) if code == _COMMENT]
        return _text(b"\n".join(found))

    def _simple_packet(self, body: bytes) -> Frame:
        """Read a Simple Packet Block; it has no time of its own (section 4.4)."""
        if len(body) < 4:
            raise PcapngError(self._block_offset, "a Simple Packet Block is too short")
        original = self._word.unpack_from(body)[0]
        data = body[4 : 4 + original]
        return Frame(self._interface(0), 0, data, original - len(data), "")


def _ticks_per_second(option: bytes) -> int:
    """Read if_tsresol: a negative power of ten, or of two where the high bit is set."""
    if len(option) != 1:
        return 1_000_000
    exponent = option[0] & 0x7F
    return int(2**exponent if option[0] & 0x80 else 10**exponent)


def _nanoseconds(ticks: int, interface: Interface) -> int:
    if interface.ticks_per_second == _NANOSECONDS and not interface.offset_s:
        return min(ticks, LAST_TIME)
    time_ns = ticks * _NANOSECONDS // interface.ticks_per_second
    return max(0, min(time_ns + interface.offset_s * _NANOSECONDS, LAST_TIME))


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _read_pcap(file: BinaryIO, order: str, unit_ns: int) -> Iterator[Frame]:
    """Read a file of the older format, whose magic number has been read."""
    head = file.read(20)
    if len(head) < 20:
        raise PcapngError(0, "the file ends in the middle of its header")
    # The upper bits say how many bytes of check sequence each frame carries.
    linktype = struct.unpack_from(order + "I", head, 16)[0] & 0x0FFF_FFFF
    interface = Interface(linktype=linktype, application="")
    record = struct.Struct(order + "IIII")
    offset = 24
    while head := file.read(16):
        if len(head) < 16:
            raise PcapngError(offset, "the file ends in the middle of a record")
        seconds, fraction, captured, original = record.unpack(head)
        if captured > LARGEST_BLOCK:
            raise PcapngError(offset, f"a record cannot be {captured:,} bytes long")
        data = file.read(captured)
        if len(data) < captured:
            raise PcapngError(offset, "the file ends in the middle of a record")
        time_ns = seconds * _NANOSECONDS + fraction * unit_ns
        yield Frame(interface, time_ns, data, max(0, original - captured), "")
        offset += 16 + captured

"""TCP segments in IP packets: made for recordings, and found in captures of others.

What Topicscope writes carries made-up addresses (192.0.2.0/24 is set apart for examples, RFC 5737)
and the port 1883 on the side of the Server, whatever the real endpoint was: tools know MQTT by it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

CLIENT = bytes((192, 0, 2, 1))
SERVER = bytes((192, 0, 2, 2))
MQTT_PORT = 1883
LARGEST_PAYLOAD = 59_960
"""Payload of one segment at most, in bytes, so that its IP packet has at most 60,000."""

_TCP = 6
_IPV4 = 0x0800
_IPV6 = 0x86DD
_VLAN_TAGS = frozenset((0x8100, 0x88A8, 0x9100))
_IPV6_EXTENSIONS = frozenset((0, 43, 60))
_IPV4_HEADER = struct.Struct(">BBHHHBBH4s4s")
_TCP_HEADER = struct.Struct(">HHIIBBHHH")
_PLAIN = struct.Struct(">BxHxxHxB2x4s4sHHIxxxxBB")
"""IPv4 without options, and TCP up to its flags: what nearly every frame begins with."""


class Flag:
    """Control bits of a segment (RFC 9293 section 3.1); plain numbers, for they are looked at often."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16


class Segment(NamedTuple):
    """A TCP segment; `missing` bytes at the end of its payload are not in the capture."""

    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    sequence: int
    flags: int
    payload: bytes
    missing: int


class SegmentWriter:
    """Makes the segments of one connection, with the numbers and sums of both directions in order.

    A client port tells connections of one file apart.
    """

    def __init__(self, client_port: int) -> None:
        self._ports = ((MQTT_PORT, client_port), (client_port, MQTT_PORT))
        self._addresses = ((SERVER, CLIENT), (CLIENT, SERVER))
        self._sent = [0, 0]
        self._acknowledged = [0, 0]

    def unacknowledged(self, *, outbound: bool) -> int:
        """Return how many bytes of a direction the other side has not acknowledged."""
        return (self._sent[outbound] - self._acknowledged[outbound]) & 0xFFFF_FFFF

    def handshake(self) -> tuple[bytes, bytes, bytes]:
        """Make SYN, SYN with ACK, and ACK; the middle one is inbound."""
        # Largest segment size, and a window of 65,535 << 14 bytes: one side may speak for long.
        options = bytes((2, 4, 0xFF, 0xFF, 1, 3, 3, 14))
        first = self._segment(1, Flag.SYN, b"", options)
        self._sent[1] += 1
        second = self._segment(0, Flag.SYN | Flag.ACK, b"", options)
        self._sent[0] += 1
        return first, second, self._segment(1, Flag.ACK, b"")

    def data(self, payload: bytes, *, outbound: bool) -> bytes:
        """Make the segment that carries `payload`, at most LARGEST_PAYLOAD bytes."""
        packet = self._segment(int(outbound), Flag.PSH | Flag.ACK, payload)
        self._sent[outbound] = (self._sent[outbound] + len(payload)) & 0xFFFF_FFFF
        return packet

    def acknowledgement(self, *, outbound: bool) -> bytes:
        """Make a segment without payload."""
        return self._segment(int(outbound), Flag.ACK, b"")

    def _segment(self, side: int, flags: int, payload: bytes, options: bytes = b"") -> bytes:
        source, destination = self._addresses[side]
        header_length = 20 + len(options)
        tcp_length = header_length + len(payload)
        acknowledge = self._sent[1 - side] if flags & Flag.ACK else 0
        fields = (
            *self._ports[side],
            self._sent[side],
            acknowledge,
            (header_length // 4) << 4,
            flags,
            0xFFFF,
        )
        head = _TCP_HEADER.pack(*fields, 0, 0) + options
        pseudo = source + destination + struct.pack(">HH", _TCP, tcp_length)
        total = _sum(pseudo) + _sum(head) + _sum(payload)
        head = _TCP_HEADER.pack(*fields, _checksum(total), 0) + options
        self._acknowledged[1 - side] = acknowledge
        return b"".join((_ipv4_header(source, destination, tcp_length), head, payload))


def _ipv4_header(source: bytes, destination: bytes, length: int) -> bytes:
    fields = (0x45, 0, 20 + length, 0, 0x4000, 64, _TCP)
    head = _IPV4_HEADER.pack(*fields, 0, source, destination)
    return _IPV4_HEADER.pack(*fields, _checksum(_sum(head)), source, destination)


def _sum(data: bytes) -> int:
    """Add up 16-bit words, modulo 65,535: what is left of a large number divided by it."""
    value = int.from_bytes(data, "big")
    return (value << 8 if len(data) % 2 else value) % 0xFFFF


def _checksum(total: int) -> int:
    """Return the ones' complement that makes all words sum up to zero (RFC 1071)."""
    return 0xFFFF - (total % 0xFFFF or 0xFFFF)


def find_segment(linktype: int, frame: bytes, missing: int) -> Segment | None:
    """Find the TCP segment in a frame; None for anything else and for what is cut short."""
    position = _network_layer(linktype, frame)
    if position is None or position >= len(frame):
        return None
    version = frame[position] >> 4
    if version == 4:
        if frame[position] == 0x45 and len(frame) >= position + 40:
            return _plain_segment(frame, position, missing)
        return _over_ipv4(frame, position, missing)
    return _over_ipv6(frame, position, missing) if version == 6 else None


def _network_layer(linktype: int, frame: bytes) -> int | None:
    """Return where the IP header begins (https://www.tcpdump.org/linktypes.html)."""
    if linktype in {101, 12, 14, 228, 229}:
        return 0
    if linktype in {0, 108}:  # BSD loopback: a word that names the protocol family
        return 4
    if linktype == 1:  # Ethernet
        return _behind_tags(frame, 12)
    if linktype == 113:  # Linux cooked
        return _behind_tags(frame, 14)
    if linktype == 276:  # Linux cooked, version 2
        return 20 if _two_bytes(frame, 0) in {_IPV4, _IPV6} else None
    return None


def _behind_tags(frame: bytes, position: int) -> int | None:
    protocol = _two_bytes(frame, position)
    for _ in range(4):
        if protocol not in _VLAN_TAGS:
            break
        position += 4
        protocol = _two_bytes(frame, position)
    return position + 2 if protocol in {_IPV4, _IPV6} else None


def _two_bytes(frame: bytes, position: int) -> int:
    return int.from_bytes(frame[position : position + 2], "big")


def _plain_segment(frame: bytes, position: int, missing: int) -> Segment | None:
    (_, total, fragment, protocol, source, destination, *rest) = _PLAIN.unpack_from(frame, position)
    source_port, destination_port, sequence, words, flags = rest
    if protocol != _TCP or fragment & 0x3FFF:
        return None
    # A network card that cuts segments itself leaves the length at 0.
    end = position + total if total else len(frame) + missing
    begin = position + 20 + (words >> 4) * 4
    return Segment(
        (source, source_port),
        (destination, destination_port),
        sequence,
        flags,
        frame[begin:end],
        max(0, end - max(begin, len(frame))),
    )


def _over_ipv4(frame: bytes, position: int, missing: int) -> Segment | None:
    if len(frame) < position + 20:
        return None
    fields = _IPV4_HEADER.unpack_from(frame, position)
    (first, _, total, _, fragment, _, protocol, _, source, destination) = fields
    if protocol != _TCP or fragment & 0x3FFF or first & 0xF < 5:
        return None
    end = position + total if total else len(frame) + missing
    return _segment(frame, position + (first & 0xF) * 4, end, source, destination)


def _over_ipv6(frame: bytes, position: int, missing: int) -> Segment | None:
    if len(frame) < position + 40:
        return None
    length, protocol = struct.unpack_from(">HB", frame, position + 4)
    source = frame[position + 8 : position + 24]
    destination = frame[position + 24 : position + 40]
    end = position + 40 + length if length else len(frame) + missing
    position += 40
    for _ in range(8):
        if protocol not in _IPV6_EXTENSIONS or position + 2 > len(frame):
            break
        protocol, words = frame[position], frame[position + 1]
        position += (words + 1) * 8
    return _segment(frame, position, end, source, destination) if protocol == _TCP else None


def _segment(
    frame: bytes, position: int, end: int, source: bytes, destination: bytes
) -> Segment | None:
    if len(frame) < position + 20:
        return None
    head = _TCP_HEADER.unpack_from(frame, position)
    source_port, destination_port, sequence, _, words, flags, *_ = head
    begin = position + (words >> 4) * 4
    return Segment(
        (source, source_port),
        (destination, destination_port),
        sequence,
        flags,
        frame[begin:end],
        max(0, end - max(begin, len(frame))),
    )

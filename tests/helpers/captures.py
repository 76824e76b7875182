"""Capture files for tests, made by hand so that they do not share the writer's mistakes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = ("10.0.0.5", 50_000), ("10.0.0.9", 1883)
SECOND = 1_000_000_000


class Captured(NamedTuple):
    """One frame with its time in nanoseconds."""

    time_ns: int
    data: bytes
    original: int | None = None


def address(text: str) -> bytes:
    """Return the bytes of an IPv4 address."""
    return bytes(map(int, text.split(".")))


def tcp(
    source: tuple[str, int],
    destination: tuple[str, int],
    sequence: int,
    payload: bytes = b"",
    flags: int = PSH | ACK,
) -> bytes:
    """Return an IPv4 packet with a TCP segment, without checksums."""
    head = struct.pack(
        ">HHIIBBHHH", source[1], destination[1], sequence & 0xFFFFFFFF, 0, 0x50, flags, 65535, 0, 0
    )
    body = head + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, 6, 0)
    return ip + address(source[0]) + address(destination[0]) + body


def tcp_v6(source_port: int, destination_port: int, sequence: int, payload: bytes) -> bytes:
    """Return an IPv6 packet with a hop-by-hop header and a TCP segment."""
    head = struct.pack(
        ">HHIIBBHHH", source_port, destination_port, sequence, 0, 0x50, PSH | ACK, 65535, 0, 0
    )
    body = bytes((6, 0)) + bytes(6) + head + payload
    ip = struct.pack(">IHBB", 6 << 28, len(body), 0, 64)
    return ip + bytes(15) + b"\x01" + bytes(15) + b"\x02" + body


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """Return an option with its padding."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng(
    frames: Sequence[Captured],
    *,
    linktype: int = 101,
    order: str = "<",
    resolution: bytes = b"",
    units_per_second: int = 1_000_000,
) -> bytes:
    """Return a pcapng file as another program writes it."""
    parts = [
        block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order),
        block(0xBAD, b"nobody knows", order),
    ]
    options = option(9, resolution, order) if resolution else b""
    parts.append(block(1, struct.pack(order + "HHI", linktype, 0, 0) + options, order))
    for frame in frames:
        ticks = frame.time_ns * units_per_second // SECOND
        head = (0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data))
        original = len(frame.data) if frame.original is None else frame.original
        body = struct.pack(order + "IIIII", *head, original) + frame.data
        parts.append(block(6, body, order))
    return b"".join(parts)


def pcap(frames: Sequence[Captured], *, linktype: int = 101, order: str = "<") -> bytes:
    """Return a pcap file with microseconds."""
    parts = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, linktype)]
    for frame in frames:
        seconds, rest = divmod(frame.time_ns, SECOND)
        size = len(frame.data)
        original = size if frame.original is None else frame.original
        parts.append(struct.pack(order + "IIII", seconds, rest // 1000, size, original))
        parts.append(frame.data)
    return b"".join(parts)

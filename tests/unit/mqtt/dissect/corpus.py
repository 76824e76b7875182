"""Packets written by hand from the standard, as hex with their version, for all dissector tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.dissect import dissect
from topicscope.mqtt.framing import write_variable_byte_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.mqtt.dissect import Field


def _block(properties: str) -> str:
    """Put the Property Length in front of properties in hex."""
    data = bytes.fromhex(properties)
    return (write_variable_byte_integer(len(data)) + data).hex()


_USER_PROPERTY = "26 0001 61 0001 62"
_CONNECT_PROPERTIES = _block(
    f"11 ffffffff 21 0014 27 00010000 22 000a 19 01 17 00 {_USER_PROPERTY}"
    "15 0005 534352414d 16 0003 6e3d75"
)
_WILL_PROPERTIES = _block(
    f"18 00000005 01 01 02 0000003c 03 0001 74 08 0001 72 09 0001 ff {_USER_PROPERTY}"
)
_CONNACK_PROPERTIES = _block(
    f"21 0014 24 01 25 01 27 00100000 12 0003 616263 22 000a 28 01 29 01 2a 01 {_USER_PROPERTY}"
    "13 001e 1c 0001 68 11 0000003c 1f 0002 6f6b 1a 0001 72 15 0001 61 16 0001 62"
)
_PUBLISH_PROPERTIES = _block(
    f"01 01 02 0000003c 03 0001 74 08 0001 72 09 0001 ff 0b 07 0b 8001 {_USER_PROPERTY}"
)

# Name: version, first byte, body. The Remaining Length is put between.
_PACKETS: dict[str, tuple[int, int, str]] = {
    "CONNECT 3.1": (3, 0x10, "0006 4d5149736470 03 02 003c 0003 646576"),
    "CONNECT 3.1.1": (4, 0x10, "0004 4d515454 04 02 003c 0003 646576"),
    "CONNECT 3.1.1 all": (
        4,
        0x10,
        "0004 4d515454 04 ee 000a 0003 646576 0003 6c7774 0003 6f6666 0002 6d65 0004 73336372",
    ),
    "CONNECT 3.1.1 bridge": (4, 0x10, "0004 4d515454 84 02 003c 0003 646576"),
    "CONNECT 5": (5, 0x10, "0004 4d515454 05 02 003c 00 0003 646576"),
    "CONNECT 5 all": (
        5,
        0x10,
        (
            f"0004 4d515454 05 ee 003c {_CONNECT_PROPERTIES} 0003 646576"
            f"{_WILL_PROPERTIES} 0003 6c7774 0003 6f6666 0002 6d65 0004 73336372"
        ),
    ),
    "CONNACK 3.1.1": (4, 0x20, "01 00"),
    "CONNACK 3.1.1 refused": (4, 0x20, "00 05"),
    "CONNACK 5": (
        5,
        0x20,
        f"00 00 {_CONNACK_PROPERTIES}",
    ),
    "CONNACK 5 refused": (5, 0x20, "00 87 06 1f0003 6e6f21"),
    "PUBLISH 3.1.1": (4, 0x30, "0003 612f62 68656c6c6f"),
    "PUBLISH 3.1.1 QoS 2": (4, 0x3D, "0003 612f62 000c 68656c6c6f"),
    "PUBLISH 3.1.1 empty retained": (4, 0x31, "0003 612f62"),
    "PUBLISH 5": (5, 0x33, "0003 612f62 000c 05 0101 230007 7b7d"),
    "PUBLISH 5 alias only": (5, 0x30, "0000 03 230007 7b7d"),
    "PUBLISH 5 all": (
        5,
        0x30,
        f"0003 612f62 {_PUBLISH_PROPERTIES} 41",
    ),
    "PUBACK 3.1.1": (4, 0x40, "000c"),
    "PUBACK 5 short": (5, 0x40, "000c"),
    "PUBACK 5 reason": (5, 0x40, "000c 10"),
    "PUBACK 5 properties": (5, 0x40, "000c 87 06 1f0003 6e6f21"),
    "PUBREC 5": (5, 0x50, "000c 00 00"),
    "PUBREL 3.1.1": (4, 0x62, "000c"),
    "PUBREL 5": (5, 0x62, "000c 92"),
    "PUBCOMP 5": (5, 0x70, "000c"),
    "SUBSCRIBE 3.1.1": (4, 0x82, "0005 0003 612f23 01 0001 2b 02"),
    "SUBSCRIBE 5": (5, 0x82, "0005 02 0b07 0003 612f23 2d 0001 2b 18"),
    "SUBACK 3.1.1": (4, 0x90, "0005 01 80"),
    "SUBACK 5": (5, 0x90, "0005 00 01 87"),
    "UNSUBSCRIBE 3.1.1": (4, 0xA2, "0006 0003 612f23 0001 2b"),
    "UNSUBSCRIBE 5": (5, 0xA2, "0006 00 0003 612f23"),
    "UNSUBACK 3.1.1": (4, 0xB0, "0006"),
    "UNSUBACK 5": (5, 0xB0, "0006 00 11"),
    "PINGREQ": (4, 0xC0, ""),
    "PINGRESP": (4, 0xD0, ""),
    "DISCONNECT 3.1.1": (4, 0xE0, ""),
    "DISCONNECT 5 short": (5, 0xE0, ""),
    "DISCONNECT 5": (5, 0xE0, "8e 00"),
    "DISCONNECT 5 properties": (5, 0xE0, "9d 0a 1c0007 6f746865723a31"),
    "AUTH short": (5, 0xF0, ""),
    "AUTH": (5, 0xF0, "18 0f 150005 5343 52414d 160004 723d6e6f"),
}


def packet(first: int, body: bytes | str) -> bytes:
    """Return a packet with a right Remaining Length; `body` as bytes or as hex."""
    data = bytes.fromhex(body) if isinstance(body, str) else body
    return bytes([first]) + write_variable_byte_integer(len(data)) + data


PACKETS: dict[str, tuple[bytes, int]] = {
    name: (packet(first, body), version) for name, (version, first, body) in _PACKETS.items()
}


def tree(field: Field) -> Iterator[Field]:
    """Walk the tree, parents first."""
    yield field
    for child in field.children:
        yield from tree(child)


def find(field: Field, name: str) -> Field:
    """Return the only field of this name that has bytes, or the only one at all."""
    found = [each for each in tree(field) if each.name == name]
    (one,) = [each for each in found if each.end > each.start] or found
    return one


def said(name: str) -> Field:
    """Dissect one packet of the corpus."""
    return dissect(*PACKETS[name])

"""One line for the table of packets."""

from __future__ import annotations

import pytest

from tests.unit.mqtt.dissect.corpus import PACKETS, packet
from topicscope.mqtt.dissect import summary


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("CONNECT 3.1", "CONNECT client dev"),
        ("CONNECT 3.1.1 all", "CONNECT client dev"),
        ("CONNECT 5 all", "CONNECT client dev"),
        ("CONNACK 3.1.1", "CONNACK Connection Accepted, Session Present"),
        ("CONNACK 3.1.1 refused", "CONNACK Connection Refused, not authorized"),
        ("CONNACK 5 refused", "CONNACK Not authorized"),
        ("PUBLISH 3.1.1", "PUBLISH a/b QoS 0 5 bytes"),
        ("PUBLISH 3.1.1 QoS 2", "PUBLISH a/b QoS 2 id 12 retain dup 5 bytes"),
        ("PUBLISH 5", "PUBLISH a/b QoS 1 id 12 retain 2 bytes"),
        ("PUBLISH 5 alias only", "PUBLISH Topic Alias 7 QoS 0 2 bytes"),
        ("PUBACK 3.1.1", "PUBACK 12 Success"),
        ("PUBACK 5 short", "PUBACK 12 Success"),
        ("PUBACK 5 reason", "PUBACK 12 No matching subscribers"),
        ("PUBREL 5", "PUBREL 12 Packet Identifier not found"),
        ("SUBSCRIBE 5", "SUBSCRIBE 5 a/#, +"),
        ("SUBACK 3.1.1", "SUBACK 5 Success - Maximum QoS 1, Failure"),
        ("SUBACK 5", "SUBACK 5 Granted QoS 1, Not authorized"),
        ("UNSUBSCRIBE 3.1.1", "UNSUBSCRIBE 6 a/#, +"),
        ("UNSUBACK 3.1.1", "UNSUBACK 6"),
        ("UNSUBACK 5", "UNSUBACK 6 No subscription existed"),
        ("PINGREQ", "PINGREQ"),
        ("DISCONNECT 3.1.1", "DISCONNECT"),
        ("DISCONNECT 5 short", "DISCONNECT Normal disconnection"),
        ("DISCONNECT 5", "DISCONNECT Session taken over"),
        ("AUTH", "AUTH Continue authentication"),
    ],
)
def test_that_a_packet_is_summed_up_on_one_line(name: str, line: str) -> None:
    assert summary(*PACKETS[name]) == line


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "no bytes"),
        (b"\x00\x00", "RESERVED"),
        (b"\x30", "PUBLISH (malformed)"),
        (b"\x30\xff\xff\xff\xff\xff", "PUBLISH (malformed)"),
        (packet(0x40, "00"), "PUBACK (malformed)"),
        (packet(0x40, "000c7a"), "PUBACK 12 unknown 0x7A"),
        (packet(0x30, "0002 0aff"), r"PUBLISH \x0a\xff QoS 0 (malformed)"),
    ],
)
def test_that_broken_packets_have_a_summary_too(data: bytes, line: str) -> None:
    assert summary(data, 5).removesuffix(" (malformed)") in line


def test_that_long_lists_and_long_topics_are_shortened() -> None:
    assert summary(packet(0x90, b"\0\1\0" + b"\0" * 9), 5).endswith("Granted QoS 0 and 6 more")
    assert summary(packet(0x82, b"\0\1\0" + b"\0\1a\0" * 9), 5) == "SUBSCRIBE 1 a, a, a, …"
    assert len(summary(packet(0x30, b"\xff\xf0" + b"x" * 0xFFF0), 4)) < 300

"""Reason Codes and Return Codes by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.reasoncodes import ReasonCode

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.reason_codes import REASON_CODES, is_error, reason_codes, reason_name

C = ControlPacketType


@pytest.mark.parametrize(
    ("packet_type", "code", "version", "name"),
    [
        (C.CONNACK, 0x00, 5, "Success"),
        (C.SUBACK, 0x00, 5, "Granted QoS 0"),
        (C.DISCONNECT, 0x00, 5, "Normal disconnection"),
        (C.SUBACK, 0x02, 5, "Granted QoS 2"),
        (C.DISCONNECT, 0x04, 5, "Disconnect with Will Message"),
        (C.PUBACK, 0x10, 5, "No matching subscribers"),
        (C.UNSUBACK, 0x11, 5, "No subscription existed"),
        (C.AUTH, 0x18, 5, "Continue authentication"),
        (C.CONNACK, 0x87, 5, "Not authorized"),
        (C.DISCONNECT, 0x8E, 5, "Session taken over"),
        (C.CONNACK, 0x99, 5, "Payload format invalid"),
        (C.PUBREL, 0x92, 5, "Packet Identifier not found"),
        (C.SUBACK, 0xA2, 5, "Wildcard Subscriptions not supported"),
        (C.CONNACK, 0x00, 4, "Connection Accepted"),
        (C.CONNACK, 0x05, 4, "Connection Refused, not authorized"),
        (C.CONNACK, 0x01, 3, "Connection Refused, unacceptable protocol version"),
        (C.SUBACK, 0x80, 4, "Failure"),
        (C.SUBACK, 0x01, 4, "Success - Maximum QoS 1"),
        (C.PUBACK, 0x00, 4, "Success"),
        (C.PUBACK, 0x7A, 5, "unknown 0x7A"),
        (C.CONNACK, 0x06, 4, "unknown 0x06"),
        (C.PINGREQ, 0x01, 5, "unknown 0x01"),
        (99, 0x01, 5, "unknown 0x01"),
    ],
)
def test_that_a_code_has_the_name_it_has_in_that_packet(
    packet_type: int, code: int, version: int, name: str
) -> None:
    assert reason_name(packet_type, code, ProtocolVersion(version)) == name


@pytest.mark.parametrize(
    ("packet_type", "number"),
    [
        *((C.CONNACK, 22), (C.PUBACK, 9), (C.PUBREC, 9), (C.PUBREL, 2), (C.PUBCOMP, 2)),
        *((C.SUBACK, 12), (C.UNSUBACK, 7), (C.DISCONNECT, 30), (C.AUTH, 3)),
    ],
)
def test_that_each_packet_has_as_many_codes_as_its_table_in_the_standard(
    packet_type: ControlPacketType, number: int
) -> None:
    assert len(REASON_CODES[packet_type]) == number


def test_that_the_table_agrees_with_paho_but_for_what_paho_lacks() -> None:
    known = ReasonCode(ControlPacketType.CONNACK).names
    paho = {(p, code) for code, names in known.items() for ps in names.values() for p in ps}
    ours = {(int(p), code) for p, codes in REASON_CODES.items() for code in codes}
    assert ours - paho == {(C.CONNACK, 0x99)}
    assert paho <= ours


def test_that_an_error_begins_at_0x80_and_any_refusal_of_3_1_1_is_one() -> None:
    assert not is_error(0x19)
    assert is_error(0x80)
    assert not is_error(5)
    assert is_error(5, C.CONNACK, ProtocolVersion.MQTT_3_1_1)
    assert not is_error(0, C.CONNACK, ProtocolVersion.MQTT_3_1_1)
    assert not is_error(2, C.SUBACK, ProtocolVersion.MQTT_3_1_1)


@given(st.integers(), st.integers(0, 255), st.integers(0, 9))
def test_that_every_code_has_a_name(packet_type: int, code: int, version: int) -> None:
    assert reason_name(packet_type, code, version)
    assert isinstance(reason_codes(packet_type, version), dict)

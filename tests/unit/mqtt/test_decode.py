"""Strict decoding: what is refused, why, and that nothing but MalformedPacket ever comes out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import (
    Ack,
    Connect,
    MalformedPacket,
    ProtocolError,
    Publish,
    Subscribe,
    Unsuback,
    UnsupportedProtocolVersion,
    decode_packet,
)
from topicscope.mqtt.framing import write_variable_byte_integer

V3_1, V3_1_1, V5 = ProtocolVersion


def packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + write_variable_byte_integer(len(body)) + body


CONNECT = b"\0\x04MQTT\x04\x02\0\x3c\0\x01a"


@given(st.binary(max_size=200), st.sampled_from(ProtocolVersion))
def test_that_arbitrary_bytes_raise_nothing_but_malformed_packet(
    data: bytes, version: ProtocolVersion
) -> None:
    try:
        decode_packet(data, version)
    except MalformedPacket as error:
        assert 0 <= error.offset <= len(data)  # noqa: PT017 - only where it was raised


@given(st.integers(0, 255), st.binary(max_size=80), st.sampled_from(ProtocolVersion))
def test_that_a_well_framed_body_raises_nothing_but_malformed_packet(
    first: int, body: bytes, version: ProtocolVersion
) -> None:
    data = packet(first, body)
    try:
        decode_packet(data, version)
    except MalformedPacket as error:
        assert 0 <= error.offset <= len(data)  # noqa: PT017


@given(st.data(), st.sampled_from(ProtocolVersion))
def test_that_a_damaged_connect_raises_nothing_but_malformed_packet(
    data: st.DataObject, version: ProtocolVersion
) -> None:
    damaged = bytearray(packet(0x10, CONNECT))
    position = data.draw(st.integers(0, len(damaged) - 1))
    damaged[position] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedPacket):
        decode_packet(bytes(damaged), version)


def test_that_a_connect_names_its_own_version() -> None:
    connect = decode_packet(packet(0x10, CONNECT), V5)
    assert isinstance(connect, Connect)
    assert connect.version is V3_1_1
    assert (connect.client_identifier, connect.keep_alive) == ("a", 60)


def test_that_the_bridge_bit_of_the_level_is_told_apart() -> None:
    connect = decode_packet(packet(0x10, CONNECT.replace(b"MQTT\x04", b"MQTT\x84")))
    assert isinstance(connect, Connect)
    assert connect.bridge
    assert connect.version is V3_1_1


@pytest.mark.parametrize("level", [b"\x00", b"\x03", b"\x06", b"\xff"])
def test_that_an_unknown_level_is_an_unsupported_version(level: bytes) -> None:
    with pytest.raises(UnsupportedProtocolVersion) as caught:
        decode_packet(packet(0x10, CONNECT.replace(b"MQTT\x04", b"MQTT" + level)))
    assert caught.value.reason_code == 0x84


@pytest.mark.parametrize(
    ("data", "version", "reason"),
    [
        (b"", V5, "cut short"),
        (b"\x30", V5, "cut short"),
        (b"\x30\xff\xff\xff\xff\x01", V5, "longer than four bytes"),
        (b"\x30\x05\0\x01a", V5, "Remaining Length"),
        (b"\x00\x00", V5, "reserved"),
        (packet(0x82, b"\0\x01"), V3_1_1, "no Topic Filter"),
        (packet(0x80, b"\0\x01\0\x01a\0"), V3_1_1, "reserved flags"),
        (packet(0x60, b"\0\x01"), V3_1_1, "reserved flags"),
        (packet(0x36, b"\0\x01a\0\x01"), V3_1_1, "QoS is 3"),
        (packet(0x38, b"\0\x01a"), V3_1_1, "DUP"),
        (packet(0x32, b"\0\x01a\0\0"), V3_1_1, "Packet Identifier is 0"),
        (packet(0x30, b"\0\x00"), V3_1_1, "Topic Name is empty"),
        (packet(0x30, b"\0\x00\0"), V5, "Topic Name is empty"),
        (packet(0x30, b"\0\x02\xff\xfe"), V3_1_1, "not valid UTF-8"),
        (packet(0x30, b"\0\x02a\0"), V3_1_1, "null character"),
        (packet(0x30, b"\0\x09a"), V3_1_1, "ends inside the Topic Name"),
        (packet(0x30, b"\0\x01a"), V5, "Property Length is cut short"),
        (packet(0x30, b"\0\x01a\x02\x11\0"), V5, "propert"),
        (packet(0x30, b"\0\x01a\x05\x11\0\0\0\0"), V5, "not allowed in PUBLISH"),
        (packet(0x30, b"\0\x01a\x04\x01\0\x01\0"), V5, "more than once"),
        (packet(0x82, b"\0\x01\0\x01a\x03"), V3_1_1, "QoS of a subscription is 3"),
        (packet(0x82, b"\0\x01\0\x01a\x04"), V3_1_1, "reserved bit"),
        (packet(0x82, b"\0\x01\0\0\x01a\x30"), V5, "Retain Handling is 3"),
        (packet(0xF0, b""), V3_1_1, "no AUTH"),
        (packet(0xC0, b"\0"), V5, "left over"),
        (packet(0x10, b"\0\x04HTTP\x04\x02\0\x3c\0\0"), V5, "not a Protocol Name"),
        (packet(0x10, CONNECT.replace(b"\x04\x02", b"\x04\x03")), V5, "reserved bit"),
        (packet(0x10, CONNECT.replace(b"\x04\x02", b"\x04\x1e")), V5, "Will QoS is 3"),
        (packet(0x10, CONNECT.replace(b"\x04\x02", b"\x04\x22")), V5, "no Will"),
        (packet(0x10, CONNECT.replace(b"\x04\x02", b"\x04\x42")), V5, "no User Name"),
        (packet(0x20, b"\x02\0"), V3_1_1, "reserved bit"),
        (packet(0x90, b"\0\x01"), V3_1_1, "no Reason Code"),
    ],
)
def test_that_a_packet_against_the_standard_is_refused_with_its_reason(
    data: bytes, version: ProtocolVersion, reason: str
) -> None:
    with pytest.raises(MalformedPacket, match=reason):
        decode_packet(data, version)


def test_that_a_property_in_the_wrong_packet_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_packet(packet(0x30, b"\0\x01a\x05\x11\0\0\0\0"), V5)
    assert caught.value.reason_code == 0x82
    assert caught.value.offset == 5


def test_that_a_topic_alias_allows_an_empty_topic_name() -> None:
    publish = decode_packet(packet(0x30, b"\0\0\x03\x23\0\x07payload"), V5)
    assert publish == Publish("", b"payload", properties=[(35, 7)])


def test_that_mqtt_3_1_may_repeat_a_subscribe_with_dup() -> None:
    subscribe = decode_packet(packet(0x8A, b"\0\x01\0\x01a\x01"), V3_1)
    assert isinstance(subscribe, Subscribe)
    with pytest.raises(MalformedPacket):
        decode_packet(packet(0x8A, b"\0\x01\0\x01a\x01"), V3_1_1)


@pytest.mark.parametrize("body", [b"\0\x09", b"\0\x09\0", b"\0\x09\0\0"])
def test_that_a_short_puback_means_success(body: bytes) -> None:
    assert decode_packet(packet(0x40, body), V5) == Ack(ControlPacketType.PUBACK, 9)


def test_that_an_unsuback_before_mqtt_5_has_no_reason_codes() -> None:
    assert decode_packet(packet(0xB0, b"\0\x09"), V3_1_1) == Unsuback(9)

"""What is read of the packets of a session, and that paho takes everything it is given of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.connection.paho_client import PahoClient
from topicscope.connection.session import SessionPacket, read_session_packets
from topicscope.connection.tee import TeeSocket
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_connack,
    encode_connect,
    encode_disconnect,
    encode_puback,
    encode_publish,
    encode_pubrec,
    encode_suback,
    encode_unsuback,
)
from topicscope.mqtt.framing import MalformedPacket, write_variable_byte_integer

V3, V4, V5 = ProtocolVersion
P = ControlPacketType


def one(data: bytes, version: ProtocolVersion = V5) -> SessionPacket:
    (packet,) = read_session_packets(data, version)
    return packet


def test_that_a_publish_becomes_one_without_topic_payload_and_properties() -> None:
    for version, rest in ((V4, b""), (V5, b"\0")):
        data = encode_publish(
            "a/long/topic", b"x" * 1000, qos=2, packet_identifier=77, version=version
        )
        packet = one(data, version)
        assert packet.packet_identifier == 77
        head = bytes((0x34, 5 + len(rest)))
        assert packet.for_paho == head + b"\0\1t\x00\x4d" + rest


def test_that_reason_codes_are_read_and_hidden_from_paho() -> None:
    packet = one(encode_pubrec(5, 0x99, properties=[(31, "\ufeff")], version=V5))
    assert (packet.code, packet.packet_identifier) == (0x99, 5)
    assert packet.properties == [(31, "\ufeff")]
    assert packet.for_paho == b"\x50\x02\x00\x05"


def test_that_an_acknowledgement_before_mqtt_5_has_no_reason() -> None:
    assert one(encode_puback(5, version=V4), V4).code == 0
    assert one(b"\x40\x03\x00\x05\x87", V4).code == 0


def test_that_answers_to_subscriptions_are_read() -> None:
    assert one(encode_suback(3, (0, 1, 0x87), version=V5)).codes == (0, 1, 0x87)
    assert one(encode_suback(3, (0x80,), version=V4), V4).codes == (0x80,)
    assert one(encode_unsuback(3, version=V4), V4).codes == ()
    assert one(encode_unsuback(3, (0x11,), version=V5)).codes == (0x11,)


def test_that_paho_is_told_of_a_connack_only_whether_the_session_is_present() -> None:
    packet = one(encode_connack(properties=[(36, 1)], session_present=True, version=V5))
    assert packet.session_present
    assert packet.properties == [(36, 1)]
    assert packet.for_paho == b"\x20\x03\x01\x00\x00"


def test_that_mqtt_3_1_knows_no_session_present() -> None:
    assert not one(b"\x20\x02\x01\x00", V3).session_present


def test_that_a_disconnect_may_be_empty() -> None:
    assert one(b"\xe0\x00").code == 0
    assert one(encode_disconnect(0x8E, properties=[(31, "why")], version=V5)).properties == [
        (31, "why")
    ]


def test_that_packets_before_a_malformed_one_are_read() -> None:
    packets = read_session_packets(encode_puback(5, version=V5) + b"\x40\x01\x00", V5)
    assert next(packets).packet_identifier == 5
    with pytest.raises(MalformedPacket, match=r"PUBACK ends inside .* \(offset 3 of 40 01 00\)"):
        next(packets)


@given(st.integers(0, 255), st.binary(max_size=40), st.sampled_from(list(ProtocolVersion)))
def test_that_no_packet_raises_anything_else_and_paho_takes_what_it_is_given(
    first: int, body: bytes, version: ProtocolVersion
) -> None:
    data = bytes((first,)) + write_variable_byte_integer(len(body)) + body
    try:
        packets = list(read_session_packets(data, version))
    except MalformedPacket:
        return
    client = PahoClient(
        client_identifier="me",
        version=version,
        clean_start=True,
        connect=encode_connect("me", version=version),
    )
    tee = TeeSocket()
    client.begin(tee)
    client.publish("t", b"x", 2, [], retain=False)
    for packet in packets:
        if packet.kind is not P.CONNACK:
            tee.lay_in(packet.for_paho)
            client.drain(tee)
    assert not tee.closed

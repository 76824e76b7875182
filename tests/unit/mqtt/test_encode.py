"""Encoding: known bytes, what does not fit, and that decoding gives back what was encoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import (
    encode_connack,
    encode_connect,
    encode_disconnect,
    encode_packet,
    encode_pingreq,
    encode_pingresp,
    encode_puback,
    encode_publish,
    encode_pubrel,
    encode_suback,
    encode_subscribe,
    encode_unsuback,
    encode_unsubscribe,
)
from topicscope.mqtt.framing import MAX_VARIABLE_BYTE_INTEGER
from topicscope.mqtt.packets import (
    Ack,
    Auth,
    Connack,
    Connect,
    ControlPacket,
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    WillMessage,
)
from topicscope.mqtt.properties import (
    ALLOWED,
    ALLOWED_IN_WILL,
    PROPERTIES,
    PropertyList,
    PropertyType,
    may_repeat,
)

V3_1, V3_1_1, V5 = ProtocolVersion

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
names = texts.filter(bool)
identifiers = st.integers(1, 65_535)
codes = st.integers(0, 255)

_ONE_OR_ZERO = {1, 23, 25, 36, 37, 40, 41, 42}
_VALUES = {
    PropertyType.BYTE: st.integers(0, 255),
    PropertyType.TWO_BYTE: st.integers(1, 65_535),
    PropertyType.FOUR_BYTE: st.integers(1, 2**32 - 1),
    PropertyType.VARIABLE: st.integers(1, MAX_VARIABLE_BYTE_INTEGER),
    PropertyType.UTF8: texts,
    PropertyType.BINARY: st.binary(max_size=20),
    PropertyType.PAIR: st.tuples(texts, texts),
}


@st.composite
def property_lists(draw: st.DrawFn, kind: ControlPacketType, *, will: bool = False) -> PropertyList:
    allowed = ALLOWED_IN_WILL if will else ALLOWED[kind]
    chosen = draw(st.lists(st.sampled_from(sorted(allowed)), max_size=6))
    items: PropertyList = []
    for identifier in chosen:
        if any(key == identifier for key, _ in items) and not may_repeat(identifier, kind):
            continue
        values = _VALUES[PROPERTIES[identifier].type]
        value = draw(st.integers(0, 1) if identifier in _ONE_OR_ZERO else values)
        items.append((identifier, value))
    return items


@st.composite
def connects(draw: st.DrawFn, properties: PropertyList, version: ProtocolVersion) -> Connect:
    five = version == V5
    username = draw(st.none() | texts)
    password = draw(st.none() | st.binary(max_size=9)) if five or username else None
    kind = ControlPacketType.CONNECT
    of_will = st.just(draw(property_lists(kind, will=True)) if five else [])
    some_will = st.builds(
        WillMessage, texts, st.binary(max_size=9), st.integers(0, 2), st.booleans(), of_will
    )
    return Connect(
        draw(texts),
        draw(st.booleans()),
        draw(st.integers(0, 65_535)),
        username,
        password,
        draw(st.none() | some_will),
        properties,
        version,
        not five and draw(st.booleans()),
    )


@st.composite
def packets(draw: st.DrawFn, version: ProtocolVersion) -> ControlPacket:
    kinds = set(ControlPacketType) - {ControlPacketType.RESERVED}
    if version != V5:
        kinds -= {ControlPacketType.AUTH}
    kind = draw(st.sampled_from(sorted(kinds)))
    five = version == V5
    properties = draw(property_lists(kind)) if five and kind in ALLOWED else []
    identifier = draw(identifiers)
    code = draw(codes)
    match kind:
        case ControlPacketType.CONNECT:
            return draw(connects(properties, version))
        case ControlPacketType.CONNACK:
            return Connack(version != V3_1 and draw(st.booleans()), code, properties)
        case ControlPacketType.PUBLISH:
            qos = draw(st.integers(0, 2))
            dup = qos > 0 and draw(st.booleans())
            payload = draw(st.binary(max_size=300))
            retain = draw(st.booleans())
            return Publish(
                draw(names), payload, qos, retain, dup, identifier if qos else None, properties
            )
        case ControlPacketType.SUBSCRIBE:
            options = st.booleans() if five else st.just(False)
            handling = st.integers(0, 2) if five else st.just(0)
            one = st.builds(Subscription, texts, st.integers(0, 2), options, options, handling)
            return Subscribe(identifier, tuple(draw(st.lists(one, min_size=1))), properties)
        case ControlPacketType.SUBACK:
            return Suback(identifier, tuple(draw(st.lists(codes, min_size=1))), properties)
        case ControlPacketType.UNSUBSCRIBE:
            return Unsubscribe(identifier, tuple(draw(st.lists(texts, min_size=1))), properties)
        case ControlPacketType.UNSUBACK:
            answers = tuple(draw(st.lists(codes, min_size=1))) if five else ()
            return Unsuback(identifier, answers, properties)
        case ControlPacketType.PINGREQ:
            return Pingreq()
        case ControlPacketType.PINGRESP:
            return Pingresp()
        case ControlPacketType.DISCONNECT:
            return Disconnect(code, properties) if five else Disconnect()
        case ControlPacketType.AUTH:
            return Auth(code, properties)
        case _:
            return Ack(kind, identifier, code if five else 0, properties)


@given(st.data(), st.sampled_from(ProtocolVersion))
def test_that_decoding_gives_back_what_was_encoded(
    data: st.DataObject, version: ProtocolVersion
) -> None:
    packet = data.draw(packets(version))
    assert decode_packet(encode_packet(packet, version), version) == packet


def test_that_a_connect_of_3_1_bears_the_old_protocol_name() -> None:
    encoded = encode_connect("a", keep_alive=10, version=V3_1)
    assert encoded == b"\x10\x0f\0\x06MQIsdp\x03\x02\0\x0a\0\x01a"


def test_that_a_connect_of_5_has_a_property_length() -> None:
    encoded = encode_connect("a", keep_alive=10, version=V5)
    assert encoded == b"\x10\x0e\0\x04MQTT\x05\x02\0\x0a\0\0\x01a"


@pytest.mark.parametrize(
    ("encoded", "wire"),
    [
        (encode_publish("a/b", b"hi"), b"\x30\x07\0\x03a/bhi"),
        (encode_publish(b"\xff", b""), b"\x30\x03\0\x01\xff"),
        (encode_publish("a", b"x", version=V5), b"\x30\x05\0\x01a\0x"),
        (
            encode_publish("a", b"x", qos=2, retain=True, dup=True, packet_identifier=258),
            b"\x3d\x06\0\x01a\x01\x02x",
        ),
        (encode_puback(7, version=V5), b"\x40\x02\0\x07"),
        (encode_puback(7, 0x10, version=V5), b"\x40\x03\0\x07\x10"),
        (encode_puback(7, 0x10), b"\x40\x02\0\x07"),
        (encode_pubrel(7), b"\x62\x02\0\x07"),
        (encode_connack(5), b"\x20\x02\0\x05"),
        (encode_connack(0, session_present=True, version=V5), b"\x20\x03\x01\0\0"),
        (encode_connack(0, session_present=True, version=V3_1), b"\x20\x02\0\0"),
        (
            encode_subscribe(1, [Subscription("a", 1, True, True, 2)], version=V5),
            b"\x82\x07\0\x01\0\0\x01a\x2d",
        ),
        (encode_subscribe(1, [Subscription("a", 1, True, True, 2)]), b"\x82\x06\0\x01\0\x01a\x01"),
        (encode_suback(1, [0, 0x80]), b"\x90\x04\0\x01\0\x80"),
        (encode_unsubscribe(1, ["a"]), b"\xa2\x05\0\x01\0\x01a"),
        (encode_unsuback(1, [0x11]), b"\xb0\x02\0\x01"),
        (encode_unsuback(1, [0x11], version=V5), b"\xb0\x04\0\x01\0\x11"),
        (encode_pingreq(), b"\xc0\0"),
        (encode_pingresp(), b"\xd0\0"),
        (encode_disconnect(0x8E), b"\xe0\0"),
        (encode_disconnect(0x8E, version=V5), b"\xe0\x01\x8e"),
        (encode_disconnect(version=V5), b"\xe0\0"),
    ],
)
def test_that_a_packet_is_these_bytes(encoded: bytes, wire: bytes) -> None:
    assert encoded == wire


def test_that_a_payload_of_128_bytes_needs_two_length_bytes() -> None:
    assert encode_publish("a", b"x" * 125)[:3] == b"\x30\x80\x01"


def test_that_what_does_not_fit_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="65,535"):
        encode_publish("a" * 65_536)
    with pytest.raises(ValueError, match="Packet Identifier"):
        encode_publish("a", qos=1)
    with pytest.raises(ValueError, match="no QoS 3"):
        encode_publish("a", qos=3, packet_identifier=1)
    with pytest.raises(ValueError, match="two bytes"):
        encode_connect(keep_alive=70_000)
    with pytest.raises(ValueError, match="surrogates"):
        encode_publish("\ud800")
    with pytest.raises(ValueError, match="Retain Handling"):
        encode_subscribe(1, [Subscription("a", retain_handling=3)], version=V5)

"""What each field means, by examples."""

from __future__ import annotations

import pytest

from tests.unit.query.captures import START_NS, Capture, payloads
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_ack,
    encode_connack,
    encode_disconnect,
    encode_pingreq,
    encode_suback,
)
from topicscope.query import FilterContext, FilterError, compile_filter

CONNECT_ROW = 0


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('topic ~ "plant/+/temp"', [1, 2]),
        ('topic ~ "plant/#"', [1, 2, 3]),
        ('topic ~ "$share/group/plant/#"', [1, 2, 3]),
        ('topic ~ "#"', [1, 2, 3, 5]),
        ('topic == "plant"', [3]),
        ('topic != "plant"', [1, 2, 4, 5]),
        ('topic contains "line"', [1, 2]),
        ('topic matches "line[2-9]/"', [2]),
        ('topic in {"plant", "é"}', [3, 5]),
        ('not topic ~ "plant/#"', [4, 5]),
        ('topic == "\\u00e9"', [5]),
        (r'topic == "\xc3\xa9"', [5]),
    ],
)
def test_that_a_topic_is_compared_as_a_filter_says(text: str, rows: list[int]) -> None:
    capture = Capture()
    for topic in ("plant/line1/temp", "plant/line2/temp", "plant", "$SYS/uptime", "é"):
        capture.message(topic)
    assert capture.seen(text) == rows


def test_that_a_topic_that_is_no_utf8_can_be_written_byte_by_byte() -> None:
    capture = Capture()
    capture.feed(b"\x30\x05\x00\x02a\xff\x00")
    assert capture.seen(r'topic == "a\xff"') == [1]
    assert capture.seen(r'topic == "a\u00ff"') == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('payload contains "err"', [1, 2]),
        ('payload contains ""', [1, 2, 3, 4]),
        ('payload == "error"', [1]),
        ('payload != "error"', [2, 3, 4]),
        ('payload in {"", "error"}', [1, 3]),
        ('payload matches "^err.r$"', [1]),
        ('payload matches "(?i)ERR"', [1, 2]),
        (r'payload contains "\xff"', [4]),
        ("payload", [1, 2, 4]),
        ("payload.size == 0", [3]),
        ("size > 5B and size < 1kB", [2]),
    ],
)
def test_that_a_payload_is_compared_byte_by_byte(text: str, rows: list[int]) -> None:
    assert payloads(b"error", b'{"e":"err"}', b"", b"\xff\x00").seen(text) == rows


def test_that_a_text_across_two_packets_or_in_a_topic_is_not_in_a_payload() -> None:
    capture = Capture()
    for _ in range(40):
        capture.message("needle", b"nee")
    capture.message("x", b"a needle")
    capture.message("dle", b"x")
    assert capture.seen('payload contains "needle"') == [41]
    assert capture.seen('payload contains "nee"') == [*range(1, 42)]


def test_that_a_text_longer_than_everything_is_nowhere() -> None:
    assert payloads(b"a").seen(f'payload contains "{"a" * 5000}"') == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("json.a > 5", [1]),
        ("json.a >= 5", [1, 2]),
        ("json.a == 5.0", [2]),
        ('json.a == "5"', [3]),
        ("json.a != 5", [1, 3, 4, 5, 6]),
        ("json.a", [1, 2, 3, 4, 6]),
        ("not json.a", [5, 7, 8]),
        ("json.a == true", [4]),
        ("json.a == null", [5]),
        ('json.a[0]["b c"] == 1', [6]),
        ("json.a[-1].d == 2", [6]),
        ("json[1] == 3", [7]),
        ('json.a in {5, "5", true}', [2, 3, 4]),
        ("json.a in 5..100", [1, 2]),
        ('json.a > "4"', [3]),
        ('json.a matches "^[0-9]$"', [3]),
    ],
)
def test_that_a_json_field_is_compared_by_its_own_type(text: str, rows: list[int]) -> None:
    capture = payloads(
        b'{"a": 80.5, "z": [1, {"y": 2}]}',
        b' {"a": 5}',
        b'{"a": "5"}',
        b'{"a": true}',
        b'{"a": null}',
        b'{"a": [{"b c": 1}, {"d": 2}]}',
        b"[2, 3]",
        b"not json",
    )
    assert capture.seen(text) == rows


def test_that_a_list_contains_an_element_and_a_text_a_part() -> None:
    capture = payloads(b'{"a": ["x", "yz"]}', b'{"a": "xyz"}', b'{"a": 5}')
    assert capture.seen('json.a contains "x"') == [1, 2]
    assert capture.seen('json.a contains "y"') == [2]


def test_that_json_that_nests_too_deeply_has_no_fields() -> None:
    assert payloads(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}").seen("json.a") == []
    assert payloads(b"[" * 100_000).seen("value or json[0]") == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("value == true", [1, 2]),
        ("value > 20", [3, 4]),
        ('value == "ON"', [5, 6, 7]),
        ('value contains "°"', [8]),
        ("value", [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_that_the_value_is_the_field_or_the_bare_payload(text: str, rows: list[int]) -> None:
    capture = payloads(
        b"true",
        b'{"value": true, "value2": 1}',
        b" 21.5 ",
        b'{"x": {"value": 1}, "value": 80}',
        b"ON",
        b'"ON"',
        b'{"value": "ON"}',
        "21 °C".encode(),
        b"",
        b"[1]",
        b"{oops",
        b"\xff\xfe",
        b"null",
    )
    assert capture.seen(text) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("qos == 1", [2]),
        ("qos in {0, 2}", [1, 3]),
        ("qos in 1..2", [2, 3]),
        ("qos > 0.5", [2, 3]),
        ("qos", [1, 2, 3]),
        ("retain", [1]),
        ("retain == false", [2, 3]),
        ("not retain", [2, 3]),
        ("dup", []),
        ("packet_identifier", [2, 3]),
        ("packet_identifier == 7", [2, 3]),
        ("direction == out", [3]),
        ("direction in {in}", [1, 2]),
        ("packet.size > 7", [2, 3]),
        ("size == 0", [1, 2, 3]),
    ],
)
def test_that_flags_and_numbers_of_a_message_are_compared(text: str, rows: list[int]) -> None:
    capture = Capture(ProtocolVersion.MQTT_3_1_1)
    capture.message("abc", retain=True)
    capture.message("abc", qos=1)
    capture.message("abc", qos=2, direction=Direction.OUT)
    capture.feed(encode_pingreq())
    assert capture.seen(text) == rows


def test_that_only_messages_are_looked_at_unless_packets_are_named() -> None:
    capture = Capture()
    capture.message("a")
    capture.feed(encode_pingreq())
    assert capture.seen("size >= 0") == [1]
    assert capture.seen("type == PINGREQ") == [2]
    assert capture.seen("type != PINGREQ") == [0, 1]
    assert capture.seen("type in {1, 12}") == [0, 2]
    assert capture.seen("type == 3 or direction == in") == [1, 2]
    assert capture.seen("direction == in", FilterContext(capture.log, packets=True)) == [1, 2]


def test_that_reason_codes_are_read_where_each_packet_has_them() -> None:
    capture = Capture()
    capture.feed(encode_connack(reason_code=0x87, version=ProtocolVersion.MQTT_5))
    capture.feed(encode_ack(ControlPacketType.PUBACK, 1, 0x10, version=ProtocolVersion.MQTT_5))
    capture.feed(encode_ack(ControlPacketType.PUBACK, 1, version=ProtocolVersion.MQTT_5))
    capture.feed(encode_suback(1, [0, 0x87], version=ProtocolVersion.MQTT_5))
    capture.feed(encode_disconnect(0x8B, version=ProtocolVersion.MQTT_5))
    capture.feed(b"\x40\x01\x00")
    assert capture.seen("reason_code >= 0x80") == [1, 4, 5]
    assert capture.seen("reason_code == 0") == [3, 4]
    assert capture.seen("reason_code == 0x10") == [2]
    assert capture.seen("type == SUBACK and reason_code == 0x87") == [4]


def test_that_properties_are_compared_by_their_names() -> None:
    capture = Capture()
    user = [(38, ("trace", "a1")), (38, ("trace", "a2")), (38, ("other", 'x"y'))]
    capture.message("a", properties=[(3, "text/plain"), (2, 30), *user])
    capture.message("a", properties=[(3, "application/json"), (9, b"\xff")])
    capture.message("a", b"text/plain")
    assert capture.seen('prop.content_type == "text/plain"') == [1]
    assert capture.seen('prop.content_type matches "json$"') == [2]
    assert capture.seen("prop.content_type") == [1, 2]
    assert capture.seen("prop.message_expiry_interval < 60") == [1]
    assert capture.seen(r'prop.correlation_data == "\xff"') == [2]
    assert capture.seen('prop.user["trace"] == "a2"') == [1]
    assert capture.seen(r'prop.user["other"] == "x\"y"') == [1]
    assert capture.seen("prop.user") == [1]
    assert capture.seen("not prop.user") == [2, 3]


def test_that_properties_of_other_packets_are_read_when_they_are_named() -> None:
    capture = Capture()
    told = encode_disconnect(0x8B, properties=[(31, "bye")], version=ProtocolVersion.MQTT_5)
    capture.feed(told)
    assert capture.seen('type == DISCONNECT and prop.reason_string == "bye"') == [1]


def test_that_time_is_local_utc_relative_or_a_range() -> None:
    capture = Capture()
    for _ in range(5):
        capture.message("a")
    assert capture.now == START_NS + 5_000_000_000
    assert capture.seen("time > -2s") == [5]
    assert capture.seen("time in -4s..-3s") == [2, 3]
    assert capture.seen("time >= 2026-11-21T10:00:03Z") == [4, 5]
    assert capture.seen("time >= 2026-11-21T11:00:03+01:00") == [4, 5]
    assert capture.seen('time == "2026-11-21 10:00:03.000Z"') == [4]
    assert capture.seen("time < 2026-11-20") == []
    assert capture.seen("time <= now") == [1, 2, 3, 4, 5]


def test_that_a_time_of_the_day_is_one_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        capture = Capture()
        for _ in range(3):
            capture.message("a")
        assert capture.seen("time >= 11:00:01") == [2, 3]
        assert capture.seen("time >= 2026-11-21T11:00:01") == [2, 3]
        assert capture.seen("time < 11:00") == []
    finally:
        monkeypatch.undo()
        time.tzset()


def test_that_gap_is_the_time_since_the_message_before_on_the_topic() -> None:
    capture = Capture()
    for topic in ("a", "b", "a", "a", "b"):
        capture.message(topic)
    assert capture.seen("gap == 2s") == [3]
    assert capture.seen("gap > 1500ms") == [3, 5]
    assert capture.seen("gap") == [3, 4, 5]
    assert capture.seen("not gap > 0ms") == [1, 2]


def test_that_changed_compares_with_the_message_before_on_the_topic() -> None:
    capture = Capture()
    for topic, payload in (("a", b"1"), ("b", b"1"), ("a", b"1"), ("a", b"2"), ("b", b"10")):
        capture.message(topic, payload)
    assert capture.seen("changed") == [1, 2, 4, 5]
    assert capture.seen("not changed") == [3]
    assert capture.seen("changed == false") == [3]


def test_that_a_subscription_is_one_of_received_messages_by_filter_or_number() -> None:
    capture = Capture()
    for topic, direction in (("a/b", Direction.IN), ("c", Direction.IN), ("a/b", Direction.OUT)):
        capture.message(topic, direction=direction)
    context = FilterContext(capture.log, subscriptions=lambda: {3: "$share/g/a/#"})
    assert capture.seen("subscription == 3", context) == [1]
    assert capture.seen('subscription == "a/+"', context) == [1]
    assert capture.seen("subscription", context) == [1]
    assert capture.seen("subscription != 3", context) == [2]
    assert capture.seen("subscription") == []
    with pytest.raises(FilterError) as caught:
        compile_filter("subscription in {3, 4}", context)
    assert caught.value.message == "there is no subscription 4"
    assert caught.value.position == len("subscription in {3, ")


def test_that_levels_are_known_by_the_names_people_gave() -> None:
    capture = Capture()
    capture.message("org/Display/1")
    capture.message("org/Camera/1")
    capture.message("org")

    def level_of(name: str, topic: bytes) -> str | None:
        levels = topic.decode().split("/")
        return levels[1] if name == "mod" and len(levels) > 1 else None

    context = FilterContext(capture.log, level_names=("mod",), level_of=level_of)
    assert capture.seen('level.mod == "Display"', context) == [1]
    assert capture.seen("level.mod", context) == [1, 2]
    with pytest.raises(FilterError) as caught:
        compile_filter('level.drv == "x"', context)
    assert caught.value.message == "no level is called `drv`"
    assert caught.value.expected == ("mod",)

"""A display filter the slow way: random captures, random filters, and a loop over records that decides."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import cbor2
from hypothesis import strategies as st

from topicscope.capture import log as log_module
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import (
    encode_ack,
    encode_connack,
    encode_connect,
    encode_disconnect,
    encode_pingreq,
    encode_publish,
    encode_suback,
    encode_subscribe,
)
from topicscope.mqtt.packets import Ack, Auth, Connack, Disconnect, Suback, Subscription
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_matches
from topicscope.query.writing import for_value, json_field, user_property_field

if TYPE_CHECKING:
    from topicscope.capture.record import Record

START_NS = 1_795_255_200_000_000_000
MILLISECOND = 1_000_000
TOPICS = ("a", "a/b", "a/b/c", "plant/line1/temp", "plant/line2/temp", "$SYS/uptime", "é/ü")
PAYLOADS = (
    b"",
    b"ON",
    b"12",
    b"-3.5",
    b'"ON"',
    b"true",
    b"null",
    b" 7 ",
    b"{bad",
    b"\xff\xfe\x00",
    b"[1, 2]",
    "é12ON".encode(),
    b"ONON" * 9,
)
KEYS = ("value", "a", "b c", "é")
TYPE = ControlPacketType


@dataclass(frozen=True)
class Row:
    """A record, and the record of the message before on its topic."""

    record: Record
    before: Record | None

    @property
    def is_message(self) -> bool:
        return self.record.packet_type is TYPE.PUBLISH


Decides: TypeAlias = Callable[[Row], bool]
Described: TypeAlias = tuple[str, Decides]


# --- captures ---

scalars = st.one_of(
    st.integers(-5, 130),
    st.floats(-5, 130, allow_nan=False).map(lambda number: round(number, 2)),
    st.sampled_from(("", "ON", "OFF", "80", "x", "é")),
    st.booleans(),
    st.none(),
    st.integers(2**60, 2**66),
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=5,
)
cbor_documents = st.dictionaries(st.sampled_from(KEYS), documents) | st.lists(scalars)
payloads = st.one_of(
    st.sampled_from(PAYLOADS),
    documents.map(lambda value: json.dumps(value).encode()),
    cbor_documents.map(cbor2.dumps),
)
properties = st.lists(
    st.one_of(
        st.tuples(st.just(3), st.sampled_from(("application/json", "text/plain"))),
        st.tuples(st.just(2), st.integers(0, 100)),
        st.tuples(st.just(9), st.sampled_from((b"", b"\xff", b"id1"))),
        st.tuples(st.just(11), st.integers(1, 3)),
        st.tuples(
            st.just(38),
            st.tuples(st.sampled_from(("k", 'q"q')), st.sampled_from(("", "v", "w"))),
        ),
    ),
    max_size=3,
)


@st.composite
def publishes(draw: st.DrawFn, version: ProtocolVersion) -> bytes:
    qos = draw(st.sampled_from((0, 0, 1, 2)))
    return encode_publish(
        draw(st.sampled_from(TOPICS)),
        draw(payloads),
        qos=qos,
        retain=draw(st.booleans()),
        dup=bool(qos) and draw(st.booleans()),
        packet_identifier=draw(st.integers(1, 4)) if qos else None,
        properties=draw(properties) if version is ProtocolVersion.MQTT_5 else None,
        version=version,
    )


def others(version: ProtocolVersion) -> st.SearchStrategy[bytes]:
    codes = st.sampled_from((0, 0x10, 0x87)) if version is ProtocolVersion.MQTT_5 else st.just(0)
    return st.one_of(
        st.just(encode_pingreq()),
        codes.map(lambda code: encode_ack(TYPE.PUBACK, 3, code, version=version)),
        codes.map(
            lambda code: (
                encode_connack(reason_code=0x87 if code else 0, version=version)
                if version is ProtocolVersion.MQTT_5
                else encode_connack(version=version)
            )
        ),
        st.just(encode_suback(2, [0, 1, 0x80], version=version)),
        st.just(encode_subscribe(2, [Subscription("a/#")], version=version)),
        codes.map(
            lambda code: (
                encode_disconnect(0x8B if code else 0, version=version)
                if version is ProtocolVersion.MQTT_5
                else encode_disconnect(version=version)
            )
        ),
    )


@st.composite
def captures(draw: st.DrawFn) -> CaptureLog:
    """Draw a log of one or two connections, in small segments, with notes."""
    rows, log_module.ROWS = log_module.ROWS, draw(st.integers(3, 12))
    log = CaptureLog()
    tap = Tap(log.append)
    now = START_NS
    try:
        for _ in range(draw(st.integers(1, 2))):
            version = draw(st.sampled_from((ProtocolVersion.MQTT_5, ProtocolVersion.MQTT_3_1_1)))
            tap.open_connection("connected", now)
            tap.feed(Direction.OUT, encode_connect("me", version=version), now)
            for _ in range(draw(st.integers(0, 8))):
                now += draw(st.sampled_from((0, 1, 500, 2500))) * MILLISECOND
                batch = st.lists(st.one_of(publishes(version), publishes(version), others(version)))
                direction = draw(st.sampled_from((Direction.IN, Direction.IN, Direction.OUT)))
                tap.feed(direction, b"".join(draw(batch)), now)
    finally:
        log_module.ROWS = rows
    return log


def rows_of(log: CaptureLog) -> list[Row]:
    """Return every row of a log with the message before."""
    last: dict[bytes, Record] = {}
    rows = []
    for number in range(log.first_row, log.end_row):
        record = log.record(number)
        has_topic = record.topic_id >= 0
        rows.append(Row(record, last.get(record.topic) if has_topic else None))
        if has_topic:
            last[record.topic] = record
    return rows


# --- what a condition means ---

ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(seen: object, value: object) -> bool:
    if is_number(seen) and is_number(value):
        return seen == value
    return type(seen) is type(value) and seen == value


def compare(seen: Any, sign: str, value: Any) -> bool:
    """Decide about one value that is there."""
    if sign == "==":
        return same(seen, value)
    if sign == "!=":
        return not same(seen, value)
    if sign == "in":
        return any(same(seen, one) for one in value)
    if sign == "contains":
        return value in seen if isinstance(seen, str | list) else False
    if sign == "matches":
        return isinstance(seen, str) and re.search(value, seen) is not None
    comparable = (is_number(seen) and is_number(value)) or (
        isinstance(seen, str) and isinstance(value, str)
    )
    return comparable and bool(ORDER[sign](seen, value))


def exists(seen: object) -> bool:
    return seen is not None and seen is not False


def on_values(values: Callable[[Row], list[Any]], field: str, sign: str, value: Any) -> Described:
    """Describe a condition that one of the values of a row must meet."""
    if sign == "":
        return field, lambda row: any(exists(seen) for seen in values(row))
    text = for_value(field, value, sign)
    return text, lambda row: any(compare(seen, sign, value) for seen in values(row))


def text_of(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def topic(row: Row) -> list[Any]:
    return [text_of(row.record.topic)] if row.record.topic_id >= 0 else []


def payload(row: Row) -> list[Any]:
    return [text_of(row.record.payload)] if row.is_message else []


def decoded(data: bytes) -> Any:
    return cbor2.loads(data) if 0x80 <= (data or b"0")[0] <= 0xBF else json.loads(data.decode())


def json_at(path: tuple[str | int, ...]) -> Callable[[Row], list[Any]]:
    def values(row: Row) -> list[Any]:
        try:
            value = decoded(row.record.payload) if row.is_message else None
            for step in path:
                if not isinstance(value, dict if isinstance(step, str) else list):
                    return []
                value = value[step]
        except (ValueError, KeyError, IndexError, TypeError):
            return []
        return [value] if row.is_message else []

    return values


def value_of(row: Row) -> list[Any]:
    data = row.record.payload
    try:
        found = decoded(data)
    except UnicodeDecodeError:
        return []
    except ValueError:
        is_text = row.is_message and data and data.strip()[:1] not in {b"{", b"["}
        return [data.decode()] if is_text else []
    if isinstance(found, list):
        return []
    return json_at(("value",))(row) if isinstance(found, dict) else [found]


def reason_codes(row: Row) -> list[Any]:
    record = row.record
    if record.is_note or row.is_message:
        return []
    decoded = decode_packet(record.packet, record.version)
    if isinstance(decoded, Suback):
        return list(decoded.reason_codes)
    if isinstance(decoded, Connack):
        return [decoded.reason_code]
    has_code = isinstance(decoded, Ack | Disconnect | Auth)
    return [decoded.reason_code] if has_code and record.version is ProtocolVersion.MQTT_5 else []


def properties_of(key: str, user: str | None = None) -> Callable[[Row], list[Any]]:
    def values(row: Row) -> list[Any]:
        number = BY_KEY[key].identifier
        found = [value for identifier, value in row.record.properties if identifier == number]
        if user is not None:
            return [pair[1] for pair in found if isinstance(pair, tuple) and pair[0] == user]
        return [text_of(value) if isinstance(value, bytes) else value for value in found]

    return values


def of_message(read: Callable[[Record], Any]) -> Callable[[Row], list[Any]]:
    return lambda row: [read(row.record)] if row.is_message else []


# --- random filters ---

SIGNS = ("==", "!=", "<", "<=", ">", ">=")
texts = st.sampled_from(("a", "a/b", "ON", "é", "12", "x", "", "plant/line1/temp", "\udcff"))
patterns = st.sampled_from(("^a", "[0-9]+", "ON$", "é", ".", "l.*2|a"))
numbers = st.sampled_from((0, 1, 2, 7, 12, 80, 2.5, -3.5, 10**30, 2**61))

sizes = st.sampled_from((0, 1, 2, 7, 12, 80, 2.5, 10**15))


def described(
    values: Callable[[Row], list[Any]],
    field: str,
    signs: tuple[str, ...],
    value: st.SearchStrategy[Any],
) -> st.SearchStrategy[Described]:
    return st.tuples(st.sampled_from(signs), value).map(
        lambda drawn: on_values(values, field, drawn[0], drawn[1])
    )


def textual(values: Callable[[Row], list[Any]], field: str) -> st.SearchStrategy[Described]:
    return st.one_of(
        described(values, field, ("==", "!=", "contains"), texts),
        described(values, field, ("matches",), patterns),
        described(values, field, ("in",), st.lists(texts, min_size=1, max_size=12)),
    )


def numeric(
    values: Callable[[Row], list[Any]], field: str, among: st.SearchStrategy[Any] = numbers
) -> st.SearchStrategy[Described]:
    return st.one_of(
        described(values, field, (*SIGNS, ""), among),
        described(values, field, ("in",), st.lists(among, min_size=1, max_size=12)),
        st.tuples(st.integers(0, 9), st.integers(0, 90)).map(
            lambda ends: (
                f"{field} in {ends[0]}..{ends[1]}",
                lambda row: any(is_number(v) and ends[0] <= v <= ends[1] for v in values(row)),
            )
        ),
    )


def of_json(values: Callable[[Row], list[Any]], field: str) -> st.SearchStrategy[Described]:
    return st.one_of(
        described(values, field, (*SIGNS, ""), numbers | texts),
        described(values, field, ("==", "!="), st.booleans() | st.none()),
        described(values, field, ("in",), st.lists(scalars, min_size=1, max_size=5)),
        textual(values, field),
    )


def on_topic_filter(text: str) -> Described:
    return for_value("topic", text, "~"), lambda row: any(
        topic_matches(text, name) for name in topic(row)
    )


def in_subscription(text: str, written: str) -> Described:
    return (
        f"subscription == {written}",
        lambda row: (
            row.record.direction is Direction.IN and any(topic_matches(text, n) for n in topic(row))
        ),
    )


def gap(row: Row) -> list[Any]:
    return [] if row.before is None else [row.record.time_ns - row.before.time_ns]


def changed(row: Row) -> bool:
    return row.is_message and (row.before is None or row.before.payload != row.record.payload)


durations = st.sampled_from((0, 1, MILLISECOND, 500 * MILLISECOND, 2_500 * MILLISECOND))
times = st.integers(0, 12).map(lambda half: START_NS + half * 500 * MILLISECOND)
SUBSCRIPTIONS = {1: "a/#", 2: "$share/g/plant/+/temp"}
wildcards = st.sampled_from(("#", "+", "a/#", "+/+/temp", "plant/+/+", "+/b/#", "a/b", "$SYS/#"))
paths = st.sampled_from(
    (("a",), ("value",), ("b c", "a"), ("é", 0), (0,), (1, "a"), ("a", "b c", 0))
)

conditions: st.SearchStrategy[Described] = st.one_of(
    textual(topic, "topic"),
    wildcards.map(on_topic_filter),
    textual(payload, "payload"),
    st.just(("payload", lambda row: row.is_message and row.record.payload != b"")),
    paths.flatmap(lambda path: of_json(json_at(path), json_field(path))),
    of_json(value_of, "value"),
    numeric(of_message(lambda record: record.qos), "qos"),
    numeric(of_message(lambda record: len(record.payload)), "size", sizes),
    numeric(lambda row: [len(row.record.packet)], "packet.size", sizes),
    numeric(
        lambda row: [row.record.packet_identifier] if row.record.packet_identifier else [],
        "packet_identifier",
    ),
    described(of_message(lambda record: record.retain), "retain", ("==", "!=", ""), st.booleans()),
    described(of_message(lambda record: record.dup), "dup", ("==", "!=", ""), st.booleans()),
    described(
        lambda row: [row.record.direction], "direction", ("==", "!="), st.sampled_from(Direction)
    ),
    described(
        lambda row: [row.record.packet_type],
        "type",
        ("==", "!="),
        st.sampled_from([TYPE.PUBLISH, TYPE.PUBACK, TYPE.CONNECT, TYPE.SUBACK]),
    ),
    numeric(reason_codes, "reason_code"),
    textual(properties_of("content_type"), "prop.content_type"),
    textual(properties_of("correlation_data"), "prop.correlation_data"),
    numeric(properties_of("message_expiry_interval"), "prop.message_expiry_interval"),
    numeric(properties_of("subscription_identifier"), "prop.subscription_identifier"),
    textual(properties_of("user_property", "k"), user_property_field("k")),
    textual(properties_of("user_property", 'q"q'), user_property_field('q"q')),
    described(lambda row: [row.record.time_ns], "time", SIGNS, times),
    described(gap, "gap", (*SIGNS, ""), durations),
    st.sampled_from(
        [
            ("changed", changed),
            ("changed == false", lambda row: row.is_message and not changed(row)),
            in_subscription("a/#", '"a/#"'),
            in_subscription("plant/+/temp", "2"),
            in_subscription("plant/+/temp", '"$share/x/plant/+/temp"'),
        ]
    ),
)


def both(left: Described, right: Described) -> Described:
    return f"({left[0]}) and ({right[0]})", lambda row: left[1](row) and right[1](row)


def either(left: Described, right: Described) -> Described:
    return f"({left[0]}) or ({right[0]})", lambda row: left[1](row) or right[1](row)


def neither(one: Described) -> Described:
    return f"not ({one[0]})", lambda row: not one[1](row)


filters: st.SearchStrategy[Described] = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(both, inner, inner), st.builds(either, inner, inner), st.builds(neither, inner)
    ),
    max_leaves=5,
)


def is_seen(row: Row, text: str, decides: Decides, *, packets: bool) -> bool:
    """Decide about one row."""
    if row.record.is_note:
        return True
    names_packets = packets or re.search(r"\b(type|reason_code)\b", text) is not None
    return (row.is_message or names_packets) and decides(row)

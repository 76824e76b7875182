from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import START_NS, connect, filled_log, packet, publish
from topicscope.capture.batch import NO_TOPIC, Batch
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_connect
from topicscope.mqtt.framing import MalformedPacket

ANY_PACKET = st.one_of(
    st.builds(
        publish,
        st.sampled_from([b"a/b", b"plant/\xff", b"", b"x" * 300]),
        st.binary(max_size=200),
        qos=st.integers(0, 2),
        retain=st.booleans(),
    ),
    st.builds(packet, st.integers(0x40, 0xEF), st.binary(max_size=9)),
    st.builds(packet, st.integers(0x30, 0x3F), st.binary(max_size=6)),
)


def collect(stream: bytes, cuts: list[int]) -> tuple[list[tuple[object, ...]], bytes]:
    """Feed a stream in pieces; return each packet with its columns, and what was passed on."""
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS)
    borders = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for begin, end in pairwise(borders):
        tap.feed(Direction.IN, stream[begin:end], START_NS)
    rows: list[tuple[object, ...]] = []
    names: list[bytes] = []
    for batch in batches:
        names += batch.new_topics
        for index in range(len(batch)):
            begin = int(batch.offset[index])
            topic = int(batch.topic[index])
            rows.append(
                (
                    batch.raw[begin : begin + int(batch.length[index])],
                    names[topic] if topic >= 0 else None,
                    int(batch.packet_identifier[index]),
                    int(batch.payload_offset[index]),
                )
            )
    return rows, b"".join(batch.session_packets() for batch in batches)


def naive(one: bytes) -> tuple[bytes, bytes | None, int, int]:
    """Read one packet of MQTT 3.1.1 the slow way."""
    header = 2
    while one[header - 1] & 0x80:
        header += 1
    kind = one[0] >> 4
    body = one[header:]
    if kind != ControlPacketType.PUBLISH:
        has = 4 <= kind <= 11 and len(body) >= 2
        return one, None, int.from_bytes(body[:2]) if has else 0, len(one)
    size = int.from_bytes(body[:2])
    end = 2 + size + (2 if one[0] & 6 else 0)
    if len(body) < 2 or len(body) < end:
        return one, None, 0, len(one)
    identifier = int.from_bytes(body[2 + size : end]) if one[0] & 6 else 0
    return one, body[2 : 2 + size], identifier, header + end


@given(st.lists(ANY_PACKET, max_size=20), st.lists(st.integers(0, 3000), max_size=8))
def test_that_every_column_equals_a_plain_reading_however_the_stream_is_cut(
    packets: list[bytes], cuts: list[int]
) -> None:
    rows, passed_on = collect(b"".join(packets), cuts)
    assert rows == [naive(one) for one in packets]
    assert passed_on == b"".join(one for one in packets if one[0] & 0xF6 != 0x30)


@given(st.lists(st.binary(max_size=60), max_size=6), st.sampled_from([3, 4, 5]))
def test_that_arbitrary_bytes_are_taken_or_called_malformed(
    chunks: list[bytes], version: int
) -> None:
    tap = Tap(lambda batch: None)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(version), START_NS)
    for direction in Direction:
        try:
            for chunk in chunks:
                tap.feed(direction, chunk, START_NS)
        except MalformedPacket:
            continue


def test_that_a_topic_alias_is_resolved_to_its_topic_name() -> None:
    alias = b"\x03\x23\x00\x05"
    log, _ = filled_log(
        publish(b"plant/a", b"1", properties=alias),
        publish(b"", b"2", properties=alias),
        publish(b"plant/b", b"3", properties=b"\x00"),
        publish(b"", b"4", properties=b"\x03\x23\x00\x09"),
        version=5,
    )
    records = [log.record(row) for row in range(1, 5)]
    assert [record.topic for record in records] == [b"plant/a", b"plant/a", b"plant/b", b""]
    assert [record.payload for record in records] == [b"1", b"2", b"3", b"4"]
    assert records[0].properties == [(35, 5)]


def test_that_topic_aliases_end_with_their_connection() -> None:
    log, tap = filled_log(publish(b"plant/a", b"1", properties=b"\x03\x23\x00\x05"), version=5)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(5), START_NS)
    tap.feed(Direction.IN, publish(b"", b"2", properties=b"\x03\x23\x00\x05"), START_NS)
    assert log.record(log.end_row - 1).topic == b""
    assert log.record(log.end_row - 1).connection == 2


@pytest.mark.parametrize(
    ("level", "version"), [(3, ProtocolVersion.MQTT_3_1), (5, ProtocolVersion.MQTT_5)]
)
def test_that_the_version_is_learned_from_the_connect(level: int, version: ProtocolVersion) -> None:
    log, _ = filled_log(
        publish(b"a", b"x", properties=b"\x00" if level == 5 else None), version=level
    )
    assert log.record(1).version is version
    assert log.record(1).payload == b"x"


def test_that_a_password_never_enters_the_capture() -> None:
    secret = b"canary-7731"
    tail = b"\x00\x03ann" + len(secret).to_bytes(2) + secret
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(4, tail=tail, flags=0xC2) + packet(0xC0), START_NS)
    assert secret not in batches[0].raw
    assert batches[0].raw == connect(4, tail=tail.replace(secret, b"*" * 11), flags=0xC2) + packet(
        0xC0
    )


def test_that_a_cut_connect_hides_what_might_be_the_password() -> None:
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(4, tail=b"\x00\x03ann\x00\x20canary", flags=0xC2), START_NS)
    assert b"canary" not in batches[0].raw
    assert b"ann" in batches[0].raw


def test_that_authentication_data_never_enters_the_capture() -> None:
    proof = b"canary-proof"
    properties = b"\x15\x00\x05SCRAM\x16" + len(proof).to_bytes(2) + proof
    auth = packet(0xF0, b"\x18" + bytes([len(properties)]) + properties)
    log, tap = filled_log(auth, version=5)
    tap.feed(Direction.OUT, auth, START_NS)
    assert [log.record(row).packet for row in (1, 2)] == [auth.replace(proof, b"*" * 12)] * 2


def test_that_a_half_read_packet_is_known_by_type_and_size() -> None:
    tap = Tap(lambda batch: None)
    tap.open_connection("", START_NS)
    tap.feed(Direction.IN, publish(b"a", bytes(4000))[:113], START_NS)
    assert tap.pending(Direction.IN) == (ControlPacketType.PUBLISH, 113, 4006)
    assert tap.pending(Direction.OUT) is None


def test_that_a_length_without_end_is_malformed_after_the_packets_in_front_of_it() -> None:
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS)
    with pytest.raises(MalformedPacket):
        tap.feed(Direction.IN, packet(0xD0) + b"\x30\xff\xff\xff\xff\x01", START_NS)
    assert [len(batch) for batch in batches] == [1]


def test_that_a_publish_too_short_for_its_topic_has_none() -> None:
    log, _ = filled_log(packet(0x30, b"\x00\x09abc"), packet(0x30, b"\x00"), packet(0x30))
    assert [log.record(row).topic_id for row in (1, 2, 3)] == [NO_TOPIC] * 3
    assert log.ledger.received == 3


def test_that_a_cleared_capture_takes_only_what_comes_after() -> None:
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(5), START_NS)
    tap.feed(Direction.IN, publish(b"plant/a", b"1", properties=b"\x03\x23\x00\x05"), START_NS)
    tap.begin_epoch(1)
    tap.feed(Direction.IN, publish(b"plant/b", b"2", properties=b"\x00"), START_NS)
    tap.feed(Direction.IN, publish(b"", b"3", properties=b"\x03\x23\x00\x05"), START_NS)
    log = CaptureLog(epoch=1)
    for batch in batches:
        log.append(batch)
    assert log.topics.names == [b"plant/b", b"plant/a"]
    assert [log.record(row).topic for row in range(log.end_row)] == [b"plant/b", b"plant/a"]
    assert log.ledger.received == 2


@pytest.mark.parametrize("hides", [False, True])
def test_that_a_user_name_is_kept_out_when_whoever_connects_knows_that_it_is_secret(
    hides: bool,
) -> None:
    batches: list[Batch] = []
    tap = Tap(batches.append)
    tap.open_connection("", START_NS, hides_user_name=hides)
    tap.feed(Direction.OUT, encode_connect("me", username="A1_TEST_TOKEN", password=b"-"), START_NS)
    assert (b"A1_TEST_TOKEN" in batches[-1].raw) is not hides
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, encode_connect("me", username="A1_TEST_TOKEN"), START_NS)
    assert b"A1_TEST_TOKEN" in batches[-1].raw

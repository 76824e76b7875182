from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.captures import (
    ACK,
    CLIENT,
    FIN,
    RST,
    SECOND,
    SERVER,
    SYN,
    Captured,
    pcap,
    pcapng,
    tcp,
    tcp_v6,
)
from tests.helpers.packets import START_NS, connect, publish
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.recording import RecordingError
from topicscope.mqtt.control_packets import Direction, ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from topicscope.capture.loading import LoadedRecording
    from topicscope.capture.record import Record

CONNACK = bytes((0x20, 2, 0, 0))


def load(path: Path, data: bytes) -> tuple[list[Record], LoadedRecording]:
    path.write_bytes(data)
    log = CaptureLog()
    loaded = load_recording(path, log.append)
    return [log.record(row) for row in range(log.end_row)], loaded


def load_frames(path: Path, packets: Sequence[bytes]) -> tuple[list[Record], LoadedRecording]:
    return load(path, pcapng([Captured(START_NS + i * SECOND, p) for i, p in enumerate(packets)]))


def topics(records: Sequence[Record]) -> list[bytes]:
    return [record.topic for record in records if record.number is not None]


def notes(records: Sequence[Record]) -> list[str]:
    return [record.text for record in records if record.is_note]


def conversation(
    stream: Sequence[bytes], client: tuple[str, int] = CLIENT, server: tuple[str, int] = SERVER
) -> list[bytes]:
    """Return the segments of a client that connects and is told `stream`, a segment each."""
    begin = connect()
    sequences = itertools.accumulate((len(part) for part in stream), initial=101)
    return [
        tcp(client, server, 500, flags=SYN),
        tcp(server, client, 100, flags=SYN | ACK),
        tcp(client, server, 501, begin),
        *(tcp(server, client, at, part) for at, part in zip(sequences, stream, strict=False)),
    ]


def test_that_a_capture_of_wireshark_gives_packets_of_both_directions(tmp_path: Path) -> None:
    records, loaded = load_frames(
        tmp_path / "a.pcapng", conversation([CONNACK, publish(b"a", b"1"), publish(b"b", b"2")])
    )
    assert [record.packet_type.name for record in records if not record.is_note] == [
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBLISH",
    ]
    assert [record.direction for record in records if not record.is_note] == [
        Direction.OUT,
        *[Direction.IN] * 3,
    ]
    assert notes(records) == ["10.0.0.5:50000 to 10.0.0.9:1883"]
    assert [record.time_ns for record in records if record.number] == [
        START_NS + 4 * SECOND,
        START_NS + 5 * SECOND,
    ]
    assert loaded.problems == []


@pytest.mark.parametrize(
    ("linktype", "head"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00"),
        (0, b"\x02\x00\x00\x00"),
        (108, b"\x00\x00\x00\x02"),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (228, b""),
    ],
)
def test_that_frames_of_every_usual_link_are_read(
    tmp_path: Path, linktype: int, head: bytes
) -> None:
    packets = conversation([CONNACK, publish(b"a", b"1")])
    # Ethernet fills short frames up, and that is no payload.
    frames = [Captured(START_NS, head + packet + bytes(6)) for packet in packets]
    for data in (pcapng(frames, linktype=linktype), pcap(frames, linktype=linktype)):
        records, _ = load(tmp_path / "a.pcapng", data)
        assert topics(records) == [b"a"]


def test_that_tcp_over_ipv6_is_read(tmp_path: Path) -> None:
    begin = connect()
    records, _ = load_frames(
        tmp_path / "a.pcapng",
        [tcp_v6(5000, 1883, 1, begin), tcp_v6(5000, 1883, 1 + len(begin), publish(b"a"))],
    )
    assert topics(records) == [b"a"]
    assert "[::1]:5000" in notes(records)[0]


def test_that_segments_out_of_order_and_twice_are_put_right(tmp_path: Path) -> None:
    stream = [CONNACK, *(publish(b"t/%d" % i, b"x" * i) for i in range(9))]
    packets = conversation(stream)
    head, tail = packets[:4], packets[4:]
    shuffled = [*head, tail[2], tail[1], tail[0], tail[0], *tail[5:], tail[3], tail[4], *tail[2:4]]
    records, loaded = load_frames(tmp_path / "a.pcapng", shuffled)
    assert topics(records) == [b"t/%d" % i for i in range(9)]
    assert loaded.problems == []


def test_that_a_retransmission_with_more_in_it_gives_only_what_is_new(tmp_path: Path) -> None:
    one, two = publish(b"one", b"1"), publish(b"two", b"2")
    packets = [*conversation([CONNACK, one]), tcp(SERVER, CLIENT, 101 + len(CONNACK), one + two)]
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert topics(records) == [b"one", b"two"]


def test_that_sequence_numbers_wrap_round(tmp_path: Path) -> None:
    begin = connect()
    at = (1 << 32) - len(begin) - 4
    parts = [begin, *(publish(b"t/%d" % i) for i in range(4))]
    sequences = itertools.accumulate((len(part) for part in parts), initial=at)
    packets = [tcp(CLIENT, SERVER, s, part) for s, part in zip(sequences, parts, strict=False)]
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert topics(records) == [b"t/0", b"t/1", b"t/2", b"t/3"]


def test_that_missing_segments_end_a_direction_with_a_note(tmp_path: Path) -> None:
    packets = conversation([CONNACK, publish(b"a"), publish(b"b"), publish(b"c")])
    del packets[5]
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert topics(records) == [b"a"]
    assert "has bytes missing" in notes(records)[-1]


def test_that_a_segment_which_was_not_captured_whole_ends_a_direction(tmp_path: Path) -> None:
    packets = conversation([CONNACK, publish(b"a", b"x" * 100), publish(b"b")])
    frames = [Captured(START_NS, packet) for packet in packets]
    frames[4] = Captured(START_NS, packets[4][:60], len(packets[4]))
    records, _ = load(tmp_path / "a.pcapng", pcapng(frames))
    assert topics(records) == []
    assert "not captured whole" in notes(records)[-1]


def test_that_a_connect_makes_any_port_mqtt(tmp_path: Path) -> None:
    packets = conversation([CONNACK, publish(b"a")], server=("10.0.0.9", 4711))
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert topics(records) == [b"a"]


def test_that_a_capture_without_mqtt_says_what_it_holds(tmp_path: Path) -> None:
    packets = [tcp(CLIENT, ("10.0.0.9", 8883), 1, b"\x16\x03\x01" + bytes(200))]
    records, loaded = load_frames(tmp_path / "a.pcapng", packets)
    (problem,) = loaded.problems
    assert "1 of them are encrypted with TLS" in problem
    assert notes(records) == [problem]


def test_that_connections_side_by_side_keep_their_packets_and_topics_apart(tmp_path: Path) -> None:
    one = conversation([CONNACK, publish(b"one"), publish(b"both"), publish(b"one")])
    two = conversation(
        [CONNACK, publish(b"both"), publish(b"two"), publish(b"one")], client=("10.0.0.6", 50_001)
    )
    mixed = list(itertools.chain.from_iterable(zip(one, two, strict=True)))
    records, loaded = load_frames(tmp_path / "a.pcapng", mixed)
    assert loaded.connections == 2
    assert topics(records) == [b"one", b"both", b"both", b"two", b"one", b"one"]
    assert [record.connection for record in records if record.number] == [1, 2, 1, 2, 1, 2]


def test_that_ports_used_again_begin_a_new_connection(tmp_path: Path) -> None:
    once = conversation([CONNACK, publish(b"a")])
    again = [tcp(CLIENT, SERVER, 9000, flags=SYN), tcp(CLIENT, SERVER, 9001, connect(5))]
    records, loaded = load_frames(tmp_path / "a.pcapng", once + again)
    assert loaded.connections == 2
    assert records[-1].version is ProtocolVersion.MQTT_5


@pytest.mark.parametrize(("flag", "verb"), [(FIN, "closed"), (RST, "reset")])
def test_that_the_end_of_a_connection_is_noted_with_who_ended_it(
    tmp_path: Path, flag: int, verb: str
) -> None:
    packets = [*conversation([CONNACK]), tcp(SERVER, CLIENT, 105, flags=flag | ACK)]
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert notes(records)[-1] == f"The server {verb} the connection."


def test_that_bytes_which_are_not_mqtt_end_a_direction_with_a_note(tmp_path: Path) -> None:
    packets = conversation([CONNACK, b"\x30\xff\xff\xff\xff\xff\xff"])
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert "no MQTT from here on" in notes(records)[-1]


def test_that_a_password_in_a_foreign_capture_stays_out(tmp_path: Path) -> None:
    tail = b"\x00\x04anna" + b"\x00\x06canary"
    begin = connect(tail=tail, flags=0xC2)
    assert b"canary" in begin
    records, _ = load_frames(tmp_path / "a.pcapng", [tcp(CLIENT, SERVER, 1, begin)])
    assert not any(b"canary" in record.packet for record in records)


def test_that_one_packet_in_many_segments_has_the_time_of_the_last(tmp_path: Path) -> None:
    packet = publish(b"a", b"x" * 30)
    packets = conversation([CONNACK, packet[:3], packet[3:20], packet[20:], publish(b"b")])
    records, _ = load_frames(tmp_path / "a.pcapng", packets)
    assert [(record.topic, record.time_ns - START_NS) for record in records if record.number] == [
        (b"a", 6 * SECOND),
        (b"b", 7 * SECOND),
    ]


def test_that_a_file_which_is_no_capture_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(RecordingError, match="not a capture file"):
        load_recording(tmp_path / "a.txt", lambda _: None)
    with pytest.raises(RecordingError, match="No such file"):
        load_recording(tmp_path / "b.txt", lambda _: None)
    with pytest.raises(RecordingError, match="directory"):
        load_recording(tmp_path, lambda _: None)


GOOD = pcapng(
    [
        Captured(START_NS, packet)
        for packet in conversation([CONNACK, *(publish(b"t/%d" % i, b"x" * i) for i in range(20))])
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(28, len(GOOD) - 1), st.integers(0, 255)), max_size=8),
    st.integers(100, len(GOOD)),
)
def test_that_a_damaged_capture_is_read_as_far_as_it_goes(
    tmp_path: Path, changes: list[tuple[int, int]], size: int
) -> None:
    damaged = bytearray(GOOD)
    for position, byte in changes:
        damaged[position] = byte
    load(tmp_path / "a.pcapng", bytes(damaged[:size]))


def test_that_a_hostile_capture_takes_no_time_that_grows_with_its_square(tmp_path: Path) -> None:
    gap = [tcp(SERVER, CLIENT, 200 + 3 * i, b"ab") for i in range(4000)]
    step = [tcp(SERVER, CLIENT, 105, b"\x30", flags=ACK), tcp(SERVER, CLIENT, 103, b"x")] * 5000
    begin = time.process_time()
    load_frames(tmp_path / "a.pcapng", [*conversation([CONNACK]), *gap, *step])
    assert time.process_time() - begin < 5

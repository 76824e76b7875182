from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captures import Captured, block, option, pcap, pcapng
from topicscope.capture.pcapng import (
    LAST_TIME,
    Frame,
    PcapngError,
    enhanced_packet,
    interface_description,
    read_frames,
    section_header,
)

TIME = 1_795_255_200_123_456_789
FRAMES = [Captured(TIME, b"one"), Captured(TIME + 1_000, b""), Captured(TIME + 5_000, b"three")]
OURS = (
    section_header("Topicscope 1")
    + interface_description("connection 1", "mqtt://broker")
    + enhanced_packet(0, TIME, b"one", outbound=True, comment="hällo")
    + enhanced_packet(0, TIME + 1, b"", outbound=False)
)


def read(data: bytes) -> list[Frame]:
    return list(read_frames(io.BytesIO(data)))


def read_until_damage(data: bytes) -> tuple[list[Frame], PcapngError | None]:
    frames: list[Frame] = []
    try:
        for frame in read_frames(io.BytesIO(data)):
            frames.append(frame)  # noqa: PERF402 - what came before the damage counts
    except PcapngError as error:
        return frames, error
    return frames, None


def test_that_what_was_written_is_read_with_times_in_nanoseconds() -> None:
    first, second = read(OURS)
    assert (first.time_ns, first.data, first.comment, first.missing) == (TIME, b"one", "hällo", 0)
    assert (second.time_ns, second.data, second.comment) == (TIME + 1, b"", "")
    assert first.interface.application == "Topicscope 1"
    assert first.interface.description == "mqtt://broker"
    assert first.interface.linktype == 101


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "units"),
    [(b"", 1_000_000), (b"\x06", 1_000_000), (b"\x09", 10**9), (b"\x03", 1000), (b"\x94", 1 << 20)],
)
def test_that_both_byte_orders_and_every_clock_are_read(
    order: str, resolution: bytes, units: int
) -> None:
    frames = read(pcapng(FRAMES, order=order, resolution=resolution, units_per_second=units))
    assert [frame.data for frame in frames] == [b"one", b"", b"three"]
    tick = 1_000_000_000 / units
    assert all(
        abs(frame.time_ns - sent.time_ns) <= tick
        for frame, sent in zip(frames, FRAMES, strict=True)
    )


@pytest.mark.parametrize("order", ["<", ">"])
def test_that_the_older_pcap_is_read_too(order: str) -> None:
    frames = read(pcap(FRAMES, order=order, linktype=1))
    assert [frame.data for frame in frames] == [b"one", b"", b"three"]
    assert frames[0].time_ns == TIME // 1000 * 1000
    assert frames[0].interface.linktype == 1


def test_that_sections_of_different_byte_order_follow_each_other() -> None:
    data = pcapng(FRAMES[:1], order="<") + pcapng(FRAMES[2:], order=">", linktype=1)
    first, second = read(data)
    assert (first.data, first.interface.linktype) == (b"one", 101)
    assert (second.data, second.interface.linktype) == (b"three", 1)


def test_that_simple_and_obsolete_packet_blocks_are_read() -> None:
    data = pcapng([])
    data += block(3, struct.pack("<I", 5) + b"simple"[:5])
    data += block(2, struct.pack("<HHIIII", 0, 0, 0, 7, 3, 3) + b"old")
    simple, old = read(data)
    assert simple.data == b"simpl"
    assert (old.data, old.time_ns) == (b"old", 7_000)


def test_that_a_frame_cut_by_the_snapshot_length_says_how_much_is_missing() -> None:
    (frame,) = read(pcapng([Captured(TIME, b"abc", 10)]))
    assert frame.missing == 7


def test_that_a_time_offset_and_a_time_beyond_the_columns_are_handled() -> None:
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = struct.pack("<HHI", 101, 0, 0) + option(14, struct.pack("<q", 100))
    data = head + block(1, interface)
    data += block(6, struct.pack("<IIIII", 0, 0, 5, 0, 0))
    data += block(6, struct.pack("<IIIII", 0, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0))
    first, second = read(data)
    assert first.time_ns == 100_000_005_000
    assert second.time_ns == LAST_TIME


def test_that_options_which_run_over_their_block_are_left_out() -> None:
    head = pcapng([])
    body = struct.pack("<IIIII", 0, 0, 0, 0, 0) + struct.pack("<HH", 1, 60_000) + b"long"
    (frame,) = read(head + block(6, body))
    assert frame.comment == ""


def test_that_a_file_cut_anywhere_gives_all_that_was_whole() -> None:
    whole, _ = read_until_damage(OURS)
    for size in range(4, len(OURS)):
        frames, error = read_until_damage(OURS[:size])
        assert frames == whole[: len(frames)]
        assert len(frames) < 2
        at_border = size in {
            len(section_header("Topicscope 1")),
            len(
                section_header("Topicscope 1")
                + interface_description("connection 1", "mqtt://broker")
            ),
            len(OURS) - len(enhanced_packet(0, TIME + 1, b"", outbound=False)),
        }
        assert (error is None) == at_border


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\r", "not a capture file"),
        (b"hello, world", "not a capture file"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"SQLite format 3\x00", "SQLite"),
        (block(0x0A0D0D0A, struct.pack("<IHHq", 0xDEADBEEF, 1, 0, -1)), "byte order"),
        (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 9, 0, -1)), "version 9"),
        (pcapng([]) + struct.pack("<II", 6, 0xFFFFFFF0), "cannot be"),
        (pcapng([]) + struct.pack("<II", 6, 13), "cannot be"),
        (pcapng([]) + block(6, b""), "too short"),
        (pcapng([]) + block(1, b""), "too short"),
        (pcapng([]) + block(6, struct.pack("<IIIII", 7, 0, 0, 0, 0)), "interface 7"),
        (pcapng([]) + block(6, struct.pack("<IIIII", 0, 0, 0, 999, 999)), "longer than its block"),
        (pcapng(FRAMES)[:-1] + b"\xff", "two lengths"),
    ],
)
def test_that_damage_has_its_place_and_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PcapngError, match=reason):
        read(data)


@given(st.binary(max_size=400))
def test_that_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for start in (b"", OURS[:32], pcapng([]), pcap([]), pcapng([], order=">")):
        read_until_damage(start + data)


@given(st.lists(st.tuples(st.integers(0, len(OURS) - 1), st.integers(0, 255)), max_size=6))
def test_that_a_file_with_changed_bytes_raises_nothing_else(
    changes: list[tuple[int, int]],
) -> None:
    damaged = bytearray(OURS)
    for position, byte in changes:
        damaged[position] = byte
    read_until_damage(bytes(damaged))

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.mqtt.framing import (
    MAX_VARIABLE_BYTE_INTEGER,
    MalformedPacket,
    NeedData,
    frame,
    packet_need,
    read_variable_byte_integer,
    write_variable_byte_integer,
)

PACKETS = st.lists(
    st.builds(
        lambda first, body: bytes([first]) + write_variable_byte_integer(len(body)) + body,
        st.integers(0, 255),
        st.one_of(st.binary(max_size=40), st.integers(120, 140).map(bytes), st.just(bytes(17_000))),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (MAX_VARIABLE_BYTE_INTEGER, "ffffff7f"),
    ],
)
def test_that_the_borders_of_table_1_1_are_read_and_written(value: int, encoded: str) -> None:
    assert write_variable_byte_integer(value).hex() == encoded
    assert read_variable_byte_integer(bytes.fromhex(encoded), 0) == (value, len(encoded) // 2)


def test_that_a_fifth_length_byte_is_malformed_and_a_missing_one_needs_data() -> None:
    with pytest.raises(MalformedPacket) as caught:
        read_variable_byte_integer(b"\x30\xff\xff\xff\xff\x01", 1)
    assert caught.value.offset == 1
    with pytest.raises(NeedData):
        read_variable_byte_integer(b"\x30\xff\xff", 1)


@pytest.mark.parametrize("value", [-1, MAX_VARIABLE_BYTE_INTEGER + 1])
def test_that_a_length_outside_the_standard_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="Variable Byte Integer"):
        write_variable_byte_integer(value)


@given(PACKETS, st.data())
def test_that_cutting_the_stream_elsewhere_never_changes_the_packets(
    packets: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(packets)
    cut = data.draw(st.integers(0, len(stream)))
    found: list[bytes] = []
    rest = b""
    for chunk in (stream[:cut], stream[cut:]):
        rest += chunk
        starts, end = frame(rest)
        found += [rest[a:b] for a, b in pairwise([*starts, end])]
        rest = rest[end:]
    assert found == packets
    assert rest == b""


@given(st.binary(max_size=300))
def test_that_any_bytes_are_framed_or_called_malformed(stream: bytes) -> None:
    try:
        starts, end = frame(stream)
    except MalformedPacket:
        return
    assert 0 <= end <= len(stream)
    assert starts == sorted(starts)


def test_that_packets_in_front_of_a_malformed_one_are_still_found() -> None:
    assert frame(b"\xc0\x00\x30\xff\xff\xff\xff\x01") == ([0], 2)
    with pytest.raises(MalformedPacket):
        frame(b"\x30\xff\xff\xff\xff\x01")


def test_that_the_need_of_half_a_packet_is_known_once_its_length_is() -> None:
    assert packet_need(b"\x30") is None
    assert packet_need(b"\x30\x80\x01") == 131

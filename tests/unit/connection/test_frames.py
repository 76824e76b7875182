"""WebSocket frames: however a stream is cut, the same bytes, pings and close come out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.servers import frame
from topicscope.connection.transports.frames import (
    FrameError,
    FrameReader,
    close,
    frame_header,
    mask,
    new_key,
    pong,
)

SIZES = st.sampled_from([0, 1, 2, 124, 125, 126, 127, 128, 300, 65_535, 65_536, 70_000])


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(
    st.lists(st.tuples(SIZES, st.booleans(), st.binary(max_size=10)), max_size=6),
    st.lists(st.integers(min_value=0), max_size=30),
)
def test_that_cutting_the_stream_elsewhere_never_changes_what_is_read(
    messages: list[tuple[int, bool, bytes]], cuts: list[int]
) -> None:
    stream, payload, pings = b"", b"", []
    for size, fragmented, ping in messages:
        body = bytes(n % 251 for n in range(size))
        if fragmented:
            half = size // 2
            stream += frame(body[:half], 2, fin=False) + frame(ping, 9) + frame(body[half:], 0)
            pings.append(ping)
        else:
            stream += frame(body)
        payload += body
    stream += frame(b"\x03\xe8bye", 8) + frame(b"behind the close")
    reader = FrameReader()
    read = b"".join(reader.feed(piece) for piece in cut(stream, cuts))
    assert read == payload
    assert reader.pings == pings
    assert reader.closed == (1000, "bye")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_that_no_bytes_make_the_reader_raise_anything_else(pieces: list[bytes]) -> None:
    reader = FrameReader()
    try:
        for piece in pieces:
            reader.feed(piece)
    except FrameError:
        pass


@given(st.binary(max_size=3000), st.binary(min_size=4, max_size=4))
def test_that_masking_is_the_xor_of_the_standard(data: bytes, key: bytes) -> None:
    masked = mask(memoryview(data), key)
    assert masked == bytes(byte ^ key[index % 4] for index, byte in enumerate(data))
    assert mask(masked, key) == data


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x82\x80"),
        (125, b"\x82\xfd"),
        (126, b"\x82\xfe\x00\x7e"),
        (65_535, b"\x82\xfe\xff\xff"),
        (65_536, b"\x82\xff\0\0\0\0\0\1\0\0"),
    ],
)
def test_that_a_header_says_its_length_in_the_shortest_form(size: int, head: bytes) -> None:
    assert frame_header(size, b"kkkk") == head + b"kkkk"


def test_that_keys_differ() -> None:
    assert len({new_key() for _ in range(20)}) == 20


def test_that_control_frames_are_masked_and_short() -> None:
    answer = pong(b"x" * 125)
    assert (answer[0], answer[1]) == (0x8A, 0x80 | 125)
    assert mask(answer[6:], answer[2:6]) == b"x" * 125
    farewell = close(1001, "ä" * 200)
    assert farewell[1] & 0x7F == 125
    assert mask(farewell[6:], farewell[2:6])[:2] == b"\x03\xe9"


def test_that_a_large_frame_is_passed_on_as_it_comes() -> None:
    reader = FrameReader()
    begin = frame(bytes(1_000_000))
    assert len(reader.feed(begin[:50_000])) == 50_000 - 10
    assert len(reader.feed(begin[50_000:900_000])) == 850_000

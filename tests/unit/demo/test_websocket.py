"""The Server's side of RFC 6455: handshake, frames, masks, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.demo.websocket import (
    Frame,
    FrameReader,
    HandshakeError,
    WebSocketError,
    answer_handshake,
    unmask,
    write_frame,
)

REQUEST = (
    "GET /any/path HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: chat, mqtt"
)
MASK = b"\x01\x02\x03\x04"


def masked(payload: bytes, opcode: int = 2, *, final: bool = True) -> bytes:
    frame = bytearray(write_frame(payload, opcode))
    if not final:
        frame[0] &= 0x7F
    frame[1] |= 0x80
    head = len(frame) - len(payload)
    return bytes(frame[:head]) + MASK + unmask(payload, MASK)


def test_that_the_handshake_of_the_standard_gets_its_answer() -> None:
    answer = answer_handshake(REQUEST.encode()).decode()
    assert answer.startswith("HTTP/1.1 101 ")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert "Sec-WebSocket-Protocol: mqtt\r\n" in answer


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("chat, mqtt", "chat", b"400"),
        ("Version: 13", "Version: 8", b"426"),
        ("Upgrade: websocket", "Upgrade: h2c", b"426"),
        ("GET /any/path HTTP/1.1", "nonsense", b"400"),
        ("GET", "POST", b"426"),
        ("Host: x", "X: " + "y" * 20_000, b"431"),
    ],
)
def test_that_another_request_is_answered_in_http(old: str, new: str, status: bytes) -> None:
    with pytest.raises(HandshakeError) as caught:
        answer_handshake(REQUEST.replace(old, new).encode())
    assert caught.value.response.startswith(b"HTTP/1.1 " + status)


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 50))
def test_that_cutting_the_stream_elsewhere_changes_no_frame(
    payloads: list[bytes], size: int
) -> None:
    stream = b"".join(masked(payload) for payload in payloads)
    reader = FrameReader(1_000)
    frames: list[Frame] = []
    for start in range(0, len(stream), size):
        frames += reader.feed(stream[start : start + size])
    assert [frame.payload for frame in frames] == payloads


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_that_every_form_of_length_is_read(length: int) -> None:
    (frame,) = FrameReader(100_000).feed(masked(b"x" * length))
    assert frame == Frame(2, is_final=True, payload=b"x" * length)


def test_that_a_ping_may_come_between_fragments() -> None:
    stream = masked(b"a", final=False) + masked(b"hi", 9) + masked(b"b", 0)
    assert [f.opcode for f in FrameReader(99).feed(stream)] == [2, 9, 0]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (write_frame(b"unmasked"), 1002),
        (masked(b"text", 1), 1003),
        (masked(b"x" * 100), 1009),
        (masked(b"x", 0), 1002),
        (masked(b"x", final=False) + masked(b"y"), 1002),
        (masked(b"x" * 126, 9), 1002),
        (masked(b"x", 8, final=False), 1002),
        (masked(b"x", 3), 1002),
        (b"\xc2\x80" + MASK, 1002),
        (b"\x82\xff" + b"\x7f" * 8, 1009),
    ],
)
def test_that_what_the_standard_forbids_has_its_close_code(stream: bytes, code: int) -> None:
    with pytest.raises(WebSocketError) as caught:
        FrameReader(99).feed(stream)
    assert caught.value.code == code


@given(st.binary(max_size=400))
def test_that_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    try:
        FrameReader(1_000).feed(data)
    except WebSocketError as error:
        assert 1000 <= error.code < 1016  # noqa: PT017 - only where it was raised

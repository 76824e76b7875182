"""The sending half of a WebSocket over a stream that takes what it likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.servers import WebSocketPeer, frame, websocket_answer
from topicscope.connection.transports.websocket import WebSocketStream
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable


class Reluctant:
    """A stream that takes as many bytes at a time as the list says, over and over."""

    wants_write = False

    def __init__(self, portions: list[int]) -> None:
        self._portions = portions
        self._turn = 0
        self.sent = bytearray()
        self.arriving: list[bytes] = []

    def fileno(self) -> int:
        return -1

    def receive(self) -> bytes:
        return self.arriving.pop(0) if self.arriving else b""

    def has_pending(self) -> bool:
        return bool(self.arriving)

    def send(self, data: memoryview) -> int:
        size = min(len(data), self._portions[self._turn % len(self._portions)])
        self._turn += 1
        self.sent += data[:size]
        return size

    def flush(self) -> None:
        pass

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class Bytes:
    """Enough of a socket for a WebSocketPeer to read what was sent."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, size: int) -> bytes:
        part, self._data = self._data[:size], self._data[size:]
        return part

    def sendall(self, data: bytes) -> None:
        del data


def opened(below: Reluctant) -> WebSocketStream:
    stream = WebSocketStream(below, Profile(transport="websocket", path="/"), "there")
    while not below.sent.endswith(b"\r\n\r\n"):
        assert not stream.advance()
    below.arriving.append(websocket_answer(bytes(below.sent)))
    assert stream.advance()
    return stream


def repeat(step: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if step():
            return
    raise AssertionError("it does not come to an end")


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 90_000), min_size=1, max_size=8).filter(any),
    st.lists(st.sampled_from([1, 2, 3, 5, 125, 126, 500, 65_536, 70_001, 200_003]), max_size=6),
    st.lists(st.binary(max_size=20), max_size=5),
)
def test_that_partial_writes_lose_nothing_and_pongs_stand_between_frames(
    portions: list[int], sizes: list[int], pings: list[bytes]
) -> None:
    below = Reluctant(portions)
    stream = opened(below)
    packets = [bytes((n * 7 + size) % 256 for n in range(size)) for size in sizes]
    for index, packet in enumerate(packets):
        if index < len(pings):
            below.arriving.append(frame(pings[index], 9))
            assert stream.receive() == b""
        left = memoryview(packet)

        def step() -> bool:
            nonlocal left
            left = left[stream.send(left) :]
            if len(left) and below.arriving:
                stream.receive()
            return not len(left)

        repeat(step)

    def flushed() -> bool:
        stream.flush()
        return not stream.wants_write

    repeat(flushed)
    peer = WebSocketPeer(Bytes(bytes(below.sent)))  # type: ignore[arg-type]
    frames: list[tuple[int, bytes]] = []
    while True:
        try:
            frames.append(peer.read_frame())
        except ConnectionError:
            break
    assert [payload for opcode, payload in frames if opcode == 2] == packets
    answered = [payload for opcode, payload in frames if opcode == 0xA]
    assert all(payload in pings for payload in answered)


def test_that_a_flood_of_pings_leaves_one_pong_waiting() -> None:
    below = Reluctant([1_000_000])
    stream = opened(below)
    below._portions = [0]
    for number in range(1000):
        below.arriving.append(frame(b"%d" % number, 9))
        stream.receive()
    before = len(below.sent)
    below._portions = [1_000_000]
    stream.flush()
    assert len(below.sent) - before < 40

"""The conversations with proxies, byte by byte and with whatever a stranger answers."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.connection.outcomes import ConnectionEnded
from topicscope.connection.transports.proxy import ProxyHandShake
from topicscope.connection.transports.stream import StreamClosed
from topicscope.profiles.profile import Profile, Proxy

Kind = Literal["socks5", "http"]


class Scripted:
    """A stream that brings what it is given in pieces, then the end."""

    wants_write = False

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.sent = bytearray()

    def fileno(self) -> int:
        return -1

    def receive(self) -> bytes:
        if not self._pieces:
            raise StreamClosed
        return self._pieces.pop(0)

    def has_pending(self) -> bool:
        return False

    def send(self, data: memoryview) -> int:
        self.sent += data[:7]
        return len(data[:7])

    def flush(self) -> None:
        pass

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


def profile(kind: Kind, host: str = "bröker.example", username: str = "") -> Profile:
    return Profile(host=host, port=8883, proxy=Proxy(kind=kind, host="p", username=username))


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def test_that_socks_is_spoken_as_the_standard_says() -> None:
    stream = Scripted(bytewise(b"\x05\x02\x01\x00\x05\x00\x00\x04" + bytes(18)))
    assert ProxyHandShake(stream, profile("socks5", username="me"), "pw").advance()
    target = b"xn--brker-kua.example"
    assert stream.sent == (
        b"\x05\x02\x00\x02"
        b"\x01\x02me\x02pw"
        b"\x05\x01\x00\x03" + bytes((len(target),)) + target + (8883).to_bytes(2)
    )


@pytest.mark.parametrize(
    ("host", "address"), [("10.0.0.7", b"\x01\x0a\0\0\x07"), ("::1", b"\x04" + bytes(15) + b"\x01")]
)
def test_that_an_address_goes_to_a_socks_proxy_as_an_address(host: str, address: bytes) -> None:
    stream = Scripted(bytewise(b"\x05\x00\x05\x00\x00\x01" + bytes(6)))
    assert ProxyHandShake(stream, profile("socks5", host)).advance()
    assert stream.sent == b"\x05\x01\x00\x05\x01\x00" + address + (8883).to_bytes(2)


def test_that_http_connect_is_spoken_as_the_standard_says() -> None:
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nX: y\r\n\r\n"
    stream = Scripted(bytewise(answer))
    assert ProxyHandShake(stream, profile("http", "::1", "me"), "pw").advance()
    lines = bytes(stream.sent).split(b"\r\n")
    assert lines[0] == b"CONNECT [::1]:8883 HTTP/1.1"
    assert b"Host: [::1]:8883" in lines
    assert b"Proxy-Authorization: Basic bWU6cHc=" in lines


def test_that_a_login_too_long_for_socks_is_said_before_anything_is_sent() -> None:
    with pytest.raises(ConnectionEnded, match="255 bytes at most"):
        ProxyHandShake(Scripted([]), profile("socks5", username="me"), "x" * 256)


@pytest.mark.parametrize("kind", ["socks5", "http"])
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(min_size=1),
            st.sampled_from(
                [
                    b"\x05\x00",
                    b"\x05\x02",
                    b"\x01\x00",
                    b"\x05\x00\x00\x01",
                    b"HTTP/1.1 200 OK\r\n\r\n",
                ]
            ),
        )
    )
)
def test_that_nothing_a_stranger_says_raises_anything_but_an_end(
    kind: Kind, pieces: list[bytes]
) -> None:
    shaking = ProxyHandShake(Scripted(pieces), profile(kind, username="me"), "pw")
    words = "through"
    try:
        assert shaking.advance()
    except ConnectionEnded as error:
        words = error.outcome.text
    assert words.isprintable()

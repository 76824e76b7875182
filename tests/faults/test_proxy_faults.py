"""A proxy on the way: it lets us through, or each way in which it does not has its own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.helpers.certificates import Authority
from tests.helpers.mosquitto import free_port
from tests.helpers.proxies import HttpProxy, Socks5Proxy, answering
from tests.helpers.servers import FakeServer, WebSocketPeer, accept_connect, read_exactly, silent
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile, Proxy

if TYPE_CHECKING:
    import socket
    from pathlib import Path
    from typing import Literal

    from tests.helpers.watch import Watched
    from topicscope.connection.state import ConnectionState

V5 = ProtocolVersion.MQTT_5
NAMES = {"broker.only-there.example": "127.0.0.1"}
BROKER = "broker.only-there.example"


def broker(sock: socket.socket) -> None:
    accept_connect(sock, V5)
    silent(sock)


def through(
    kind: Literal["socks5", "http"],
    proxy_port: int,
    port: int,
    host: str = BROKER,
    username: str = "",
    **settings: object,
) -> Profile:
    proxy = Proxy(kind=kind, host="127.0.0.1", port=proxy_port, username=username)
    return Profile(host=host, port=port, proxy=proxy, **settings)  # type: ignore[arg-type]


def connect_with_password(watched: Watched, profile: Profile, password: str) -> ConnectionState:
    begin = len(watched.events)
    watched.connection.connect(profile, {"proxy_password": password})
    return watched.wait_for_state(Phase.CONNECTED, Phase.OFFLINE, Phase.WAITING, after=begin)


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize("host", [BROKER, "127.0.0.1"])
def test_that_a_proxy_lets_us_through_and_looks_the_name_up_itself(
    watched: Watched, kind: Literal["socks5", "http"], host: str
) -> None:
    make = Socks5Proxy if kind == "socks5" else HttpProxy
    with make(names=NAMES) as proxy, FakeServer(broker) as server:
        state = watched.connect(through(kind, proxy.port, server.port, host))
        assert state.phase is Phase.CONNECTED, state.text
        assert proxy.asked == [(host, server.port)]
        watched.connection.disconnect()


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_that_tls_and_websocket_pass_through_a_proxy_with_a_login(
    watched: Watched, kind: Literal["socks5", "http"], tmp_path: Path
) -> None:
    import ssl

    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("s", (BROKER,)))

    def serve(sock: socket.socket) -> None:
        peer = WebSocketPeer(sock)
        accept_connect(peer, V5)  # type: ignore[arg-type]
        silent(sock)

    make = Socks5Proxy if kind == "socks5" else HttpProxy
    with make(("me", "pässword"), NAMES) as proxy, FakeServer(serve, tls=context) as server:
        profile = through(
            kind,
            proxy.port,
            server.port,
            username="me",
            tls=True,
            transport="websocket",
            ca_file=str(authority.ca_file),
        )
        state = connect_with_password(watched, profile, "pässword")
        assert state.phase is Phase.CONNECTED, state.text
        watched.connection.disconnect()


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_that_a_proxy_that_wants_a_login_is_asked_once(
    watched: Watched, kind: Literal["socks5", "http"]
) -> None:
    make = Socks5Proxy if kind == "socks5" else HttpProxy
    with make(("me", "right")) as proxy:
        state = watched.connect(through(kind, proxy.port, 1))
        assert state.text == f"The proxy 127.0.0.1:{proxy.port} asks for a login."
        assert (state.phase, state.reason) == (Phase.OFFLINE, "proxy-login")
        state = connect_with_password(watched, through(kind, proxy.port, 1, username="me"), "wrong")
        assert "does not accept this user name and password" in state.text
        assert state.phase is Phase.OFFLINE
        assert proxy.accepted == 2


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_that_a_proxy_that_cannot_reach_the_broker_says_so(
    watched: Watched, kind: Literal["socks5", "http"]
) -> None:
    port = free_port()
    make = Socks5Proxy if kind == "socks5" else HttpProxy
    with make(names=NAMES) as proxy:
        state = watched.connect(through(kind, proxy.port, port))
        watched.connection.disconnect()
    detail = "nothing listens there" if kind == "socks5" else "HTTP 502 Bad Gateway"
    assert state.text == f"The proxy 127.0.0.1:{proxy.port} cannot reach {BROKER}:{port}: {detail}."
    assert state.phase is Phase.WAITING


@pytest.mark.parametrize(
    ("code", "words", "phase"),
    [
        (1, "general failure", Phase.WAITING),
        (2, "does not let anybody through", Phase.OFFLINE),
        (3, "the network is unreachable", Phase.WAITING),
        (4, "the host is unreachable", Phase.WAITING),
        (6, "TTL expired", Phase.WAITING),
        (7, "does not know the command CONNECT", Phase.OFFLINE),
        (8, "does not know this type of address", Phase.OFFLINE),
        (0x5B, "code 0x5B", Phase.WAITING),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_that_each_reply_code_of_socks_has_its_words(
    watched: Watched, code: int, words: str, phase: Phase, *, whole: bool
) -> None:
    def speak(sock: socket.socket) -> None:
        read_exactly(sock, 3)
        sock.sendall(b"\x05\x00")
        sock.recv(1000)
        sock.sendall(bytes((5, code, 0, 1)) + bytes(6) if whole else bytes((5, code)))

    with FakeServer(speak) as proxy:
        state = watched.connect(through("socks5", proxy.port, 1883))
        watched.connection.disconnect()
    assert words in state.text
    assert state.phase is phase


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        (
            "socks5",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "is not a SOCKS5 proxy. It answered: “HTTP/1.1 400",
        ),
        ("socks5", b"\x05\x07", "is not a SOCKS5 proxy"),
        ("socks5", b"\x05\x02", "is not a SOCKS5 proxy"),
        ("socks5", b"\x05", "cut the connection instead of answering"),
        ("http", b"\x05\xff", "is not an HTTP proxy. It answered: “\\x05\\xff”"),
        ("http", b"SSH-2.0-x\r\n", "is not an HTTP proxy. It answered: “SSH-2.0-x"),
        ("http", b"", "cut the connection instead of answering"),
        ("http", b"HTTP/1.1 200 O", "is not an HTTP proxy"),
        ("http", b"HTTP/1.1 200 OK\r\n\r\n\x20\x02", "is not an HTTP proxy"),
        ("http", b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not let anybody through"),
        ("http", b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", "HTTP 302 Found"),
    ],
)
def test_that_what_answers_instead_of_a_proxy_is_shown(
    watched: Watched, kind: Literal["socks5", "http"], answer: bytes, words: str
) -> None:
    with answering(answer) as proxy:
        state = watched.connect(through(kind, proxy.port, 1883))
    assert words in state.text
    assert (state.phase, state.reason) == (Phase.OFFLINE, "proxy")


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_that_a_silent_proxy_ends_in_time(
    watched: Watched, kind: Literal["socks5", "http"]
) -> None:
    with FakeServer(silent) as proxy:
        state = watched.connect(through(kind, proxy.port, 1883))
        watched.connection.disconnect()
    assert f"has opened no way to {BROKER}:1883 within" in state.text
    assert state.phase is Phase.WAITING


def test_that_a_proxy_that_is_not_there_is_named_and_not_the_broker(watched: Watched) -> None:
    port = free_port()
    state = watched.connect(through("socks5", port, 1883))
    assert state.text == f"The proxy 127.0.0.1:{port} cannot be reached: nothing listens there."
    profile = through("http", 1, 1883)
    gone = Proxy(kind="http", host="proxy.invalid", port=1)
    state = watched.connect(msgspec.structs.replace(profile, proxy=gone))
    watched.connection.disconnect()
    assert state.text.startswith("The proxy proxy.invalid:1 cannot be reached: ")

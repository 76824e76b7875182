"""Every way in which the first connect can fail has its own sentence, comes in time, and can be cancelled."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import free_port
from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, drip, read_packet, silent
from tests.helpers.watch import Watched
from topicscope.connection.state import Phase
from topicscope.connection.timing import Timing
from topicscope.connection.transports import tcp
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_auth
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

V5 = ProtocolVersion.MQTT_5


def test_that_the_profile_says_how_long_to_wait_and_ten_seconds_unless_told() -> None:
    assert Timing().connect_s is None
    assert Profile().connect_timeout == 10
    assert Timing().connack_s is None


def test_that_a_closed_port_says_that_nothing_listens_and_is_dialed_again(watched: Watched) -> None:
    port = free_port()
    state = watched.connect(local_profile(port))
    assert state.phase is Phase.WAITING
    assert state.reason == "refused"
    assert state.text == f"Nothing listens on 127.0.0.1:{port}."
    assert "8883" in state.remedy
    assert state.retry_at is not None
    assert state.endpoint == f"mqtt://127.0.0.1:{port}"
    watched.wait_until(lambda: watched.states[-1].attempt >= 3, "a third attempt")


def test_that_an_unknown_host_is_named_and_dialed_slowly(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    state = watched.connect(Profile(host="no-such-broker.example"))
    assert state.text == "The name no-such-broker.example was not found."
    assert state.reason == "unknown-host"
    assert state.retry_at is not None
    assert state.retry_at - time.monotonic() > 20


def test_that_a_name_service_that_is_away_is_not_taken_for_a_wrong_name(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    state = watched.connect(Profile(host="broker.example"))
    assert "the name service does not answer" in state.text


def test_that_a_bad_host_name_is_not_dialed_again(watched: Watched) -> None:
    state = watched.connect(Profile(host="a..b"))
    assert state.phase is Phase.OFFLINE
    assert state.reason == "bad-host"
    assert "“a..b” is not a valid host name" in state.text


def test_that_a_profile_that_cannot_work_is_refused_with_its_reason(watched: Watched) -> None:
    state = watched.connect(Profile(host="", port=1883))
    assert (state.phase, state.reason) == (Phase.OFFLINE, "profile")
    assert "Host" in state.text
    state = watched.connect(Profile(), "x" * 65_536)
    assert "Password: 65,536 bytes" in state.text
    state = watched.connect(Profile(), "\ud800")
    assert "surrogate" in state.text


def test_that_a_server_that_never_answers_connect_is_named(watched: Watched) -> None:
    with FakeServer(silent) as server:
        state = watched.connect(local_profile(server.port, keep_alive=0))
    assert state.reason == "no-connack"
    assert "did not answer CONNECT within" in state.text
    assert state.phase is Phase.WAITING


def test_that_a_web_server_is_recognised(watched: Watched) -> None:
    def web(sock: socket.socket) -> None:
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(web) as server:
        state = watched.connect(local_profile(server.port))
        assert state.text == (
            f"127.0.0.1:{server.port} is a web server, not an MQTT server."
            " It answered: “HTTP/1.1 400 Bad Request”"
        )
    assert state.phase is Phase.OFFLINE
    assert state.reason == "not-mqtt"
    assert "WebSocket" in state.remedy
    assert state.text in watched.notes()


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff\x1b[31m", b"5"])
def test_that_another_server_is_named_with_its_first_bytes_escaped(
    watched: Watched, greeting: bytes
) -> None:
    def other(sock: socket.socket) -> None:
        sock.sendall(greeting)
        silent(sock)

    with FakeServer(other) as server:
        state = watched.connect(local_profile(server.port))
    assert "is not an MQTT server" in state.text
    assert state.text.isprintable()
    assert state.reason == "not-mqtt"


def test_that_a_strange_server_that_drips_is_shown_with_more_than_its_first_byte(
    watched: Watched,
) -> None:
    with FakeServer(lambda sock: drip(sock, b"220 mail.example ESMTP\r\n")) as server:
        state = watched.connect(local_profile(server.port))
    assert "220 mail.example ESMTP" in state.text


def test_that_a_tls_alert_says_that_the_port_speaks_tls(watched: Watched) -> None:
    with FakeServer(lambda sock: sock.sendall(b"\x15\x03\x01\x00\x02\x02\x46")) as server:
        state = watched.connect(local_profile(server.port))
    assert "speaks TLS, and was spoken to without" in state.text
    assert state.remedy == "Switch TLS on."


def test_that_a_port_that_cuts_connect_without_a_word_is_probed_for_tls(watched: Watched) -> None:
    def like_mosquitto_with_tls(sock: socket.socket) -> None:
        if sock.recv(1) == b"\x16":
            # What a server says to a ClientHello that it does not like.
            sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")

    with FakeServer(like_mosquitto_with_tls) as server:
        state = watched.connect(local_profile(server.port))
        assert server.accepted == 2
    assert "speaks TLS" in state.text
    assert state.phase is Phase.OFFLINE


def test_that_a_port_that_only_cuts_is_said_to_cut(watched: Watched) -> None:
    with FakeServer(lambda sock: sock.close()) as server:
        state = watched.connect(local_profile(server.port))
    assert "cut the connection instead of answering CONNECT" in state.text
    assert state.phase is Phase.WAITING


def test_that_the_probe_for_tls_can_be_cancelled(watched: Watched) -> None:
    def cut_then_silent(sock: socket.socket) -> None:
        if sock.recv(1) != b"\x10":
            silent(sock)

    with FakeServer(cut_then_silent) as server:
        watched.connection.connect(local_profile(server.port))
        watched.wait_until(
            lambda: any("Looking whether" in state.text for state in watched.states), "the probe"
        )
        begin = len(watched.events)
        watched.connection.disconnect()
        assert watched.wait_for_state(Phase.OFFLINE, after=begin).reason == "cancelled"


def test_that_enhanced_authentication_is_named(watched: Watched) -> None:
    def asks(sock: socket.socket) -> None:
        read_packet(sock)
        sock.sendall(encode_auth(0x18, properties=[(21, "SCRAM-SHA-256")]))
        silent(sock)

    with FakeServer(asks) as server:
        state = watched.connect(local_profile(server.port))
    assert "enhanced authentication" in state.text
    assert "SCRAM-SHA-256" in state.remedy
    assert state.phase is Phase.OFFLINE


@pytest.mark.parametrize("size", [1, 3])
def test_that_a_connack_in_tiny_pieces_connects(watched: Watched, size: int) -> None:
    def slow(sock: socket.socket) -> None:
        read_packet(sock)
        drip(sock, b"\x20\x03\x00\x00\x00", size)
        silent(sock)

    with FakeServer(slow) as server:
        assert watched.connect(local_profile(server.port)).phase is Phase.CONNECTED


def test_that_the_first_of_two_addresses_may_be_dead(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        silent(sock)

    with FakeServer(serve) as server:
        dead = (socket.AF_INET, ("127.0.0.1", free_port()))
        alive = (socket.AF_INET, ("127.0.0.1", server.port))
        monkeypatch.setattr(tcp, "resolve", lambda _host, _port: [dead, alive])
        assert watched.connect(local_profile(server.port)).phase is Phase.CONNECTED


def test_that_an_address_that_swallows_packets_does_not_hold_up_the_next(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = [socket.create_connection(full.getsockname(), 1)]

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        silent(sock)

    with FakeServer(serve) as server:
        swallow = (socket.AF_INET, full.getsockname())
        alive = (socket.AF_INET, ("127.0.0.1", server.port))
        monkeypatch.setattr(tcp, "resolve", lambda _host, _port: [swallow, alive])
        assert watched.connect(local_profile(server.port)).phase is Phase.CONNECTED
    for sock in (*fillers, full):
        sock.close()


def hang_in_dns(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    release = threading.Event()

    def hangs(*_args: object, **_more: object) -> list[object]:
        release.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    return release.set


def test_that_cancel_works_while_the_name_is_looked_up(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = hang_in_dns(monkeypatch)
    watched.connection.connect(Profile(host="slow.example"))
    watched.wait_until(lambda: watched.states, "a state")
    begin = len(watched.events)
    watched.connection.disconnect()
    state = watched.wait_for_state(Phase.OFFLINE, after=begin)
    assert state.reason == "cancelled"
    release()


def test_that_a_look_up_without_end_ends_in_time(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = hang_in_dns(monkeypatch)
    state = watched.connect(Profile(host="slow.example"))
    assert "could not be looked up" in state.text
    release()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tls": True, "insecure": True},
        {"transport": "websocket"},
        {"transport": "websocket", "tls": True, "insecure": True},
    ],
    ids=["CONNACK", "TLS", "WebSocket", "TLS below WebSocket"],
)
def test_that_cancel_works_while_a_hand_shake_waits(
    watched: Watched, settings: dict[str, object]
) -> None:
    with FakeServer(silent) as server:
        watched.connection.connect(local_profile(server.port, **settings))
        watched.wait_until(lambda: server.accepted, "the connection")
        time.sleep(0.05)
        begin = len(watched.events)
        watched.connection.disconnect()
        state = watched.wait_for_state(Phase.OFFLINE, after=begin)
    assert state.reason == "cancelled"
    assert all(state.phase is not Phase.CONNECTED for state in watched.states)


def test_that_cancel_works_while_resting(watched: Watched) -> None:
    state = watched.connect(local_profile(free_port()))
    assert state.phase is Phase.WAITING
    begin = len(watched.events)
    watched.connection.disconnect()
    assert watched.wait_for_state(Phase.OFFLINE, after=begin).retry_at is None
    time.sleep(0.2)
    assert watched.states[-1].phase is Phase.OFFLINE


def test_that_cancel_works_while_an_address_swallows_packets(watched: Watched) -> None:
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = [socket.create_connection(full.getsockname(), 1)]
    watched.connection.connect(local_profile(full.getsockname()[1]))
    time.sleep(0.1)
    begin = len(watched.events)
    watched.connection.disconnect()
    assert watched.wait_for_state(Phase.OFFLINE, after=begin).reason == "cancelled"
    state = watched.connect(local_profile(full.getsockname()[1]))
    assert "did not answer within" in state.text
    for sock in (*fillers, full):
        sock.close()


def test_that_a_result_that_comes_too_late_is_closed(watched: Watched) -> None:
    gone = threading.Event()

    def serve(sock: socket.socket) -> None:
        silent(sock)
        gone.set()

    with FakeServer(serve) as server:
        for _ in range(20):
            watched.connection.connect(local_profile(server.port))
            watched.connection.disconnect()
        watched.wait_until(lambda: len(watched.states) == 40, "the last cancel")
        assert {state.phase for state in watched.states} == {Phase.DIALING, Phase.OFFLINE}
        assert not server.accepted or gone.wait(3)


def test_that_retry_now_ends_the_rest(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    watched.connect(Profile(host="no-such-broker.example"))
    begin = len(watched.events)
    watched.connection.retry_now()
    assert watched.wait_for_state(Phase.WAITING, after=begin).attempt == 2


def test_that_a_connect_takes_the_place_of_another(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        silent(sock)

    with FakeServer(silent) as first, FakeServer(serve) as second:
        watched.connection.connect(local_profile(first.port))
        watched.wait_until(lambda: first.accepted, "the first connection")
        state = watched.connect(local_profile(second.port))
        assert state.phase is Phase.CONNECTED
        assert state.endpoint.endswith(str(second.port))


def test_that_close_in_the_middle_of_a_dial_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = hang_in_dns(monkeypatch)
    watched = Watched()
    watched.connection.connect(Profile(host="slow.example"))
    time.sleep(0.05)
    watched.connection.close()
    release()
    watched.connection.disconnect()

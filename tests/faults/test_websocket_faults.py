"""Each way in which a WebSocket can fail or surprise: status, redirects, pings, closes, slow and large."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.profiles import local_profile
from tests.helpers.servers import (
    FakeServer,
    WebSocketPeer,
    accept_connect,
    drip,
    frame,
    read_http_head,
    read_packet,
    silent,
    websocket_answer,
)
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_connack, encode_publish
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.helpers.watch import Watched

V5 = ProtocolVersion.MQTT_5


def over_websocket(port: int, **settings: object) -> Profile:
    return local_profile(port, transport="websocket", **settings)


def http(answer: bytes) -> Callable[[socket.socket], None]:
    def serve(sock: socket.socket) -> None:
        read_http_head(sock)
        sock.sendall(answer)
        silent(sock)

    return serve


def opened(sock: socket.socket) -> WebSocketPeer:
    peer = WebSocketPeer(sock)
    accept_connect(peer, V5)  # type: ignore[arg-type]
    return peer


@pytest.mark.parametrize(
    ("answer", "words", "remedy", "phase"),
    [
        (b"404 Not Found", "refused the WebSocket at /mqtt: HTTP 404 Not Found", "path", "OFFLINE"),
        (b"401 Unauthorized", "asks for a login", "Authorization", "OFFLINE"),
        (b"403 Forbidden", "asks for a login", "Authorization", "OFFLINE"),
        (b"503 Service Unavailable", "cannot open the WebSocket", "down", "WAITING"),
        (b"502 Bad Gateway", "cannot open the WebSocket", "down", "WAITING"),
        (b"200 OK", "HTTP 200 OK", "path", "OFFLINE"),
        (b"426 Upgrade Required", "HTTP 426 Upgrade Required", "path", "OFFLINE"),
        (b"799 Strange", "HTTP 799", "path", "OFFLINE"),
    ],
)
def test_that_the_status_of_a_refusal_is_said(
    watched: Watched, answer: bytes, words: str, remedy: str, phase: str
) -> None:
    with FakeServer(http(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")) as server:
        state = watched.connect(over_websocket(server.port))
    assert words in state.text
    assert remedy in state.remedy
    assert state.phase is Phase[phase]


def test_that_a_redirect_is_shown_and_not_followed(watched: Watched) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/<b>\x1b\r\n\r\n"
    answer = answer.replace(b"\x1b", b"")
    with FakeServer(http(answer)) as server:
        state = watched.connect(over_websocket(server.port))
        assert server.accepted == 1
    assert (
        "sends the WebSocket elsewhere (HTTP 302 Found): “https://evil.example/<b>”" in state.text
    )
    assert "does not follow" in state.remedy


def test_that_a_server_that_speaks_no_http_is_shown(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        sock.recv(10)
        sock.sendall(b"\x20\x02\x00\x05")

    with FakeServer(serve) as server:
        state = watched.connect(over_websocket(server.port))
    assert "does not speak WebSocket. It answered: “ \\x02\\x00\\x05”" in state.text


def test_that_broken_http_is_shown(watched: Watched) -> None:
    with FakeServer(http(b"HTTP/1.1 what?\r\n\r\n")) as server:
        state = watched.connect(over_websocket(server.port))
    assert "does not speak WebSocket. It answered: “HTTP/1.1 what?" in state.text


def test_that_a_cut_in_the_hand_shake_is_said(watched: Watched) -> None:
    with FakeServer(lambda sock: None) as server:
        state = watched.connect(over_websocket(server.port))
    assert "cut the connection during the WebSocket hand-shake" in state.text


def test_that_an_endless_header_ends(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        read_http_head(sock)
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: y\r\n" * 20_000)
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(over_websocket(server.port))
    assert "its answer has no end" in state.text


def test_that_a_wrong_accept_token_is_said(watched: Watched) -> None:
    answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept:nonsense\r\n\r\n"
    )
    with FakeServer(http(answer)) as server:
        state = watched.connect(over_websocket(server.port))
    assert "broke the rules of WebSocket: Bad accept token" in state.text


def test_that_another_sub_protocol_is_said(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        sock.sendall(websocket_answer(read_http_head(sock), "Sec-WebSocket-Protocol: stomp\r\n"))
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(over_websocket(server.port))
    assert "speaks “stomp” over WebSocket, not mqtt" in state.text


def test_that_a_missing_sub_protocol_is_tolerated_and_noted(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        peer = WebSocketPeer(sock, extra="X-Connection-Id: 7\r\n")
        accept_connect(peer, V5)  # type: ignore[arg-type]
        silent(sock)

    with FakeServer(serve) as server:
        assert watched.connect(over_websocket(server.port)).phase is Phase.CONNECTED
    watched.wait_for_note("names no WebSocket sub-protocol")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_that_the_request_says_host_path_and_headers(watched: Watched, host: str) -> None:
    requests: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        peer = WebSocketPeer(sock)
        requests.append(peer.request)
        accept_connect(peer, V5)  # type: ignore[arg-type]
        silent(sock)

    with FakeServer(serve, host=host) as server:
        profile = Profile(
            host=host,
            port=server.port,
            transport="websocket",
            path="/ws/mqtt?token=a%20b",
            headers=(("Authorization", "Bearer x"), ("X-Two", " 2 ")),
        )
        assert watched.connect(profile).phase is Phase.CONNECTED
        shown = f"[{host}]" if ":" in host else host
        lines = requests[0].decode().split("\r\n")
        assert lines[0] == "GET /ws/mqtt?token=a%20b HTTP/1.1"
        assert f"Host: {shown}:{server.port}" in lines
        assert "Sec-WebSocket-Protocol: mqtt" in lines
        assert "Authorization: Bearer x" in lines
        assert "X-Two: 2" in lines


def test_that_host_and_sub_protocol_of_the_profile_win(watched: Watched) -> None:
    requests: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        request = read_http_head(sock)
        requests.append(request)
        sock.sendall(websocket_answer(request, "Sec-WebSocket-Protocol: mqttv3.1\r\n"))
        silent(sock)

    with FakeServer(serve) as server:
        headers = (("Host", "behind.example"),)
        sub_protocol = "mqttv3.1, mqtt"
        watched.connect(over_websocket(server.port, headers=headers, sub_protocol=sub_protocol))
    assert requests[0].count(b"Host:") == 1
    assert b"Host: behind.example\r\n" in requests[0]
    assert b"Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n" in requests[0]


def test_that_secret_headers_and_a_secret_path_are_asked_with_and_never_shown(
    watched: Watched,
) -> None:
    requests: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        requests.append(read_http_head(sock))
        sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        silent(sock)

    secrets = {"header X-Api-Key": "canary-1", "path": "/deep/mqtt?token=canary-2"}
    with FakeServer(serve) as server:
        profile = over_websocket(server.port, path="/deep/mqtt")
        watched.connection.connect(profile, secrets)
        state = watched.wait_for_state(Phase.OFFLINE, after=0)
    assert requests[0].startswith(b"GET /deep/mqtt?token=canary-2 HTTP/1.1\r\n")
    assert b"X-Api-Key: canary-1\r\n" in requests[0]
    assert "at /deep/mqtt: HTTP 404" in state.text
    assert "canary" not in repr(watched.events) + " ".join(watched.notes())


def test_that_tls_that_answers_a_websocket_is_named_with_an_offer(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        read_http_head(sock)
        sock.sendall(b"\x15\x03\x03\x00\x02\x02\x0a")

    with FakeServer(serve) as server:
        state = watched.connect(over_websocket(server.port))
    assert "speaks TLS, and was spoken to without" in state.text
    assert state.offer is not None
    assert state.offer.kind == "tls_on"


def test_that_a_server_that_drips_connects_and_loses_nothing(watched: Watched) -> None:
    packets = [encode_publish(f"t/{n}", b"x" * n, version=V5) for n in (0, 1, 130, 300)]

    def serve(sock: socket.socket) -> None:
        request = read_http_head(sock)
        frames = frame(encode_connack(version=V5)) + b"".join(frame(packet) for packet in packets)
        drip(sock, websocket_answer(request) + frames, 3, 0.0005)
        silent(sock)

    with FakeServer(serve) as server:
        assert watched.connect(over_websocket(server.port)).phase is Phase.CONNECTED
        assert watched.wait_for_messages(4) == packets


def test_that_packets_may_be_cut_anywhere_by_frames_and_fragments(watched: Watched) -> None:
    packets = b"".join(encode_publish(f"t/{n}", b"payload", version=V5) for n in range(100))

    def serve(sock: socket.socket) -> None:
        opened(sock)
        begin, size, first = 0, 1, True
        while begin < len(packets):
            piece, begin = packets[begin : begin + size], begin + size
            last = begin >= len(packets)
            sock.sendall(frame(piece, 2 if first else 0, fin=last) + frame(b"hi", 9))
            first, size = False, size % 90 + 7
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        assert b"".join(watched.wait_for_messages(100)) == packets


def test_that_a_ping_is_answered_with_a_masked_pong(watched: Watched) -> None:
    answers: list[tuple[int, bytes]] = []

    def serve(sock: socket.socket) -> None:
        peer = opened(sock)
        sock.sendall(frame(b"are you there", 9))
        answers.append(peer.read_frame())
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        watched.wait_until(lambda: answers, "the pong")
    assert answers == [(0xA, b"are you there")]


def test_that_a_pong_never_stands_inside_a_half_sent_frame(watched: Watched) -> None:
    payload = bytes(range(256)) * 20_000
    got: list[bytes] = []
    pongs: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        peer = opened(sock)
        for number in range(20):
            sock.sendall(frame(bytes((number,)), 9))
        time.sleep(0.1)
        got.append(read_packet(peer))  # type: ignore[arg-type]
        got.append(read_packet(peer))  # type: ignore[arg-type]
        pongs.extend(payload for opcode, payload in peer.controls if opcode == 0xA)
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        first = watched.connection.publish("large", payload)
        second = watched.connection.publish("next", b"small")
        watched.wait_for_stage(first, "sent")
        watched.wait_for_stage(second, "sent")
        watched.wait_until(lambda: len(got) == 2, "both packets")
    assert got[0].endswith(payload)
    assert got[1] == encode_publish("next", b"small", version=V5)
    sent = watched.packets(ControlPacketType.PUBLISH, Direction.OUT)
    assert sent == got


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"\x03\xe9restart", "closed the WebSocket: 1001 going away, “restart”"),
        (b"\x03\xf0", "closed the WebSocket: 1008 policy violation."),
        (b"", "closed the WebSocket: 1005 no code given."),
        (b"\x0f\xa1\xff", "closed the WebSocket: 4001, “"),
    ],
)
def test_that_a_close_frame_ends_the_connection_with_code_and_reason(
    watched: Watched, payload: bytes, words: str
) -> None:
    answers: list[tuple[int, bytes]] = []

    def serve(sock: socket.socket) -> None:
        peer = opened(sock)
        publish = encode_publish("last", b"words", version=V5)
        sock.sendall(frame(publish) + frame(payload, 8))
        answers.append(peer.read_frame())

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        watched.wait_for_note(words)
        assert watched.wait_for_messages(1)
        watched.wait_until(lambda: answers, "the answer to the close")
    assert answers[0][0] == 8


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x81\x02hi", "a text frame"),
        (b"\xc2\x02hi", "reserved bits"),
        (b"\x82\x82\0\0\0\0hi", "is masked"),
        (b"\x80\x02hi", "mixed up"),
        (b"\x02\x02hi\x82\x02hi", "mixed up"),
        (b"\x09\x02hi", "a control frame is fragmented"),
        (b"\x89\x7e\x01\x00", "a control frame is fragmented or too long"),
        (b"\x83\x01x", "unknown kind 0x3"),
        (b"\x8b\x01x", "unknown kind 0xB"),
    ],
)
def test_that_a_broken_frame_ends_the_connection_with_its_reason(
    watched: Watched, data: bytes, words: str
) -> None:
    def serve(sock: socket.socket) -> None:
        opened(sock)
        sock.sendall(data)
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        assert "broke the rules of WebSocket" in watched.wait_for_note(words)


def test_that_the_farewell_is_disconnect_and_a_close_frame(watched: Watched) -> None:
    seen: list[tuple[int, bytes]] = []

    def serve(sock: socket.socket) -> None:
        peer = opened(sock)
        seen.append(peer.read_frame())
        seen.append(peer.read_frame())

    with FakeServer(serve) as server:
        watched.connect(over_websocket(server.port))
        watched.connection.disconnect()
        watched.wait_until(lambda: len(seen) == 2, "the farewell")
    assert seen == [(2, b"\xe0\x00"), (8, b"\x03\xe8")]

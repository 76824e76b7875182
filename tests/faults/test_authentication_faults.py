"""Enhanced authentication against a server that speaks SCRAM-SHA-256 rightly, and against ones that do not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from typing import TYPE_CHECKING

import pytest

from tests.helpers.fault_proxy import FaultProxy
from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import encode_auth, encode_connack, encode_publish
from topicscope.mqtt.packets import Auth, Connect

if TYPE_CHECKING:
    import socket

    from tests.helpers.watch import Watched
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

V5 = ProtocolVersion.MQTT_5
P = ControlPacketType
METHOD, DATA = 21, 22
SALT, ITERATIONS = b"0123456789abcdef", 4096


def profile(port: int, **settings: object) -> Profile:
    settings = {"username": "anna", "authentication_method": "SCRAM-SHA-256"} | settings
    return local_profile(port, **settings)


def with_data(data: bytes) -> PropertyList:
    return [(METHOD, "SCRAM-SHA-256"), (DATA, data)]


def data_of(properties: PropertyList) -> bytes:
    value = dict(properties)[DATA]
    assert isinstance(value, bytes)
    return value


class ScramServer:
    """The server's side of RFC 5802, written apart from the client's, so that one checks the other."""

    def __init__(self, password: str, *, last_word_in_auth: bool = False) -> None:
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ITERATIONS)
        self._client_key = hmac.digest(salted, b"Client Key", "sha256")
        self._server_key = hmac.digest(salted, b"Server Key", "sha256")
        self._last_word_in_auth = last_word_in_auth
        self.connects: list[Connect] = []

    def __call__(self, sock: socket.socket) -> None:
        connect = decode_packet(read_packet(sock), V5)
        assert isinstance(connect, Connect)
        self.connects.append(connect)
        bare = data_of(connect.properties).removeprefix(b"n,,")
        nonce = bare.split(b",r=")[1] + b"server"
        first = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(SALT), ITERATIONS)
        sock.sendall(encode_auth(0x18, properties=with_data(first)))
        auth = decode_packet(read_packet(sock), V5)
        assert isinstance(auth, Auth)
        assert auth.reason_code == 0x18
        without_proof, proof = data_of(auth.properties).split(b",p=")
        message = b",".join((bare, first, without_proof))
        if not self._knows(message, base64.b64decode(proof)):
            sock.sendall(encode_connack(0x86, version=V5))
            return
        signature = hmac.digest(self._server_key, message, "sha256")
        self.greet(sock, b"v=" + base64.b64encode(signature))
        silent(sock)

    def greet(self, sock: socket.socket, last: bytes) -> None:
        properties = with_data(last)
        if self._last_word_in_auth:
            sock.sendall(encode_auth(0x18, properties=properties))
            read_packet(sock)
            properties = []
        sock.sendall(encode_connack(properties=properties, version=V5))
        sock.sendall(encode_publish("t", b"after", version=V5))

    def _knows(self, message: bytes, proof: bytes) -> bool:
        stored = hashlib.sha256(self._client_key).digest()
        signature = hmac.digest(stored, message, "sha256")
        key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        return hashlib.sha256(key).digest() == stored


class Impostor(ScramServer):
    """Accepts anybody, and does not know the password."""

    def greet(self, sock: socket.socket, last: bytes) -> None:
        super().greet(sock, last[:2] + base64.b64encode(bytes(32)))


class Silent(ScramServer):
    """Accepts anybody without a last word."""

    def greet(self, sock: socket.socket, last: bytes) -> None:
        del last
        sock.sendall(encode_connack(version=V5))


@pytest.mark.parametrize("last_word_in_auth", [False, True])
def test_that_a_login_by_scram_connects_and_the_password_never_leaves(
    watched: Watched, last_word_in_auth: bool
) -> None:
    script = ScramServer("canary-4711", last_word_in_auth=last_word_in_auth)
    with FakeServer(script) as server:
        state = watched.connect(profile(server.port), "canary-4711")
        assert state.phase is Phase.CONNECTED, state.text
        assert len(watched.wait_for_messages(1)) == 1
    (connect,) = script.connects
    assert (connect.username, connect.password) == (None, None)
    seen = b"".join(watched.packets()) + "".join(watched.notes()).encode()
    assert b"canary" not in seen
    # The tap masks what proves the password, which could be guessed from it.
    assert all(b"p=" not in packet for packet in watched.packets(P.AUTH))


def test_that_an_exchange_in_pieces_of_one_byte_connects(watched: Watched) -> None:
    with FakeServer(ScramServer("right")) as server, FaultProxy(server.port) as proxy:
        proxy.chunk = 1
        state = watched.connect(profile(proxy.port), "right")
        assert state.phase is Phase.CONNECTED, state.text
        watched.wait_for_messages(1)


def test_that_a_wrong_password_is_tried_once(watched: Watched) -> None:
    with FakeServer(ScramServer("right")) as server:
        state = watched.connect(profile(server.port), "wrong")
        assert (state.phase, state.reason) == (Phase.OFFLINE, "auth")
        assert "Bad User Name or Password (0x86)" in state.text
        assert server.accepted == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Impostor("right"), "could not prove that it knows the password"),
        (Silent("right"), "it sent no signature"),
    ],
)
def test_that_a_server_that_does_not_know_the_password_is_left(
    watched: Watched, script: ScramServer, words: str
) -> None:
    with FakeServer(script) as server:
        state = watched.connect(profile(server.port), "right")
    assert (state.phase, state.reason) == (Phase.OFFLINE, "auth")
    assert "accepted the login but is not trusted" in state.text
    assert words in state.text
    assert Phase.CONNECTED not in [one.phase for one in watched.states]


@pytest.mark.parametrize(
    ("code", "properties", "words"),
    [
        (0x18, [(METHOD, "SCRAM-SHA-256"), (DATA, b"r=other,s=QQ==,i=1")], "go on from our nonce"),
        (0x18, [(METHOD, "KERBEROS"), (DATA, b"x")], "names another method"),
        (0x18, [], "names another method"),
        (0x19, [(METHOD, "SCRAM-SHA-256")], "AUTH with Reason Code 0x19 came before CONNACK"),
    ],
)
def test_that_an_exchange_that_goes_wrong_is_named(
    watched: Watched, code: int, properties: PropertyList, words: str
) -> None:
    def serve(sock: socket.socket) -> None:
        read_packet(sock)
        sock.sendall(encode_auth(code, properties=properties))
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(profile(server.port), "x")
    assert (state.phase, state.reason) == (Phase.OFFLINE, "auth")
    assert words in state.text


def test_that_a_method_the_server_does_not_know_is_said(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, reason_code=0x8C)

    with FakeServer(serve) as server:
        state = watched.connect(profile(server.port), "x")
    assert "Bad authentication method (0x8C)" in state.text


def test_that_scram_needs_a_user_name_and_a_password(watched: Watched) -> None:
    with FakeServer(silent) as server:
        for settings, password in (({"username": ""}, "x"), ({}, None)):
            state = watched.connect(profile(server.port, **settings), password)
            assert (state.phase, state.reason) == (Phase.OFFLINE, "profile")
            assert "SCRAM-SHA-256 needs" in state.text
        state = watched.connect(profile(server.port), "bell\x07")
        assert "must not have U+0007" in state.text


def test_that_auth_in_the_middle_of_a_session_is_noted_and_not_answered(watched: Watched) -> None:
    answered = threading.Event()

    class Asks(ScramServer):
        def greet(self, sock: socket.socket, last: bytes) -> None:
            super().greet(sock, last)
            sock.sendall(encode_auth(0x19, properties=with_data(b"again")))
            sock.settimeout(0.3)
            try:
                read_packet(sock)
                answered.set()
            except TimeoutError:
                sock.settimeout(10)

    with FakeServer(Asks("right")) as server:
        assert watched.connect(profile(server.port), "right").phase is Phase.CONNECTED
        watched.wait_for_note("The server sent AUTH though no authentication is under way")
        watched.wait_for_messages(1)
        assert watched.connection.state.phase is Phase.CONNECTED
    assert not answered.is_set()

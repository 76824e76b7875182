from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.certificates import Authority, self_signed
from topicscope.connection.certificates import read_certificate
from topicscope.connection.doctor.certificate_steps import (
    date_text,
    is_for,
    names_text,
    problems,
    soon,
)
from topicscope.connection.doctor.conversation import Conversation
from topicscope.connection.doctor.mqtt_steps import limit_details, limits_in_words
from topicscope.connection.doctor.overhearing import http_date, http_header, http_status
from topicscope.connection.doctor.reach import FAMILY, SCHEMES, ports_remedy, try_all
from topicscope.connection.doctor.report import TITLES, Report, way_of
from topicscope.connection.doctor.security import OverheardHandshake, read_certificates
from topicscope.connection.doctor.step import Step, all_well, document
from topicscope.connection.doctor.waiting import CancelledError, Patience, TooLateError
from topicscope.connection.offers import Offer
from topicscope.connection.outcomes import ConnectionEnded
from topicscope.connection.server_told import ServerTold
from topicscope.connection.transports.stream import StreamClosed
from topicscope.connection.transports.tcp import SocketStream
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_connack, encode_publish, encode_suback
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

V5 = ProtocolVersion.MQTT_5


def patience(seconds: float = 2.0) -> Patience:
    return Patience(seconds, threading.Event())


class Given:
    """A stream that gives out pieces and then ends."""

    wants_write = False

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def receive(self) -> bytes:
        if not self._pieces:
            raise StreamClosed
        return self._pieces.pop(0)

    def has_pending(self) -> bool:
        return True

    def fileno(self) -> int:
        raise AssertionError

    def send(self, data: memoryview) -> int:
        return len(data)

    def flush(self) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...


# --- certificates ---


def message(certificates: list[bytes], *, with_extensions: bool) -> bytes:
    extension = b"\0\2ab" if with_extensions else b""
    entries = b"".join(len(der).to_bytes(3) + der + extension for der in certificates)
    body = (b"\0" if with_extensions else b"") + len(entries).to_bytes(3) + entries
    return b"\x0b" + len(body).to_bytes(3) + body


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.booleans())
def test_that_a_certificate_message_is_read_as_it_was_written(
    certificates: list[bytes], with_extensions: bool
) -> None:
    written = message(certificates, with_extensions=with_extensions)
    assert read_certificates(written, with_extensions=with_extensions) == certificates


@given(st.binary(max_size=2000), st.booleans())
def test_that_no_bytes_break_the_reader_of_certificates(data: bytes, with_extensions: bool) -> None:
    assert len(read_certificates(data, with_extensions=with_extensions)) <= 16


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("asks", [False, True])
def test_that_a_hand_shake_is_overheard_even_where_the_certificate_is_refused(
    tmp_path: Path, version: ssl.TLSVersion, asks: bool
) -> None:
    pair = self_signed(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    server.maximum_version = version
    if asks:
        server.load_verify_locations(str(Authority(tmp_path).ca_file))
        server.verify_mode = ssl.CERT_OPTIONAL
    client = ssl.create_default_context()
    if asks:
        # With TLS 1.2 the request comes behind the certificate, which ends a hand-shake that verifies.
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    overheard = OverheardHandshake(client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    refused = False
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                refused = True
    der = ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())
    assert overheard.chain == [der]
    assert overheard.asked is asks
    assert refused is not asks


def test_that_everything_wrong_with_a_certificate_is_said(tmp_path: Path) -> None:
    pair = self_signed(tmp_path)
    facts = read_certificate(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text()))
    assert problems(facts, "localhost", time.time()) == ["It is self-signed."]
    said = " ".join(problems(facts, "other.example", time.time() + 10 * 86_400))
    assert "It expired on 20" in said
    assert "It is for localhost, 127.0.0.1, not for other.example." in said
    said = " ".join(problems(facts, "localhost", time.time() - 10 * 86_400))
    assert "It is valid only from" in said
    assert "expires today or tomorrow" in soon(facts, time.time())
    assert "expires in 8 days" in soon(facts, facts.not_after - 8.5 * 86_400)
    assert not soon(facts, facts.not_after - 30 * 86_400)
    many = dataclasses.replace(facts, names=tuple(f"host{n}.example" for n in range(40)))
    assert names_text(many).endswith("host11.example, and 28 more")


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        (("broker.example",), "BROKER.example.", True),
        (("*.example",), "broker.example", True),
        (("*.example",), "a.broker.example", False),
        (("*.example",), "example", False),
        (("*",), "example", False),
        (("::1",), "0:0:0:0:0:0:0:1", True),
        (("127.0.0.1",), "127.0.0.1", True),
        (("*.0.0.1",), "127.0.0.1", False),
        ((), "broker.example", False),
    ],
)
def test_that_names_are_compared_as_the_rules_say(
    tmp_path: Path, names: tuple[str, ...], name: str, expected: bool
) -> None:
    pair = self_signed(tmp_path)
    facts = read_certificate(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text()))
    assert is_for(dataclasses.replace(facts, names=names), name) is expected


@given(st.floats(allow_nan=False))
def test_that_every_date_has_a_text(moment: float) -> None:
    assert date_text(moment)


# --- HTTP overheard ---


def test_that_status_and_headers_are_overheard() -> None:
    heard = (
        b"HTTP/1.1 404 Not Found\r\nServer:  nginx\r\ndate: Thu, 01 Jan 1970 00:01:00 GMT\r\n\r\nx"
    )
    assert http_status(heard) == "404 Not Found"
    assert http_header(heard, "Server") == "nginx"
    assert http_header(heard, "Location") == ""
    assert http_date(heard) == 60.0
    assert http_status(b"SSH-2.0") == ""


@given(st.binary(max_size=300))
def test_that_no_answer_breaks_what_overhears_it(data: bytes) -> None:
    for heard in (data, b"HTTP/1.1 " + data, b"HTTP/1.1 200 OK\r\nDate: " + data + b"\r\n\r\n"):
        assert http_status(heard).isprintable()
        assert http_header(heard, "date").isprintable()
        http_date(heard)


# --- MQTT ---


def hear_to_the_end(talk: Conversation) -> None:
    while True:
        talk.hear(ControlPacketType.CONNACK, patience=patience())


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_that_a_conversation_ends_in_words_whatever_the_server_says(pieces: list[bytes]) -> None:
    for first in (b"", encode_connack(version=V5)):
        talk = Conversation(Given(first, *pieces), "host:1", V5, is_tls=False)
        with pytest.raises(ConnectionEnded):
            hear_to_the_end(talk)


def test_that_messages_of_others_are_passed_over_large_ones_too() -> None:
    large = encode_publish("a/large", bytes(300_000), version=V5)
    small = encode_publish("a/small", b"x", qos=0, version=V5) * 3
    stream = Given(
        encode_connack(version=V5),
        small[:5],
        small[5:] + large[:1000],
        large[1000:150_000],
        large[150_000:] + encode_suback(7, [1], version=V5),
    )
    talk = Conversation(stream, "host:1", V5, is_tls=False)
    assert talk.hear(ControlPacketType.CONNACK, patience=patience()).code == 0
    answer = talk.hear(ControlPacketType.SUBACK, patience=patience())
    assert (answer.packet_identifier, answer.codes) == (7, (1,))


def test_that_limits_are_phrases_and_nothing_is_said_of_what_is_not_limited() -> None:
    assert limits_in_words(ServerTold()) == []
    told = ServerTold(maximum_qos=0, receive_maximum=10, session_expiry_interval=7200)
    assert limits_in_words(told) == [
        "QoS 0 at most",
        "10 unacknowledged messages at a time",
        "sessions that end after 7,200 s",
    ]
    hostile = ServerTold(user_properties=(("\x1b[31m", "a\nb"),), reason_string="\u202e")
    assert all(name.isprintable() and value.isprintable() for name, value in limit_details(hostile))


# --- waiting and reaching ---


def test_that_patience_ends_and_can_be_called_off() -> None:
    cancelled = threading.Event()
    with pytest.raises(TooLateError):
        Patience(0.0, cancelled).left()
    whole = Patience(5.0, cancelled)
    assert whole.at_most(1.0).left() <= 1.0
    assert whole.at_most(9.0).left() <= 5.0
    cancelled.set()
    with pytest.raises(CancelledError):
        whole.left()


def test_that_a_silent_stream_is_waited_for_no_longer_than_allowed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TooLateError):
        patience(0.2).receive(SocketStream(ours))


def test_that_all_addresses_are_tried_at_once_and_each_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        good, bad = listener.getsockname(), closed.getsockname()
        attempts = try_all(
            [(socket.AF_INET, bad), (socket.AF_INET, good)],
            patience(),
        )
        assert isinstance(attempts[0].error, OSError)
        assert attempts[1].sock is not None
        attempts[1].sock.close()


def test_that_the_ports_that_answer_are_addresses_to_try() -> None:
    assert FAMILY.keys() == SCHEMES.keys()
    assert "None of the usual ports" in ports_remedy("host", [])
    text = ports_remedy("::1", [1883, 8883])
    assert "answer: try mqtt://[::1]:1883 or mqtts://[::1]:8883." in text


# --- the report ---


def test_that_a_document_has_all_of_each_step() -> None:
    steps = (
        Step("name", "Name", "ok", "Found.", elapsed_s=0.0015),
        Step("tls", "TLS", "failed", "No.", "Do.", 0.1, (("A", "b"),), Offer("tls_off", "Off")),
    )
    assert document("mqtt://h", steps) == {
        "url": "mqtt://h",
        "ok": False,
        "steps": [
            {
                "key": "name",
                "title": "Name",
                "status": "ok",
                "text": "Found.",
                "remedy": "",
                "elapsed_ms": 1.5,
                "details": [],
            },
            {
                "key": "tls",
                "title": "TLS",
                "status": "failed",
                "text": "No.",
                "remedy": "Do.",
                "elapsed_ms": 100.0,
                "details": [{"name": "A", "value": "b"}],
                "offer": {"kind": "tls_off", "text": "Off", "value": ""},
            },
        ],
    }
    assert not all_well(steps)
    assert all_well(steps[:1])


def test_that_the_steps_stand_in_the_order_of_the_way() -> None:
    profile = Profile(transport="websocket", tls=True)
    keys = way_of(profile, probes=True)
    assert keys == [key for key in TITLES if key in keys]
    told: list[Step] = []
    report = Report(told.append)
    report.add("name", "ok", "Found.")
    report.skip_rest(profile, probes=False)
    assert [step.key for step in told] == way_of(profile, probes=False)
    assert {step.status for step in told[1:]} == {"skipped"}

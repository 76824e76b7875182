"""The connection doctor before real brokers and before servers that misbehave."""

from __future__ import annotations

import datetime as dt
import email.utils
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.helpers.certificates import Authority, self_signed
from tests.helpers.examining import broker, doctor, failed, server_context
from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.servers import (
    FakeServer,
    WebSocketPeer,
    accept_connect,
    read_http_head,
    silent,
    websocket_answer,
)
from topicscope.connection.certificates import fingerprint_of
from topicscope.connection.doctor import all_well, document, examine
from topicscope.connection.offers import with_offer
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

V3, V5 = ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5
DAY = dt.timedelta(days=1)


# --- a broker that works ---


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_all_is_well_with_mosquitto_over_each_transport(
    mosquitto: Mosquitto, transport: str, tls: bool, version: int
) -> None:
    ports = {
        ("tcp", False): mosquitto.port,
        ("tcp", True): mosquitto.tls_port,
        ("websocket", False): mosquitto.websocket_port,
        ("websocket", True): mosquitto.secure_websocket_port,
    }
    profile = Profile(
        port=ports[transport, tls],
        transport=transport,  # type: ignore[arg-type]
        tls=tls,
        ca_file=mosquitto.ca_file if tls else "",
        protocol_version=version,  # type: ignore[arg-type]
    )
    steps = doctor(profile)
    assert all_well(steps.values())
    assert steps["connect"].status == "ok"
    assert steps["tls"].status == ("ok" if tls else "skipped")
    assert ("certificate" in steps) is tls
    assert ("websocket" in steps) is (transport == "websocket")
    assert all(step.elapsed_s < 5 for step in steps.values())


def test_that_the_certificate_of_a_good_broker_is_shown(mosquitto: Mosquitto) -> None:
    steps = doctor(Profile(port=mosquitto.tls_port, tls=True, ca_file=mosquitto.ca_file))
    shown = dict(steps["certificate"].details)
    assert shown["Names"] == "localhost, 127.0.0.1, ::1"
    assert shown["Issuer"] == "CN=authority"
    assert "expires today or tomorrow" in steps["certificate"].text
    assert steps["certificate"].status == "warning"
    assert steps["tls"].text == "TLS 1.3."


def test_that_a_unix_socket_is_examined(tmp_path: Path) -> None:
    path = tmp_path / "mqtt.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                accept_connect(sock, V5)
                sock.recv(100)

        thread = threading.Thread(target=serve)
        thread.start()
        steps = doctor(Profile(transport="unix", path=str(path)))
        thread.join(5)
    assert list(steps) == ["socket", "connect", "limits"]
    assert all_well(steps.values())


# --- names, ports ---


def test_that_an_unknown_name_fails_at_the_name() -> None:
    step = failed(doctor(Profile(host="no-such-host.invalid")))
    assert step.key == "name"


def test_that_a_refused_port_names_the_usual_ports_that_answer(
    monkeypatch: pytest.MonkeyPatch, mosquitto: Mosquitto
) -> None:
    family = {mosquitto.port: "MQTT", free_port(): "MQTT over TLS"}
    monkeypatch.setattr("topicscope.connection.doctor.reach.FAMILY", family)
    schemes = dict.fromkeys(family, "mqtt")
    monkeypatch.setattr("topicscope.connection.doctor.reach.SCHEMES", schemes)
    step = failed(doctor(Profile(port=free_port())))
    assert step.key == "tcp"
    assert step.text.startswith("Nothing listens on localhost:")
    assert f"On this host {mosquitto.port} (MQTT) answers: try mqtt://localhost:" in step.remedy
    assert any("connection refused" in value for _, value in step.details)


def test_that_nothing_is_hidden_where_a_profile_is_wrong() -> None:
    step = failed(doctor(Profile(host="")))
    assert step.key == "profile"
    assert "Host" in step.text


# --- TLS ---


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [(-3 * DAY, -2 * DAY, "has expired"), (2 * DAY, 3 * DAY, "is not valid yet")],
)
def test_that_the_dates_of_a_certificate_are_said_with_the_clock(
    tmp_path: Path, begin: dt.timedelta, end: dt.timedelta, words: str
) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("server", begin=begin, end=end)
    with FakeServer(broker, tls=server_context(pair)) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(authority.ca_file))
        step = failed(doctor(profile))
    assert step.key == "certificate"
    assert words in step.text
    assert "clock" in step.remedy
    assert {"Valid from", "Valid until", "SHA-256"} <= dict(step.details).keys()


def test_that_a_self_signed_certificate_can_be_trusted_by_its_fingerprint(tmp_path: Path) -> None:
    pair = self_signed(tmp_path)
    with FakeServer(broker, tls=server_context(pair)) as server:
        profile = Profile(port=server.port, tls=True)
        step = failed(doctor(profile))
        assert step.key == "certificate"
        assert "self-signed" in step.text
        assert step.offer is not None
        assert step.offer.kind == "pin"
        der = ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())
        assert step.offer.value == fingerprint_of(der)
        pinned = Profile(port=server.port, tls=True, pinned_certificate=step.offer.value)
        steps = doctor(pinned)
    assert all_well(steps.values())
    assert "the one that this profile trusts" in steps["certificate"].text


def test_that_another_certificate_than_the_pinned_one_fails(tmp_path: Path) -> None:
    with FakeServer(broker, tls=server_context(self_signed(tmp_path))) as server:
        profile = Profile(port=server.port, tls=True, pinned_certificate="ab" * 32)
        step = failed(doctor(profile))
    assert step.key == "certificate"
    assert "another certificate" in step.text


def test_that_a_wrong_name_lists_the_names_that_are_in_the_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("server", ("broker.example", "*.plant.example"))
    with FakeServer(broker, tls=server_context(pair)) as server:
        ca_file = str(authority.ca_file)
        step = failed(doctor(Profile(port=server.port, tls=True, ca_file=ca_file)))
        assert step.key == "certificate"
        assert "broker.example, *.plant.example" in step.remedy
        assert step.offer is not None
        assert (step.offer.kind, step.offer.value) == ("use_name", "broker.example")
        named = Profile(port=server.port, tls=True, ca_file=ca_file, server_name="broker.example")
        assert all_well(doctor(named).values())


def test_that_a_common_name_counts_as_openssl_counts_it_and_is_warned_of(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("server", ("localhost",), has_alternative_names=False, end=30 * DAY)
    with FakeServer(broker, tls=server_context(pair)) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(authority.ca_file))
        step = doctor(profile)["certificate"]
        assert step.status == "warning"
        assert "It is for localhost," in step.text
        assert "Only its common name says so." in step.text
        step = failed(doctor(msgspec.structs.replace(profile, host="127.0.0.1")))
        assert "It is for localhost." in step.remedy
        assert step.offer is not None
        assert (step.offer.kind, step.offer.value) == ("use_name", "localhost")


def test_that_a_ca_file_need_not_hold_a_root(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("server", end=30 * DAY)
    with FakeServer(broker, tls=server_context(pair)) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(pair.certificate))
        assert doctor(profile)["certificate"].status == "ok"


def test_that_a_missing_intermediate_certificate_is_thought_of(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("server")
    with FakeServer(broker, tls=server_context(pair)) as server:
        step = failed(doctor(Profile(port=server.port, tls=True)))
    assert step.key == "certificate"
    assert "intermediate authority may be missing" in step.remedy


def test_that_an_unknown_authority_fails_at_the_certificate(mosquitto: Mosquitto) -> None:
    step = failed(doctor(Profile(port=mosquitto.tls_port, tls=True)))
    assert step.key == "certificate"
    assert "not known here" in step.text


def test_that_an_unverified_certificate_is_a_warning_that_offers_to_pin(
    mosquitto: Mosquitto,
) -> None:
    step = doctor(Profile(port=mosquitto.tls_port, tls=True, insecure=True))["certificate"]
    assert step.status == "warning"
    assert "anybody may pose" in step.text
    assert step.offer is not None
    assert step.offer.kind == "pin"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_that_a_client_certificate_that_is_asked_for_is_said(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    authority = Authority(tmp_path)
    ca_file = str(authority.ca_file)
    context = server_context(authority.issue("server"), ca_file)
    context.maximum_version = version
    own = authority.issue("client", ("ada",))
    with FakeServer(broker, tls=context) as server:
        profile = Profile(port=server.port, tls=True, ca_file=ca_file)
        steps = doctor(profile)
        with_one = Profile(
            port=server.port,
            tls=True,
            ca_file=ca_file,
            certificate_file=str(own.certificate),
            key_file=str(own.key),
        )
        good = doctor(with_one)
    if version == ssl.TLSVersion.TLSv1_3:
        # Only the first read shows it.
        assert "asks for one" in steps["client-certificate"].text
    assert not all_well(steps.values())
    assert "client certificate" in failed(steps).text + failed(steps).remedy
    assert all_well(good.values())
    assert "was given" in good["client-certificate"].text


def test_that_mosquitto_with_client_certificates_is_examined(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, tls=True, require_client_certificate=True) as server:
        assert server.authority is not None
        own = server.authority.issue("client", ("ada",))
        profile = Profile(port=server.tls_port, tls=True, ca_file=server.ca_file)
        without = doctor(profile)
        given = Profile(
            port=server.tls_port,
            tls=True,
            ca_file=server.ca_file,
            certificate_file=str(own.certificate),
            key_file=str(own.key),
        )
        assert all_well(doctor(given).values())
    step = failed(without)
    assert "client certificate" in step.text + step.remedy
    assert without["client-certificate"].status == "warning"


def test_that_tls_spoken_to_a_plain_port_is_recognised(mosquitto: Mosquitto) -> None:
    step = failed(doctor(Profile(port=mosquitto.port, tls=True)))
    assert step.key == "tls"
    assert "speaks MQTT without TLS" in step.remedy
    assert step.offer is not None
    assert step.offer.kind == "tls_off"


def test_that_plain_mqtt_spoken_to_a_tls_port_is_recognised(mosquitto: Mosquitto) -> None:
    step = failed(doctor(Profile(port=mosquitto.tls_port)))
    assert step.key == "connect"
    assert "speaks TLS" in step.remedy
    assert step.offer is not None
    assert step.offer.kind == "tls_on"


# --- WebSocket and HTTP ---


def test_that_mqtt_spoken_to_a_websocket_port_finds_the_path(mosquitto: Mosquitto) -> None:
    step = failed(doctor(Profile(port=mosquitto.websocket_port, connect_timeout=2)))
    assert step.key == "connect"
    assert "in a WebSocket at /mqtt" in step.remedy
    assert step.offer is not None
    assert (step.offer.kind, step.offer.value) == ("websocket", "/mqtt")


def test_that_a_websocket_asked_of_a_plain_port_is_recognised(mosquitto: Mosquitto) -> None:
    step = failed(doctor(Profile(port=mosquitto.port, transport="websocket")))
    assert step.key == "websocket"
    assert "without WebSocket" in step.remedy


def test_that_a_wrong_path_says_where_the_websocket_is() -> None:
    def script(sock: socket.socket) -> None:
        request = read_http_head(sock)
        if request.startswith(b"GET /ws "):
            sock.sendall(websocket_answer(request))
        else:
            sock.sendall(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(script) as server:
        profile = Profile(port=server.port, transport="websocket", path="/broker")
        step = failed(doctor(profile))
    assert "404" in step.text
    assert "opens at /ws on this port" in step.remedy
    assert step.offer is not None
    assert with_offer(profile, step.offer).path == "/ws"
    assert ("Server", "nginx") in step.details


def test_that_a_web_server_without_a_websocket_is_said_to_have_none() -> None:
    def script(sock: socket.socket) -> None:
        read_http_head(sock)
        sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port, transport="websocket", path="/broker")))
        assert step.remedy.startswith("No WebSocket for MQTT opens at /mqtt, / or /ws.")
        step = failed(doctor(Profile(port=server.port, tls=True)))
    assert step.remedy.startswith("A web server is on this port. No WebSocket for MQTT opens")
    assert step.offer is None


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
def test_that_tls_spoken_to_a_plain_websocket_port_is_recognised(
    mosquitto: Mosquitto, transport: str
) -> None:
    profile = Profile(port=mosquitto.websocket_port, transport=transport, tls=True)  # type: ignore[arg-type]
    step = failed(doctor(profile))
    assert step.key == "tls"
    assert "WebSocket" in step.remedy
    assert "switch TLS off" in step.remedy
    assert step.offer is not None
    after = with_offer(profile, step.offer)
    assert after.url == f"ws://localhost:{mosquitto.websocket_port}/mqtt"
    assert all_well(doctor(after).values())


def test_that_another_sub_protocol_is_found_where_one_is_not_known(mosquitto: Mosquitto) -> None:
    profile = Profile(
        port=mosquitto.websocket_port, transport="websocket", sub_protocol="mqtt-of-ours"
    )
    step = failed(doctor(profile))
    assert step.key == "websocket"
    assert step.remedy == "With the sub-protocol “mqtt” the WebSocket opens: ask for that."


def test_that_a_second_look_without_tls_sends_no_token_of_the_path() -> None:
    heard: list[bytes] = []

    def script(sock: socket.socket) -> None:
        heard.append(sock.recv(4000))
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(script) as server:
        profile = Profile(port=server.port, transport="websocket", tls=True, path="/mqtt")
        failed(doctor(profile, {"path": "/mqtt?token=canary"}))
    assert any(request.startswith(b"GET /mqtt ") for request in heard)
    assert b"canary" not in b"".join(heard)


def test_that_a_redirect_is_shown_and_not_followed() -> None:
    asked: list[bytes] = []

    def script(sock: socket.socket) -> None:
        asked.append(read_http_head(sock))
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://other.example/mqtt\r\n\r\n")

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port, transport="websocket")))
    assert "https://other.example/mqtt" in step.text
    assert len(asked) == 1


def test_that_a_clock_that_differs_from_the_servers_is_said() -> None:
    past = email.utils.formatdate(time.time() - 7200, usegmt=True)

    def script(sock: socket.socket) -> None:
        extra = f"Sec-WebSocket-Protocol: mqtt\r\nDate: {past}\r\n"
        broker(WebSocketPeer(sock, extra))  # type: ignore[arg-type]

    with FakeServer(script) as server:
        steps = doctor(Profile(port=server.port, transport="websocket"))
    assert steps["clock"].status == "warning"
    assert "2 h ahead of the server" in steps["clock"].text
    assert all_well(steps.values())


def test_that_a_missing_sub_protocol_is_a_warning() -> None:
    def script(sock: socket.socket) -> None:
        broker(WebSocketPeer(sock, ""))  # type: ignore[arg-type]

    with FakeServer(script) as server:
        steps = doctor(Profile(port=server.port, transport="websocket"))
    assert steps["websocket"].status == "warning"
    assert "no sub-protocol" in steps["websocket"].text


def test_that_a_secret_in_the_path_or_a_header_is_not_told() -> None:
    def script(sock: socket.socket) -> None:
        read_http_head(sock)
        sock.sendall(b"HTTP/1.1 401 Unauthorized\r\n\r\n")

    with FakeServer(script) as server:
        profile = Profile(port=server.port, transport="websocket", path="/mqtt")
        secrets = {
            "path": "/mqtt?token=canary",
            "header Authorization": "Bearer canary",
            "secret": "canary",
        }
        told = document(profile.url, doctor(profile, secrets).values())
    assert "HTTP 401" in str(told)
    assert "canary" not in str(told)


# --- servers that are no brokers ---


def test_that_an_ssh_server_is_shown() -> None:
    def ssh(sock: socket.socket) -> None:
        sock.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
        silent(sock)

    with FakeServer(ssh) as server:
        step = failed(doctor(Profile(port=server.port, connect_timeout=1)))
    assert "SSH-2.0-OpenSSH_9.6" in step.text


def test_that_a_web_server_is_named() -> None:
    def web(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(web) as server:
        step = failed(doctor(Profile(port=server.port, connect_timeout=1)))
    assert "is a web server" in step.text
    assert "400 Bad Request" in step.text


@pytest.mark.parametrize(("tls", "key"), [(False, "connect"), (True, "tls")])
def test_that_a_silent_server_fails_within_the_time(tls: bool, key: str) -> None:
    with FakeServer(silent) as server:
        step = failed(doctor(Profile(port=server.port, tls=tls, connect_timeout=1)))
    assert step.key == key
    assert "within 1 s" in step.text
    assert 0.9 < step.elapsed_s < 2


def test_that_a_cancelled_examination_ends_at_once() -> None:
    cancelled = threading.Event()
    with FakeServer(silent) as server:
        timer = threading.Timer(0.2, cancelled.set)
        timer.start()
        begun = time.monotonic()
        steps = examine(Profile(port=server.port), {}, lambda step: None, cancelled)
    assert time.monotonic() - begun < 2
    assert [step.key for step in steps] == ["name", "tcp", "tls"]

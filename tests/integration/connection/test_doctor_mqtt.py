"""The connection doctor from CONNECT on: logins, versions, limits, proxies, probes."""

from __future__ import annotations

import base64
import datetime as dt
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.examining import broker, doctor, failed
from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.servers import (
    FakeServer,
    accept_connect,
    read_http_head,
    read_packet,
    silent,
)
from topicscope.connection.doctor import all_well
from topicscope.connection.doctor.names import Names
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_auth, encode_connack
from topicscope.profiles.profile import Profile, Proxy, Will

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V3, V5 = ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5
DAY = dt.timedelta(days=1)
ACL = "topic readwrite plant/#\n"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("secured")
    with Mosquitto(folder, tls=True, websocket=True, users={"ada": "right"}) as broker:
        yield broker


# --- CONNECT ---


def test_that_a_password_is_right_or_wrong(secured: Mosquitto) -> None:
    profile = Profile(port=secured.port, username="ada")
    assert all_well(doctor(profile, {"secret": "right"}).values())
    step = failed(doctor(profile, {"secret": "wrong"}))
    assert step.key == "connect"
    assert "0x87" in step.text
    assert "user name and password" in step.remedy
    assert "wrong" not in str(step)
    nobody = failed(doctor(Profile(port=secured.port)))
    assert nobody.remedy.startswith("No user name was sent: give user name and password")


def test_that_a_refused_password_is_tried_once() -> None:
    connects: list[bytes] = []

    def script(sock: socket.socket) -> None:
        connects.append(accept_connect(sock, V5, reason_code=0x86))

    with FakeServer(script) as server:
        failed(doctor(Profile(port=server.port, username="a"), {"secret": "b"}, probes=True))
    assert len(connects) == 1


def test_that_a_broker_without_mqtt_5_is_tried_with_3_1_1() -> None:
    def script(sock: socket.socket) -> None:
        connect = read_packet(sock)
        code = 0 if connect[8] == 4 else 1
        sock.sendall(encode_connack(code, version=V3))

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port)))
        assert "does not speak MQTT 5" in step.text
        assert "With MQTT 3.1.1 it would work" in step.remedy


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x85, "Client Identifier not valid"),
        (0x8A, "Banned"),
        (0x88, "Server unavailable"),
        (0x97, "Quota exceeded"),
        (0x9C, "broker-2.example"),
    ],
)
def test_that_each_refusal_is_said_in_words(code: int, words: str) -> None:
    def script(sock: socket.socket) -> None:
        accept_connect(sock, V5, reason_code=code, properties=[(28, "broker-2.example")])

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port)))
    assert words in step.text


def test_that_the_limits_are_said_in_words() -> None:
    limits: list[tuple[int, int | str | bytes | tuple[str, str]]] = [
        (36, 1),
        (37, 0),
        (39, 4096),
        (40, 0),
        (42, 0),
        (19, 30),
    ]

    def script(sock: socket.socket) -> None:
        accept_connect(sock, V5, properties=limits)
        silent(sock)

    with FakeServer(script) as server:
        text = doctor(Profile(port=server.port))["limits"].text
    for words in (
        "QoS 1 at most",
        "no retained messages",
        "packets of 4,096 bytes",
        "no wildcards",
        "no shared subscriptions",
        "a keep alive of 30 s",
    ):
        assert words in text


def test_that_nobody_is_cut_off_and_no_session_is_left_by_an_examination() -> None:
    connects: list[bytes] = []

    def script(sock: socket.socket) -> None:
        connects.append(accept_connect(sock, V5))
        silent(sock)

    with FakeServer(script) as server:
        profile = Profile(
            port=server.port,
            client_identifier="own",
            clean_start=False,
            session_expiry_interval=3600,
            will=Will(topic="gone", payload="canary"),
        )
        step = doctor(profile)["connect"]
    assert len(connects) == 1
    assert connects[0][9] == 2, "Clean Start, no Will"
    assert b"canary" not in connects[0]
    assert b"\0\3own" not in connects[0]
    details = dict(step.details)
    assert details["Client Identifier"].startswith("topicscope-")
    assert details["Identifier of the profile"].startswith("own: not used")


@pytest.mark.parametrize("version", [V3, V5])
def test_that_a_broker_that_refuses_a_random_identifier_gets_that_of_the_profile(
    version: ProtocolVersion,
) -> None:
    connects: list[bytes] = []
    refusal = 0x85 if version == V5 else 2

    def script(sock: socket.socket) -> None:
        code = 0 if connects else refusal
        connects.append(accept_connect(sock, version, reason_code=code, session_present=not code))
        silent(sock)

    with FakeServer(script) as server:
        profile = Profile(
            port=server.port,
            protocol_version=int(version),  # type: ignore[arg-type]
            client_identifier="own",
            clean_start=False,
            will=Will(topic="gone", payload="canary"),
        )
        step = doctor(profile)["connect"]
    assert len(connects) == 2
    assert connects[1][9] == 0, "no Will, no Clean Start"
    assert b"\0\3own" in connects[1]
    assert b"canary" not in connects[1]
    assert "kept a session" in step.text
    assert "refused a random one" in dict(step.details)["Identifier of the profile"]


def test_that_a_refused_login_says_that_the_identifier_was_another() -> None:
    def script(sock: socket.socket) -> None:
        accept_connect(sock, V5, reason_code=0x87)

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port, client_identifier="own")))
        assert server.accepted == 1
    assert "lets in only “own”" in step.remedy


def test_that_a_broker_that_registers_its_clients_gets_the_identifier_of_the_profile() -> None:
    for fields in ({"login": "azure_sas"}, {"host": "a1-ats.iot.eu-west-1.amazonaws.com"}):
        names = Names(Profile(client_identifier="own", **fields))  # type: ignore[arg-type]
        assert names.identifier == "own"
        assert not names.spares_own
        assert "knows its clients" in names.details()[0][1]


def test_that_an_expired_token_is_said_before_anything_is_sent() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDAwMDAwMDB9.c2lnbmF0dXJl"
    with FakeServer(silent) as server:
        profile = Profile(port=server.port, login="token_as_user_name")
        step = failed(doctor(profile, {"secret": token}))
        assert server.accepted == 0
    assert step.key == "login"
    assert "expired" in step.text
    assert "correct the login" in step.remedy
    assert token not in str(step)


@pytest.mark.parametrize(("source", "status"), [("file", "ok"), ("environment", "warning")])
def test_that_a_short_token_is_no_worry_where_each_connect_fetches_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secured: Mosquitto, source: str, status: str
) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp":%d}' % (time.time() + 300)).rstrip(b"=").decode()
    token = f"eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln"
    path = tmp_path / "token"
    path.write_text(token)
    monkeypatch.setenv("TOKEN", token)
    profile = Profile(
        port=secured.port,
        login="token_as_user_name",
        secret_source=source,  # type: ignore[arg-type]
        secret_reference=str(path) if source == "file" else "TOKEN",
    )
    step = doctor(profile)["login"]
    assert step.status == status
    assert "expires in" in step.text


def test_that_a_fetched_token_is_used_and_a_missing_one_is_said(
    tmp_path: Path, secured: Mosquitto
) -> None:
    path = tmp_path / "token"
    path.write_text("right\n")
    profile = Profile(
        port=secured.port, username="ada", secret_source="file", secret_reference=str(path)
    )
    steps = doctor(profile)
    assert all_well(steps.values())
    assert "fetched from the file" in steps["login"].text
    path.unlink()
    assert failed(doctor(profile)).key == "login"


def test_that_a_token_as_user_name_is_never_told() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQwMDAwMDAwMDB9.c2lnbmF0dXJl"
    with FakeServer(broker) as server:
        profile = Profile(port=server.port, login="token_as_user_name")
        steps = doctor(profile, {"secret": token})
        pasted = doctor(Profile(port=server.port, username=token), {"secret": "-"})
    assert all_well(steps.values())
    assert "expires" in steps["login"].text
    assert token not in str(steps)
    assert token not in str(pasted)


def test_that_enhanced_authentication_that_was_not_offered_is_said() -> None:
    def script(sock: socket.socket) -> None:
        read_packet(sock)
        sock.sendall(encode_auth(0x18, properties=[(21, "GSSAPI")]))
        silent(sock)

    with FakeServer(script) as server:
        step = failed(doctor(Profile(port=server.port)))
    assert "enhanced authentication" in step.text


# --- proxy ---


def test_that_a_proxy_is_a_step_of_its_own(mosquitto: Mosquitto) -> None:
    def http_proxy(sock: socket.socket) -> None:
        head = read_http_head(sock)
        assert head.startswith(f"CONNECT localhost:{mosquitto.port} ".encode())
        with socket.create_connection(("127.0.0.1", mosquitto.port)) as onward:
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            onward.sendall(sock.recv(1000))
            sock.sendall(onward.recv(1000))

    with FakeServer(http_proxy) as server:
        proxy = Proxy(kind="http", host="127.0.0.1", port=server.port)
        steps = doctor(Profile(port=mosquitto.port, proxy=proxy))
    assert all_well(steps.values())
    assert steps["proxy"].status == "ok"
    assert str(server.port) in steps["tcp"].text


def test_that_a_proxy_that_is_not_there_is_not_taken_for_the_broker() -> None:
    proxy = Proxy(host="127.0.0.1", port=free_port())
    step = failed(doctor(Profile(proxy=proxy)))
    assert step.key == "tcp"
    assert (
        step.text == f"The proxy 127.0.0.1:{proxy.port} cannot be reached: nothing listens there."
    )
    assert "proxy" in step.remedy
    step = failed(doctor(Profile(proxy=Proxy(host="no-such-proxy.invalid"))))
    assert (step.key, "its name was not found" in step.text) == ("name", True)


# --- probes ---


def test_that_probes_find_every_right_on_an_open_broker(mosquitto: Mosquitto) -> None:
    steps = doctor(Profile(port=mosquitto.port, client_identifier="mine"), probes=True)
    probes = {key: step for key, step in steps.items() if key.startswith("probe-")}
    assert [step.status for step in probes.values()] == ["ok"] * 6
    assert "topicscope/probe/" in probes["probe-publish"].text
    # Mosquitto grants what its rights then hold back.
    assert "may still leave out" in probes["probe-all"].text
    watch = doctor(Profile(port=mosquitto.port, protocol_version=4), probes=True)
    assert watch["probe-shared"].status == "skipped"
    assert all_well(watch.values())


def test_that_a_probe_leaves_no_retained_message(mosquitto: Mosquitto) -> None:
    steps = doctor(Profile(port=mosquitto.port), probes=True)
    topic = steps["probe-publish"].text.rpartition(" ")[2].rstrip(".")
    assert topic.startswith("topicscope/probe/")
    published = [line for line in mosquitto.log.splitlines() if f"'{topic}'" in line]
    assert len([line for line in published if "Received PUBLISH" in line]) == 3
    assert "(0 bytes)" in published[-1] or "... (0 bytes)" in published[-1]


def test_that_refused_rights_are_warnings_in_words(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text(ACL)
    with Mosquitto(tmp_path, extra=f"acl_file {acl}") as server:
        steps = doctor(Profile(port=server.port), probes=True)
    assert all_well(steps.values())
    assert steps["probe-publish"].status == "warning"
    assert "Not authorized (0x87)" in steps["probe-publish"].text


@pytest.mark.parametrize("settings", [{"read_only": True}, {"kind": "production"}])
def test_that_nothing_is_published_where_it_must_not(
    settings: dict[str, object], tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as server:
        steps = doctor(Profile(port=server.port, **settings), probes=True)  # type: ignore[arg-type]
        assert "Received PUBLISH" not in server.log
    assert steps["probe-publish"].status == steps["probe-retain"].status == "skipped"
    assert steps["probe-all"].status == "ok"


def test_that_a_broker_that_cuts_over_a_probe_is_a_warning() -> None:
    def script(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        read_packet(sock)

    with FakeServer(script) as server:
        steps = doctor(Profile(port=server.port), probes=True)
    assert steps["probe-all"].status == "warning"
    assert "ended over this" in steps["probe-all"].text
    assert all_well(steps.values())

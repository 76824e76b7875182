"""Each way in which TLS can fail has its own sentence."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.certificates import Authority, Pair, self_signed
from tests.helpers.mosquitto import free_port
from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, silent
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_publish
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.watch import Watched
    from topicscope.connection.state import ConnectionState

V5 = ProtocolVersion.MQTT_5
DAY = dt.timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def server_context(pair: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def broker(sock: socket.socket) -> None:
    accept_connect(sock, V5)
    silent(sock)


def connect_to(
    watched: Watched, context: ssl.SSLContext, host: str = "localhost", **settings: object
) -> ConnectionState:
    with FakeServer(broker, tls=context) as server:
        return watched.connect(
            Profile(host=host, port=server.port, tls=True, **settings)  # type: ignore[arg-type]
        )


def test_that_a_good_certificate_connects_and_the_version_of_tls_is_told(
    watched: Watched, authority: Authority
) -> None:
    state = connect_to(
        watched, server_context(authority.issue("s")), ca_file=str(authority.ca_file)
    )
    assert state.phase is Phase.CONNECTED
    assert state.tls == "TLS 1.3"
    assert not state.insecure
    assert "over TLS 1.3" in state.text


def test_that_tls_1_2_still_connects(watched: Watched, authority: Authority) -> None:
    context = server_context(authority.issue("s"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    state = connect_to(watched, context, ca_file=str(authority.ca_file))
    assert state.tls == "TLS 1.2"


def test_that_an_address_in_the_certificate_is_enough(
    watched: Watched, authority: Authority
) -> None:
    context = server_context(authority.issue("s"))
    state = connect_to(watched, context, "127.0.0.1", ca_file=str(authority.ca_file))
    assert state.phase is Phase.CONNECTED


@pytest.mark.parametrize(
    ("begin", "end", "words", "remedy"),
    [
        (-3 * DAY, -2 * DAY, "has expired", "clock"),
        (2 * DAY, 3 * DAY, "is not valid yet", "clock"),
    ],
)
def test_that_the_dates_of_a_certificate_are_said(
    watched: Watched,
    authority: Authority,
    begin: dt.timedelta,
    end: dt.timedelta,
    words: str,
    remedy: str,
) -> None:
    context = server_context(authority.issue("s", begin=begin, end=end))
    state = connect_to(watched, context, ca_file=str(authority.ca_file))
    assert state.text == f"The certificate of localhost {words}."
    assert remedy in state.remedy
    assert "It is valid from 20" in state.remedy
    assert (state.phase, state.reason) == (Phase.OFFLINE, "tls")
    assert state.offer is not None
    assert state.offer.kind == "pin"


def test_that_a_self_signed_certificate_is_said(watched: Watched, tmp_path: Path) -> None:
    state = connect_to(watched, server_context(self_signed(tmp_path)))
    assert "is self-signed" in state.text
    assert "CA file" in state.remedy


def test_that_an_unknown_authority_is_said(
    watched: Watched, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    context = server_context(authority.issue("s"))
    state = connect_to(watched, context, ca_file=str(other.ca_file))
    assert "signed by an authority that is not known here" in state.text


@pytest.mark.parametrize("names", [("other.example",), ("10.1.2.3",)])
def test_that_a_certificate_for_another_name_is_said(
    watched: Watched, authority: Authority, names: tuple[str, ...]
) -> None:
    context = server_context(authority.issue("s", names))
    state = connect_to(watched, context, ca_file=str(authority.ca_file))
    assert state.text == "The certificate is not for localhost."
    state = connect_to(watched, context, "127.0.0.1", ca_file=str(authority.ca_file))
    assert state.text == "The certificate is not for 127.0.0.1."


def test_that_an_unverified_connection_is_marked_insecure(watched: Watched, tmp_path: Path) -> None:
    state = connect_to(watched, server_context(self_signed(tmp_path)), insecure=True)
    assert state.phase is Phase.CONNECTED
    assert state.insecure


def test_that_tls_to_a_port_that_answers_in_plain_shows_the_answer(watched: Watched) -> None:
    def web(sock: socket.socket) -> None:
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with FakeServer(web) as server:
        state = watched.connect(local_profile(server.port, tls=True))
    assert "does not speak TLS. It answered: “HTTP/1.1 400 Bad Request" in state.text
    assert "Switch TLS off" in state.remedy
    assert state.phase is Phase.OFFLINE


def test_that_tls_to_a_port_that_cuts_is_said(watched: Watched) -> None:
    with FakeServer(lambda sock: None) as server:
        state = watched.connect(local_profile(server.port, tls=True))
    assert "cut the connection during the TLS hand-shake" in state.text
    assert "Switch TLS off" in state.remedy


def test_that_tls_to_a_port_that_stays_silent_ends_in_time(watched: Watched) -> None:
    with FakeServer(silent) as server:
        state = watched.connect(local_profile(server.port, tls=True))
    assert "did not answer the TLS hand-shake within" in state.text


@pytest.mark.parametrize("flag", ["-tls1", "-tls1_1"])
def test_that_tls_below_1_2_is_said(watched: Watched, authority: Authority, flag: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("the program openssl is not installed")
    pair, port = authority.issue("s"), free_port()
    command = [program, "s_server", "-accept", f"127.0.0.1:{port}", flag, "-quiet"]
    command += ["-cipher", "ALL:@SECLEVEL=0", "-cert", str(pair.certificate), "-key", str(pair.key)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        profile = Profile(host="localhost", port=port, tls=True, ca_file=str(authority.ca_file))
        state = watched.connect(profile)
    finally:
        process.kill()
        process.communicate()
    assert "only TLS older than 1.2" in state.text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_that_a_missing_client_certificate_is_said(
    watched: Watched, authority: Authority, version: ssl.TLSVersion
) -> None:
    context = server_context(authority.issue("s"))
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    state = connect_to(watched, context, ca_file=str(authority.ca_file))
    # Before TLS 1.3 the alert has no word for it.
    assert "client certificate" in state.text or "handshake failure" in state.text
    assert state.phase is Phase.OFFLINE


def test_that_a_client_certificate_is_shown_to_the_server(
    watched: Watched, authority: Authority
) -> None:
    context = server_context(authority.issue("s"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    client = authority.issue("client", ("me",))
    state = connect_to(
        watched,
        context,
        ca_file=str(authority.ca_file),
        certificate_file=str(client.certificate),
        key_file=str(client.key),
    )
    assert state.phase is Phase.CONNECTED


def test_that_a_client_certificate_of_a_stranger_is_said_to_be_refused(
    watched: Watched, authority: Authority, tmp_path: Path
) -> None:
    context = server_context(authority.issue("s"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    client = Authority(tmp_path, "other").issue("client", ("me",))
    state = connect_to(
        watched,
        context,
        ca_file=str(authority.ca_file),
        certificate_file=str(client.certificate),
        key_file=str(client.key),
    )
    assert "does not accept the client certificate: unknown ca" in state.text


def test_that_an_encrypted_key_is_said_and_nobody_is_asked_on_the_terminal(
    watched: Watched, authority: Authority
) -> None:
    client = authority.issue("client", ("me",), passphrase=b"secret")
    state = connect_to(
        watched,
        server_context(authority.issue("s")),
        certificate_file=str(client.certificate),
        key_file=str(client.key),
    )
    assert "is protected by a pass phrase" in state.text
    assert state.phase is Phase.OFFLINE


def test_that_broken_files_are_named(
    watched: Watched, authority: Authority, tmp_path: Path
) -> None:
    context = server_context(authority.issue("s"))
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    first, second = authority.issue("one", ("one",)), authority.issue("two", ("two",))
    state = connect_to(watched, context, ca_file=str(tmp_path / "absent.pem"))
    assert "The CA file " in state.text
    assert "no such file" in state.text
    state = connect_to(watched, context, ca_file=str(nonsense))
    assert "it holds nothing in PEM format that can be read" in state.text
    state = connect_to(
        watched,
        context,
        certificate_file=str(first.certificate),
        key_file=str(tmp_path / "absent.key"),
    )
    assert "absent.key" in state.text
    state = connect_to(
        watched, context, certificate_file=str(first.certificate), key_file=str(second.key)
    )
    assert "it is not the key of the certificate" in state.text


def test_that_alpn_is_offered(watched: Watched, authority: Authority) -> None:
    context = server_context(authority.issue("s"))
    context.set_alpn_protocols(["mqtt"])
    chosen: list[str | None] = []

    def serve(sock: socket.socket) -> None:
        assert isinstance(sock, ssl.SSLSocket)
        chosen.append(sock.selected_alpn_protocol())
        broker(sock)

    with FakeServer(serve, tls=context) as server:
        profile = Profile(
            port=server.port, tls=True, ca_file=str(authority.ca_file), alpn=("x", "mqtt")
        )
        assert watched.connect(profile).phase is Phase.CONNECTED
    assert chosen == ["mqtt"]


def test_that_500_packets_in_one_tls_burst_all_arrive(
    watched: Watched, authority: Authority
) -> None:
    packets = [encode_publish(f"t/{n}", b"x", version=V5) for n in range(500)]

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(b"".join(packets))
        silent(sock)

    with FakeServer(serve, tls=server_context(authority.issue("s"))) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(authority.ca_file))
        watched.connect(profile)
        assert watched.wait_for_messages(500) == packets


def test_that_a_close_notify_ends_the_connection_in_good_order(
    watched: Watched, authority: Authority
) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        assert isinstance(sock, ssl.SSLSocket)
        sock.unwrap().close()

    with FakeServer(serve, tls=server_context(authority.issue("s"))) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(authority.ca_file))
        watched.connect(profile)
        watched.wait_for_note(f"localhost:{server.port} closed the connection.")


def test_that_a_large_publish_passes_tls_while_the_server_reads_slowly(
    watched: Watched, authority: Authority
) -> None:
    payload = bytes(range(256)) * 16_384
    got: list[int] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        total = 0
        while total < len(payload):
            total += len(sock.recv(100_000))
            time.sleep(0.001)
        got.append(total)
        silent(sock)

    with FakeServer(serve, tls=server_context(authority.issue("s"))) as server:
        profile = Profile(port=server.port, tls=True, ca_file=str(authority.ca_file))
        watched.connect(profile)
        token = watched.connection.publish("large", payload)
        watched.wait_for_stage(token, "sent")
        watched.wait_until(lambda: got, "all bytes")

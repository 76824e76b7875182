"""What TLS is trusted by: a pinned certificate, another name, files under a pass phrase; and what it offers."""

from __future__ import annotations

import datetime as dt
import os
import ssl
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.helpers.certificates import Authority, Pair, as_pkcs12, fingerprint, self_signed
from tests.helpers.servers import FakeServer, accept_connect, silent
from topicscope.connection.certificates import grouped_fingerprint
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.helpers.watch import Watched
    from topicscope.connection.state import ConnectionState

V5 = ProtocolVersion.MQTT_5
DAY = dt.timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def server_context(pair: Pair, client_authority: Authority | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    if client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_authority.ca_file)
    return context


class Broker(FakeServer):
    """Accept CONNECT over TLS, and keep every byte that came before it was refused."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.connects: list[bytes] = []
        self.names: list[str | None] = []
        context.sni_callback = lambda _sock, name, _context: self.names.append(name)
        super().__init__(self._speak, tls=context)

    def _speak(self, sock: socket.socket) -> None:
        accept_connect(sock, V5, into=self.connects)
        silent(sock)


def connect(
    watched: Watched,
    broker: Broker,
    passphrase: str | None = None,
    host: str = "localhost",
    **settings: object,
) -> ConnectionState:
    profile = Profile(host=host, port=broker.port, tls=True, **settings)  # type: ignore[arg-type]
    begin = len(watched.events)
    watched.connection.connect(profile, {} if passphrase is None else {"passphrase": passphrase})
    return watched.wait_for_state(Phase.CONNECTED, Phase.OFFLINE, Phase.WAITING, after=begin)


# --- pinned certificates ---


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_that_a_self_signed_certificate_is_offered_and_connects_once_it_is_pinned(
    watched: Watched, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    pair = self_signed(tmp_path)
    context = server_context(pair)
    context.maximum_version = version
    with Broker(context) as broker:
        refused = connect(watched, broker)
        assert "is self-signed" in refused.text
        offer = refused.offer
        assert offer is not None
        assert (offer.kind, offer.value) == ("pin", fingerprint(pair))
        facts = offer.certificate
        assert facts is not None
        assert facts.self_signed
        assert facts.names == ("localhost", "127.0.0.1")
        assert facts.subject == "CN=localhost"
        assert facts.not_after - facts.not_before == 2 * DAY.total_seconds()
        assert broker.connects == []
        state = connect(watched, broker, pinned_certificate=offer.value)
        assert state.phase is Phase.CONNECTED
        assert state.certificate == facts
        assert len(broker.connects) == 1


def test_that_nothing_else_of_a_pinned_certificate_counts(
    watched: Watched, authority: Authority
) -> None:
    pair = authority.issue("s", ("other.example",), begin=-3 * DAY, end=-2 * DAY)
    with Broker(server_context(pair)) as broker:
        state = connect(watched, broker, pinned_certificate=fingerprint(pair))
        assert state.phase is Phase.CONNECTED


def test_that_another_certificate_than_the_pinned_one_gets_no_connect(
    watched: Watched, authority: Authority
) -> None:
    pair, good = authority.issue("s"), "ab" * 32
    with Broker(server_context(pair)) as broker:
        state = connect(watched, broker, pinned_certificate=good, ca_file=str(authority.ca_file))
        assert broker.connects == []
    assert "shows another certificate than the one that this profile trusts" in state.text
    assert grouped_fingerprint(fingerprint(pair)) in state.text
    assert grouped_fingerprint(good) in state.text
    assert state.phase is Phase.OFFLINE
    assert state.offer is not None
    assert state.offer.value == fingerprint(pair)


# --- names ---


def test_that_another_name_can_be_verified_at_an_address(
    watched: Watched, authority: Authority
) -> None:
    pair = authority.issue("s", ("*.lan", "broker.example", "10.0.0.7"))
    ca = str(authority.ca_file)
    with Broker(server_context(pair)) as broker:
        refused = connect(watched, broker, ca_file=ca)
        assert refused.text == "The certificate is not for localhost."
        assert "*.lan, broker.example, 10.0.0.7" in refused.remedy
        offer = refused.offer
        assert offer is not None
        assert (offer.kind, offer.value) == ("use_name", "broker.example")
        assert offer.certificate is not None
        state = connect(watched, broker, server_name=offer.value, ca_file=ca)
        assert state.phase is Phase.CONNECTED
        assert broker.names[-1] == "broker.example"


def test_that_the_chain_that_the_server_sent_is_shown(
    watched: Watched, authority: Authority
) -> None:
    pair = authority.issue("s")
    with pair.certificate.open("ab") as file:
        file.write(authority.ca_file.read_bytes())
    with Broker(server_context(pair)) as broker:
        state = connect(watched, broker, ca_file=str(authority.ca_file))
        assert state.certificate is not None
        assert [one.subject for one in state.certificate.chain] == ["CN=authority"]
        assert state.certificate.issuer == "CN=authority"
        refused = connect(watched, broker)
        assert "signed by an authority that is not known here" in refused.text
        assert refused.offer is not None
        assert refused.offer.certificate == state.certificate


def test_that_a_certificate_that_is_not_valid_yet_says_what_this_clock_says(
    watched: Watched, authority: Authority
) -> None:
    with Broker(server_context(authority.issue("s", begin=2 * DAY, end=3 * DAY))) as broker:
        state = connect(watched, broker, ca_file=str(authority.ca_file))
    today = dt.datetime.now(dt.UTC)
    assert f"valid from {today + 2 * DAY:%Y-%m-%d} to" in state.remedy
    assert f"clock: it says {today:%Y-%m-%d}" in state.remedy


# --- client certificates ---


@pytest.mark.parametrize("passphrase", ["sécret", None])
@pytest.mark.parametrize("packed", [True, False])
def test_that_a_client_certificate_opens_with_its_pass_phrase(
    watched: Watched,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    passphrase: str | None,
    *,
    packed: bool,
) -> None:
    secret = passphrase.encode() if passphrase else None
    pair = authority.issue("client", ("me",), passphrase=None if packed else secret)
    files = {"certificate_file": str(pair.certificate), "key_file": str(pair.key)}
    if packed:
        files = {"certificate_file": str(as_pkcs12(pair, secret))}
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with Broker(server_context(authority.issue("s"), authority)) as broker:
        state = connect(watched, broker, passphrase, ca_file=str(authority.ca_file), **files)
    assert state.phase is Phase.CONNECTED, state.text
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "is protected by a pass phrase"),
        ("wrong", "The pass phrase does not open the key"),
        ("x" * 2000, "The pass phrase does not open the key"),
    ],
)
def test_that_a_missing_and_a_wrong_pass_phrase_are_said(
    watched: Watched, authority: Authority, given: str | None, words: str, *, packed: bool
) -> None:
    pair = authority.issue("client", ("me",), passphrase=None if packed else b"right")
    files = {"certificate_file": str(pair.certificate), "key_file": str(pair.key)}
    if packed:
        files = {"certificate_file": str(as_pkcs12(pair, b"right"))}
    with Broker(server_context(authority.issue("s"))) as broker:
        state = connect(watched, broker, given, ca_file=str(authority.ca_file), **files)
        assert broker.connects == []
    assert words in state.text
    assert state.phase is Phase.OFFLINE


def test_that_a_file_that_is_neither_pem_nor_pkcs12_is_said(
    watched: Watched, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "strange"
    path.write_bytes(b"\x30\x82\x01\x00\x02\x01\x03" + bytes(100))
    with Broker(server_context(authority.issue("s"))) as broker:
        state = connect(watched, broker, certificate_file=str(path))
        assert "strange" in state.text
        assert state.phase is Phase.OFFLINE
        path.write_bytes(b"\x30\x82\x01\x00" + bytes(100))
        assert "nothing in PEM format" in connect(watched, broker, certificate_file=str(path)).text


# --- key log ---


def test_that_the_keys_are_logged_where_the_profile_says_and_that_it_is_noted(
    watched: Watched, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "keys.log"
    ca = str(authority.ca_file)
    with Broker(server_context(authority.issue("s"))) as broker:
        state = connect(watched, broker, ca_file=ca, tls_key_log_file=str(path))
        assert state.phase is Phase.CONNECTED
        assert "CLIENT_TRAFFIC_SECRET_0" in path.read_text()
        if os.name == "posix":
            assert path.stat().st_mode & 0o777 == 0o600
        watched.wait_for_note("whoever has them can read along")
        for wrong in (tmp_path, tmp_path / "absent" / "keys.log"):
            state = connect(watched, broker, ca_file=ca, tls_key_log_file=str(wrong))
            assert f"The TLS key log {wrong} cannot be written: " in state.text
            assert state.phase is Phase.OFFLINE

"""Every way into a real Mosquitto: transport × TLS × version × login; it connects, or says the right sentence."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from tests.helpers.certificates import Authority, Pair, fingerprint, self_signed
from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.watch import Watched
from topicscope.connection.state import Phase
from topicscope.connection.timing import Timing
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from topicscope.connection.state import ConnectionState

DAY = dt.timedelta(days=1)
TRANSPORTS = ("tcp", "websocket")
TRUST = (
    "none",
    "private CA",
    "system CA",
    "client certificate",
    "pinned self-signed",
    "wrong name",
    "expired",
)
LOGINS = ("nobody", "password", "wrong password", "ACL")
LISTENERS = ("none", "good", "client certificate", "self-signed", "wrong name", "expired")
AT = {"private CA": "good", "system CA": "good", "pinned self-signed": "self-signed"}
"""Which listener a kind of trust is tried at, where it has another name."""

ACL = """\
topic readwrite #
user limited
topic readwrite allowed/#
user free
topic readwrite #
"""


class Doors(Mosquitto):
    """One Mosquitto with a listener for each transport and certificate."""

    def __init__(self, folder: Path) -> None:
        self.ports: dict[tuple[str, str], int] = {}
        authority = Authority(folder)
        self.ca = str(authority.ca_file)
        self.pairs: dict[str, Pair] = {
            "good": authority.issue("good"),
            "client certificate": authority.issue("mutual"),
            "self-signed": self_signed(folder),
            "wrong name": authority.issue("wrong", ("broker.example", "10.0.0.7")),
            "expired": authority.issue("expired", begin=-3 * DAY, end=-2 * DAY),
        }
        self.client = authority.issue("client", ("me",))
        acl = folder / "acl"
        acl.write_text(ACL)
        acl.chmod(0o600)
        super().__init__(
            folder,
            users={"free": "right", "limited": "right"},
            extra=f"acl_file {acl}",
        )

    def _choose_ports(self) -> None:
        super()._choose_ports()
        self.ports = {(t, name): free_port() for t in TRANSPORTS for name in LISTENERS}

    def _ports(self) -> list[int]:
        return [self.port, *self.ports.values()]

    def _configuration(self) -> str:
        # Anybody may come without a name; who gives one must know the password.
        lines = [super()._configuration().replace("allow_anonymous false", "allow_anonymous true")]
        for (transport, name), port in self.ports.items():
            settings = ["protocol websockets"] if transport == "websocket" else []
            if name != "none":
                pair = self.pairs[name]
                settings += [f"certfile {pair.certificate}", f"keyfile {pair.key}"]
            if name == "client certificate":
                settings += [f"cafile {self.ca}", "require_certificate true"]
            lines += self._listener(port, *settings)
        return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with Doors(tmp_path_factory.mktemp("doors")) as doors:
        yield doors


def make_profile(doors: Doors, transport: str, trust: str, version: int, login: str) -> Profile:
    settings: dict[str, object] = {}
    if trust not in ("none", "system CA", "pinned self-signed"):
        settings["ca_file"] = doors.ca
    if trust == "client certificate":
        settings["certificate_file"] = str(doors.client.certificate)
        settings["key_file"] = str(doors.client.key)
    if trust == "pinned self-signed":
        settings["pinned_certificate"] = fingerprint(doors.pairs["self-signed"])
    return Profile(
        host="localhost",
        port=doors.ports[transport, AT.get(trust, trust)],
        transport=transport,  # type: ignore[arg-type]
        tls=trust != "none",
        protocol_version=version,  # type: ignore[arg-type]
        username={"nobody": "", "ACL": "limited"}.get(login, "free"),
        client_identifier=f"t-{version}-{os.urandom(4).hex()}",
        **settings,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("version", list(ProtocolVersion), ids=lambda version: version.label)
@pytest.mark.parametrize("trust", TRUST)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_that_each_way_in_connects_or_says_the_right_sentence(
    doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    trust: str,
    version: ProtocolVersion,
    login: str,
) -> None:
    if trust == "system CA":
        monkeypatch.setenv("SSL_CERT_FILE", doors.ca)
    profile = make_profile(doors, transport, trust, version, login)
    password = {"nobody": None, "wrong password": "wrong"}.get(login, "right")
    with Watched(Timing()) as watched:
        state = watched.connect(profile, password)
        if trust in ("wrong name", "expired"):
            check_refused_certificate(state, trust)
        elif login == "wrong password":
            check_refused_login(state, version)
            assert {state.attempt for state in watched.states} <= {0, 1}
        else:
            check_connected(state, profile, trust)
            check_rights(watched, version, login)


def check_refused_certificate(state: ConnectionState, trust: str) -> None:
    assert (state.phase, state.reason) == (Phase.OFFLINE, "tls")
    assert state.offer is not None
    assert state.offer.certificate is not None
    if trust == "expired":
        assert state.text == "The certificate of localhost has expired."
        assert state.offer.kind == "pin"
        return
    assert state.text == "The certificate is not for localhost."
    assert "broker.example, 10.0.0.7" in state.remedy
    assert (state.offer.kind, state.offer.value) == ("use_name", "broker.example")


def check_refused_login(state: ConnectionState, version: ProtocolVersion) -> None:
    assert (state.phase, state.reason) == (Phase.OFFLINE, "auth")
    new = version is ProtocolVersion.MQTT_5
    assert state.reason_code == (0x87 if new else 5)
    assert "refused the connection: " in state.text
    assert "not authorized" in state.text.lower()
    assert "Check user name and password" in state.remedy


def check_connected(state: ConnectionState, profile: Profile, trust: str) -> None:
    assert state.phase is Phase.CONNECTED, state.text
    assert (state.tls is not None) == (trust != "none")
    assert (state.certificate is not None) == (trust != "none")
    assert state.pinned == (trust == "pinned self-signed")
    assert not state.insecure
    if state.certificate is not None and profile.pinned_certificate:
        assert state.certificate.fingerprint == profile.pinned_certificate


def check_rights(watched: Watched, version: ProtocolVersion, login: str) -> None:
    watched.subscribe("allowed/x", "secret/x")
    hidden = watched.connection.publish("secret/x", b"hidden", 1)
    open_to_all = watched.connection.publish("allowed/x", b"hello", 1)
    assert watched.wait_for_stage(open_to_all, "acknowledged", "refused").stage == "acknowledged"
    told = watched.wait_for_stage(hidden, "acknowledged", "refused")
    if login != "ACL":
        assert told.stage == "acknowledged"
        watched.wait_for_messages(2)
        return
    # Before MQTT 5 a server has no word for it: it says yes and forgets the message.
    assert told.stage == ("refused" if version is ProtocolVersion.MQTT_5 else "acknowledged")
    if told.stage == "refused":
        assert told.reason_code == 0x87
        assert "not authorized" in told.text.lower()
    assert [packet[-5:] for packet in watched.wait_for_messages(1)] == [b"hello"]

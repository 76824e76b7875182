"""The session lab's small parts: what may be asked, what is held back, and when a rival gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from topicscope.connection.holding import Holding
from topicscope.connection.lab import CLIENT_REASON_CODES, farewell_packet, resumed_profile
from topicscope.connection.lab_words import EXPERIMENTS
from topicscope.connection.rival import Rival, rival_profile
from topicscope.connection.session import SessionPacket
from topicscope.connection.state import AcknowledgementsHeld, ConnectionState, Phase
from topicscope.connection.supervisor import Connection
from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY
from topicscope.mqtt.reason_codes import reason_codes
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.mqtt.properties import PropertyList

P = ControlPacketType
EXPIRY = BY_KEY["session_expiry_interval"].identifier


def publish(number: int) -> SessionPacket:
    return SessionPacket(P.PUBLISH, number, for_paho=b"p%d" % number)


# --- holding back ---


def test_that_what_asks_for_an_answer_is_held_back_in_its_order() -> None:
    told: list[AcknowledgementsHeld] = []
    holding = Holding(told.append)
    assert holding.pass_on(publish(1)) == b"p1"
    holding.hold(on=True)
    assert holding.pass_on(publish(2)) == b""
    assert holding.pass_on(SessionPacket(P.PUBREL, 9, for_paho=b"r9")) == b""
    assert holding.pass_on(SessionPacket(P.PUBACK, 5, for_paho=b"a5")) == b"a5"
    assert holding.pass_on(SessionPacket(P.PUBLISH, warning="no identifier")) == b""
    holding.tell()
    holding.tell()
    assert holding.release(1) == [b"p2"]
    holding.hold(on=False)
    assert holding.pass_on(publish(3)) == b"p3"
    assert holding.release() == [b"r9"]
    assert told == [
        AcknowledgementsHeld(0, is_holding=True),
        AcknowledgementsHeld(2, is_holding=True),
        AcknowledgementsHeld(1, is_holding=True),
        AcknowledgementsHeld(1, is_holding=False),
        AcknowledgementsHeld(0, is_holding=False),
    ]


def test_that_a_lost_connection_takes_what_was_held_with_it() -> None:
    told: list[AcknowledgementsHeld] = []
    holding = Holding(told.append)
    holding.hold(on=True)
    holding.pass_on(publish(1))
    holding.lost()
    assert holding.count == 0
    assert holding.pass_on(publish(2)) == b"", "it goes on holding"
    assert holding.release(5) == [b"p2"]


# --- DISCONNECT ---


@pytest.mark.parametrize("code", CLIENT_REASON_CODES)
def test_that_every_reason_of_a_client_can_be_sent(code: int) -> None:
    packet, name = farewell_packet(code, [], Profile())
    assert packet[0] == 0xE0
    assert packet[2:3] in (bytes([code]), b"")
    assert name.endswith(f"(0x{code:02X})")


@pytest.mark.parametrize("code", sorted(set(reason_codes(P.DISCONNECT)) - set(CLIENT_REASON_CODES)))
def test_that_the_reasons_of_a_server_are_refused(code: int) -> None:
    with pytest.raises(ValueError, match="Only a server may disconnect with"):
        farewell_packet(code, [], Profile())


@pytest.mark.parametrize(
    ("code", "properties", "settings", "words"),
    [
        (0x04, [], {"protocol_version": 4}, "need MQTT 5, not MQTT 3.1.1"),
        (0x7F, [], {}, "There is no such reason"),
        (0, [(28, "other")], {}, "Only a server may send a Server Reference"),
        (0, [(EXPIRY, 5)], {}, "expiry of CONNECT was 0"),
        (0, [(1, 1)], {}, "not allowed in DISCONNECT"),
        (0, [(EXPIRY, 1), (EXPIRY, 1)], {"clean_start": False}, "stands more than once"),
        (0, [(USER_PROPERTY, ("\0", ""))], {}, "must not hold U\\+0000"),
    ],
)
def test_that_what_a_client_must_not_send_is_refused_with_a_sentence(
    code: int, properties: PropertyList, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        farewell_packet(code, properties, Profile(**settings))  # type: ignore[arg-type]


# --- resuming and taking over ---


def test_that_a_kept_session_is_resumed_under_the_identifier_it_had() -> None:
    kept = Profile(session_expiry_interval=60, will=Will(topic="gone"))
    resumed = resumed_profile(kept, "topicscope-1")
    assert (resumed.clean_start, resumed.client_identifier) == (False, "topicscope-1")
    assert resumed.will == kept.will
    for profile, identifier in ((None, "x"), (kept, "")):
        with pytest.raises(ValueError, match="no connection yet"):
            resumed_profile(profile, identifier)
    for lost in (
        Profile(),
        Profile(protocol_version=4),
        Profile(clean_start=False, session_expiry_interval=0),
    ):
        with pytest.raises(ValueError, match="keeps no session"):
            resumed_profile(lost, "x")


class Dialer:
    """Writes down what a rival asks of its connection."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def connect(self, profile: Profile, secrets: Mapping[str, str] | None = None) -> None:
        del secrets
        self.calls.append(f"connect {profile.client_identifier}")

    def disconnect(self) -> None:
        self.calls.append("disconnect")

    def close(self, timeout: float = 2.0) -> None:
        del timeout
        self.calls.append("close")


def test_that_a_rival_does_not_dial_again() -> None:
    told: list[object] = []
    dialer, rival = Dialer(), Rival(told.append)
    profile = rival_profile(Profile(will=Will(topic="gone")), "twin")
    assert profile.will is None
    assert profile.read_only
    rival.begin(dialer, profile, {})
    rival.listen(ConnectionState(Phase.CONNECTED))
    assert rival.has_taken_over
    rival.listen(ConnectionState(Phase.WAITING))
    rival.listen(ConnectionState(Phase.OFFLINE))
    rival.close()
    assert dialer.calls == ["connect twin", "disconnect", "close"]
    assert len(told) == 3


def test_that_every_experiment_is_explained_and_can_be_done() -> None:
    for experiment in EXPERIMENTS:
        assert callable(getattr(Connection, experiment.key))
        assert experiment.what.endswith(".")
        assert experiment.look.endswith(".")

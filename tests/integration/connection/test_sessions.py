"""What a real Mosquitto does to connections: passwords, kills, restarts, two clients of one name."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from tests.integration.connection.conftest import PATIENT
from topicscope.connection.state import (
    ConnectionState,
    Phase,
    SubscribeAnswered,
    SubscriptionRequest,
)
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path


def profile(broker: Mosquitto, **settings: object) -> Profile:
    return local_profile(broker.port, **settings)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_a_wrong_password_is_tried_once_and_the_right_one_connects(
    tmp_path: Path, watched: Watched, version: int
) -> None:
    with Mosquitto(tmp_path, users={"me": "right"}) as broker:
        state = watched.connect(profile(broker, username="me", protocol_version=version), "wrong")
        assert (state.phase, state.reason) == (Phase.OFFLINE, "auth")
        assert "refused the connection" in state.text
        time.sleep(0.5)
        assert broker.log.count("New connection from") == 1 + 1, "ours, and the wait for the socket"
        state = watched.connect(profile(broker, username="me", protocol_version=version), "right")
        assert state.phase is Phase.CONNECTED
        assert not any(b"right" in packet for packet in watched.packets())


def test_that_a_password_changed_behind_our_back_is_tried_once_and_then_no_more(
    tmp_path: Path, watched: Watched
) -> None:
    with Mosquitto(tmp_path, users={"me": "old"}) as broker:
        assert watched.connect(profile(broker, username="me"), "old").phase is Phase.CONNECTED
        begin = len(watched.events)
        broker.stop()
        broker._users["me"] = "new"
        broker.start()
        state = watched.wait_for_state(Phase.OFFLINE, after=begin)
        assert state.reason == "auth"
        time.sleep(0.5)
        assert broker.log.count("not authorised") == 1
        assert watched.connection.state.phase is Phase.OFFLINE


def test_that_a_kill_and_restart_is_reconnected_and_subscribed_with_the_gap_noted(
    tmp_path: Path, watched: Watched
) -> None:
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker))
        watched.subscribe("a/#", "b/#")
        begin = len(watched.events)
        broker.kill()
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert state.retry_at is not None
        token = watched.connection.publish("a/later", b"waited", 1)
        assert watched.wait_for_stage(token, "queued").text == (
            "Waits for the connection (1 queued)."
        )
        broker.start()
        watched.wait_for_state(Phase.CONNECTED, after=begin)
        watched.wait_for_stage(token, "acknowledged")
        assert watched.wait_for_messages(1)[0].endswith(b"waited")
    again = [event for event in watched.events[begin:] if isinstance(event, SubscribeAnswered)]
    assert {answer.topic_filter for answer in again} == {"a/#", "b/#"}
    notes = watched.notes()
    lost = next(index for index, note in enumerate(notes) if note.startswith("Connection lost: "))
    gap = next(note for note in notes[lost:] if note.startswith("Connected again after "))
    assert "session not present" in gap
    numbers = {batch.connection for batch in watched.batches}
    assert numbers == {1, 2}


def test_that_a_kept_session_delivers_what_came_meanwhile(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path) as broker, Watched(PATIENT) as other:
        keeping = profile(broker, clean_start=False, client_identifier="keeper")
        watched.connect(keeping)
        watched.subscribe("kept", qos=1)
        begin = len(watched.events)
        watched.connection.disconnect()
        watched.wait_for_state(Phase.OFFLINE, after=begin)
        other.connect(profile(broker))
        token = other.connection.publish("kept", b"meanwhile", 1)
        other.wait_for_stage(token, "acknowledged")
        state = watched.connect(keeping)
        assert state.session_present
        assert watched.wait_for_messages(1)[0].endswith(b"meanwhile")
        assert len(watched.packets(ControlPacketType.SUBSCRIBE, Direction.OUT)) == 1


@pytest.mark.parametrize("version", [4, 5])
def test_that_two_clients_of_one_name_do_not_fight_for_ever(
    tmp_path: Path, watched: Watched, version: int
) -> None:
    # Mosquitto 2.0.11 only closes the older connection: tests/faults has the DISCONNECT with 0x8E.
    with Mosquitto(tmp_path) as broker, Watched(PATIENT) as other:
        same = profile(broker, client_identifier="same", protocol_version=version)
        watched.connect(same)
        other.connect(same)

        def tired() -> list[ConnectionState]:
            states = [*watched.states, *other.states]
            return [state for state in states if "Client Identifier same" in state.remedy]

        watched.wait_until(tired, "the end of the fight")
        assert tired()[0].phase is Phase.WAITING
        assert "has closed the connection 3 times" in tired()[0].text
        time.sleep(0.7)
        assert {watched.states[-1].phase, other.states[-1].phase} == {
            Phase.WAITING,
            Phase.CONNECTED,
        }


def test_that_a_broker_that_freezes_is_noticed_and_found_again(
    tmp_path: Path, watched: Watched
) -> None:
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker, keep_alive=1))
        begin = len(watched.events)
        broker.freeze()
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert "has not answered for 2 s" in state.text
        broker.thaw()
        watched.wait_for_state(Phase.CONNECTED, after=begin)


def test_that_qos_0_offline_is_refused_and_queued_messages_can_be_dropped(
    tmp_path: Path, watched: Watched
) -> None:
    now = watched.connection.publish("t", b"x", 0)
    assert "QoS 0" in watched.wait_for_stage(now, "refused").text
    tokens = [watched.connection.publish("t", b"x", qos) for qos in (1, 2)]
    for token in tokens:
        watched.wait_for_stage(token, "queued")
    watched.connection.drop_queued()
    for token in tokens:
        watched.wait_for_stage(token, "dropped")
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker))
        watched.subscribe("#")
        assert not watched.packets(ControlPacketType.PUBLISH)


def test_that_queued_messages_never_go_to_another_broker(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path) as first, Mosquitto(tmp_path) as second:
        watched.connect(profile(first))
        watched.connection.disconnect()
        token = watched.connection.publish("t", b"for the first", 1)
        watched.wait_for_stage(token, "queued")
        watched.connect(profile(second))
        assert "another broker" in watched.wait_for_stage(token, "dropped").text
        assert not watched.packets(ControlPacketType.PUBLISH)


def test_that_a_unix_socket_connects(tmp_path: Path, watched: Watched) -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has no Unix domain sockets")
    path = str(tmp_path / "m.sock")
    with Mosquitto(tmp_path, extra=f"listener 0 {path}"):
        state = watched.connect(Profile(transport="unix", path=path))
        assert state.phase is Phase.CONNECTED
        assert state.endpoint == f"mqtt+unix://{path}"
    state = watched.connect(Profile(transport="unix", path=str(tmp_path / "absent.sock")))
    assert "There is no socket" in state.text


def test_that_a_client_certificate_is_asked_for_and_taken(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path, tls=True, require_client_certificate=True) as broker:
        assert broker.authority is not None
        mine = broker.authority.issue("mine", ("me",))
        without = Profile(host="localhost", port=broker.tls_port, tls=True, ca_file=broker.ca_file)
        state = watched.connect(without)
        assert "asks for a client certificate" in state.text
        state = watched.connect(
            Profile(
                host="localhost",
                port=broker.tls_port,
                tls=True,
                ca_file=broker.ca_file,
                certificate_file=str(mine.certificate),
                key_file=str(mine.key),
            )
        )
        assert state.phase is Phase.CONNECTED


def test_that_an_acl_refuses_in_words(tmp_path: Path, watched: Watched) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite open/#\n")
    with Mosquitto(tmp_path, extra=f"acl_file {rules}") as broker:
        watched.connect(profile(broker))
        for qos in (1, 2):
            token = watched.connection.publish("closed/door", b"x", qos)
            told = watched.wait_for_stage(token, "refused", "acknowledged")
            assert (told.stage, told.text) == ("refused", "Not authorized (0x87)")
        assert watched.subscribe("open/#")[0].refused is False


def test_that_a_connection_without_traffic_sleeps(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker))
        turns = 0
        turn = watched.connection._turn

        def counted(*arguments: object) -> None:
            nonlocal turns
            turns += 1
            turn(*arguments)  # type: ignore[arg-type]

        watched.connection._turn = counted  # type: ignore[method-assign]
        watched.connection._wake()
        time.sleep(1)
        assert turns <= 1


def test_that_a_message_bears_the_identifiers_of_the_subscriptions_it_matched(
    tmp_path: Path, watched: Watched
) -> None:
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker))
        wanted = [
            SubscriptionRequest("a/#", identifier=7),
            SubscriptionRequest("plain"),
            SubscriptionRequest("a/+", identifier=200),
        ]
        watched.connection.subscribe(wanted)
        watched.wait_until(
            lambda: sum(isinstance(e, SubscribeAnswered) for e in watched.events) == 3, "SUBACK"
        )
        watched.connection.publish("a/b", b"1")
        watched.connection.publish("plain", b"2")
        watched.wait_for_messages(2)
        packets = b"".join(watched.packets())
    assert b"\x00\x03a/b\x02\x0b\x07" in packets or b"\x0b\x07\x0b\xc8\x01" in packets
    assert b"\x00\x05plain\x00" + b"2" in packets


def test_that_identifiers_are_left_out_before_mqtt_5(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path) as broker:
        watched.connect(profile(broker, protocol_version=4))
        watched.connection.subscribe([SubscriptionRequest("a/#", identifier=7)])
        watched.wait_until(
            lambda: any(isinstance(e, SubscribeAnswered) for e in watched.events), "SUBACK"
        )
    answers = [e for e in watched.events if isinstance(e, SubscribeAnswered)]
    assert not answers[0].refused

"""What the network does between here and a real Mosquitto: latency, drips, cuts, resets, stalls, garbage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.fault_proxy import FaultProxy
from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from topicscope.connection import clock_watch
from topicscope.connection.state import Phase, RoundTrip
from topicscope.connection.timing import Timing
from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.profiles.profile import Profile

P = ControlPacketType
PATIENT = Timing(first_retry_s=0.1, longest_retry_s=0.5, jitter=0.0, look_s=0.1, resumed_s=0.5)


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker"), tls=True, websocket=True) as broker:
        yield broker


@pytest.fixture
def proxy(mosquitto: Mosquitto) -> Iterator[FaultProxy]:
    with FaultProxy(mosquitto.port) as proxy:
        yield proxy


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Watched(PATIENT) as watched:
        yield watched


def profile(proxy: FaultProxy, **settings: object) -> Profile:
    return local_profile(proxy.port, **settings)


def round_trips(watched: Watched) -> list[float]:
    return [event.seconds for event in watched.events if isinstance(event, RoundTrip)]


def ping(watched: Watched) -> float:
    before = len(round_trips(watched))
    watched.connection.ping()
    watched.wait_until(lambda: len(round_trips(watched)) > before, "PINGRESP")
    return round_trips(watched)[-1]


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_a_ping_that_is_asked_for_tells_the_round_trip(
    watched: Watched, proxy: FaultProxy, version: int
) -> None:
    watched.connect(profile(proxy, protocol_version=version, keep_alive=0))
    assert 0 < ping(watched) < 1
    proxy.latency_s = 0.15
    assert 0.3 <= ping(watched) < 2
    assert len(watched.packets(P.PINGREQ)) == 2


def test_that_pings_without_a_connection_are_nothing(watched: Watched) -> None:
    watched.connection.ping()
    watched.connection.disconnect()
    assert watched.packets() == []


def test_that_two_seconds_of_latency_with_jitter_work_and_show(
    watched: Watched, proxy: FaultProxy
) -> None:
    proxy.latency_s, proxy.jitter_s = 1.0, 0.1
    assert watched.connect(profile(proxy)).phase is Phase.CONNECTED
    watched.subscribe("slow/#", qos=1)
    watched.connection.publish("slow/t", b"x", 1)
    watched.wait_for_messages(1)
    assert ping(watched) >= 2.0


@pytest.mark.parametrize("kind", ["mqtt", "mqtts", "ws", "wss"])
def test_that_chunks_of_one_byte_lose_nothing_on_any_transport(
    watched: Watched, mosquitto: Mosquitto, kind: str
) -> None:
    ports = {
        "mqtt": mosquitto.port,
        "mqtts": mosquitto.tls_port,
        "ws": mosquitto.websocket_port,
        "wss": mosquitto.secure_websocket_port,
    }
    tls = kind in ("mqtts", "wss")
    with FaultProxy(ports[kind]) as proxy:
        proxy.chunk = 1
        there = profile(
            proxy,
            tls=tls,
            ca_file=mosquitto.ca_file if tls else "",
            transport="websocket" if kind.startswith("ws") else "tcp",
        )
        assert watched.connect(there).phase is Phase.CONNECTED
        watched.subscribe(f"{kind}/#", qos=2)
        payload = bytes(range(256)) * 4
        for qos in (0, 1, 2):
            watched.connection.publish(f"{kind}/t", payload, qos)
        messages = watched.wait_for_messages(3)
        assert all(message.endswith(payload) for message in messages)
        watched.connection.disconnect()
        watched.wait_for_state(Phase.OFFLINE, after=0)


@pytest.mark.parametrize(("fault", "reason"), [("cut", "closed"), ("reset", "lost")])
def test_that_after_fin_and_rst_all_goes_on_and_qos_1_is_completed(
    watched: Watched, proxy: FaultProxy, fault: str, reason: str
) -> None:
    watched.connect(profile(proxy))
    watched.subscribe("a/#", qos=1)
    proxy.latency_s = 0.2
    token = watched.connection.publish("a/b", b"kept", 1)
    time.sleep(0.1)
    begin = len(watched.events)
    getattr(proxy, fault)()
    lost = watched.wait_for_state(Phase.WAITING, Phase.DIALING, after=begin)
    assert lost.reason == reason
    assert lost.server is None
    proxy.latency_s = 0
    watched.wait_for_state(Phase.CONNECTED, after=begin)
    assert watched.wait_for_stage(token, "acknowledged").stage == "acknowledged"
    watched.wait_for_messages(1)
    assert proxy.accepted == 2
    watched.wait_for_note("Connected again after")


def test_that_a_cut_inside_a_publish_says_how_far_it_came(
    watched: Watched, proxy: FaultProxy
) -> None:
    watched.connect(profile(proxy, protocol_version=4))
    watched.subscribe("cut/#")
    # CONNACK 4 bytes, SUBACK 5 bytes, and of the PUBLISH 113.
    proxy.cut_after = 4 + 5 + 113
    begin = len(watched.events)
    watched.connection.publish("cut/t", b"x" * 4086)
    state = watched.wait_for_state(Phase.WAITING, after=begin)
    assert state.text.endswith("while reading PUBLISH (113 of 4,096 bytes).")
    assert watched.received() == []


def test_that_a_pulled_cable_is_noticed_by_twice_the_keep_alive_and_told_once(
    watched: Watched, proxy: FaultProxy
) -> None:
    watched.connect(profile(proxy, keep_alive=1))
    begin = len(watched.events)
    proxy.stall()
    state = watched.wait_for_state(Phase.WAITING, after=begin)
    assert state.text.endswith("has not answered for 2 s.")
    proxy.go_on()
    watched.wait_for_state(Phase.CONNECTED, after=begin)
    assert len([note for note in watched.notes() if "Connection lost" in note]) == 1


def test_that_garbage_on_the_way_is_a_protocol_error_with_its_bytes(
    watched: Watched, proxy: FaultProxy
) -> None:
    watched.connect(profile(proxy))
    begin = len(watched.events)
    proxy.spoil(b"\x00\x03bad")
    state = watched.wait_for_state(Phase.WAITING, after=begin)
    assert state.reason == "malformed"
    assert "00 03 62 61 64" in state.text
    assert any(b"\x00\x03bad" in batch.raw for batch in watched.batches)
    watched.wait_for_state(Phase.CONNECTED, after=begin)


def test_that_a_connection_that_never_reaches_the_broker_is_told_in_time(
    mosquitto: Mosquitto,
) -> None:
    with Watched(Timing(connack_s=0.5)) as watched, FaultProxy(mosquitto.port) as proxy:
        proxy.stall()
        state = watched.connect(profile(proxy, keep_alive=0))
        assert state.reason == "no-connack"
        assert state.phase is Phase.WAITING


# --- sleep and clocks ---


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list whose only number is by how much the wall clock has run ahead."""
    ahead = [0.0]
    whole = clock_watch.ClockWatch.__init__

    def begin(self: clock_watch.ClockWatch) -> None:
        whole(self, time.monotonic, lambda: time.time() + ahead[0])

    monkeypatch.setattr(clock_watch.ClockWatch, "__init__", begin)
    return ahead


def test_that_after_sleep_the_gap_is_noted_and_the_broker_asked_at_once(
    asleep: list[float], proxy: FaultProxy
) -> None:
    with Watched(PATIENT) as watched:
        watched.connect(profile(proxy, keep_alive=0))
        asleep[0] = 7200.0
        watched.wait_until(lambda: round_trips(watched), "a sign of life")
        note = watched.wait_for_note("slept")
        assert "2 h 0 min are missing here" in note
        assert watched.connection.state.phase is Phase.CONNECTED
        asleep[0] = 3600.0
        watched.wait_for_note("set back by 60 min")


def test_that_a_connection_that_died_in_sleep_is_noticed_at_once_and_made_anew(
    asleep: list[float], proxy: FaultProxy
) -> None:
    with Watched(PATIENT) as watched:
        watched.connect(profile(proxy, keep_alive=0))
        begin = len(watched.events)
        proxy.stall()
        asleep[0] = 600.0
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert "has not answered" in state.text
        proxy.go_on()
        watched.wait_for_state(Phase.CONNECTED, after=begin)


def test_that_a_sleeping_computer_without_a_connection_notes_nothing(
    asleep: list[float],
) -> None:
    with Watched(PATIENT) as watched:
        watched.connect(local_profile(1))
        asleep[0] = 600.0
        watched.connection.retry_now()
        watched.connection.disconnect()
        watched.wait_for_state(Phase.OFFLINE, after=0)
        assert not [note for note in watched.notes() if "slept" in note]
        assert watched.packets(P.PINGREQ, Direction.OUT) == []

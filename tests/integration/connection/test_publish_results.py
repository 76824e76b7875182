"""What becomes of a publish, told as far as the protocol tells: a real Mosquitto with an ACL and a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from tests.integration.connection.conftest import PATIENT
from topicscope.demo import BrokerThread
from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from topicscope.profiles.profile import Profile

ACL = "user me\ntopic readwrite open/#\ntopic read closed/#\nuser boss\ntopic readwrite #\n"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("guarded")
    rules = folder / "acl"
    rules.write_text(ACL)
    rules.chmod(0o600)
    with Mosquitto(
        folder,
        users={"me": "secret", "boss": "secret"},
        extra=f"acl_file {rules}\nmax_packet_size 2000",
    ) as broker:
        yield broker


@pytest.fixture
def boss(guarded: Mosquitto) -> Iterator[Watched]:
    """A second client that sees all that the broker takes."""
    with Watched(PATIENT) as boss:
        boss.connect(profile(guarded, username="boss"), "secret")
        boss.subscribe("#")
        yield boss


def profile(broker: Mosquitto, **settings: object) -> Profile:
    return local_profile(broker.port, **({"username": "me"} | settings))


def nothing_came(watched: Watched, boss: Watched) -> bool:
    """Tell whether the broker passed nothing on in front of a message that it does take."""
    token = watched.connection.publish("open/mark", b"mark", 1)
    watched.wait_for_stage(token, "acknowledged")
    return boss.wait_for_messages(1)[0].endswith(b"mark")


@pytest.mark.parametrize("qos", [1, 2])
def test_that_mqtt_5_tells_a_publish_refused_by_an_acl(
    guarded: Mosquitto, watched: Watched, boss: Watched, qos: int
) -> None:
    watched.connect(profile(guarded), "secret")
    token = watched.connection.publish("closed/door", b"x", qos)
    told = watched.wait_for_stage(token, "refused", "acknowledged")
    assert (told.stage, told.reason_code) == ("refused", 0x87)
    assert told.text == "Not authorized (0x87)"
    assert told.round_trip_s is not None
    assert told.elapsed_s is not None
    assert told.round_trip_s <= told.elapsed_s
    assert nothing_came(watched, boss)
    assert not watched.packets(ControlPacketType.PUBREL, Direction.OUT)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("qos", [1, 2])
def test_that_older_versions_cannot_tell_a_refusal_and_that_the_text_says_so(
    guarded: Mosquitto, watched: Watched, boss: Watched, version: int, qos: int
) -> None:
    watched.connect(profile(guarded, protocol_version=version), "secret")
    token = watched.connection.publish("closed/door", b"x", qos)
    told = watched.wait_for_stage(token, "refused", "acknowledged")
    assert (told.stage, told.reason_code) == ("acknowledged", None)
    assert (
        "has no Reason Codes: a broker that refuses a message answers in the same way" in told.text
    )
    assert nothing_came(watched, boss)


@pytest.mark.parametrize("version", [4, 5])
def test_that_a_publish_with_qos_0_is_only_ever_told_as_sent(
    guarded: Mosquitto, watched: Watched, boss: Watched, version: int
) -> None:
    watched.connect(profile(guarded, protocol_version=version), "secret")
    token = watched.connection.publish("closed/door", b"x", 0)
    told = watched.wait_for_stage(token, "sent")
    assert told.text.endswith("when the broker refuses it, nobody is told.")
    assert nothing_came(watched, boss)
    assert len(watched.progress(token)) == 1


def test_that_a_publish_nobody_subscribes_to_is_told(guarded: Mosquitto, watched: Watched) -> None:
    watched.connect(profile(guarded), "secret")
    token = watched.connection.publish("open/nobody", b"x", 1)
    told = watched.wait_for_stage(token, "acknowledged")
    assert told.no_subscribers
    assert told.text == "No matching subscribers (0x10)"


def test_that_a_publish_beyond_the_limit_of_the_broker_is_refused_before_it_is_sent(
    guarded: Mosquitto, watched: Watched
) -> None:
    watched.connect(profile(guarded), "secret")
    with pytest.raises(
        ValueError, match=r"takes packets up to 2,000 bytes; this one has 3,0\d\d\."
    ):
        watched.connection.publish("open/large", bytes(3000), 1)
    assert not watched.packets(ControlPacketType.PUBLISH, Direction.OUT)


def test_that_a_queued_publish_beyond_the_limit_is_refused_when_the_limit_is_known(
    tmp_path: Path, watched: Watched
) -> None:
    with Mosquitto(tmp_path, extra="max_packet_size 2000") as broker:
        tokens = [watched.connection.publish("large", bytes(3000), qos) for qos in (1, 0)]
        assert (
            "nothing keeps a message with QoS 0"
            in watched.wait_for_stage(tokens[1], "refused").text
        )
        watched.connect(profile(broker, username=""))
        told = watched.wait_for_stage(tokens[0], "refused")
    assert told.text.startswith("The broker takes packets up to 2,000 bytes")
    assert not watched.packets(ControlPacketType.PUBLISH, Direction.OUT)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_mosquitto_takes_many_messages_of_qos_2_at_once(
    guarded: Mosquitto, watched: Watched, version: int
) -> None:
    watched.connect(profile(guarded, protocol_version=version), "secret")
    begin = len(watched.states)
    tokens = [watched.connection.publish("open/many", b"x", 2) for _ in range(500)]
    for token in tokens:
        watched.wait_for_stage(token, "acknowledged")
    assert len(watched.states) == begin, "the connection was never cut"


@pytest.mark.parametrize("version", [4, 5])
def test_that_the_demo_broker_answers_each_quality_of_service(
    watched: Watched, version: int
) -> None:
    with BrokerThread() as broker:
        watched.connect(local_profile(broker.port, protocol_version=version))
        tokens = [watched.connection.publish("a/b", b"x", qos) for qos in range(3)]
        ends = [
            watched.wait_for_stage(token, stage)
            for token, stage in zip(tokens, ("sent", "acknowledged", "acknowledged"), strict=True)
        ]
    assert [end.round_trip_s is not None for end in ends] == [False, True, True]

"""Clearing what a broker keeps and bringing it back, byte for byte, with a second client as witness."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from tests.integration.connection.conftest import PATIENT
from topicscope.automation.retained.files import SnapshotStore
from topicscope.automation.retained.job import RetainedJob
from topicscope.automation.retained.plans import plan_clear, plan_restore
from topicscope.automation.retained.reading import ReadingError, read_retained
from topicscope.automation.retained.seen import MESSAGE_EXPIRY, compare
from topicscope.connection.state import PublishProgress
from topicscope.demo import BrokerThread
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.automation.retained.plans import Plan
    from topicscope.automation.retained.seen import Snapshot
    from topicscope.connection.state import ConnectionEvent
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

MANY = 5_000
QUIET_S = 1.5
"""Longer than a busy machine holds a broker up: nothing tells the end of what is retained."""
NEVER_RETAINED = [f"plant/live/{number}" for number in range(20)]
PATIENCE_S = 60.0


class Worker(Watched):
    """A connection that drives a job with its own progress."""

    job: RetainedJob | None = None

    def _listen(self, event: ConnectionEvent) -> None:
        super()._listen(event)
        if self.job is not None and isinstance(event, PublishProgress):
            self.job.progressed(event)

    def do(self, plan: Plan) -> RetainedJob:
        """Do a plan to its end."""
        self.job = job = RetainedJob(plan, self.connection)
        job.start()
        self.wait_until(lambda: job.progress.is_finished, "the end of the job", PATIENCE_S)
        return job


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    # Nothing may be thrown away while 5,000 messages with QoS 2 are on their way to one client.
    # Nagle's algorithm would make it answer QoS 2 in steps of 40 ms.
    extra = "max_queued_messages 0\nset_tcp_nodelay true"
    with Mosquitto(tmp_path_factory.mktemp("broker"), extra=extra) as broker:
        yield broker


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(PATIENT) as worker:
        yield worker


def profile(broker: Mosquitto | BrokerThread, version: int) -> Profile:
    return local_profile(broker.port, protocol_version=version)


def properties_of(number: int) -> PropertyList:
    if number % 3:
        return []
    return [
        (BY_KEY["payload_format_indicator"].identifier, 0),
        (MESSAGE_EXPIRY, 3600),
        (BY_KEY["content_type"].identifier, "application/octet-stream"),
        (BY_KEY["response_topic"].identifier, f"answers/{number}"),
        (BY_KEY["correlation_data"].identifier, number.to_bytes(4, "big")),
        (USER_PROPERTY, ("line", str(number))),
        (USER_PROPERTY, ("line", "twice, in this order")),
        (USER_PROPERTY, ("a", "ü")),
    ]


def fill(watched: Watched, count: int, version: int, prefix: str = "plant/kept") -> None:
    tokens = [
        watched.connection.publish(
            f"{prefix}/{number % 50}/ä/{number}",
            bytes((number % 256, 0xFF, 0)) * (1 + number % 7),
            number % 3,
            True,
            properties_of(number) if version == 5 else None,
        )
        for number in range(count)
    ]
    tokens += [watched.connection.publish(topic, b"alive", 1) for topic in NEVER_RETAINED]
    answered = {token for number, token in enumerate(tokens) if number >= count or number % 3}

    def unanswered() -> set[int]:
        events = [event for event in watched.events if isinstance(event, PublishProgress)]
        return answered - {event.token for event in events if event.stage == "acknowledged"}

    watched.wait_until(lambda: not unanswered(), "all answers", PATIENCE_S)


def without_expiry(snapshot: Snapshot) -> dict[bytes, object]:
    return {
        topic: (
            message.payload,
            message.qos,
            sorted(
                (pair for pair in message.properties if pair[0] != MESSAGE_EXPIRY),
                key=lambda pair: pair[0],
            ),
        )
        for topic, message in snapshot.messages.items()
    }


@pytest.mark.parametrize("version", [4, 5])
def test_that_clearing_5000_topics_and_undoing_it_restores_each_byte_qos_and_property(
    mosquitto: Mosquitto, worker: Worker, tmp_path: Path, version: int
) -> None:
    own = profile(mosquitto, version)
    prefix = f"plant/v{version}"
    with Watched(PATIENT) as witness:
        worker.connect(own)
        fill(worker, MANY, version, prefix)
        before = read_retained(own, {}, [f"{prefix}/#", "plant/live/#"], quiet_s=QUIET_S)
        assert len(before.messages) == MANY
        assert {message.qos for message in before.messages.values()} == {0, 1, 2}
        store = SnapshotStore(tmp_path)
        wanted = [*before.messages, *(topic.encode() for topic in NEVER_RETAINED)]
        plan = plan_clear(before, wanted)
        assert len(plan.left_out) == len(NEVER_RETAINED)
        file = store.keep(before)
        witness.connect(own)
        witness.subscribe("plant/live/#")

        cleared = worker.do(plan.undone_by(file))
        assert len(cleared.progress.done) == MANY
        assert not cleared.progress.failures
        assert not read_retained(own, {}, [f"{prefix}/#"], quiet_s=QUIET_S).messages

        # As after a crash: nothing is known but the file.
        kept = SnapshotStore(tmp_path).load(file)
        restored = worker.do(plan_restore(kept, time.time_ns()))
        assert len(restored.progress.done) == MANY
        after = read_retained(own, {}, [f"{prefix}/#"], quiet_s=QUIET_S)
        assert without_expiry(after) == without_expiry(before)
        differences = compare(before, after)
        assert (differences.added, differences.gone, differences.changed) == ((), (), ())
        token = worker.connection.publish("plant/live/mark", b"mark", 1)
        worker.wait_for_stage(token, "acknowledged")
        assert [packet[-4:] for packet in witness.wait_for_messages(1)] == [b"mark"]


def test_that_of_a_message_expiry_interval_what_is_left_is_restored(
    worker: Worker, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as broker:
        own = profile(broker, 5)
        worker.connect(own)
        fill(worker, 3, 5)
        before = read_retained(own, {}, ["plant/#"], quiet_s=QUIET_S)
        topic = "plant/kept/0/ä/0".encode()
        message = before.messages[topic]
        assert dict(message.properties)[MESSAGE_EXPIRY] in (3599, 3600)
        long_ago = replace(message, seen_since_ns=message.seen_since_ns - 3000 * 10**9)
        aged = replace(before, messages={topic: long_ago})
        worker.do(plan_clear(before).undone_by(SnapshotStore(tmp_path).keep(before)))
        worker.do(plan_restore(aged, time.time_ns()))
        after = read_retained(own, {}, ["plant/#"], quiet_s=QUIET_S).messages[topic]
        assert 590 <= dict(after.properties)[MESSAGE_EXPIRY] <= 600  # type: ignore[operator]


CLEARING = """
import sys
from pathlib import Path
from tests.integration.connection.test_retained_clearing import *
port, folder = int(sys.argv[1]), Path(sys.argv[2])
own = local_profile(port)
before = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
file = SnapshotStore(folder).keep(before)
worker = Worker(PATIENT)
worker.connect(own)
worker.job = job = RetainedJob(plan_clear(before).undone_by(file), worker.connection, window=10)
job.start()
worker.wait_until(lambda: len(job.progress.done) > 100, "some")
print("begun", flush=True)
worker.wait_until(lambda: job.progress.is_finished, "the end", 60)
"""


def test_that_a_clearing_ended_by_kill_9_is_undone_from_its_file(
    worker: Worker, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, extra="max_queued_messages 0\nset_tcp_nodelay true") as broker:
        own = profile(broker, 5)
        worker.connect(own)
        fill(worker, 3000, 5)
        before = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
        root = str(Path(__file__).parents[3])
        command = [sys.executable, "-c", CLEARING, str(broker.port), str(tmp_path / "undo")]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, f"{root}/app"])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"begun"
            process.kill()
        left = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
        assert 0 < len(left.messages) < 3000
        store = SnapshotStore(tmp_path / "undo")
        (file, header), *others = store.list()
        assert (header.messages, others) == (3000, [])
        undo = plan_restore(store.load(file), time.time_ns(), still_there=left.messages)
        assert len(worker.do(undo).progress.done) == 3000 - len(left.messages)
        after = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
    assert without_expiry(after) == without_expiry(before)


@pytest.mark.parametrize("version", [4, 5])
def test_that_10000_topics_are_cleared_in_the_demo_broker_and_a_cancel_stops_at_once(
    worker: Worker, tmp_path: Path, version: int
) -> None:
    with BrokerThread() as broker:
        own = profile(broker, version)
        worker.connect(own)
        fill(worker, 10_000, version)
        before = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
        assert len(before.messages) == 10_000
        file = SnapshotStore(tmp_path).keep(before)
        worker.job = job = RetainedJob(plan_clear(before).undone_by(file), worker.connection)
        job.start()
        worker.wait_until(lambda: len(job.progress.done) > 1000, "a tenth", PATIENCE_S)
        job.cancel()
        worker.wait_until(lambda: job.progress.is_finished, "the end after the cancel")
        done = len(job.progress.done)
        assert 1000 < done < 10_000
        assert done + job.progress.left == 10_000
        assert f"Cleared {done:,} of 10,000 retained messages; cancelled." == job.sentence()
        left = read_retained(own, {}, ["plant/kept/#"], quiet_s=QUIET_S)
        assert len(left.messages) == 10_000 - done

        whole = worker.do(plan_clear(left).undone_by(file))
        assert len(whole.progress.done) == 10_000 - done
        undo = plan_restore(before, time.time_ns(), still_there=left.messages)
        assert len(undo.steps) == done


def test_that_topics_an_acl_protects_are_told_one_by_one(worker: Worker, tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text(
        "user me\ntopic readwrite open/#\ntopic read closed/#\nuser boss\ntopic readwrite #\n"
    )
    rules.chmod(0o600)
    users = {"me": "secret", "boss": "secret"}
    with Mosquitto(tmp_path, users=users, extra=f"acl_file {rules}") as broker:
        own = local_profile(broker.port, username="me")
        with Watched(PATIENT) as boss:
            boss.connect(local_profile(broker.port, username="boss"), "secret")
            for topic in ("open/a", "closed/b"):
                token = boss.connection.publish(topic, b"x", 1, True)
                boss.wait_for_stage(token, "acknowledged")
        worker.connect(own, "secret")
        before = read_retained(own, {"secret": "secret"}, ["#"], quiet_s=QUIET_S)
        file = SnapshotStore(tmp_path).keep(before)
        job = worker.do(plan_clear(before).undone_by(file))
    assert job.progress.done == ["open/a"]
    assert [(failure.topic, failure.why) for failure in job.progress.failures] == [
        ("closed/b", "Not authorized (0x87)")
    ]
    assert job.sentence() == "Cleared 1 of 2 retained messages, 1 failed."


def test_that_a_broker_that_cannot_be_asked_is_told_in_its_own_words(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, users={"me": "secret"}) as broker:
        own = local_profile(broker.port, username="me")
        with pytest.raises(ReadingError, match="refused the connection"):
            read_retained(own, {"secret": "wrong"}, ["#"])
        with pytest.raises(ReadingError, match=r"Cancelled\."):
            read_retained(own, {"secret": "secret"}, ["#"], counted=lambda _: False)

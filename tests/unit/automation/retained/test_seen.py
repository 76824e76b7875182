"""What a capture knows of retained messages, what would be published, and how a job keeps count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import SECOND, START_NS, filled_log, publish
from topicscope.automation.retained.files import SnapshotStore
from topicscope.automation.retained.job import RetainedJob
from topicscope.automation.retained.plans import plan_clear, plan_restore
from topicscope.automation.retained.seen import (
    MESSAGE_EXPIRY,
    RetainedMessage,
    Snapshot,
    compare,
    snapshot_of,
)
from topicscope.connection.state import PublishProgress
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.properties import USER_PROPERTY, write_properties

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.automation.retained.plans import Plan
    from topicscope.connection.state import PublishStage
    from topicscope.mqtt.properties import PropertyList

NOW_NS = START_NS + 100 * SECOND


def message(topic: bytes, payload: bytes = b"x", qos: int = 1, **facts: object) -> RetainedMessage:
    return RetainedMessage(topic, payload, qos, **({"seen_since_ns": START_NS} | facts))  # type: ignore[arg-type]


def snapshot(*messages: RetainedMessage) -> Snapshot:
    return Snapshot({one.topic: one for one in messages}, START_NS, "mqtt://broker")


# --- what a capture knows ---


def test_that_the_newest_retained_message_of_each_topic_is_found() -> None:
    log, _ = filled_log(
        publish(b"a", b"old", retain=True),
        publish(b"b", b"live"),
        publish(b"a", b"new", qos=2, retain=True),
        publish(b"c", b"gone", retain=True),
        publish(b"c", b""),
    )
    found = snapshot_of(log, NOW_NS, "mqtt://broker")
    assert list(found.messages) == [b"a"]
    kept = found.messages[b"a"]
    assert (kept.payload, kept.qos, kept.seen_since_ns) == (b"new", 2, START_NS + 2 * SECOND)
    assert kept.is_certain


def test_that_a_newer_message_without_the_flag_makes_a_value_uncertain() -> None:
    log, _ = filled_log(publish(b"a", b"kept", retain=True), publish(b"a", b"live"))
    kept = snapshot_of(log, NOW_NS).messages[b"a"]
    assert kept.payload == b"kept"
    assert not kept.is_certain


def test_that_properties_are_kept_but_not_those_of_one_delivery() -> None:
    items: PropertyList = [(11, 5), (USER_PROPERTY, ("b", "1")), (3, "text/plain")]
    items += [(USER_PROPERTY, ("a", "2")), (9, b"\xff")]
    log, _ = filled_log(
        publish(b"a", b"x", retain=True, properties=write_properties(items)), version=5
    )
    kept = snapshot_of(log, NOW_NS).messages[b"a"]
    assert list(kept.properties) == items[1:]


def test_that_a_value_that_was_given_up_is_told_as_unknown() -> None:
    log, tap = filled_log(publish(b"a", b"kept", retain=True), memory_budget=1 << 20)
    tap.feed(Direction.IN, publish(b"b", b"kept too", retain=True), START_NS)
    tap.feed(Direction.IN, publish(b"a", b"live"), START_NS)
    for _ in range(40):
        tap.feed(Direction.IN, publish(b"flood", bytes(1 << 18)), START_NS)
    assert log.first_row > 3
    found = snapshot_of(log, NOW_NS)
    assert found.unknown == (b"a",)
    assert list(found.messages) == [b"b"], "kept as the last message of its topic"
    left_out = plan_clear(found, [b"a", b"b"]).left_out
    assert [(one.topic, "no longer in the capture" in one.why) for one in left_out] == [
        (b"a", True)
    ]


def test_that_two_snapshots_are_compared_without_the_expiry_that_counts_down() -> None:
    first = snapshot(
        message(b"same", properties=((MESSAGE_EXPIRY, 10),)), message(b"gone"), message(b"value")
    )
    second = snapshot(
        message(b"same", properties=((MESSAGE_EXPIRY, 5),)),
        message(b"new"),
        message(b"value", b"other"),
    )
    differences = compare(first, second)
    assert differences.added == (b"new",)
    assert differences.gone == (b"gone",)
    assert differences.changed == (b"value",)
    assert compare(first, snapshot(*first.messages.values(), message(b"gone", qos=2))).changed == (
        b"gone",
    )


# --- plans ---


def test_that_only_what_is_retained_and_not_of_the_server_is_cleared() -> None:
    known = snapshot(message(b"a"), message(b"$SYS/x"), message(b"\xff"), message(b"b"))
    plan = plan_clear(known, [b"a", b"$SYS/x", b"\xff", b"never", b"a"])
    assert [(step.topic, step.payload, step.qos) for step in plan.steps] == [("a", b"", 1)]
    whys = {one.topic: one.why for one in plan.left_out}
    assert whys[b"$SYS/x"] == "topics that begin with $ belong to the broker"
    assert "UTF-8" in whys[b"\xff"]
    assert whys[b"never"] == "it has not been seen retained"
    assert len(plan_clear(known).steps) == 2


def test_that_a_plan_to_restore_has_each_byte_and_what_is_left_of_the_expiry() -> None:
    known = snapshot(
        message(
            b"a", b"\xff\0", 2, properties=((MESSAGE_EXPIRY, 150), (USER_PROPERTY, ("k", "v")))
        ),
        message(b"over", properties=((MESSAGE_EXPIRY, 100),)),
        message(b"again"),
    )
    plan = plan_restore(known, NOW_NS, still_there={b"again"})
    assert [(step.topic, step.payload, step.qos, step.properties) for step in plan.steps] == [
        ("a", b"\xff\0", 2, [(MESSAGE_EXPIRY, 50), (USER_PROPERTY, ("k", "v"))])
    ]
    assert {one.topic: one.why for one in plan.left_out} == {
        b"over": "its Message Expiry Interval is over",
        b"again": "it is retained again, perhaps with a newer value",
    }
    old = plan_restore(known, NOW_NS, [b"a"], with_properties=False)
    assert old.steps[0].properties == []


# --- jobs ---


class Desk:
    """Takes publishes; the test answers."""

    def __init__(self, refuse: str = "") -> None:
        self.published: list[str] = []
        self.dropped: list[int] = []
        self.refuse = refuse

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        del payload, qos, properties
        assert retain
        if self.refuse:
            raise ValueError(self.refuse)
        self.published.append(topic)
        return len(self.published)

    def drop(self, token: int) -> None:
        self.dropped.append(token)


@pytest.fixture
def clearing(tmp_path: Path) -> Plan:
    known = snapshot(*(message(b"t/%d" % number) for number in range(1000)))
    return plan_clear(known).undone_by(SnapshotStore(tmp_path).keep(known))


def tell(job: RetainedJob, token: int, stage: PublishStage, text: str = "") -> bool:
    return job.progressed(PublishProgress(token, stage, text=text))


def test_that_nothing_is_cleared_before_the_snapshot_is_on_disk(tmp_path: Path) -> None:
    plan = plan_clear(snapshot(message(b"a")))
    for one in (plan, plan.undone_by(tmp_path / "missing")):
        with pytest.raises(ValueError, match="before the snapshot for undo is on disk"):
            RetainedJob(one, Desk())


def test_that_a_job_fills_its_window_as_answers_come_and_waits_for_all(clearing: Plan) -> None:
    desk = Desk()
    told: list[RetainedJob] = []
    job = RetainedJob(clearing, desk, told.append, window=80)
    job.start()
    assert len(desk.published) == 50
    most = 0
    for token in range(1, 1001):
        assert tell(job, token, "queued")
        assert tell(job, token, "sent")
        assert not job.progress.is_finished
        assert tell(job, token, "acknowledged")
        most = max(most, job.progress.on_their_way)
    assert most == 80
    assert job.progress.is_finished
    assert job.progress.done == desk.published == [step.topic for step in clearing.steps]
    assert job.sentence() == "Cleared 1,000 of 1,000 retained messages."
    assert told
    assert not tell(job, 5, "acknowledged"), "it was answered before"


def test_that_a_refused_step_is_told_and_the_others_go_on(clearing: Plan) -> None:
    desk = Desk()
    job = RetainedJob(clearing, desk)
    job.start()
    for token in range(1, 1001):
        tell(job, token, "refused" if token == 3 else "acknowledged", "Not authorized (0x87)")
    assert len(job.progress.done) == 999
    assert [one.why for one in job.progress.failures] == ["Not authorized (0x87)"]
    assert job.sentence() == "Cleared 999 of 1,000 retained messages, 1 failed."


def test_that_a_job_that_cannot_publish_at_all_ends_at_once(clearing: Plan) -> None:
    job = RetainedJob(clearing, Desk("Read-only."))
    job.start()
    assert job.progress.is_finished
    assert len(job.progress.failures) == 1000
    assert job.progress.failures[0].why == "Read-only."


def test_that_a_cancel_begins_no_more_and_waits_for_what_has_left(clearing: Plan) -> None:
    desk = Desk()
    job = RetainedJob(clearing, desk)
    job.start()
    tell(job, 1, "sent")
    tell(job, 2, "sent")
    job.cancel()
    assert len(desk.dropped) == 50
    for token in range(3, 51):
        tell(job, token, "dropped", "Dropped as asked.")
    assert not job.progress.is_finished
    assert job.sentence().endswith("cancelled, waiting for 2 answers.")
    tell(job, 1, "acknowledged")
    tell(job, 2, "dropped", "It had left before, so the broker may have it.")
    assert job.progress.is_finished
    assert (len(job.progress.done), len(job.progress.failures), job.progress.left) == (1, 1, 998)
    assert len(desk.published) == 50


def test_that_a_restored_message_of_qos_0_is_done_when_it_is_written() -> None:
    job = RetainedJob(plan_restore(snapshot(message(b"a", qos=0)), NOW_NS), Desk())
    job.start()
    tell(job, 1, "sent")
    assert job.progress.is_finished
    assert job.sentence() == "Published 1 of 1 retained messages."

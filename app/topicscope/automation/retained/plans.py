"""What clearing, bringing back or copying retained messages would publish, before anything is: the dry run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.properties import properties_problem
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

    from topicscope.automation.retained.seen import RetainedMessage, Snapshot
    from topicscope.mqtt.properties import PropertyList

CLEARING_QOS = 1
"""So that the broker tells whether it has cleared a topic."""

_OF_THE_SERVER = "topics that begin with $ belong to the broker"
_NOT_RETAINED = "it has not been seen retained"
_STILL_THERE = "it is retained again, perhaps with a newer value"
_EXPIRED = "its Message Expiry Interval is over"


@dataclass(frozen=True, slots=True)
class Step:
    """One PUBLISH with RETAIN; an empty payload clears the topic (section 3.3.1.3)."""

    topic: str
    payload: bytes = b""
    qos: int = CLEARING_QOS
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A topic that is not touched, and why, in the middle of a sentence."""

    topic: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a `RetainedJob` will do.

    Attributes:
        kind: ``clear``, or ``restore``, which also copies to another broker.
        undo: file with the snapshot that brings back what is cleared; a plan that clears cannot be done without.

    """

    kind: Literal["clear", "restore"]
    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...] = ()
    undo: Path | None = None

    @property
    def size(self) -> int:
        """Bytes of all payloads."""
        return sum(len(step.payload) for step in self.steps)

    def undone_by(self, file: Path) -> Plan:
        """Return the same plan with the file of its snapshot, which must be on disk by now."""
        return replace(self, undo=file)


def plan_clear(snapshot: Snapshot, topics: Iterable[bytes] | None = None) -> Plan:
    """Plan to clear these topics, or all; only those that the snapshot has, so that undo knows each of them."""
    steps: list[Step] = []
    left_out: list[LeftOut] = []
    unknown = set(snapshot.unknown)
    for topic in dict.fromkeys(snapshot.messages if topics is None else topics):
        if topic in unknown:
            why = "its value is no longer in the capture: subscribe again first"
            left_out.append(LeftOut(topic, why))
        elif topic not in snapshot.messages:
            left_out.append(LeftOut(topic, _NOT_RETAINED))
        elif problem := _topic_problem(topic):
            left_out.append(LeftOut(topic, problem))
        else:
            steps.append(Step(topic.decode()))
    return Plan("clear", tuple(steps), tuple(left_out))


def plan_restore(
    snapshot: Snapshot,
    now_ns: int,
    topics: Iterable[bytes] | None = None,
    *,
    still_there: Container[bytes] = (),
    with_properties: bool = True,
) -> Plan:
    """Plan to publish these messages of a snapshot, or all, each byte, QoS and property as it was.

    ``now_ns`` is the time from which the rest of a Message Expiry Interval counts. Topics in ``still_there``
    are left alone: after a crash nobody knows how far the clearing came. Without ``with_properties`` it fits a
    broker before MQTT 5.
    """
    steps: list[Step] = []
    left_out: list[LeftOut] = []
    wanted = snapshot.messages if topics is None else dict.fromkeys(topics)
    for topic in wanted:
        message = snapshot.messages.get(topic)
        if message is None:
            left_out.append(LeftOut(topic, _NOT_RETAINED))
        elif why := _restore_problem(message, now_ns, still_there):
            left_out.append(LeftOut(topic, why))
        else:
            properties = message.properties_at(now_ns) if with_properties else []
            steps.append(Step(topic.decode(), message.payload, message.qos, properties))
    return Plan("restore", tuple(steps), tuple(left_out))


def _restore_problem(
    message: RetainedMessage, now_ns: int, still_there: Container[bytes]
) -> str | None:
    if problem := _topic_problem(message.topic):
        return problem
    if message.topic in still_there:
        return _STILL_THERE
    left = message.expires_in_s(now_ns)
    if left is not None and left <= 0:
        return _EXPIRED
    return properties_problem(ControlPacketType.PUBLISH, message.properties_at(now_ns))


def _topic_problem(topic: bytes) -> str | None:
    if topic.startswith(b"$"):
        return _OF_THE_SERVER
    return topic_name_problem(topic)

"""What a broker keeps retained, as far as a capture has seen it (MQTT 5.0 section 3.3.1.3).

MQTT has no way to list retained messages or to ask when one was published: what is known is what a
subscription has brought, and since when it is known here. A message comes with the QoS that was granted,
so only a snapshot of subscriptions with QoS 2 knows the QoS it was published with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.saving import CaptureSnapshot
from topicscope.capture.topic_index import NO_ROW
from topicscope.mqtt.control_packets import RETAIN_BIT, ControlPacketType
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment
    from topicscope.mqtt.properties import PropertyList

MESSAGE_EXPIRY = BY_KEY["message_expiry_interval"].identifier
_OF_ONE_DELIVERY = frozenset(
    (BY_KEY["subscription_identifier"].identifier, BY_KEY["topic_alias"].identifier)
)
_ROWS_AT_A_TIME = 32_768
_RETAINED_PUBLISH = ControlPacketType.PUBLISH << 4 | RETAIN_BIT


@dataclass(frozen=True, slots=True)
class RetainedMessage:
    """One retained message.

    Attributes:
        properties: those of the message; what belongs to one delivery (Topic Alias, Subscription
            Identifier) is left out.
        seen_since_ns: when it was seen with this value, nanoseconds since the epoch; its Message Expiry
            Interval counts from there.
        is_certain: False when something came on the topic since, without RETAIN: before MQTT 5 that may be
            a newer retained message, and only a new subscription can tell.

    """

    topic: bytes
    payload: bytes
    qos: int
    properties: tuple[tuple[int, object], ...] = ()
    seen_since_ns: int = 0
    is_certain: bool = True

    def expires_in_s(self, now_ns: int) -> int | None:
        """Return what is left of its Message Expiry Interval, 0 or less when it is over; None without one."""
        for identifier, value in self.properties:
            if identifier == MESSAGE_EXPIRY and isinstance(value, int):
                return value - max(0, now_ns - self.seen_since_ns) // 1_000_000_000
        return None

    def properties_at(self, now_ns: int) -> PropertyList:
        """Return the properties to publish it with now: of the Message Expiry Interval, what is left."""
        left = self.expires_in_s(now_ns)
        return [
            (identifier, left if identifier == MESSAGE_EXPIRY and left is not None else value)  # type: ignore[misc]
            for identifier, value in self.properties
        ]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The retained messages of one broker at one time.

    Attributes:
        messages: by Topic Name.
        taken_ns: when, nanoseconds since the epoch.
        broker: where from, for people.
        unknown: topics that are retained, but whose message was given up by the capture.

    """

    messages: Mapping[bytes, RetainedMessage]
    taken_ns: int
    broker: str = ""
    unknown: tuple[bytes, ...] = ()

    def only(self, topics: Iterable[bytes]) -> Snapshot:
        """Return a snapshot of these topics alone."""
        wanted = {topic: self.messages[topic] for topic in topics if topic in self.messages}
        return Snapshot(wanted, self.taken_ns, self.broker)


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two snapshots, by Topic Name, in order."""

    added: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    changed: tuple[bytes, ...]


class RetainedLook:
    """All that a log knows of retained messages now.

    Making one is quick, and for the thread that owns the log; ``snapshot`` may be called on another.
    """

    def __init__(self, log: CaptureLog) -> None:
        log.count_topics()
        topics = log.topics
        flags = topics.retained.flags(len(topics.names))
        self._names = topics.names
        self._retained = flags.copy()
        self._last = topics.last_row.copy()
        self._rows = CaptureSnapshot(log)
        self._kept = dict(log.kept)

    def snapshot(self, taken_ns: int, broker: str = "") -> Snapshot:
        """Find the newest retained message of each topic; ``taken_ns`` is now."""
        rows = self._newest_retained()
        messages: dict[bytes, RetainedMessage] = {}
        unknown: list[bytes] = []
        for topic_id in np.flatnonzero(self._retained).tolist():
            row = int(rows[topic_id])
            record = self._rows.record(row) if row != NO_ROW else self._kept_record(topic_id)
            name = self._names[topic_id]
            if record is None:
                unknown.append(name)
            else:
                is_newest = record.row == int(self._last[topic_id])
                messages[name] = _message_of(record, is_certain=is_newest)
        return Snapshot(dict(sorted(messages.items())), taken_ns, broker, tuple(sorted(unknown)))

    # Private

    def _newest_retained(self) -> NDArray[np.int64]:
        """Return the newest row with RETAIN and a payload of each retained topic, newest segment first."""
        found = np.full(len(self._retained), NO_ROW, np.int64)
        wanted = np.zeros(len(found) + 2, np.bool_)  # the ids of rows without a topic are -1 and -2
        wanted[:-2] = self._retained
        for segment, count in reversed(self._rows.parts):
            for end in range(count, 0, -_ROWS_AT_A_TIME):
                if not wanted.any():
                    return found
                begin = max(0, end - _ROWS_AT_A_TIME)
                local = begin + np.flatnonzero(_is_retained(segment, begin, end))
                local = local[wanted[segment.topic[local]]]
                ids = segment.topic[local]
                # Of several rows of one topic the last assignment stays: the newest.
                found[ids] = segment.first_row + local
                wanted[ids] = False
        return found

    def _kept_record(self, topic_id: int) -> Record | None:
        record = self._kept.get(topic_id)
        return record if record is not None and record.retain and record.payload else None


def snapshot_of(log: CaptureLog, taken_ns: int, broker: str = "") -> Snapshot:
    """Return what a log knows to be retained; on the thread that owns the log (see `RetainedLook`)."""
    return RetainedLook(log).snapshot(taken_ns, broker)


def compare(first: Snapshot, second: Snapshot) -> Differences:
    """Tell what changed from one snapshot to another, of one broker or of two.

    The Message Expiry Interval is not compared, since it only counts down.
    """
    one, other = first.messages, second.messages
    both = one.keys() & other.keys()
    changed = [topic for topic in both if _content(one[topic]) != _content(other[topic])]
    return Differences(
        added=tuple(sorted(other.keys() - one.keys())),
        gone=tuple(sorted(one.keys() - other.keys())),
        changed=tuple(sorted(changed)),
    )


def _content(message: RetainedMessage) -> object:
    lasting = [pair for pair in message.properties if pair[0] != MESSAGE_EXPIRY]
    return message.payload, message.qos, sorted(lasting, key=_identifier)


def _identifier(pair: tuple[int, object]) -> int:
    return pair[0]


def _message_of(record: Record, *, is_certain: bool) -> RetainedMessage:
    lasting = tuple(pair for pair in record.properties if pair[0] not in _OF_ONE_DELIVERY)
    return RetainedMessage(
        record.topic, record.payload, record.qos, lasting, record.time_ns, is_certain
    )


def _is_retained(segment: Segment, begin: int, end: int) -> NDArray[np.bool_]:
    """Tell which rows are a PUBLISH with RETAIN and a payload."""
    marked = segment.first_byte[begin:end] & (0xF0 | RETAIN_BIT) == _RETAINED_PUBLISH
    sizes = segment.lengths(begin, end) - segment.payload_offset[begin:end]
    of_a_topic: NDArray[np.bool_] = segment.topic[begin:end] >= 0
    found: NDArray[np.bool_] = marked & (sizes > 0) & of_a_topic
    return found

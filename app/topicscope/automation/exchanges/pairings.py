"""How a response is known to belong to a request: three ways, each a quick look at many rows and a key a message.

A message is looked at closely only where the quick look says that it may be part of an exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from topicscope.automation.responders.responder import CORRELATION_DATA, RESPONSE_TOPIC, json_of
from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.topic_templates import TopicTemplate
from topicscope.payload.json_path import follow, parse_paths
from topicscope.query import FilterContext, compile_filter, json_field

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment

    Rows: TypeAlias = NDArray[np.bool_]

Role: TypeAlias = Literal["request", "response", "response_if_asked", "either"]


class Part(NamedTuple):
    """What a message is in an exchange; `key` is equal for a request and its response.

    ``response_if_asked``: a response only where a request waits for it. ``either``: that too, when the request came on
    another topic, and else a request.
    """

    role: Role
    key: Hashable


class Pairing(Protocol):
    """One way of finding pairs, for one capture log."""

    def candidates(self, segment: Segment, begin: int, end: int) -> Rows:
        """Say which local rows may be part of an exchange."""
        ...

    def parts(self, record: Record) -> Iterator[Part]:
        """Say what a candidate is: nothing, one thing, or a response that is a request itself."""
        ...


class ByCorrelation:
    """By the Response Topic and Correlation Data of MQTT 5 (section 4.10).

    A response comes on the Response Topic of its request, with the same Correlation Data, or none where the request
    has none.
    """

    def __init__(self, log: CaptureLog) -> None:
        self._log = log
        # They share a context, so that each packet is read once for both properties.
        context = FilterContext(log)
        self._marked = compile_filter("prop.response_topic or prop.correlation_data", context)
        self._bare = compile_filter("prop.response_topic and not prop.correlation_data", context)
        self._topics = _OfTopics(log, self._is_asked)
        self._asked: set[bytes] = set()

    def candidates(self, segment: Segment, begin: int, end: int) -> Rows:
        """Say which rows have one of the properties, or come where a request without Correlation Data asked for it."""
        messages = _messages(segment, begin, end)
        marked = _seen(self._marked.predicate(segment, begin, end), messages)
        bare = (
            _seen(self._bare.predicate(segment, begin, end), messages) if marked.any() else marked
        )
        known = len(self._asked)
        for local in np.flatnonzero(bare).tolist():
            record = self._log.record(segment.first_row + begin + local)
            topic = dict(record.properties).get(RESPONSE_TOPIC)
            self._asked.add(str(topic).encode())
        if len(self._asked) != known:
            self._topics.begin_anew()
        if self._asked:
            marked = marked | self._topics.rows(segment, begin, end)
        return marked

    def parts(self, record: Record) -> Iterator[Part]:
        """Say what a message is by its properties."""
        properties = dict(record.properties)
        response_topic = properties.get(RESPONSE_TOPIC)
        correlation_data = properties.get(CORRELATION_DATA)
        is_asked = correlation_data is None and record.topic in self._asked
        if correlation_data is not None or is_asked:
            role: Role = "response_if_asked" if response_topic or is_asked else "response"
            yield Part(role, (record.topic, correlation_data))
        if response_topic:
            yield Part("request", (str(response_topic).encode(), correlation_data))

    def _is_asked(self, topic: bytes) -> bool:
        return topic in self._asked


class ByTopics:
    """By topic templates: a response has the same words at the levels of the same name.

    ``plant/dev/<dev>/get`` asks, ``plant/dev/<dev>/answer`` answers. Raises ValueError for an invalid template.
    """

    def __init__(self, log: CaptureLog, request: str, response: str) -> None:
        self._request, self._response = TopicTemplate(request), TopicTemplate(response)
        self._names = [name for name in self._request.names if name in self._response.names]
        self._topics = _OfTopics(log, self._matches)

    def candidates(self, segment: Segment, begin: int, end: int) -> Rows:
        """Say which rows lie on one of the templates."""
        return _messages(segment, begin, end) & self._topics.rows(segment, begin, end)

    def parts(self, record: Record) -> Iterator[Part]:
        """Say what a message is by its topic."""
        asks, answers = self._key(self._request, record), self._key(self._response, record)
        if asks is not None:
            yield Part("request" if answers is None else "either", asks)
        elif answers is not None:
            yield Part("response", answers)

    def _matches(self, topic: bytes) -> bool:
        return self._request.matches(topic) or self._response.matches(topic)

    def _key(self, template: TopicTemplate, record: Record) -> Hashable | None:
        values = template.match(record.topic)
        if values is None:
            return None
        named = dict(zip(template.names, values, strict=True))
        return tuple(named[name] for name in self._names)


class ByJsonId:
    """By an id in the payload, JSON or CBOR, on topics of two templates; on the same ones, who comes first asks.

    Raises ValueError for an invalid path or template.
    """

    def __init__(
        self, log: CaptureLog, path: str = "id", request: str = "#", response: str = "#"
    ) -> None:
        paths = parse_paths(path)
        if len(paths) != 1 or not paths[0]:
            raise ValueError(f"“{path}” is no path to one field of the payload.")
        self._path = paths[0]
        self._request, self._response = TopicTemplate(request), TopicTemplate(response)
        self._has_id = compile_filter(json_field(self._path), FilterContext(log))
        self._topics = _OfTopics(log, self._matches)

    def candidates(self, segment: Segment, begin: int, end: int) -> Rows:
        """Say which rows lie on one of the templates and have an id."""
        rows = _messages(segment, begin, end) & self._topics.rows(segment, begin, end)
        return _seen(self._has_id.predicate(segment, begin, end), rows) if rows.any() else rows

    def parts(self, record: Record) -> Iterator[Part]:
        """Say what a message is by its topic and id."""
        value = follow(json_of(record.payload), self._path)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return
        asks, answers = self._request.matches(record.topic), self._response.matches(record.topic)
        if asks and answers:
            yield Part("either", value)
        elif asks or answers:
            yield Part("request" if asks else "response", value)

    def _matches(self, topic: bytes) -> bool:
        return self._request.matches(topic) or self._response.matches(topic)


class _OfTopics:
    """Which topic ids pass a test: each Topic Name is asked about once."""

    def __init__(self, log: CaptureLog, test: Callable[[bytes], bool]) -> None:
        self._log = log
        self._test = test
        self._passed: NDArray[np.bool_] = np.zeros(0, np.bool_)

    def begin_anew(self) -> None:
        """Ask about all topics again."""
        self._passed = np.zeros(0, np.bool_)

    def rows(self, segment: Segment, begin: int, end: int) -> Rows:
        """Say which rows have such a topic."""
        names = self._log.topics.names
        known = len(self._passed)
        if known < len(names):
            new = np.array([self._test(name) for name in names[known:]], np.bool_)
            self._passed = np.concatenate((self._passed, new))
        ids = segment.topic[begin:end]
        if not len(self._passed):
            return np.zeros(end - begin, np.bool_)
        passed: Rows = (ids >= 0) & self._passed[np.maximum(ids, 0)]
        return passed


def _messages(segment: Segment, begin: int, end: int) -> Rows:
    messages: Rows = segment.first_byte[begin:end] >> 4 == ControlPacketType.PUBLISH
    return messages & (segment.topic[begin:end] >= 0)


def _seen(seen: Rows | None, rows: Rows) -> Rows:
    return rows if seen is None else rows & seen

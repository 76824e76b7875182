"""Gathering what one broker tells: the topics as they are, and through the tables of its dialect what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from topicscope.broker_status.detection import Detector
from topicscope.broker_status.events import Event, EventLog, event_text
from topicscope.broker_status.history import History
from topicscope.broker_status.meaning import Meaning
from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.numbers import read_duration, read_text
from topicscope.broker_status.rounds import Interval, Marks
from topicscope.broker_status.status import Detection, Status, in_order
from topicscope.broker_status.tree import MAX_TOPIC, Tree

if TYPE_CHECKING:
    from topicscope.broker_status.dialect import Dialect
    from topicscope.broker_status.tree import Entry

TOPIC_FILTER: Final = "$SYS/#"
_PREFIX: Final = b"$SYS/"
_MAX_NODES: Final = 256


class StatusReader:
    """Gather the values of one broker as they arrive.

    Attributes:
        tree: every topic, for the view of what was told as it was told.
        history: values by the names of `METRICS`; of rates by the same names.
        events: what happened.

    """

    def __init__(self) -> None:
        self.tree = Tree()
        self.history = History()
        self.rate_history = History()
        self.events = EventLog()
        self._detector = Detector()
        self._marks = Marks()
        self._interval = Interval()
        self._nodes: dict[bytes, None] = {}
        self._uptimes: dict[bytes, float] = {}
        self._restart: tuple[int, float] | None = None
        self._last_update_ns: int | None = None
        self._last_heard_ns: int | None = None

    @property
    def dialect(self) -> Dialect | None:
        """The dialect that is believed now."""
        return self._detector.dialect

    @property
    def detection(self) -> Detection:
        """The dialect that is believed now, and how sure that is."""
        return self._detector.detection

    @property
    def last_heard_ns(self) -> int | None:
        """When anything came below $SYS, nanoseconds since the epoch."""
        return self._last_heard_ns

    @property
    def restart(self) -> tuple[int, float] | None:
        """When the newest start of a node was noticed (nanoseconds), and how many seconds it had run before."""
        return self._restart

    def update(self, topic: bytes, payload: bytes, time_ns: int, *, retained: bool = False) -> bool:
        """Take in one message; returns whether a value or an event was understood.

        Nothing that a topic or a payload holds raises; what is too long is looked at in part.
        """
        if not topic.startswith(_PREFIX):
            return False
        self._last_heard_ns = max(time_ns, self._last_heard_ns or 0)
        is_new = topic not in self.tree.entries
        if len(topic) <= MAX_TOPIC and self._detector.see(topic, payload, is_new=is_new):
            self._begin_again()
        understood = self._take(topic, payload, time_ns, retained=retained)
        if understood:
            self._last_update_ns = max(time_ns, self._last_update_ns or 0)
        return understood

    def snapshot(self) -> Status:
        """Return all that is known now."""
        dialect = self.dialect
        if dialect is None:
            return Status(
                interval_s=self._interval.seconds,
                last_update_ns=self._last_update_ns,
                last_heard_ns=self._last_heard_ns,
            )
        meaning = self._meaning(dialect)
        found = {name: meaning.reading(name) for name in METRICS}
        return Status(
            detection=self.detection,
            readings=in_order({name: r for name, r in found.items() if r is not None}),
            nodes=tuple(read_text(node) for node in self._nodes if node),
            interval_s=self._interval.seconds,
            usual_interval_s=dialect.interval_s or None,
            last_update_ns=self._last_update_ns,
            last_heard_ns=self._last_heard_ns,
        )

    def rate_of(self, entry: Entry) -> float | None:
        """Return how fast a topic's number grows per second, understood or not."""
        return None if entry.total is None else entry.total.rate(self._marks.left_out_since())

    def is_total(self, topic: bytes) -> bool:
        """Tell whether a topic's number only grows: as the tables of its dialect say, or else as it was seen."""
        entry = self.tree.entries.get(topic)
        if entry is None or entry.number is None:
            return False
        dialect = self.dialect
        place = dialect.split(topic) if dialect is not None else None
        metric = dialect.metric_of.get(place[1]) if dialect is not None and place else None
        if dialect is None or place is None or metric is None:
            return entry.only_grows
        name = place[1].decode(errors="replace")
        figures = dialect.by_metric.get(metric, ())
        return METRICS[metric].kind is Kind.TOTAL and any(f.topic == name for f in figures)

    # Private

    def _meaning(self, dialect: Dialect) -> Meaning:
        return Meaning(dialect, self.tree, self._nodes, self._marks.left_out_since())

    def _take(self, topic: bytes, payload: bytes, time_ns: int, *, retained: bool) -> bool:
        dialect = self.dialect
        place = dialect.split(topic) if dialect is not None and len(topic) <= MAX_TOPIC else None
        if dialect is None or place is None:
            self._keep(topic, payload, time_ns, retained=retained)
            return False
        node, name = place
        if found := dialect.event_of(name):
            text = event_text(*found, payload)
            kind = found[0].kind
            self.events.add(Event(time_ns, kind, text, read_text(node), topic, retained))
            return True
        if name == dialect.round_topic.encode():
            self._mark(topic, payload, time_ns, retained=retained)
        entry = self._keep(topic, payload, time_ns, retained=retained)
        metric = dialect.metric_of.get(name)
        if entry is None or metric is None or not self._has_node(node):
            return False
        if metric == "uptime_s":
            self._look_for_restart(topic, payload, time_ns)
        return self._remember(self._meaning(dialect), metric, node, name, time_ns)

    def _look_for_restart(self, topic: bytes, payload: bytes, time_ns: int) -> None:
        told = read_duration(payload)
        dialect = self.dialect
        if told is None or dialect is None:
            return
        scale = next(figure.scale for figure in dialect.by_metric["uptime_s"])
        uptime_s = told * scale
        before = self._uptimes.get(topic)
        if before is not None and uptime_s < before:
            self._restart = time_ns, before
        self._uptimes[topic] = uptime_s

    def _keep(self, topic: bytes, payload: bytes, time_ns: int, *, retained: bool) -> Entry | None:
        before = self.tree.entries.get(topic)
        news_ns = None if before is None else before.news_ns
        entry = self.tree.take(topic, payload, time_ns, self._marks.before(), retained=retained)
        if entry is not None and entry.news_ns is not None and entry.number is not None:
            self._interval.take(topic, news_ns, entry.news_ns)
        return entry

    def _mark(self, topic: bytes, payload: bytes, time_ns: int, *, retained: bool) -> None:
        is_news = not retained or topic in self.tree.entries
        self._marks.take(read_duration(payload), time_ns, is_news=is_news)
        since, before = self._marks.left_out_since(), self._marks.before()
        dialect = self.dialect
        if not is_news or since is None or before is None or dialect is None:
            return
        meaning = self._meaning(dialect)
        for name in dialect.by_metric:
            reading = meaning.reading(name) if METRICS[name].kind is Kind.TOTAL else None
            if reading is not None and reading.time_ns < since and reading.rate is not None:
                self.rate_history.add(name, before, reading.rate)

    def _has_node(self, node: bytes) -> bool:
        if node not in self._nodes and len(self._nodes) < _MAX_NODES:
            self._nodes[node] = None
        return node in self._nodes

    def _remember(
        self, meaning: Meaning, metric: str, node: bytes, name: bytes, time_ns: int
    ) -> bool:
        """Put the new value into the histories; returns whether it is one."""
        if not meaning.is_told(metric, node, name):
            return False
        reading = meaning.reading(metric)
        if reading is not None and not isinstance(reading.value, str):
            if reading.value is not None:
                self.history.add(metric, time_ns, reading.value)
            rate = reading.told_rate if reading.rate is None else reading.rate
            if rate is not None:
                self.rate_history.add(metric, time_ns, rate)
        return True

    def _begin_again(self) -> None:
        """Read what is there through other tables: what was told is kept, what it meant is not."""
        dialect = self.dialect
        self._nodes.clear()
        self.history.clear()
        self.rate_history.clear()
        self._marks = Marks()
        self._uptimes.clear()
        if dialect is None:
            return
        for topic in tuple(self.tree.entries):
            if (place := dialect.split(topic)) is None:
                continue
            node, name = place
            entry = self.tree.entries[topic]
            if found := dialect.event_of(name):
                text = event_text(*found, entry.payload)
                retained = entry.news == 0
                event = Event(entry.time_ns, found[0].kind, text, read_text(node), topic, retained)
                self.events.add(event)
                del self.tree.entries[topic]
            elif (metric := dialect.metric_of.get(name)) and self._has_node(node):
                if name == dialect.round_topic.encode():
                    uptime_s = read_duration(entry.payload)
                    self._marks.take(uptime_s, entry.time_ns, is_news=entry.news > 0)
                if self._remember(self._meaning(dialect), metric, node, name, entry.time_ns):
                    self._last_update_ns = max(entry.time_ns, self._last_update_ns or 0)

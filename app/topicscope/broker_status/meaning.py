"""Reading the topics of a broker through the tables of one dialect: nodes added up, units made one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.numbers import read_duration, read_text
from topicscope.broker_status.status import Load, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from topicscope.broker_status.dialect import Dialect, Figure
    from topicscope.broker_status.metrics import Metric
    from topicscope.broker_status.numbers import Number
    from topicscope.broker_status.tree import Entry, Tree

_MINUTES = (1, 5, 15)


class Meaning:
    """A dialect's view of a tree of topics."""

    def __init__(
        self, dialect: Dialect, tree: Tree, nodes: Iterable[bytes], held_until_ns: int | None
    ) -> None:
        self._dialect = dialect
        self._entries = tree.entries
        self._nodes = tuple(nodes)
        self._held_until_ns = held_until_ns

    def reading(self, name: str) -> Reading | None:
        """Return one metric of the whole cluster; None where it is not told."""
        parts = [part for node in self._nodes if (part := self._of_node(name, node)) is not None]
        if not parts:
            return None
        if len(parts) == 1:
            return parts[0]
        return _of_cluster(parts, METRICS[name], once=self._is_replicated(name))

    def is_told(self, metric: str, node: bytes, name: bytes) -> bool:
        """Tell whether a topic now says something that its tables understand."""
        entry = self._entries.get(self._dialect.topic(node, name.decode(errors="replace")))
        if entry is None:
            return False
        text = name.decode(errors="replace")
        figures = [f for f in self._dialect.by_metric.get(metric, ()) if f.topic == text]
        if any(_value(figure, entry) is not None for figure in figures):
            return True
        loads = self._dialect.loads_by_metric.get(metric, ())
        return entry.number is not None and any(load.topic == text for load in loads)

    def _is_replicated(self, name: str) -> bool:
        return any(figure.replicated for figure in self._dialect.by_metric.get(name, ()))

    def _of_node(self, name: str, node: bytes) -> Reading | None:
        metric = METRICS[name]
        found = self._told(name, node)
        told_rate, told, told_ns = self._loads(name, node)
        if not found:
            if told_ns is None:
                return None
            return Reading(metric, None, told_ns, told_rate=told_rate, told=told)
        values = [value for _, _, _, value in found]
        value = values[0] if len(values) == 1 else sum(v for v in values if not isinstance(v, str))
        rate, averages = self._growth(found) if metric.kind is Kind.TOTAL else (None, Load())
        label = read_text(node)
        return Reading(
            metric,
            value,
            max(entry.time_ns for _, entry, _, _ in found),
            found[0][2],
            rate,
            averages,
            told_rate,
            told,
            MappingProxyType({label: value} if label else {}),
        )

    def _told(self, name: str, node: bytes) -> list[tuple[Figure, Entry, bytes, Number | str]]:
        """Return the first topic that tells the metric, or all that are to be added."""
        found: list[tuple[Figure, Entry, bytes, Number | str]] = []
        for figure in self._dialect.by_metric.get(name, ()):
            if found and not (figure.added and found[0][0].added):
                break
            topic = self._dialect.topic(node, figure.topic)
            entry = self._entries.get(topic)
            value = None if entry is None else _value(figure, entry)
            if entry is not None and value is not None:
                found.append((figure, entry, topic, value))
        return found

    def _growth(
        self, found: Sequence[tuple[Figure, Entry, bytes, Number | str]]
    ) -> tuple[float | None, Load]:
        rates: list[float | None] = []
        averages: list[Load] = []
        for figure, entry, _, _ in found:
            if entry.total is not None:
                rate = entry.total.rate(self._held_until_ns)
                rates.append(None if rate is None else rate * figure.scale)
                average = entry.total.averages(self._held_until_ns)
                averages.append(Load(*(None if v is None else v * figure.scale for v in average)))
        return _sum(rates), Load(*map(_sum, zip(*averages, strict=True))) if averages else Load()

    def _loads(self, name: str, node: bytes) -> tuple[float | None, Load, int | None]:
        now: float | None = None
        averages: list[float | None] = [None, None, None]
        newest: int | None = None
        for load in self._dialect.loads_by_metric.get(name, ()):
            entry = self._entries.get(self._dialect.topic(node, load.topic))
            if entry is None or entry.number is None:
                continue
            newest = max(entry.time_ns, newest or 0)
            if load.minutes:
                averages[_MINUTES.index(load.minutes)] = entry.number * load.scale
            else:
                now = entry.number * load.scale
        return now, Load(*averages), newest


def _value(figure: Figure, entry: Entry) -> Number | str | None:
    if figure.form == "text":
        return read_text(entry.payload) or None
    number = read_duration(entry.payload) if figure.form == "duration" else entry.number
    if number is None or figure.scale == 1:
        return number
    return number * figure.scale


def _of_cluster(parts: Sequence[Reading], metric: Metric, *, once: bool) -> Reading:
    """Make one reading of those of the nodes."""
    values = [part.value for part in parts if part.value is not None]
    return Reading(
        metric,
        _joined(values, "max" if once else metric.cluster),
        max(part.time_ns for part in parts),
        parts[0].topic,
        _sum(part.rate for part in parts),
        _loads_of([part.averages for part in parts]),
        _sum(part.told_rate for part in parts),
        _loads_of([part.told for part in parts]),
        MappingProxyType({node: v for part in parts for node, v in part.nodes.items()}),
    )


def _joined(values: Sequence[Number | str], how: str) -> Number | str | None:
    words = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    if words:
        return ", ".join(words)
    numbers = [value for value in values if not isinstance(value, str)]
    if not numbers:
        return None
    if how == "sum":
        return sum(numbers)
    return max(numbers) if how == "max" else min(numbers)


def _loads_of(loads: Sequence[Load]) -> Load:
    return Load(*map(_sum, zip(*loads, strict=True)))


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _sum(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return sum(known) if known else None

"""What a broker tells of itself, in one shape for every dialect of $SYS; None is "not told"."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from topicscope.broker_status.metrics import METRICS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.broker_status.metrics import Metric
    from topicscope.broker_status.numbers import Number

Sureness = Literal["certain", "likely", "guessed", "unknown"]


class Load(NamedTuple):
    """Averages over the last 1, 5 and 15 minutes."""

    one: float | None = None
    five: float | None = None
    fifteen: float | None = None


class Detection(NamedTuple):
    """Which dialect is spoken, and how sure that is; with an empty key nothing is known."""

    key: str = ""
    name: str = "Unknown broker"
    sure: Sureness = "unknown"
    points: int = 0


NO_LOAD = Load()
UNKNOWN_BROKER = Detection()


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric as it stands; rates and averages are per second.

    Attributes:
        metric: what it is of.
        value: in the metric's unit; None where the broker tells only a rate.
        time_ns: when the newest part of it arrived, nanoseconds since the epoch.
        topic: the first Topic Name it comes from.
        rate: computed from the two newest totals.
        averages: computed from the totals, with the same formula for every broker.
        told_rate: by the broker itself, for just now.
        told: averages by the broker itself.
        nodes: values of each node of a cluster, by its name.

    """

    metric: Metric
    value: Number | str | None
    time_ns: int
    topic: bytes = b""
    rate: float | None = None
    averages: Load = NO_LOAD
    told_rate: float | None = None
    told: Load = NO_LOAD
    nodes: Mapping[str, Number | str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Status:
    """One moment of a broker.

    Attributes:
        detection: the dialect and how sure it is.
        readings: by the names of `METRICS`, in their order; what is not told is left out.
        nodes: names of the nodes of a cluster; empty where a dialect has none.
        interval_s: measured pause between two rounds; None while unknown.
        usual_interval_s: of this dialect unless configured otherwise; None while unknown.
        last_update_ns: when the newest of these values arrived, nanoseconds since the epoch.
        last_heard_ns: when anything arrived below ``$SYS``, understood or not.

    """

    detection: Detection = UNKNOWN_BROKER
    readings: Mapping[str, Reading] = field(default_factory=lambda: MappingProxyType({}))
    nodes: tuple[str, ...] = ()
    interval_s: float | None = None
    usual_interval_s: float | None = None
    last_update_ns: int | None = None
    last_heard_ns: int | None = None

    def value(self, name: str) -> Number | None:
        """Return the value of a metric that is a number."""
        reading = self.readings.get(name)
        return None if reading is None or isinstance(reading.value, str) else reading.value

    @property
    def version(self) -> str | None:
        """What the broker calls itself."""
        reading = self.readings.get("version")
        return reading.value if reading is not None and isinstance(reading.value, str) else None

    @property
    def uptime_s(self) -> float | None:
        """Seconds since the broker started."""
        return self.value("uptime_s")

    @property
    def rates(self) -> Mapping[str, float]:
        """Rates per second by the names of their totals: computed, or else told."""
        found: dict[str, float] = {}
        for name, reading in self.readings.items():
            rate = reading.told_rate if reading.rate is None else reading.rate
            if rate is not None:
                found[name] = rate
        return found

    @property
    def loads(self) -> Mapping[str, Load]:
        """Averages that the broker itself tells, per minute, by what is counted: ``messages received``."""
        return {
            name.replace("_", " "): Load(
                *(None if value is None else round(value * 60, 6) for value in reading.told)
            )
            for name, reading in self.readings.items()
            if reading.told != NO_LOAD
        }


def in_order(readings: Mapping[str, Reading]) -> Mapping[str, Reading]:
    """Return readings in the order in which metrics are shown."""
    return MappingProxyType({name: readings[name] for name in METRICS if name in readings})


def is_total(reading: Reading) -> bool:
    """Tell whether a reading is one that has a rate."""
    return reading.metric.kind is Kind.TOTAL

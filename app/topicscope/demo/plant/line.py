"""A production line: sensors in JSON that drift and sometimes fail, machine states, a counter, alarms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from topicscope.demo.plant.device import (
    CONTENT_TYPE,
    MESSAGE_EXPIRY,
    USER_PROPERTY,
    Device,
    Incoming,
    Messages,
    Outgoing,
    as_json,
    from_json,
    timestamp,
)
from topicscope.demo.plant.signals import Fault, RandomWalk

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a sensor measures: its limits, how far it moves in a reading, seconds between readings."""

    name: str
    unit: str
    low: float
    high: float
    step: float
    period: float = 1.0
    digits: int = 1


_AMBIENT = (
    Quantity("temperature", "degC", 18, 34, 0.15),
    Quantity("humidity", "%", 30, 65, 0.4, 2.0),
    Quantity("power", "kW", 40, 180, 2.5),
    Quantity("speed", "units/min", 20, 62, 0.8),
)
_MACHINES = {
    "press": (
        Quantity("temperature", "degC", 45, 95, 0.6),
        Quantity("pressure", "bar", 120, 210, 2.0),
        Quantity("vibration", "mm/s", 0.2, 9.0, 0.25, 0.25, 3),
        Quantity("strokes", "1/min", 10, 30, 0.3, 2.0),
    ),
    "oven": (
        Quantity("temperature", "degC", 180, 240, 1.0),
        Quantity("setpoint", "degC", 205, 215, 0.0, 10.0),
        Quantity("power", "kW", 12, 60, 1.2),
        Quantity("humidity", "%", 2, 9, 0.1, 2.0),
    ),
    "conveyor": (
        Quantity("speed", "m/s", 0.1, 1.4, 0.02, 1.0, 2),
        Quantity("current", "A", 1.5, 9.5, 0.15, 1.0, 2),
        Quantity("vibration", "mm/s", 0.1, 5.0, 0.15, 0.25, 3),
        Quantity("load", "kg", 0, 400, 9.0),
    ),
    "robot": (
        Quantity("temperature", "degC", 30, 70, 0.3),
        Quantity("torque", "Nm", 5, 90, 1.5, 0.5),
        Quantity("cycle_time", "s", 3.2, 6.8, 0.06, 2.0, 2),
        Quantity("position", "mm", -900, 900, 40.0, 0.5),
    ),
}
_STATES = ("running", "running", "running", "idle", "setup", "maintenance")
_OVERHEATED = 232.0
_JSON_TYPE: PropertyList = [(CONTENT_TYPE, "application/json")]


class ProductionLine(Device):
    """The controller of one line, which speaks for all its machines; obeys ``plant/<line>/command``."""

    def __init__(self, number: int, seed: object) -> None:
        super().__init__(f"line{number}-controller", seed)
        self._root = f"plant/line{number}"
        self.commands = (f"{self._root}/command",)
        self._number = number
        self._made = self.random.randrange(10_000)
        self._rejected = self._made // 60
        self._alarm_id = 0
        self._is_stopped = False
        self._states = dict.fromkeys(_MACHINES, "running")
        self._alarms: dict[str, int] = {}
        self._add_sensors("", _AMBIENT)
        for machine, quantities in _MACHINES.items():
            self._add_sensors(f"{machine}/", quantities)
            self.every(20.0 + self.random.random() * 20, partial(self._change_state, machine))
        self.every(2.5, self._count)
        self.every(10.0, self._effectiveness)
        self.every(60.0, self._report)

    def on_connect(self, now: float) -> Messages:
        """Publish what is retained: the order and the state of each machine."""
        order = {"order": f"PO-{48_200 + self._number}", "article": "Gearbox housing 210-A"}
        yield Outgoing(f"{self._root}/order", as_json(order), 1, retain=True)
        for machine in _MACHINES:
            yield self._state_of(machine, now)

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Stop or start the line on ``{"command":"stop"}`` and ``{"command":"start"}``."""
        command = from_json(message.payload)
        word = command.get("command") if isinstance(command, dict) else None
        if word not in {"stop", "start"}:
            return
        self._is_stopped = word == "stop"
        for machine in _MACHINES:
            self._states[machine] = "stopped" if self._is_stopped else "running"
            yield self._state_of(machine, now)

    def _add_sensors(self, prefix: str, quantities: tuple[Quantity, ...]) -> None:
        for quantity in quantities:
            topic = f"{self._root}/{prefix}{quantity.name}"
            walk = RandomWalk(
                self.random, quantity.low, quantity.high, quantity.step, quantity.digits
            )
            # One sensor in five is a bad one: out of order for half a minute every few minutes.
            good_for = 150.0 if self.random.random() < 0.2 else 3_000.0
            fault = Fault(self.random, good_for, 30.0)
            self.every(quantity.period, partial(self._read, topic, quantity, walk, fault))

    def _read(
        self, topic: str, quantity: Quantity, walk: RandomWalk, fault: Fault, now: float
    ) -> Messages:
        value = walk.next()
        is_bad = fault.update(now)
        yield from self._watch(topic, "is out of order" if is_bad else "", now)
        if is_bad:
            yield _bad_reading(topic, quantity, fault, now)
            return
        if topic.endswith("oven/temperature"):
            too_hot = value > _OVERHEATED
            yield from self._watch(f"{topic} high", "is too high" if too_hot else "", now)
        reading = {"value": value, "unit": quantity.unit, "quality": "good"}
        reading["time"] = timestamp(now)
        properties: PropertyList = []
        if quantity.name == "vibration":
            properties = _JSON_TYPE
        elif topic.endswith("/power"):
            properties = [(USER_PROPERTY, ("site", "hall-2")), (MESSAGE_EXPIRY, 60)]
        yield Outgoing(topic, as_json(reading), properties=properties)

    def _watch(self, subject: str, problem: str, now: float) -> Messages:
        """Raise an alarm when a problem begins and clear it when it ends."""
        if bool(problem) == (subject in self._alarms):
            return
        if problem:
            self._alarm_id += 1
            self._alarms[subject] = self._alarm_id
        identifier = self._alarms[subject] if problem else self._alarms.pop(subject)
        source = subject.removesuffix(" high")
        alarm = {
            "id": f"L{self._number}-{identifier:04}",
            "severity": "critical" if subject != source else "warning",
            "source": source,
            "text": f"{source} {problem or 'is well again'}",
            "active": bool(problem),
            "time": timestamp(now),
        }
        yield Outgoing(f"{self._root}/alarms", as_json(alarm), 1, properties=_JSON_TYPE)

    def _change_state(self, machine: str, now: float) -> Messages:
        state = "stopped" if self._is_stopped else self.random.choice(_STATES)
        if state != self._states[machine]:
            self._states[machine] = state
            yield self._state_of(machine, now)

    def _state_of(self, machine: str, now: float) -> Outgoing:
        state = {"state": self._states[machine], "since": timestamp(now)}
        return Outgoing(f"{self._root}/{machine}/state", as_json(state), 1, retain=True)

    def _count(self, now: float) -> Messages:
        if self._is_stopped:
            return
        self._made += self.random.randrange(1, 4)
        self._rejected += self.random.random() < 0.04
        count = {"made": self._made, "rejected": self._rejected, "time": timestamp(now)}
        yield Outgoing(f"{self._root}/counter", as_json(count), 1)

    def _effectiveness(self, now: float) -> Messages:
        quality = 1 - self._rejected / max(1, self._made)
        availability = self.random.uniform(0.85, 0.97)
        performance = self.random.uniform(0.8, 0.98)
        figures = {
            "availability": round(availability, 3),
            "performance": round(performance, 3),
            "quality": round(quality, 4),
            "oee": round(availability * performance * quality, 3),
        }
        yield Outgoing(f"{self._root}/oee", as_json(figures), retain=True)

    def _report(self, now: float) -> Messages:
        report = {"line": self._number, "made": self._made, "rejected": self._rejected}
        report["open_alarms"] = len(self._alarms)
        yield Outgoing(f"{self._root}/report", as_json(report), 2)


def _bad_reading(topic: str, quantity: Quantity, fault: Fault, now: float) -> Outgoing:
    if fault.kind == 0:
        return Outgoing(topic, b"ERR 17 open circuit")
    error = "no signal" if fault.kind == 1 else "checksum"
    reading = {"value": None, "unit": quantity.unit, "quality": "bad", "error": error}
    return Outgoing(topic, as_json({**reading, "time": timestamp(now)}))

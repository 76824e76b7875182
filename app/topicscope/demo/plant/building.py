"""A building as PlaceOS publishes one: states by zone, system, driver and module, and retained names of the ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from topicscope.demo.plant.device import Device, Messages, Outgoing, as_json
from topicscope.demo.plant.signals import RandomWalk

if TYPE_CHECKING:
    from collections.abc import Callable

ORGANISATION = "org-Fq3HxV"
BUILDING = "bld-Ga7Lm2"


@dataclass(frozen=True, slots=True)
class Room:
    """A system of PlaceOS and where it is."""

    level: str
    area: str
    system: str


_ROOMS = (
    Room("lvl-Hb1Rt8", "area-Jc5Np4", "sys-Kd9Vw6"),
    Room("lvl-Hb1Rt8", "area-Jc5Np4", "sys-Le2Xy3"),
    Room("lvl-Hb1Rt8", "area-Mf6Za7", "sys-Ng4Bc5"),
    Room("lvl-Ph8De1", "area-Qi3Fg9", "sys-Rj7Hk2"),
    Room("lvl-Ph8De1", "area-Qi3Fg9", "sys-Sk1Jm8"),
    Room("lvl-Ph8De1", "area-Qi3Fg9", "sys-Tl5Lp4"),
)
_DRIVERS = {
    "Display": "driver-Um2Nq6",
    "Sensor": "driver-Vn8Ps3",
    "Bookings": "driver-Wo4Rt7",
    "Lighting": "driver-Xp9Uv1",
}
_NAMES = {
    ORGANISATION: "Harbour Works",
    BUILDING: "Harbour Building",
    "lvl-Hb1Rt8": "Level 1",
    "lvl-Ph8De1": "Level 2",
    "area-Jc5Np4": "East Wing",
    "area-Mf6Za7": "Reception",
    "area-Qi3Fg9": "Project Floor",
    "sys-Kd9Vw6": "Meeting Room Lighthouse",
    "sys-Le2Xy3": "Meeting Room Anchor",
    "sys-Ng4Bc5": "Foyer",
    "sys-Rj7Hk2": "Board Room",
    "sys-Sk1Jm8": "Focus Room 2.04",
    "sys-Tl5Lp4": "Café Möwe",
    "driver-Um2Nq6": "Samsung MDC Display",
    "driver-Vn8Ps3": "Room Sensor",
    "driver-Wo4Rt7": "Bookings",
    "driver-Xp9Uv1": "KNX Lighting",
}


class BuildingService(Device):
    """The service that mirrors the states of all modules to MQTT."""

    def __init__(self, seed: object) -> None:
        super().__init__("placeos-mqtt", seed)
        self._first: list[Callable[[float], Messages]] = []
        for room in _ROOMS:
            self._add_room(room)

    def on_connect(self, now: float) -> Messages:
        """Publish the names, retained, and each state once."""
        for identifier, name in _NAMES.items():
            topic = f"placeos/{ORGANISATION}/metadata/{identifier}"
            yield Outgoing(topic, as_json({"name": name}), 1, retain=True)
        for work in self._first:
            yield from work(now)

    def _add_room(self, room: Room) -> None:
        source = self.random
        inputs = ("hdmi", "hdmi2", "display_port", "airplay")
        occupancy = RandomWalk(source, 0, 14, 0.6, 0)
        self._add(room, "Display", "power", 25, partial(self._chance, 0.8))
        self._add(room, "Display", "input", 40, partial(source.choice, inputs))
        self._add(room, "Display", "volume", 15, RandomWalk(source, 0, 60, 4, 0).next)
        self._add(room, "Sensor", "temperature", 4, RandomWalk(source, 19, 26, 0.1, 2).next)
        self._add(room, "Sensor", "co2", 5, RandomWalk(source, 400, 1_300, 15, 0).next)
        self._add(room, "Sensor", "people_count", 8, occupancy.next)
        self._add(
            room, "Bookings", "status", 30, partial(source.choice, ("free", "busy", "pending"))
        )
        self._add(
            room, "Lighting", "scene", 35, partial(source.choice, (None, "Present", "Video", "Off"))
        )

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _add(
        self, room: Room, module: str, state: str, period: float, value: Callable[[], object]
    ) -> None:
        driver = _DRIVERS[module]
        place = f"{BUILDING}/{room.level}/{room.area}/{room.system}"
        topic = f"placeos/{ORGANISATION}/state/{place}/{driver}/{module}/1/{state}"
        work = partial(self._publish, topic, value)
        self._first.append(work)
        self.every(period, work)

    def _publish(self, topic: str, value: Callable[[], object], now: float) -> Messages:
        yield Outgoing(topic, as_json({"time": int(now * 1000), "value": value()}))

"""Single devices, each for one thing to debug: requests and responses, CBOR, a lost connection, odd payloads."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from topicscope.demo.plant.device import (
    CONTENT_TYPE,
    CORRELATION_DATA,
    RESPONSE_TOPIC,
    USER_PROPERTY,
    Device,
    Incoming,
    Messages,
    Outgoing,
    as_json,
    from_json,
    timestamp,
)
from topicscope.demo.plant.signals import RandomWalk
from topicscope.mqtt.packets import WillMessage

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

_VALVE = "devices/valve-3"


class Valve(Device):
    """Answers ``{"method":"get"|"set","position":…}`` on the Response Topic of the request (section 4.10)."""

    commands = (f"{_VALVE}/request",)

    def __init__(self, seed: object) -> None:
        super().__init__("valve-3", seed)
        self._position = 40
        self.every(5.0, self._state)

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Answer with the same Correlation Data; without a Response Topic on ``…/response``."""
        request = from_json(message.payload)
        answer, is_refused = self._carry_out(request if isinstance(request, dict) else {})
        properties: PropertyList = [(CONTENT_TYPE, "application/json")]
        correlation = message.find(CORRELATION_DATA)
        if isinstance(correlation, bytes):
            properties.append((CORRELATION_DATA, correlation))
        properties.append((USER_PROPERTY, ("status", "error" if is_refused else "ok")))
        wanted = message.find(RESPONSE_TOPIC)
        is_topic = isinstance(wanted, str) and wanted and not set("+#") & set(wanted)
        topic = str(wanted) if is_topic else f"{_VALVE}/response"
        yield Outgoing(topic, as_json(answer), 1, properties=properties)
        if not is_refused:
            yield from self._state(now)

    def _carry_out(self, request: dict[str, object]) -> tuple[dict[str, object], bool]:
        if request.get("method") == "get":
            return {"position": self._position}, False
        position = request.get("position")
        if request.get("method") == "set" and isinstance(position, int) and 0 <= position <= 100:
            self._position = position
            return {"position": position}, False
        return {"error": 'say {"method":"get"} or {"method":"set","position":0…100}'}, True

    def _state(self, now: float) -> Messages:
        state = {"position": self._position, "time": timestamp(now)}
        yield Outgoing(f"{_VALVE}/state", as_json(state), retain=True)


class Controller(Device):
    """Asks the valve something every few seconds, as the other half of the conversation."""

    def __init__(self, seed: object) -> None:
        super().__init__("controller-1", seed)
        self._number = 0
        self.every(8.0, self._ask)

    def _ask(self, now: float) -> Messages:
        self._number += 1
        request: dict[str, object] = {"method": "get"}
        if self._number % 4 == 0:
            # Sometimes out of range, so that an error can be seen too.
            request = {"method": "set", "position": self.random.randrange(0, 120)}
        properties: PropertyList = [
            (RESPONSE_TOPIC, "devices/controller-1/responses"),
            (CORRELATION_DATA, struct.pack(">I", self._number)),
        ]
        yield Outgoing(f"{_VALVE}/request", as_json(request), 1, properties=properties)


class Truck(Device):
    """A tracker that saves bytes: CBOR."""

    def __init__(self, seed: object) -> None:
        super().__init__("truck-7-tracker", seed)
        self._latitude = RandomWalk(self.random, 53.50, 53.60, 0.0008, 6)
        self._longitude = RandomWalk(self.random, 9.90, 10.10, 0.0012, 6)
        self._speed = RandomWalk(self.random, 0, 85, 3)
        self._fuel = 92.0
        self.every(1.0, self._position)
        self.every(15.0, self._status)

    def _position(self, now: float) -> Messages:
        position = {
            "t": int(now),
            "pos": [self._latitude.next(), self._longitude.next()],
            "kmh": self._speed.next(),
            "fix": self.random.choice((2, 3, 3, 3)),
        }
        yield self._cbor("fleet/truck-7/position", position)

    def _status(self, now: float) -> Messages:
        self._fuel = self._fuel - 0.1 if self._fuel > 5 else 100.0
        status = {
            "t": int(now),
            "fuel": round(self._fuel, 1),
            "vin": b"\x4d\x3a\x00\x71",
            "dtc": None,
        }
        yield self._cbor("fleet/truck-7/status", status)

    @staticmethod
    def _cbor(topic: str, value: object) -> Outgoing:
        import cbor2  # late: only who runs the plant needs it

        properties: PropertyList = [(CONTENT_TYPE, "application/cbor")]
        return Outgoing(topic, cbor2.dumps(value), properties=properties)


class WeatherStation(Device):
    """Loses its connection every minute or so, which leaves its Will, and comes back after some seconds."""

    def __init__(self, seed: object) -> None:
        super().__init__("weather-station-2", seed)
        self._temperature = RandomWalk(self.random, -3, 29, 0.1)
        self._wind = RandomWalk(self.random, 0, 22, 0.6)
        self._change_at = 0.0
        self.every(1.0, self._live)

    def will(self) -> WillMessage:
        """Say offline when lost."""
        return WillMessage("weather/station-2/status", b"offline", 1, retain=True)

    def on_connect(self, now: float) -> Messages:
        """Say online."""
        # The first death comes early: whoever tries the demo shall not have to wait for it.
        self._change_at = now + (self.random.uniform(50, 90) if self._change_at else 25.0)
        yield Outgoing("weather/station-2/status", b"online", 1, retain=True)

    def _live(self, now: float) -> Messages:
        if now >= self._change_at:
            self.is_online = not self.is_online
            self._change_at = now + self.random.uniform(8, 14)
            return
        if self.is_online:
            temperature = f"{self._temperature.next():.1f}"
            yield Outgoing("weather/station-2/temperature", temperature.encode())
            yield Outgoing("weather/station-2/wind", f"{self._wind.next():.1f} m/s".encode())


class Meters(Device):
    """Meters and loggers that do not speak JSON: plain numbers, CSV, line protocol, structs, zlib."""

    def __init__(self, seed: object) -> None:
        super().__init__("meter-gateway", seed)
        self._power = RandomWalk(self.random, 800, 9_000, 150, 0)
        self._energy = 48_213_544
        self._level = RandomWalk(self.random, 0, 4_095, 30, 0)
        self.every(1.0, self._fast)
        self.every(5.0, self._slow)
        self.every(20.0, self._log)

    def _fast(self, now: float) -> Messages:
        power = int(self._power.next())
        self._energy += power // 3_600
        phases = [round(power / 3 * self.random.uniform(0.9, 1.1)) for _ in range(3)]
        yield Outgoing("energy/main/power", str(power).encode())
        yield Outgoing("energy/main/phases", ";".join(map(str, phases)).encode())

    def _slow(self, now: float) -> Messages:
        level = int(self._level.next())
        point = f"tank,site=yard,id=2 level={level}i,valid=true {int(now * 1e9)}"
        yield Outgoing("energy/main/total", str(self._energy).encode(), retain=True)
        yield Outgoing("yard/tank-2/influx", point.encode())
        yield Outgoing("yard/tank-2/raw", struct.pack(">BHIf", 1, level, int(now), level / 40.95))

    def _log(self, now: float) -> Messages:
        lines = [f"{timestamp(now - age)} INFO level {age}\n" for age in range(40, 0, -1)]
        properties: PropertyList = [(CONTENT_TYPE, "application/zlib")]
        payload = zlib.compress("".join(lines).encode())
        yield Outgoing("yard/tank-2/log", payload, properties=properties)

"""A smart home: zigbee2mqtt with its bridge, Home Assistant discovery, and a plug with Tasmota's topics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from topicscope.demo.plant.device import (
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

_BASE = "zigbee2mqtt"


@dataclass(frozen=True, slots=True)
class Thing:
    """A Zigbee device: what it is, and what Home Assistant is told about it."""

    name: str
    address: str
    model: str
    vendor: str
    component: str
    key: str
    unit: str = ""


_THINGS = (
    Thing("kitchen_light", "0x00158d0001a2b3c4", "LED1545G12", "IKEA", "light", "state"),
    Thing(
        "hallway_motion", "0x00158d0002b3c4d5", "RTCGQ11LM", "Aqara", "binary_sensor", "occupancy"
    ),
    Thing(
        "bedroom_climate",
        "0x00158d0003c4d5e6",
        "WSDCGQ11LM",
        "Aqara",
        "sensor",
        "temperature",
        "°C",
    ),
    Thing("front_door", "0x00158d0004d5e6f7", "MCCGQ11LM", "Aqara", "binary_sensor", "contact"),
    Thing("desk_plug", "0x00158d0005e6f708", "SP 120", "Innr", "switch", "state"),
    Thing("cellar_leak", "0x00158d0006f70819", "SJCGQ11LM", "Aqara", "binary_sensor", "water_leak"),
    Thing(
        "garden_climate", "0x00158d000708192a", "SNZB-02D", "SONOFF", "sensor", "temperature", "°C"
    ),
    Thing("stairs_button", "0x00158d0008192a3b", "E1743", "IKEA", "sensor", "action"),
)


class ZigbeeBridge(Device):
    """zigbee2mqtt: device states, availability, the bridge's own topics; obeys ``…/set`` and ``…/get``."""

    commands = (f"{_BASE}/+/set", f"{_BASE}/+/get")

    def __init__(self, seed: object) -> None:
        super().__init__("mqttjs_zigbee2mqtt", seed)
        source = self.random
        self._states: dict[str, dict[str, object]] = {t.name: self._initial(t) for t in _THINGS}
        self._climates = {
            "bedroom_climate": (
                RandomWalk(source, 16, 24, 0.05, 2),
                RandomWalk(source, 35, 65, 0.3, 1),
            ),
            "garden_climate": (
                RandomWalk(source, -4, 31, 0.1, 2),
                RandomWalk(source, 40, 98, 0.5, 1),
            ),
        }
        self._power = RandomWalk(source, 0, 240, 12, 1)
        for thing in _THINGS:
            self.every(6.0 + source.random() * 8, partial(self._report, thing.name))
        self.every(30.0, self._log)

    def will(self) -> WillMessage:
        """Say offline when lost."""
        return WillMessage(f"{_BASE}/bridge/state", as_json({"state": "offline"}), 1, retain=True)

    def on_connect(self, now: float) -> Messages:
        """Publish what zigbee2mqtt retains, and the discovery configurations."""
        yield _retained("bridge/state", {"state": "online"})
        yield _retained("bridge/info", _BRIDGE_INFO)
        yield _retained("bridge/devices", [_description(thing) for thing in _THINGS])
        yield _retained(
            "bridge/groups", [{"id": 1, "friendly_name": "ground_floor", "members": []}]
        )
        for thing in _THINGS:
            yield _retained(f"{thing.name}/availability", {"state": "online"})
            yield _retained(thing.name, self._states[thing.name])
            yield from _discovery(thing)

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Take over what ``set`` says and publish the state."""
        _, name, verb = message.topic.split("/")
        if name not in self._states:
            text = f"Entity '{name}' is unknown"
            log = {"level": "error", "message": text, "namespace": "z2m"}
            yield Outgoing(f"{_BASE}/bridge/logging", as_json(log))
            return
        wanted = from_json(message.payload)
        if verb == "set" and isinstance(wanted, dict):
            self._states[name].update({str(key): value for key, value in wanted.items()})
        elif verb == "set" and message.payload in {b"ON", b"OFF"}:
            self._states[name]["state"] = message.payload.decode()
        yield _retained(name, self._states[name])

    def _initial(self, thing: Thing) -> dict[str, object]:
        state: dict[str, object] = {"linkquality": self.random.randrange(60, 200)}
        if thing.component in {"light", "switch"}:
            state["state"] = self.random.choice(("ON", "OFF"))
        else:
            state["battery"] = self.random.randrange(40, 101)
        if thing.component == "binary_sensor":
            state[thing.key] = False
        if thing.name == "kitchen_light":
            state |= {"brightness": 180, "color_temp": 370, "color_mode": "color_temp"}
        return state

    def _report(self, name: str, now: float) -> Messages:
        state = self._states[name]
        state["linkquality"] = self.random.randrange(60, 200)
        if name in self._climates:
            temperature, humidity = self._climates[name]
            state |= {"temperature": temperature.next(), "humidity": humidity.next()}
        elif name == "desk_plug":
            state["power"] = self._power.next() if state["state"] == "ON" else 0
        elif name in {"hallway_motion", "front_door"}:
            key = "occupancy" if name == "hallway_motion" else "contact"
            state[key] = self.random.random() < 0.4
        elif name == "stairs_button":
            action = self.random.choice(("single", "double", "hold"))
            yield Outgoing(f"{_BASE}/{name}", as_json({**state, "action": action}))
            return
        yield _retained(name, state)

    def _log(self, now: float) -> Messages:
        text = f"Zigbee: coordinator backup written at {timestamp(now)}"
        yield Outgoing(f"{_BASE}/bridge/logging", as_json({"level": "info", "message": text}))


class TasmotaPlug(Device):
    """A washing machine's plug: ``cmnd`` is answered on ``stat``, telemetry is on ``tele``."""

    commands = ("cmnd/washer_plug/+",)

    def __init__(self, seed: object) -> None:
        super().__init__("DVES_7A31C2", seed)
        self._is_on = True
        self._started = 0.0
        self._power = RandomWalk(self.random, 2, 2_100, 120, 0)
        self._signal = RandomWalk(self.random, 40, 100, 2, 0)
        self.every(10.0, self._telemetry)

    def will(self) -> WillMessage:
        """Say Offline when lost."""
        return WillMessage("tele/washer_plug/LWT", b"Offline", 1, retain=True)

    def on_connect(self, now: float) -> Messages:
        """Say Online."""
        self._started = now
        yield Outgoing("tele/washer_plug/LWT", b"Online", 1, retain=True)
        yield from self._telemetry(now)

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Obey ``POWER`` with ON, OFF, TOGGLE or nothing, and ``STATUS``."""
        command = message.topic.rsplit("/", 1)[1].upper()
        word = message.payload.decode("ascii", "replace").strip().upper()
        if command == "POWER":
            self._is_on = {"ON": True, "1": True, "OFF": False, "0": False}.get(
                word, not self._is_on if word == "TOGGLE" else self._is_on
            )
            state = "ON" if self._is_on else "OFF"
            yield Outgoing("stat/washer_plug/RESULT", as_json({"POWER": state}))
            yield Outgoing("stat/washer_plug/POWER", state.encode())
        elif command == "STATUS":
            status = {"Status": {"DeviceName": "Washer", "Power": int(self._is_on)}}
            yield Outgoing("stat/washer_plug/STATUS", as_json(status))
        else:
            yield Outgoing("stat/washer_plug/RESULT", as_json({"Command": "Unknown"}))

    def _telemetry(self, now: float) -> Messages:
        up = int(now - self._started)
        state = {
            "Time": timestamp(now)[:19],
            "Uptime": f"0T{up // 3600:02}:{up // 60 % 60:02}:{up % 60:02}",
            "POWER": "ON" if self._is_on else "OFF",
            "Wifi": {"SSId": "harbour", "RSSI": int(self._signal.next()), "Signal": -58},
        }
        power = self._power.next() if self._is_on else 0
        energy = {"Power": power, "Voltage": 230, "Current": round(power / 230, 3)}
        yield Outgoing("tele/washer_plug/STATE", as_json(state))
        yield Outgoing(
            "tele/washer_plug/SENSOR", as_json({"Time": timestamp(now)[:19], "ENERGY": energy})
        )


_BRIDGE_INFO = {
    "version": "2.6.1",
    "coordinator": {"type": "EmberZNet", "ieee_address": "0x00124b0024c5f0a1"},
    "network": {"channel": 15, "pan_id": 6754, "extended_pan_id": "0xdddddddddddddddd"},
    "permit_join": False,
    "restart_required": False,
}


def _retained(topic: str, value: object) -> Outgoing:
    return Outgoing(f"{_BASE}/{topic}", as_json(value), retain=True)


def _description(thing: Thing) -> dict[str, object]:
    return {
        "ieee_address": thing.address,
        "friendly_name": thing.name,
        "type": "Router" if thing.component in {"light", "switch"} else "EndDevice",
        "supported": True,
        "interview_state": "SUCCESSFUL",
        "definition": {"model": thing.model, "vendor": thing.vendor, "description": thing.name},
    }


def _discovery(thing: Thing) -> Messages:
    """Tell Home Assistant of the thing's main value and of its link quality."""
    for component, key, unit in (
        (thing.component, thing.key, thing.unit),
        ("sensor", "linkquality", "lqi"),
    ):
        unique = f"{thing.address}_{key}_zigbee2mqtt"
        config: dict[str, object] = {
            "name": key.replace("_", " ").capitalize(),
            "uniq_id": unique,
            "~": f"{_BASE}/{thing.name}",
            "stat_t": "~",
            "avty_t": "~/availability",
            "avty_tpl": "{{ value_json.state }}",
            "val_tpl": f"{{{{ value_json.{key} }}}}",
            "dev": {
                "ids": [thing.address],
                "name": thing.name,
                "mdl": thing.model,
                "mf": thing.vendor,
            },
        }
        if component in {"light", "switch"}:
            config["cmd_t"] = "~/set"
        if unit:
            config["unit_of_meas"] = unit
        topic = f"homeassistant/{component}/{thing.address}/{key}/config"
        yield Outgoing(topic, as_json(config), 1, retain=True)

"""A Sparkplug B 3.0 edge node with one device: births with names and aliases, then data by alias only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from topicscope.demo.plant.device import Device, Incoming, Messages, Outgoing, as_json
from topicscope.demo.plant.protobuf_writer import (
    bytes_field,
    double_field,
    float_field,
    varint_field,
)
from topicscope.demo.plant.signals import RandomWalk
from topicscope.mqtt.packets import WillMessage

_GROUP, _NODE, _DEVICE = "Harbour", "edge-1", "mixer"
_REBIRTH = "Node Control/Rebirth"


class DataType(IntEnum):
    """The data types of Sparkplug B that are used here (specification 6.4.16)."""

    INT32 = 3
    INT64 = 4
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; a name is given in births only, an alias instead of it afterwards."""

    data_type: DataType
    value: float | str
    name: str = ""
    alias: int | None = None


def encode_payload(time_ms: int, metrics: list[Metric], sequence: int | None = None) -> bytes:
    """Encode a Sparkplug B payload; an NDEATH has neither time (0) nor sequence number."""
    payload = varint_field(1, time_ms) if time_ms else b""
    for metric in metrics:
        payload += bytes_field(2, _encode_metric(metric, time_ms))
    if sequence is not None:
        payload += varint_field(3, sequence)
    return payload


def _encode_metric(metric: Metric, time_ms: int) -> bytes:
    encoded = bytes_field(1, metric.name.encode()) if metric.name else b""
    if metric.alias is not None:
        encoded += varint_field(2, metric.alias)
    if time_ms:
        encoded += varint_field(3, time_ms)
    encoded += varint_field(4, metric.data_type)
    value = metric.value
    if isinstance(value, str):
        return encoded + bytes_field(15, value.encode())
    match metric.data_type:
        case DataType.INT32:
            return encoded + varint_field(10, int(value) & 0xFFFF_FFFF)
        case DataType.INT64:
            return encoded + varint_field(11, int(value))
        case DataType.FLOAT:
            return encoded + float_field(12, value)
        case DataType.DOUBLE:
            return encoded + double_field(13, value)
        case _:
            return encoded + varint_field(14, int(value))


class EdgeNode(Device):
    """The edge node ``edge-1`` with the device ``mixer``; is born again on NCMD and after a restart now and then."""

    commands = (f"spBv1.0/{_GROUP}/NCMD/{_NODE}",)

    def __init__(self, seed: object) -> None:
        super().__init__("sparkplug-edge-1", seed)
        source = self.random
        self._birth_number = -1
        self._sequence = 0
        self._walks = {
            "Motor/Speed": (1, DataType.FLOAT, RandomWalk(source, 300, 1_500, 15)),
            "Motor/Torque": (2, DataType.DOUBLE, RandomWalk(source, 5, 60, 1, 3)),
            "Batch/Number": (3, DataType.INT32, RandomWalk(source, -5, 400, 1, 0)),
        }
        self._load = RandomWalk(source, 2, 90, 3)
        self._change_at = 0.0
        self.every(1.0, self._device_data)
        self.every(5.0, self._node_data)

    def will(self) -> WillMessage:
        """Announce the death with the number of the birth it belongs to."""
        self._birth_number = (self._birth_number + 1) % 256
        metric = Metric(DataType.INT64, self._birth_number, "bdSeq")
        return WillMessage(_topic("NDEATH"), encode_payload(0, [metric]), 1)

    def on_connect(self, now: float) -> Messages:
        """Be born, and tell that the host is there."""
        # The first restart comes early: nobody sees the first birth, and without one aliases have no names.
        self._change_at = now + (180.0 if self._change_at else 15.0)
        host = as_json({"online": True, "timestamp": int(now * 1000)})
        yield Outgoing("spBv1.0/STATE/scada-1", host, 1, retain=True)
        yield from self._births(now)

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Be born again when the payload names Node Control/Rebirth."""
        if _REBIRTH.encode() in message.payload:
            yield from self._births(now)

    def _births(self, now: float) -> Messages:
        self._sequence = 0
        time_ms = int(now * 1000)
        node = [
            Metric(DataType.INT64, self._birth_number, "bdSeq"),
            Metric(DataType.BOOLEAN, value=False, name=_REBIRTH),
            Metric(DataType.FLOAT, self._load.next(), "CPU/Load", 10),
            Metric(DataType.STRING, "topicscope demo", "Properties/Software"),
        ]
        yield Outgoing(_topic("NBIRTH"), encode_payload(time_ms, node, 0))
        device = [
            Metric(kind, walk.next(), name, alias)
            for name, (alias, kind, walk) in self._walks.items()
        ]
        yield self._next("DBIRTH", device, time_ms, _DEVICE)

    def _device_data(self, now: float) -> Messages:
        if now >= self._change_at:
            self.is_online = not self.is_online
            self._change_at = now + 3.0
            return
        count = self.random.randrange(1, len(self._walks) + 1)
        chosen = self.random.sample(sorted(self._walks), count)
        metrics = [
            Metric(kind, walk.next(), alias=alias)
            for alias, kind, walk in map(partial(dict.__getitem__, self._walks), chosen)
        ]
        yield self._next("DDATA", metrics, int(now * 1000), _DEVICE)

    def _node_data(self, now: float) -> Messages:
        metric = Metric(DataType.FLOAT, self._load.next(), alias=10)
        yield self._next("NDATA", [metric], int(now * 1000))

    def _next(self, kind: str, metrics: list[Metric], time_ms: int, device: str = "") -> Outgoing:
        self._sequence = (self._sequence + 1) % 256
        return Outgoing(_topic(kind, device), encode_payload(time_ms, metrics, self._sequence))


def _topic(kind: str, device: str = "") -> str:
    return f"spBv1.0/{_GROUP}/{kind}/{_NODE}" + (f"/{device}" if device else "")

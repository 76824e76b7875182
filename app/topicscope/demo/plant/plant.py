"""All devices together, and whose turn it is."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from topicscope.demo.plant.building import BuildingService
from topicscope.demo.plant.device import Device, Duty, Incoming, Messages
from topicscope.demo.plant.fleet import Controller, Meters, Truck, Valve, WeatherStation
from topicscope.demo.plant.home import TasmotaPlug, ZigbeeBridge
from topicscope.demo.plant.line import ProductionLine
from topicscope.demo.plant.sparkplug import EdgeNode

if TYPE_CHECKING:
    from topicscope.demo.exchange import Exchange, LocalClient
    from topicscope.demo.message import Message


def all_devices(seed: object) -> list[Device]:
    """Build every device of the plant; the same seed gives the same plant."""
    lines: list[Device] = [ProductionLine(number, seed) for number in (1, 2, 3)]
    return [
        *lines,
        BuildingService(seed),
        ZigbeeBridge(seed),
        TasmotaPlug(seed),
        Valve(seed),
        Controller(seed),
        Truck(seed),
        EdgeNode(seed),
        WeatherStation(seed),
        Meters(seed),
    ]


@dataclass(order=True, slots=True)
class _Turn:
    due: float
    number: int
    device: Device = field(compare=False)
    duty: Duty = field(compare=False)


class Plant:
    """Publishes what the devices have to say, when it is told that time has passed."""

    def __init__(self, exchange: Exchange, seed: object = 1) -> None:
        self._exchange = exchange
        self._devices = all_devices(seed)
        self._clients: dict[Device, LocalClient] = {}
        self._turns: list[_Turn] = []
        self._now = 0.0

    @property
    def next_due(self) -> float:
        """When there is something to do next, in the time `start` and `step` are told."""
        return self._turns[0].due

    def start(self, now: float) -> None:
        """Connect every device; `now` in seconds since the epoch."""
        self._now = now
        for device in self._devices:
            self._connect(device)
            for duty in device.duties:
                turn = _Turn(now + duty.delay, len(self._turns), device, duty)
                self._turns.append(turn)
        heapq.heapify(self._turns)

    def step(self, now: float) -> None:
        """Do everything that is due until `now`, each thing at its own time."""
        while self._turns and self._turns[0].due <= now:
            turn = self._turns[0]
            self._now = turn.due
            self._do(turn)
            turn.due += turn.duty.period
            heapq.heapreplace(self._turns, turn)
        self._now = now

    def skip_to(self, now: float) -> None:
        """Go on at `now` without making up for what was missed, as after a suspend."""
        missed = now - self.next_due
        for turn in self._turns:
            turn.due += missed

    def stop(self) -> None:
        """Disconnect every device."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._turns.clear()

    def _do(self, turn: _Turn) -> None:
        device = turn.device
        self._publish(device, turn.duty.work(self._now))
        client = self._clients.get(device)
        if client is not None and not device.is_online:
            del self._clients[device]
            client.lose()
        elif client is None and device.is_online:
            self._connect(device)

    def _connect(self, device: Device) -> None:
        client = self._exchange.attach(
            device.client_identifier, partial(self._on_message, device), device.will()
        )
        self._clients[device] = client
        for topic_filter in device.commands:
            client.subscribe(topic_filter, 1)
        self._publish(device, device.on_connect(self._now))

    def _on_message(self, device: Device, message: Message) -> None:
        incoming = Incoming(message.topic, message.payload, message.properties)
        self._publish(device, device.on_message(self._now, incoming))

    def _publish(self, device: Device, messages: Messages) -> None:
        for message in messages:
            client = self._clients.get(device)
            if client is not None:
                client.publish(
                    message.topic,
                    message.payload,
                    qos=message.qos,
                    retain=message.retain,
                    properties=message.properties,
                )

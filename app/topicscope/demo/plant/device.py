"""What every simulated device is: a client with duties that recur, and answers to what it is told."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.mqtt.packets import WillMessage
    from topicscope.mqtt.properties import PropertyList

CONTENT_TYPE = BY_KEY["content_type"].identifier
USER_PROPERTY = BY_KEY["user_property"].identifier
RESPONSE_TOPIC = BY_KEY["response_topic"].identifier
CORRELATION_DATA = BY_KEY["correlation_data"].identifier
MESSAGE_EXPIRY = BY_KEY["message_expiry_interval"].identifier


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message a device wants to publish."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message a device has subscribed to."""

    topic: str
    payload: bytes
    properties: PropertyList

    def find(self, wanted: int) -> object:
        """Return the value of a property, or None."""
        return next((value for key, value in self.properties if key == wanted), None)


Messages: TypeAlias = "Iterable[Outgoing]"
Work: TypeAlias = "Callable[[float], Messages]"


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that a device does every `period` seconds, first after `delay` seconds."""

    period: float
    work: Work
    delay: float


class Device:
    """A simulated client; `is_online` turned off means that its connection is lost."""

    commands: tuple[str, ...] = ()

    def __init__(self, client_identifier: str, seed: object) -> None:
        self.client_identifier = client_identifier
        self.random = random.Random(f"{seed}/{client_identifier}")
        self.is_online = True
        self.duties: list[Duty] = []

    def every(self, period: float, work: Work) -> None:
        """Do `work` every `period` seconds; devices do not all start in the same moment."""
        self.duties.append(Duty(period, work, self.random.uniform(0, period)))

    def will(self) -> WillMessage | None:
        """Return the Will Message of the next connection."""
        return None

    def on_connect(self, now: float) -> Messages:
        """Say what is to be said first on a new connection."""
        return ()

    def on_message(self, now: float, message: Incoming) -> Messages:
        """Answer a message that arrived on one of `commands`."""
        return ()


def as_json(value: object) -> bytes:
    """Encode compactly, as devices do."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def from_json(payload: bytes) -> object:
    """Decode what somebody sent; None when it is not JSON."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def timestamp(now: float) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(now, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

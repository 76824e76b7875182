"""The first bytes of a server: an MQTT server begins with CONNACK or AUTH, what else answers is named."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import ended, shown
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from topicscope.connection.outcomes import ConnectionEnded

_WAIT_S = 0.3
_BYTES = 60
_TLS_RECORDS = (0x15, 0x16)


class FirstBytes:
    """Collect a little of what is not MQTT, to show it."""

    def __init__(self, address: str, version: ProtocolVersion, *, is_tls: bool) -> None:
        self._address = address
        self._is_tls = is_tls
        self._expected = (0x20, 0xF0) if version == ProtocolVersion.MQTT_5 else (0x20,)
        self._strange = b""
        self._due = 0.0

    @property
    def is_strange(self) -> bool:
        """True once something that is not MQTT has come."""
        return bool(self._strange)

    @property
    def deadline(self) -> float | None:
        """When to stop waiting for more of it (``time.monotonic`` seconds); None before it came."""
        return self._due if self._strange else None

    def are_mqtt(self, data: bytes) -> bool:
        """Tell whether ``data`` begins as it should; raises ConnectionEnded when enough else has come."""
        if not self._strange and data[0] in self._expected:
            return True
        if not self._strange:
            self._due = time.monotonic() + _WAIT_S
        self._strange += data[:_BYTES]
        if len(self._strange) >= _BYTES:
            raise self.stranger()
        return False

    def stranger(self) -> ConnectionEnded:
        """Say what answered instead of an MQTT server."""
        web = self._strange.startswith(b"HTTP/")
        said = self._strange.partition(b"\r\n")[0] if web else self._strange
        facts = {"address": self._address, "shown": shown(said)}
        if self._strange[0] in _TLS_RECORDS and not self._is_tls:
            return ended("needs-tls", **facts)
        return ended("http-answer" if web else "not-mqtt", **facts)

"""Holding back what acknowledges incoming messages, to see what the broker does without it.

PUBACK, PUBREC and PUBCOMP are written by paho when it is told of a PUBLISH or PUBREL; so these are kept
from it until they are released, in their order. The message itself is in the capture at once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from topicscope.connection.state import AcknowledgementsHeld
from topicscope.mqtt.control_packets import ControlPacketType

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.session import SessionPacket

_ASK_FOR_AN_ANSWER = (ControlPacketType.PUBLISH, ControlPacketType.PUBREL)


class Holding:
    """What is held back, through all connections of one Connection; on the connection thread."""

    def __init__(self, report: Callable[[AcknowledgementsHeld], None]) -> None:
        self._report = report
        self._held: deque[bytes] = deque()
        self._is_on = False
        self._told = AcknowledgementsHeld(0, is_holding=False)

    @property
    def count(self) -> int:
        """Answers that are held back now."""
        return len(self._held)

    def hold(self, *, on: bool) -> None:
        """Begin or end to hold back what comes from now on."""
        self._is_on = on
        self.tell()

    def pass_on(self, packet: SessionPacket) -> bytes:
        """Return what paho may be told of a packet now."""
        if self._is_on and packet.for_paho and packet.kind in _ASK_FOR_AN_ANSWER:
            self._held.append(packet.for_paho)
            return b""
        return packet.for_paho

    def release(self, count: int | None = None) -> list[bytes]:
        """Return the oldest ``count`` of what is held back, or all, for paho."""
        size = len(self._held) if count is None else min(count, len(self._held))
        released = [self._held.popleft() for _ in range(size)]
        self.tell()
        return released

    def lost(self) -> None:
        """Forget what was held: after a reconnect the broker sends again what it has no answer to."""
        self._held.clear()
        self.tell()

    def tell(self) -> None:
        """Tell how much is held back, when that has changed."""
        now = AcknowledgementsHeld(len(self._held), self._is_on)
        if now != self._told:
            self._told = now
            self._report(now)

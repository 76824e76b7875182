"""The bytes of Network Connections, put together again from captured TCP segments.

Which side is the Client is known from the handshake, from the port 1883, or from the first bytes:
a conversation that begins with CONNECT is MQTT on any port. Segments that come twice or in the
wrong order are put right; where some are missing from the capture, packets can no longer be told
apart, and that direction ends with a note.
"""

from __future__ import annotations

import heapq
import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from topicscope.capture.tcp import MQTT_PORT, Flag, find_segment
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from topicscope.capture.pcapng import Frame
    from topicscope.capture.tcp import Segment

MOST_CONVERSATIONS = 1 << 16
MOST_WAITING_SEGMENTS = 4096
MOST_WAITING_BYTES = 1 << 24

_TLS_PORTS = frozenset((8883, 443))
_SPECIAL = Flag.FIN | Flag.SYN | Flag.RST
_DIRECTIONS = (Direction.IN, Direction.OUT)
_HALF = 1 << 31
_ALL = (1 << 32) - 1


class ConnectionBegan(NamedTuple):
    """The first sight of a Network Connection; numbers count from 1.

    One of a recording of ours is over when the next begins, and its notes say where it went, so
    it has no label; connections of other captures go on side by side.
    """

    connection: int
    label: str
    time_ns: int
    recorded: bool


class Data(NamedTuple):
    """The next bytes of one direction."""

    connection: int
    direction: Direction
    time_ns: int
    data: bytes


class Note(NamedTuple):
    """Something that happened between the packets; connection 0 means the capture itself."""

    connection: int
    text: str
    time_ns: int


Item = ConnectionBegan | Data | Note


class _Flow:
    """One direction of a conversation; positions count its bytes and never wrap round."""

    __slots__ = ("conversation", "dead", "next", "position", "waiting", "waiting_bytes")

    def __init__(self, conversation: _Conversation) -> None:
        self.conversation = conversation
        self.next: int | None = None
        self.position = 0
        self.waiting: list[tuple[int, bytes]] = []
        self.waiting_bytes = 0
        self.dead = False

    def take(self, sequence: int, payload: bytes) -> list[bytes]:
        """Return what can be delivered now, in order."""
        if self.next is None:
            self.next = sequence
        if sequence == self.next and not self.waiting:
            self._advance(len(payload))
            return [payload]
        distance = (sequence - self.next + _HALF & _ALL) - _HALF
        heapq.heappush(self.waiting, (self.position + distance, payload))
        self.waiting_bytes += len(payload)
        return self._deliverable()

    def _deliverable(self) -> list[bytes]:
        """Deliver waiting segments up to the first gap; parts that came before are cut off."""
        ready: list[bytes] = []
        while self.waiting and self.waiting[0][0] <= self.position:
            begin, payload = heapq.heappop(self.waiting)
            self.waiting_bytes -= len(payload)
            if fresh := payload[self.position - begin :]:
                ready.append(fresh)
                self._advance(len(fresh))
        return ready

    def _advance(self, size: int) -> None:
        assert self.next is not None
        self.next = (self.next + size) & _ALL
        self.position += size

    def is_next(self, segment: Segment) -> bool:
        """Take a segment that is simply the next one of a known connection: nearly all are."""
        if segment.sequence != self.next or segment.flags & _SPECIAL or self.waiting or self.dead:
            return False
        size = len(segment.payload)
        if not size or segment.missing or not self.conversation.number:
            return False
        self.next = (segment.sequence + size) & _ALL
        self.position += size
        return True

    @property
    def overflows(self) -> bool:
        return len(self.waiting) > MOST_WAITING_SEGMENTS or self.waiting_bytes > MOST_WAITING_BYTES


class _Conversation:
    """Two endpoints that speak; `number` is 0 until its first bytes turn out to be MQTT."""

    __slots__ = ("client", "ended", "flows", "mqtt", "number", "server", "syn")

    def __init__(self, client: tuple[bytes, int], server: tuple[bytes, int]) -> None:
        self.client = client
        self.server = server
        self.number = 0
        self.mqtt: bool | None = True if server[1] == MQTT_PORT else None
        self.syn: int | None = None
        self.flows = (_Flow(self), _Flow(self))
        self.ended = False

    def turn_round(self) -> None:
        """Take the server for the client."""
        self.client, self.server = self.server, self.client
        self.flows = (self.flows[1], self.flows[0])


class Reassembler:
    """Turns captured frames into items; one use for one file."""

    def __init__(self) -> None:
        self._routes: dict[tuple[tuple[bytes, int], tuple[bytes, int]], _Flow] = {}
        self._count = 0
        self._other = 0
        self._encrypted = 0
        self._dropped = 0

    def items(self, frames: Iterable[Frame]) -> Iterator[Item]:
        """Give out what the frames carry, in their order."""
        frame = None
        routes = self._routes
        for frame in frames:
            segment = find_segment(frame.interface.linktype, frame.data, frame.missing)
            if segment is None:
                continue
            flow = routes.get(segment[:2])
            if flow is not None and not frame.comment and flow.is_next(segment):
                conversation = flow.conversation
                direction = _DIRECTIONS[flow is conversation.flows[1]]
                yield Data(conversation.number, direction, frame.time_ns, segment.payload)
            else:
                yield from self._see(frame, segment)
        if frame is not None:
            yield from self._leftovers(frame.time_ns)

    def problems(self) -> list[str]:
        """Say in sentences what of the capture could not be used."""
        found = []
        if not self._count and self._other:
            found.append(
                f"None of its {self._other:,} TCP conversations begins with an MQTT CONNECT; "
                f"{self._encrypted:,} of them are encrypted with TLS."
            )
        if self._dropped:
            found.append(
                f"{self._dropped:,} segments belong to conversations beyond the first "
                f"{MOST_CONVERSATIONS:,} and were left out."
            )
        return found

    def _see(self, frame: Frame, segment: Segment) -> Iterator[Item]:
        flow = self._flow_of(segment)
        if flow is None:
            return
        conversation = flow.conversation
        if segment.flags & Flag.SYN:
            flow.next = (segment.sequence + 1) & _ALL
            return
        if segment.payload or (frame.comment and _is_ours(frame)):
            yield from self._data(frame, segment, flow)
        if segment.flags & (Flag.FIN | Flag.RST) and conversation.number and not conversation.ended:
            conversation.ended = True
            side = "client" if flow is conversation.flows[1] else "server"
            verb = "reset" if segment.flags & Flag.RST else "closed"
            yield Note(conversation.number, f"The {side} {verb} the connection.", frame.time_ns)

    def _data(self, frame: Frame, segment: Segment, flow: _Flow) -> Iterator[Item]:
        conversation = flow.conversation
        if conversation.mqtt is None and segment.payload:
            self._judge(flow, segment)
        if not conversation.mqtt or flow.dead:
            return
        if not conversation.number:
            yield self._begin(frame, conversation)
        if frame.comment and _is_ours(frame):
            yield Note(conversation.number, frame.comment, frame.time_ns)
        direction = _DIRECTIONS[flow is conversation.flows[1]]
        for payload in flow.take(segment.sequence, segment.payload) if segment.payload else ():
            yield Data(conversation.number, direction, frame.time_ns, payload)
        if segment.missing:
            yield self._dies(frame.time_ns, flow, "was not captured whole")
        elif flow.overflows:
            yield self._dies(frame.time_ns, flow, "has bytes missing")

    def _begin(self, frame: Frame, conversation: _Conversation) -> ConnectionBegan:
        self._count += 1
        conversation.number = self._count
        recorded = _is_ours(frame)
        label = f"{_shown(conversation.client)} to {_shown(conversation.server)}"
        return ConnectionBegan(self._count, "" if recorded else label, frame.time_ns, recorded)

    def _judge(self, flow: _Flow, segment: Segment) -> None:
        """Decide by its first bytes whether a conversation on another port is MQTT."""
        conversation = flow.conversation
        if looks_like_connect(segment.payload):
            conversation.mqtt = True
            if flow is conversation.flows[0]:
                conversation.turn_round()
            return
        conversation.mqtt = False
        self._other += 1
        tls = segment.payload[:1] == b"\x16" or conversation.server[1] in _TLS_PORTS
        self._encrypted += tls

    def _flow_of(self, segment: Segment) -> _Flow | None:
        found = self._routes.get(segment[:2])
        opens = segment.flags & (Flag.SYN | Flag.ACK) == Flag.SYN
        if found is not None and not (opens and found.conversation.syn != segment.sequence):
            return found
        if found is None and len(self._routes) >= 2 * MOST_CONVERSATIONS:
            self._dropped += 1
            return None
        if opens or segment.source[1] != MQTT_PORT:
            conversation = _Conversation(segment.source, segment.destination)
        else:
            conversation = _Conversation(segment.destination, segment.source)
        conversation.syn = segment.sequence if opens else None
        client, server = conversation.client, conversation.server
        self._routes[server, client], self._routes[client, server] = conversation.flows
        return self._routes[segment[:2]]

    def _leftovers(self, time_ns: int) -> Iterator[Item]:
        for flow in self._routes.values():
            if flow.waiting and not flow.dead and flow.conversation.number:
                yield self._dies(time_ns, flow, "has bytes missing")

    @staticmethod
    def _dies(time_ns: int, flow: _Flow, reason: str) -> Note:
        flow.dead = True
        flow.waiting.clear()
        side = "client" if flow is flow.conversation.flows[1] else "server"
        text = f"What the {side} sent {reason} in the capture file: from here on it cannot be read."
        return Note(flow.conversation.number, text, time_ns)


def looks_like_connect(data: bytes) -> bool:
    """Tell whether bytes begin with a CONNECT packet of any version (section 3.1)."""
    return data[:1] == b"\x10" and (b"\0\4MQTT" in data[2:12] or b"\0\6MQIsdp" in data[2:14])


def _is_ours(frame: Frame) -> bool:
    return frame.interface.application.startswith("Topicscope")


def _shown(endpoint: tuple[bytes, int]) -> str:
    address = str(ipaddress.ip_address(endpoint[0]))
    return f"[{address}]:{endpoint[1]}" if ":" in address else f"{address}:{endpoint[1]}"

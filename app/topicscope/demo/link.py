"""One Network Connection: bytes to Control Packets on the way in, Control Packets to few large writes on the way out.

What packets mean is the `Conversation`'s. A `Link` keeps the promises that hold for any of them: a packet is never
larger than allowed, the first one comes soon, a client that reads too slowly costs a bounded amount of memory and
never slows another, and what is broken ends this connection only, with the reason that the standard has for it.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import TYPE_CHECKING, Protocol

from topicscope.demo.conversation import Conversation
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import encode_disconnect
from topicscope.mqtt.framing import MalformedPacket, frame, packet_need
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from topicscope.demo.house import House

_CONNECT = 0x10
_LONGEST_FIXED_HEADER = 5
_HIGH_WATER = 1024 * 1024
_TOO_LARGE = 0x95
_KEEP_ALIVE_TIMEOUT = 0x8D
_REASON_STRING = BY_KEY["reason_string"].identifier


class Wire(Protocol):
    """What a `Link` writes to: an asyncio transport, or the WebSocket layer in front of one."""

    def write(self, data: bytes) -> None:
        """Queue bytes."""
        ...

    def close(self) -> None:
        """Close when everything is written."""
        ...

    def abort(self) -> None:
        """Close now."""
        ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set when `pause_writing` and `resume_writing` are called."""
        ...


class Link:
    """A Network Connection of a client, driven like an `asyncio.Protocol`."""

    def __init__(self, house: House) -> None:
        self.version = ProtocolVersion.MQTT_3_1_1
        self.receive_maximum = 65_535
        self.maximum_packet_size: float = math.inf
        self._house = house
        self._limits = house.exchange.limits
        self._counters = house.exchange.counters
        self._conversation = Conversation(house, self)
        self._wire: Wire | None = None
        self._buffer = bytearray()
        self._need = 1
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._is_scheduled = False
        self._is_paused = False
        self._is_closing = False
        self._last_seen = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._close_timer: asyncio.TimerHandle | None = None

    # --- the transport's calls ---

    def connection_made(self, wire: Wire) -> None:
        """Begin: the client has some seconds to send CONNECT."""
        self._wire = wire
        wire.set_write_buffer_limits(high=_HIGH_WATER)
        self._counters.sockets += 1
        self._house.welcome(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._limits.connect_timeout, self._on_no_connect)

    def connection_lost(self) -> None:
        """End, for whatever reason; the Will Message is published unless the client said goodbye."""
        self._is_closing = True
        self._wire = None
        for timer in (self._timer, self._close_timer):
            if timer is not None:
                timer.cancel()
        self._out.clear()
        self._house.part_from(self)
        self._conversation.end()

    def pause_writing(self) -> None:
        """Keep what comes: the client reads more slowly than it is written to."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Write what was kept."""
        self._is_paused = False
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Cut `data` into Control Packets and act on each."""
        if self._is_closing:
            return
        self._counters.bytes_received += len(data)
        self._last_seen = self._house.exchange.clock()
        buffer = self._buffer
        buffer += data
        if len(buffer) < self._need:
            return
        whole = bytes(buffer)
        try:
            self._take_packets(whole)
        except MalformedPacket as error:
            self._conversation.refuse(error, whole[:16])

    # --- the Conversation's and the Session's calls ---

    def send(self, packet: bytes) -> None:
        """Queue a packet that must arrive; a client that lets far too much pile up is cut off."""
        if self._is_closing:
            return
        self._queue(packet)
        if self._out_bytes > 4 * self._limits.queued_bytes and self._wire is not None:
            self._is_closing = True
            self._wire.abort()

    def offer(self, packet: bytes) -> bool:
        """Queue a QoS 0 PUBLISH unless the client reads too slowly; tell whether it was taken."""
        if self._is_closing or (self._is_paused and self._out_bytes > self._limits.queued_bytes):
            return False
        self._queue(packet)
        return True

    def flush(self) -> None:
        """Write what is queued, as far as the client reads."""
        self._is_scheduled = False
        if self._is_paused or not self._out or self._wire is None:
            return
        data = b"".join(self._out)
        self._out.clear()
        self._out_bytes = 0
        self._counters.bytes_sent += len(data)
        self._wire.write(data)

    def keep_alive(self, seconds: float) -> None:
        """Stop waiting for CONNECT and from now on expect a packet every 1.5 x `seconds`, or never with 0."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds:
            self._watch(seconds * 1.5)

    def close(self, reason_code: int = 0, reason: str = "") -> None:
        """End the connection; MQTT 5 is told why, in a DISCONNECT if CONNACK was sent."""
        wire = self._wire
        if self._is_closing or wire is None:
            return
        if reason_code and self.version == ProtocolVersion.MQTT_5 and self._conversation.is_open:
            self.send(_goodbye(reason_code, reason))
        self._is_paused = False
        self.flush()
        self._is_closing = True
        wire.close()
        loop = asyncio.get_running_loop()
        self._close_timer = loop.call_later(self._limits.close_timeout, wire.abort)

    def abort(self) -> None:
        """End the connection now, whatever is still unsent."""
        if self._wire is not None:
            self._wire.abort()

    # --- inside ---

    def _take_packets(self, data: bytes) -> None:
        if not self._conversation.is_open and data[0] != _CONNECT:
            raise MalformedPacket("the first packet is not CONNECT", 0)
        starts, end = frame(data)
        del self._buffer[:end]
        starts.append(end)
        for start, stop in itertools.pairwise(starts):
            if stop - start > self._limits.packet_size:
                self.close(_TOO_LARGE)
            if self._is_closing:
                return
            self._counters.messages_received += 1
            self._conversation.receive(decode_packet(data[start:stop], self.version))
        self._expect_more()

    def _expect_more(self) -> None:
        """Say how many bytes the packet read half needs, so that a large one is not framed again and again."""
        head = bytes(self._buffer[:_LONGEST_FIXED_HEADER])
        self._need = packet_need(head) or len(head) + 1
        if len(head) == _LONGEST_FIXED_HEADER and packet_need(head) is None:
            raise MalformedPacket("the Remaining Length is longer than four bytes", 1)
        if self._need > self._limits.packet_size:
            self.close(_TOO_LARGE, f"more than {self._limits.packet_size:,} bytes")

    def _queue(self, packet: bytes) -> None:
        self._counters.messages_sent += 1
        self._out.append(packet)
        self._out_bytes += len(packet)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._house.flusher.schedule(self)

    def _watch(self, seconds: float) -> None:
        idle = self._house.exchange.clock() - self._last_seen
        if idle >= seconds:
            self.close(_KEEP_ALIVE_TIMEOUT)
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds - idle, self._watch, seconds)

    def _on_no_connect(self) -> None:
        self.close()


def _goodbye(reason_code: int, reason: str) -> bytes:
    return encode_disconnect(
        reason_code,
        properties=[(_REASON_STRING, reason)] if reason else None,
        version=ProtocolVersion.MQTT_5,
    )


class TcpProtocol(asyncio.Protocol):
    """Hands the events of an asyncio transport to a `Link`."""

    def __init__(self, house: House) -> None:
        self._link = Link(house)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the connection."""
        if isinstance(transport, asyncio.Transport):
            self._link.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection."""
        self._link.connection_lost()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._link.data_received(data)

    def pause_writing(self) -> None:
        """Pass the news on."""
        self._link.pause_writing()

    def resume_writing(self) -> None:
        """Pass the news on."""
        self._link.resume_writing()

"""MQTT spoken by hand over an open stream: CONNECT and its answer, SUBSCRIBE and its answer.

No paho here: the doctor has to see a refusal as it is, and must never answer on its own.
"""

from __future__ import annotations

import contextlib
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

from topicscope.connection.doctor.waiting import TooLateError
from topicscope.connection.first_bytes import FirstBytes
from topicscope.connection.outcomes import ConnectionEnded, ended
from topicscope.connection.refusals import disconnected_by_server
from topicscope.connection.session import SessionPacket, read_session_packets
from topicscope.connection.transports.stream import StreamClosed, StreamLost
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_disconnect
from topicscope.mqtt.framing import MalformedPacket, frame, packet_need

if TYPE_CHECKING:
    from topicscope.connection.doctor.waiting import Patience
    from topicscope.connection.transports.stream import Stream

_P = ControlPacketType
_STRANGE_WAIT_S = 0.3
_LARGEST_KEPT = 65_536
"""A larger packet than this is no answer to us but a message that a probe lets in: it is passed over."""


class Conversation:
    """One Network Connection, from the first packet on; the stream is closed by whoever opened it."""

    def __init__(
        self, stream: Stream, address: str, version: ProtocolVersion, *, is_tls: bool
    ) -> None:
        self._first = FirstBytes(address, version, is_tls=is_tls)
        self._stream = stream
        self._address = address
        self._version = version
        self._buffer = b""
        self._packets: deque[bytes] = deque()
        self._to_skip = 0
        self._heard = False

    def say(self, packet: bytes, patience: Patience) -> None:
        """Write a packet; raises ConnectionEnded."""
        try:
            patience.send(self._stream, packet)
        except (StreamClosed, StreamLost) as error:
            # The other side may have said why before it went.
            with contextlib.suppress(StreamClosed, StreamLost):
                while data := self._stream.receive():
                    self._take(data, patience)
            raise self._lost(error) from error
        except TooLateError:
            raise self._no_answer(patience) from None

    def hear(self, *kinds: ControlPacketType, patience: Patience) -> SessionPacket:
        """Return the next packet of one of these kinds; others are passed over.

        Raises ConnectionEnded: no answer in time, an end, a DISCONNECT, or something that is no MQTT.
        """
        while True:
            while self._packets:
                packet = self._read(self._packets.popleft())
                if packet.kind in kinds:
                    return packet
                if packet.kind is _P.DISCONNECT and self._version == ProtocolVersion.MQTT_5:
                    raise ConnectionEnded(
                        disconnected_by_server(self._address, packet.code, packet.properties)
                    )
            try:
                self._take(patience.receive(self._stream), patience)
            except (StreamClosed, StreamLost) as error:
                raise self._lost(error) from error
            except TooLateError:
                raise self._no_answer(patience) from None

    def leave(self) -> None:
        """Say DISCONNECT, as far as that goes without waiting."""
        with contextlib.suppress(ConnectionEnded, StreamClosed, StreamLost):
            self._stream.send(memoryview(encode_disconnect(version=self._version)))
            self._stream.flush()
            self._stream.finish()

    def _take(self, data: bytes, patience: Patience) -> None:
        if not self._heard:
            if not self._first.are_mqtt(data):
                self._hear_more(patience)
                raise self._first.stranger()
            self._heard = True
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        self._buffer += data[skipped:]
        try:
            starts, end = frame(self._buffer)
        except MalformedPacket as error:
            raise self._malformed(error) from error
        for begin, stop in pairwise([*starts, end]):
            # Messages that a probe lets in are nobody's business here.
            if self._buffer[begin] >> 4 != _P.PUBLISH:
                self._packets.append(self._buffer[begin:stop])
        self._buffer = self._buffer[end:]
        need = packet_need(self._buffer) if self._buffer else None
        if need is not None and need > _LARGEST_KEPT:
            self._to_skip = need - len(self._buffer)
            self._buffer = b""

    def _read(self, packet: bytes) -> SessionPacket:
        try:
            return next(read_session_packets(packet, self._version))
        except MalformedPacket as error:
            raise self._malformed(error) from error

    def _malformed(self, error: MalformedPacket) -> ConnectionEnded:
        return ended("malformed", address=self._address, detail=str(error))

    def _hear_more(self, patience: Patience) -> None:
        """Wait a moment for more of what is no MQTT, to show it; raises ConnectionEnded with enough."""
        patience = patience.at_most(_STRANGE_WAIT_S)
        with contextlib.suppress(TooLateError, StreamClosed, StreamLost):
            while True:
                self._first.are_mqtt(patience.receive(self._stream))

    def _lost(self, error: StreamClosed | StreamLost) -> ConnectionEnded:
        if not self._heard:
            return ended("cut-before-connack", address=self._address)
        if isinstance(error, StreamClosed):
            return ended("closed", address=self._address, while_reading="")
        return ended("lost", address=self._address, while_reading="", detail=str(error))

    def _no_answer(self, patience: Patience) -> ConnectionEnded:
        if not self._heard:
            return ended("no-connack", address=self._address, seconds=f"{patience.seconds:.0f}")
        return ended(
            "half-open",
            address=self._address,
            seconds=f"{patience.seconds:.0f}",
            while_reading="",
        )

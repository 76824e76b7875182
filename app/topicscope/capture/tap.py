"""The tap: bytes of both directions in, batches of framed packets with their columns out.

It runs for every byte that crosses the connection, so it makes no object per message: one loop finds where packets
begin (`mqtt.framing.frame`), one comprehension looks the Topic Names up, and all else is numpy over the chunk.
Packets that need more than that (Topic Aliases, long properties, CONNECT) are few, and go through Python one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import Batch, note_batch
from topicscope.capture.columns import Columns
from topicscope.capture.notes import CALM, is_news
from topicscope.capture.redaction import MAY_HOLD_SECRETS, version_of_connect, without_secrets
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.framing import (
    MalformedPacket,
    NeedData,
    frame,
    packet_need,
    read_variable_byte_integer,
)
from topicscope.mqtt.properties import read_properties

if TYPE_CHECKING:
    from collections.abc import Callable

_TOPIC_ALIAS = 35
_LONGEST_FIXED_HEADER = 5


class TopicIds(dict[bytes, int]):
    """Ids of Topic Names, given out in order of first sight; looking up an unknown name gives it one."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[bytes] = []

    def __missing__(self, topic_name: bytes) -> int:
        self[topic_name] = topic_id = len(self)
        self.new.append(topic_name)
        return topic_id

    def take_new(self) -> list[bytes]:
        """Return the names given an id since the last call."""
        new, self.new = self.new, []
        return new


class _Stream:
    """What one direction remembers between chunks."""

    __slots__ = ("aliases", "have", "need", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.have = 0
        self.need = 0
        self.aliases: dict[int, bytes] = {}


class Tap:
    """Frame what crosses one connection after the other and hand batches to `sink`.

    One thread calls it. `sink` is called on that thread, once for each chunk that completes a packet.
    """

    def __init__(self, sink: Callable[[Batch], None], ids: TopicIds | None = None) -> None:
        self._sink = sink
        self._ids = TopicIds() if ids is None else ids
        self._epoch = 0
        self._wanted_epoch = 0
        self._streams = {Direction.IN: _Stream(), Direction.OUT: _Stream()}
        self._connection = 0
        self._hides_user_name = False
        self._version = ProtocolVersion.MQTT_3_1_1

    def begin_epoch(self, epoch: int) -> None:
        """Give topic ids anew, from 0, to all that comes from now on; any thread may ask for it."""
        self._wanted_epoch = epoch

    def open_connection(self, label: str, time_ns: int, *, hides_user_name: bool = False) -> int:
        """Begin a new Network Connection and return its number: half packets and Topic Aliases are forgotten.

        With `hides_user_name` the User Name of CONNECT is as secret as the Password, whatever it looks like.
        """
        self._connection += 1
        self._hides_user_name = hides_user_name
        self._streams = {Direction.IN: _Stream(), Direction.OUT: _Stream()}
        self._version = ProtocolVersion.MQTT_3_1_1
        if label:
            self.note(label, time_ns, calm=True)
        return self._connection

    def note(self, text: str, time_ns: int, *, calm: bool = False) -> None:
        """Put a row that says what happened between the packets; it is calm where it is no trouble."""
        self._begin_wanted_epoch()
        flags = CALM if calm or is_news(text) else 0
        self._sink(note_batch(self._connection, self._version, text, time_ns, self._epoch, flags))

    def pending(self, direction: Direction) -> tuple[ControlPacketType, int, int | None] | None:
        """Return type, bytes read and bytes announced of a packet that is still incomplete, or None."""
        stream = self._streams[direction]
        if not stream.have:
            return None
        head = stream.parts[0]
        return ControlPacketType(head[0] >> 4), stream.have, packet_need(head)

    def feed(self, direction: Direction, data: bytes, time_ns: int) -> Batch | None:
        """Take the next bytes of one direction; hand over and return the batch they complete, if any.

        Raises `MalformedPacket` when a Remaining Length never ends (section 1.5.5); all whole packets in front
        of it were handed over by then, and that direction takes nothing more before `open_connection`.
        """
        self._begin_wanted_epoch()
        stream = self._streams[direction]
        if stream.have:
            stream.parts.append(data)
            stream.have += len(data)
            if stream.have < stream.need:
                return None
            data = b"".join(stream.parts)
        starts, end = frame(data)
        if end == len(data):
            stream.parts, stream.have = [], 0
        else:
            rest = data[end:] if end else data
            stream.parts, stream.have = [rest], len(rest)
            stream.need = packet_need(rest) or 0
            data = data[:end]
        batch = None
        if starts:
            batch = self._batch(direction, stream, data, starts, time_ns)
            self._sink(batch)
        if stream.have >= _LONGEST_FIXED_HEADER and not stream.need:
            frame(stream.parts[0])
        return batch

    def _begin_wanted_epoch(self) -> None:
        if self._epoch != self._wanted_epoch:
            self._epoch = self._wanted_epoch
            self._ids = TopicIds()

    def _batch(
        self, direction: Direction, stream: _Stream, data: bytes, starts: list[int], time_ns: int
    ) -> Batch:
        start = np.array(starts, np.int64)
        length = np.diff(start, append=len(data))
        columns = Columns(data, start, length)
        types = columns.types()
        publishes = types == ControlPacketType.PUBLISH
        if not publishes.all():
            secret = np.flatnonzero(np.isin(types, MAY_HOLD_SECRETS)).tolist()
            if secret:
                data = self._hide_secrets(data, [(starts[row], int(length[row])) for row in secret])
                columns = Columns(data, start, length)
        if publishes.all():
            self._read_publishes(stream, columns)
        else:
            columns.read_acknowledgements()
            rows = np.flatnonzero(publishes)
            if len(rows):
                subset = columns.subset(rows)
                self._read_publishes(stream, subset)
                columns.take(rows, subset)
        return Batch(
            connection=self._connection,
            direction=direction,
            time_ns=time_ns,
            version=self._version,
            raw=data,
            first_byte=columns.first,
            offset=start.astype(np.uint32),
            length=length.astype(np.uint32),
            topic=columns.topic,
            packet_identifier=columns.identifier,
            payload_offset=columns.payload.astype(np.uint32),
            new_topics=self._ids.take_new(),
            epoch=self._epoch,
        )

    def _read_publishes(self, stream: _Stream, columns: Columns) -> None:
        """Fill the columns of PUBLISH packets, and resolve Topic Aliases (section 3.3.2.3.4)."""
        has_aliases = self._version is ProtocolVersion.MQTT_5
        columns.read_publishes(self._ids, empty_is_alias=has_aliases)
        if not has_aliases:
            return
        for row in columns.skip_properties().tolist():
            begin, size = int(columns.start[row]), int(columns.length[row])
            at = begin + int(columns.payload[row]) - 1
            try:
                width, content = read_variable_byte_integer(columns.data, at)
            except (NeedData, MalformedPacket):
                columns.payload[row] = size
                continue
            columns.payload[row] = min(content + width - begin, size)
            alias = _topic_alias(columns.data[at : content + width]) if width else None
            if alias is None:
                continue
            if columns.name_length[row]:
                stream.aliases[alias] = columns.topic_name(row)
            elif alias in stream.aliases:
                columns.topic[row] = self._ids[stream.aliases[alias]]

    def _hide_secrets(self, data: bytes, places: list[tuple[int, int]]) -> bytes:
        """Learn the protocol version from a CONNECT, and mask secrets before anything is stored."""
        hidden = bytearray(data)
        for begin, length in places:
            packet = data[begin : begin + length]
            if packet[0] >> 4 == ControlPacketType.CONNECT:
                self._version = version_of_connect(packet) or self._version
            hidden[begin : begin + length] = without_secrets(
                packet, self._version, hides_user_name=self._hides_user_name
            )
        return bytes(hidden)


def _topic_alias(encoded: bytes) -> int | None:
    try:
        found, _ = read_properties(encoded, 0)
    except MalformedPacket:
        return None
    for identifier, value in found:
        if identifier == _TOPIC_ALIAS and isinstance(value, int):
            return value
    return None

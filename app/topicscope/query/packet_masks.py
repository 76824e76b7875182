"""Tests of what stands inside Control Packets: Reason Codes and properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topicscope.mqtt.control_packets import QOS_BITS, ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer
from topicscope.mqtt.properties import PropertyList, read_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.masks import Rows
    from topicscope.query.operators import Tester

    Reader = Callable[[bytes, ProtocolVersion], Sequence[Any]]

_T = ControlPacketType
_V5 = ProtocolVersion.MQTT_5
_ACKNOWLEDGEMENTS = (_T.PUBACK, _T.PUBREC, _T.PUBREL, _T.PUBCOMP)
_WITH_REASON = (_T.CONNACK, *_ACKNOWLEDGEMENTS, _T.SUBACK, _T.UNSUBACK, _T.DISCONNECT, _T.AUTH)
_WITH_PROPERTIES = tuple(_T(number) for number in range(1, 16) if number not in {12, 13})


class OfPackets:
    """Rows where one of the values that a reader finds in the packet passes a test."""

    cost = 3000

    def __init__(
        self,
        reader: Reader,
        test: Tester,
        types: Sequence[ControlPacketType],
        context: FilterContext,
        *,
        with_properties: bool = False,
    ) -> None:
        self._reader = reader
        self._test = test
        self._types = np.zeros(16, np.bool_)
        self._types[list(types)] = True
        self._context = context
        self._with_properties = with_properties

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        possible = wanted & self._types[chunk.types] & ~chunk.notes
        if self._with_properties:
            possible &= self._may_have_properties(chunk)
        rows = np.flatnonzero(possible)
        versions = self._context.log.versions
        read, test = self._reader, self._test
        seen = np.zeros(len(chunk), np.bool_)
        pairs = zip(chunk.packets(rows), chunk.connections[rows].tolist(), strict=True)
        seen[rows] = [
            any(test(value) for value in read(packet, versions[connection]))
            for packet, connection in pairs
        ]
        return seen

    def _may_have_properties(self, chunk: Chunk) -> Rows:
        """Tell which rows are of MQTT 5; of messages, only those between whose topic and payload there is room."""
        versions = self._context.log.versions
        numbers = np.unique(chunk.connections)
        speaking = [number for number in numbers.tolist() if versions[number] is _V5]
        possible: Rows = np.isin(chunk.connections, speaking)
        if possible.any():
            possible &= ~chunk.publishes | (_property_room(chunk) > 1)
        return possible


def _property_room(chunk: Chunk) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return for each row that is a message the bytes between its Packet Identifier and its payload."""
    raw, begins = chunk.segment.raw, chunk.begins.astype(np.int64)
    last = len(raw) - 1
    header = np.full(len(chunk), 2, np.int64)
    longer = raw[np.minimum(begins + 1, last)] >= 0x80
    for step in (2, 3, 4):
        header += longer
        longer = longer & (raw[np.minimum(begins + step, last)] >= 0x80)
    at = begins + header
    name = raw[np.minimum(at, last)].astype(np.int64) << 8 | raw[np.minimum(at + 1, last)]
    identifier = np.where(chunk.first_bytes & QOS_BITS, 2, 0)
    room: np.ndarray[Any, np.dtype[np.int64]] = chunk.payload_begins - (at + 2 + name + identifier)
    return room


# --- readers ---


def _body(packet: bytes) -> int:
    """Return where the variable header begins."""
    return read_variable_byte_integer(packet, 1)[1]


def reason_codes(packet: bytes, version: ProtocolVersion) -> Sequence[int]:
    """Return the Reason Codes (MQTT 5) or Return Codes that a packet carries; empty where it has none."""
    kind = packet[0] >> 4
    try:
        begin = _body(packet)
        if kind == _T.CONNACK:
            return packet[begin + 1 : begin + 2]
        if kind == _T.SUBACK or (kind == _T.UNSUBACK and version is _V5):
            start = begin + 2
            if version is _V5:
                start = read_properties(packet, start)[1]
            return packet[start:]
        if version is not _V5 or kind not in _WITH_REASON:
            return b""
        start = begin + 2 if kind in _ACKNOWLEDGEMENTS else begin
        return packet[start : start + 1] or (b"\0" if len(packet) >= start else b"")
    except (MalformedPacket, NeedData):
        return b""


def properties(packet: bytes, version: ProtocolVersion) -> PropertyList:
    """Return the properties of a packet of MQTT 5; empty where there are none or they cannot be read."""
    if version is not _V5:
        return []
    try:
        start = _properties_begin(packet, ControlPacketType(packet[0] >> 4))
        return read_properties(packet, start)[0] if start < len(packet) else []
    except (MalformedPacket, NeedData, IndexError):
        return []


def _properties_begin(packet: bytes, kind: ControlPacketType) -> int:
    """Return where the Property Length stands (sections 3.1.2.11 to 3.15.2.2)."""
    begin = _body(packet)
    if kind is _T.CONNECT:
        return begin + 2 + int.from_bytes(packet[begin : begin + 2]) + 4
    if kind is _T.PUBLISH:
        name = int.from_bytes(packet[begin : begin + 2])
        return begin + 2 + name + (2 if packet[0] & QOS_BITS else 0)
    if kind in _ACKNOWLEDGEMENTS:
        return begin + 3
    if kind in {_T.DISCONNECT, _T.AUTH}:
        return begin + 1
    return begin + 2


def property_reader(identifier: int, key: str | None = None) -> Reader:
    """Return a reader of one property; of the User Properties only those called `key`, where it is given."""

    def read(packet: bytes, version: ProtocolVersion) -> list[Any]:
        found = [value for number, value in properties(packet, version) if number == identifier]
        if key is not None:
            return [pair[1] for pair in found if isinstance(pair, tuple) and pair[0] == key]
        return [
            value.decode(errors="surrogateescape") if isinstance(value, bytes) else value
            for value in found
        ]

    return read


def reason_code_mask(test: Tester, context: FilterContext) -> OfPackets:
    """Return a mask of packets with such a Reason Code."""
    return OfPackets(reason_codes, test, _WITH_REASON, context)


def property_mask(reader: Reader, test: Tester, context: FilterContext) -> OfPackets:
    """Return a mask of packets with such a property."""
    return OfPackets(reader, test, _WITH_PROPERTIES, context, with_properties=True)

"""Fields about the Control Packet, its way and its time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from topicscope.mqtt.control_packets import DUP_BIT, QOS_BITS, RETAIN_BIT
from topicscope.query import kinds
from topicscope.query.errors import FilterError
from topicscope.query.field import Field, NumericField, wants_true
from topicscope.query.masks import Column, Mask
from topicscope.query.packet_masks import reason_code_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.field import Condition
    from topicscope.query.masks import Rows


class _Qos(NumericField):
    name = "qos"
    kind = kinds.NUMBER
    words = "the QoS"
    help = "QoS of the message: 0, 1 or 2."
    examples = ("qos == 1", "qos > 0")

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        return (chunk.first_bytes & np.uint8(QOS_BITS)) >> np.uint8(1), chunk.publishes


def _flag(bit: int, chunk: Chunk) -> tuple[NDArray[Any], Rows]:
    return chunk.first_bytes & np.uint8(bit), chunk.publishes


class _Flag(Field):
    """A bit of the first byte of a PUBLISH."""

    kind = kinds.BOOLEAN
    bit: ClassVar[int]

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        del context
        wanted = wants_true(condition)
        return Column(partial(_flag, self.bit), lambda bits: (bits != 0) == wanted)


class _Retain(_Flag):
    name = "retain"
    words = "the message is retained"
    help = "The RETAIN flag of the message."
    examples = ("retain", "retain == false")
    bit = RETAIN_BIT


class _Dup(_Flag):
    name = "dup"
    words = "the message is sent again"
    help = "The DUP flag of the message."
    examples = ("dup",)
    bit = DUP_BIT


class _DirectionField(NumericField):
    name = "direction"
    kind = kinds.DIRECTION
    words = "the direction"
    help = "in: received from the broker; out: sent to it."
    examples = ("direction == in", "direction == out")

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        return chunk.segment.directions(chunk.begin, chunk.end), None


class _PacketType(NumericField):
    name = "type"
    kind = kinds.PACKET_TYPE
    words = "the packet type"
    help = "Type of the Control Packet, by name or number; with it, packets other than PUBLISH are looked at."
    examples = ("type == CONNECT", "type in {PUBACK, PUBREC}")
    names_packets = True

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        return chunk.types, None


class _PacketIdentifier(NumericField):
    name = "packet_identifier"
    kind = kinds.NUMBER
    words = "the Packet Identifier"
    help = "Packet Identifier, of packets that have one."
    examples = ("packet_identifier == 12",)

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        numbers = chunk.segment.packet_identifier[chunk.begin : chunk.end]
        return numbers, numbers != 0


class _PacketSize(NumericField):
    name = "packet.size"
    kind = kinds.SIZE
    words = "the size of the packet"
    help = "Size of the whole Control Packet in bytes."
    examples = ("packet.size > 1MB",)

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        return chunk.segment.lengths(chunk.begin, chunk.end), None


class _ReasonCode(Field):
    name = "reason_code"
    kind = kinds.NUMBER
    words = "a Reason Code"
    help = "Reason Code of CONNACK, PUBACK, SUBACK, DISCONNECT and the like; from 0x80 on it is an error."
    examples = ("reason_code >= 0x80", "type == SUBACK and reason_code == 0x87")
    names_packets = True

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        return reason_code_mask(condition.operator.tester(condition.values), context)


# --- time ---


class _Time(NumericField):
    name = "time"
    kind = kinds.TIME
    words = "the time"
    help = "When it crossed: local or UTC time, a time of today, or so long before now."
    examples = ("time > -5m", "time in 10:40..10:45", "time >= 2026-11-21T10:00Z")

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        return chunk.times, None

    def check(self, condition: Condition) -> None:
        for moment, written, at in zip(
            condition.values, condition.written, condition.positions, strict=True
        ):
            if moment.kind == "relative" and moment.ns > 0:
                raise FilterError(
                    f"`{written}` lies ahead of now; so long ago is written `-{written}`",
                    at,
                    (f"-{written}",),
                )

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        now = context.now()
        values = tuple(moment.at(now) for moment in condition.values)
        return Column(self.column, condition.operator.array(values))


class _Gap(Field):
    name = "gap"
    kind = kinds.DURATION
    words = "the time since the message before on its topic"
    help = "Time since the message before on the same topic, either way; ns, us, ms, s, m, h, d."
    examples = ("gap > 5m", "gap < 10ms")

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        return Column(partial(_gaps, context), condition.operator.array(condition.values), cost=30)


def _gaps(context: FilterContext, chunk: Chunk) -> tuple[NDArray[np.int64], Rows]:
    before = context.history.rows_before(chunk)
    gaps = np.zeros(len(chunk), np.int64)
    there = np.zeros(len(chunk), np.bool_)
    for segment in (*chunk.earlier(), chunk.segment):
        rows = np.flatnonzero((before >= segment.first_row) & (before < segment.end_row))
        if len(rows):
            local = before[rows] - segment.first_row
            begin = int(local.min())
            times = segment.times(begin, int(local.max()) + 1)
            gaps[rows] = chunk.times[rows] - times[local - begin]
            there[rows] = True
    return gaps, there


PACKET_FIELDS: tuple[Field, ...] = (
    _Qos(),
    _Retain(),
    _Dup(),
    _DirectionField(),
    _Time(),
    _Gap(),
    _PacketType(),
    _PacketIdentifier(),
    _PacketSize(),
    _ReasonCode(),
)

"""Columns of the message table and the packet table: headings, widths, and how a row of the capture becomes text."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from topicscope.gui.models.messages.cell import RowKind, TimeMode
from topicscope.gui.text import (
    format_bytes,
    format_count,
    format_date_time,
    format_delta,
    format_seconds,
    format_time,
    format_utc_time,
)
from topicscope.mqtt.control_packets import DUP_BIT, QOS_BITS, RETAIN_BIT
from topicscope.mqtt.properties import PROPERTIES, SUBSCRIPTION_IDENTIFIER
from topicscope.payload.text import escape, preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.gui.models.messages.cell import Cell
    from topicscope.mqtt.properties import PropertyValue

ARROW_IN = "←"
ARROW_OUT = "→"
_PREVIEW_BYTES = 256
_SHOWN_CHARACTERS = 256
"""Of properties and subscriptions; nobody reads more in a table."""


class Column(NamedTuple):
    """One column: what stands in it, and how.

    Attributes:
        key: name in what is remembered of a table; never changes.
        title: heading.
        name: the heading in words, for menus.
        meaning: what the column tells, for its tooltip.
        width: least width, in characters.
        text: makes the text of a cell.
        right: whether the text stands at the right.
        dim: whether it is painted dim.
        share: the column gets this part of the room that the others leave; 0 for none.
        middle: whether a text too long is cut in its middle: the last levels of a topic say the most.
        chosen: whether the column is shown before anybody chose columns.
        after: key of the column that it stands behind, for one that is not listed where it stands.
        blank: what is painted, dim, where there is no text; it is not part of the text.

    """

    key: str
    title: str
    name: str
    meaning: str
    width: int
    text: Callable[[Cell], str]
    right: bool = False
    dim: bool = False
    share: float = 0
    middle: bool = False
    chosen: bool = True
    after: str = ""
    blank: str = ""


def default_order(columns: tuple[Column, ...]) -> list[int]:
    """Return the numbers of columns in the order in which they stand before anybody moved one."""
    order = [number for number, column in enumerate(columns) if not column.after]
    keys = [column.key for column in columns]
    for number, column in enumerate(columns):
        if column.after:
            order.insert(order.index(keys.index(column.after)) + 1, number)
    return order


def _number(cell: Cell) -> str:
    return format_count(cell.number())


def _row_number(cell: Cell) -> str:
    return format_count(cell.row + 1)


def row_time(cell: Cell) -> str:
    """Return when a packet crossed, as the table is set to say it."""
    mode = cell.context.time_mode
    if mode is TimeMode.UTC:
        return format_utc_time(cell.time_ns)
    if mode is TimeMode.DATE:
        return format_date_time(cell.time_ns)
    if mode is TimeMode.RELATIVE:
        return format_seconds(cell.time_ns - (cell.context.begun_ns or cell.time_ns))
    return format_time(cell.time_ns)


def _delta(cell: Cell) -> str:
    return "" if cell.delta_ns is None else format_delta(cell.delta_ns)


def _topic_delta(cell: Cell) -> str:
    gap = cell.topic_gap()
    if gap is None:
        return ""
    return ("≥" if gap.at_least else "") + format_delta(gap.ns)


def _direction(cell: Cell) -> str:
    return ARROW_OUT if cell.kind is RowKind.SENT else ARROW_IN


def _topic(cell: Cell) -> str:
    return safe_topic(cell.topic)


def _qos(cell: Cell) -> str:
    return str((cell.first_byte & QOS_BITS) >> 1)


def _retain(cell: Cell) -> str:
    return "R" if cell.first_byte & RETAIN_BIT else ""


def _dup(cell: Cell) -> str:
    return "D" if cell.first_byte & DUP_BIT else ""


def _payload_size(cell: Cell) -> str:
    return format_bytes(cell.payload_length)


def _packet_size(cell: Cell) -> str:
    return format_bytes(cell.length)


def _payload(cell: Cell) -> str:
    # One byte more than is shown, so that the preview knows that it is one.
    return preview(cell.payload_head(_PREVIEW_BYTES + 1), _PREVIEW_BYTES)


def _type(cell: Cell) -> str:
    return cell.type_name


def _packet_identifier(cell: Cell) -> str:
    return str(cell.packet_identifier or "")


def _summary(cell: Cell) -> str:
    if cell.is_publish:
        return f"{_topic(cell)}  {_payload(cell)}"
    return cell.summary()


def matching_subscriptions(cell: Cell) -> tuple[str, ...]:
    """Return the Topic Filters that a received message matched."""
    identifiers = [
        value
        for key, value in cell.properties() or ()
        if key == SUBSCRIPTION_IDENTIFIER and isinstance(value, int)
    ]
    return cell.subscriptions(identifiers)


def _subscriptions(cell: Cell) -> str:
    return _shortened(escape(", ".join(matching_subscriptions(cell))))


def _properties(cell: Cell) -> str:
    properties = cell.properties()
    if properties is None:
        return "(too large to be shown here)"
    return _shortened(" · ".join(_property(key, value) for key, value in properties))


def _property(key: int, value: PropertyValue) -> str:
    if isinstance(value, tuple):
        return escape(f"{value[0]} = {value[1]}")
    text = base64.b64encode(value).decode() if isinstance(value, bytes) else escape(str(value))
    spec = PROPERTIES.get(key)
    return f"{spec.name if spec else key}: {text}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


_TIME = Column(
    "time",
    "Time",
    "Time",
    "When it arrived or was sent, by this computer's clock; right-click for UTC, the date, or the time "
    "since the first row",
    12,
    row_time,
)
_DELTA = Column(
    "delta", "Δ", "Δ: time since the row above", "Seconds since the row above", 7, _delta, dim=True
)
_DIRECTION = Column(
    "direction",
    "⇄",
    "⇄: direction",
    "← received from the broker, → sent by Topicscope",
    1,
    _direction,
)

MESSAGE_COLUMNS = (
    Column(
        "number",
        "#",
        "#: number",
        "Number among all Application Messages of the capture",
        6,
        _number,
        True,
        True,
    ),
    _TIME,
    _DELTA,
    _DIRECTION,
    Column("topic", "Topic", "Topic", "Topic Name", 12, _topic, share=0.48, middle=True),
    Column("qos", "QoS", "QoS", "Quality of Service level of this delivery", 1, _qos, dim=True),
    Column(
        "retain",
        "R",
        "R: RETAIN flag",
        "R: the RETAIN flag is set; the broker kept this message, or was told to",
        1,
        _retain,
    ),
    Column("size", "Size", "Size", "Size of the payload", 7, _payload_size, True, True),
    Column(
        "payload",
        "Payload",
        "Payload",
        "First bytes of the payload; the inspector shows all",
        12,
        _payload,
        share=0.52,
        blank="(empty)",
    ),
    Column(
        "topic_delta",
        "Δ topic",
        "Δ topic: time since the message before on the topic",
        "Seconds since the message before on the same topic, shown or not; ≥ when that lies far back",
        8,
        _topic_delta,
        dim=True,
        chosen=False,
        after="delta",
    ),
    Column(
        "dup",
        "D",
        "D: DUP flag",
        "D: the DUP flag is set; this may be sent again",
        1,
        _dup,
        chosen=False,
        after="retain",
    ),
    Column(
        "subscriptions",
        "Subscriptions",
        "Subscriptions that match",
        "Topic Filters of the subscriptions that a received message matched, all of them",
        16,
        _subscriptions,
        dim=True,
        chosen=False,
    ),
    Column(
        "properties",
        "Properties",
        "Properties",
        "Properties of MQTT 5",
        20,
        _properties,
        dim=True,
        chosen=False,
    ),
)
PACKET_COLUMNS = (
    Column(
        "number",
        "#",
        "#: number",
        "Number among all Control Packets of the capture",
        6,
        _row_number,
        True,
        True,
    ),
    _TIME,
    _DELTA,
    _DIRECTION,
    Column("type", "Type", "Type", "Control Packet type", 11, _type),
    Column(
        "identifier",
        "Id",
        "Id: Packet Identifier",
        "Packet Identifier",
        5,
        _packet_identifier,
        True,
        True,
    ),
    Column("size", "Size", "Size", "Size of the whole packet", 7, _packet_size, True, True),
    Column("summary", "Summary", "Summary", "What the packet says", 18, _summary, share=1.0),
)

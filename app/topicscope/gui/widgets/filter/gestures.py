"""Filters written by a click: on a cell of a table, a line of a decoded payload, and a property."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from topicscope.gui.icons import icon
from topicscope.gui.models.messages.columns import matching_subscriptions
from topicscope.gui.models.messages.dissection_properties import value_text
from topicscope.mqtt.properties import PROPERTIES
from topicscope.payload.json_place import place_at
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QPlainTextEdit, QTableView

    from topicscope.capture.record import Record
    from topicscope.gui.models.messages.cell import Cell
    from topicscope.gui.models.messages.dissection_properties import PropertiesModel
    from topicscope.mqtt.properties import PropertyValue

LONGEST_VALUE: Final = 200
"""Characters of a payload beyond which a filter asks for its beginning only."""
LONGEST_BEGINNING: Final = 60
LONGEST_ENTRY: Final = 60
MOST_OFFERED: Final = 6
_LEVEL: Final = "level."
_CUT: Final = "…"
_JOINTS: Final = (("Filter on {}", ""), ("… and {}", "and"), ("… and not {}", "and not"))


def add_filter_actions(menu: QMenu, text: str, narrow: Callable[[str, str], None]) -> None:
    """Offer to use a filter instead of the one in force, or joined with it."""
    shown = escape(text)
    if len(shown) > LONGEST_ENTRY:
        shown = shown[: LONGEST_ENTRY - 1] + "…"
    shown = shown.replace("&", "&&")
    for words, joint in _JOINTS:
        action = menu.addAction(words.format(shown))
        if not joint:
            action.setIcon(icon("list-filter"))
        action.triggered.connect(partial(narrow, joint, text))


def add_filters(menu: QMenu, texts: Iterable[str], narrow: Callable[[str, str], None]) -> None:
    """Offer a few filters at the end of a menu, each to be used instead or joined."""
    for text in list(texts)[:MOST_OFFERED]:
        menu.addSeparator()
        add_filter_actions(menu, text, narrow)


def filters_of_cell(
    record: Record, key: str, cell: Cell | None, level_of: Callable[[str, bytes], str | None]
) -> list[str]:
    """Return the filters that see what a cell says, one for each thing that it says; none where no filter can."""
    from topicscope.query import for_value

    if record.topic_id < 0 or record.is_note:
        return _as_list(filter_of_cell(record, key))
    if key.startswith(_LEVEL):
        value = level_of(key.removeprefix(_LEVEL), record.topic)
        return [] if value is None else [for_value(key, value)]
    if key == "properties":
        return [text for one in record.properties if (text := filter_of_property(*one)) is not None]
    if cell is not None and key in {"delta", "topic_delta"}:
        gap = cell.topic_gap()
        return [] if gap is None else [for_value("gap", gap.ns, ">=")]
    if cell is not None and key == "subscriptions":
        return [_of_subscription(text) for text in matching_subscriptions(cell) if text != _CUT]
    return _as_list(filter_of_cell(record, key))


def filter_of_property(identifier: int, value: PropertyValue) -> str | None:
    """Return the filter that sees a property of MQTT 5; None for one that the standard does not know."""
    from topicscope.query import for_value, user_property_field

    spec = PROPERTIES.get(identifier)
    if spec is None:
        return None
    if isinstance(value, tuple):
        return for_value(user_property_field(value[0]), value[1])
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return f"prop.{spec.key}"
    return for_value(f"prop.{spec.key}", value)


def _of_subscription(text: str) -> str:
    from topicscope.query import for_value

    # Nobody knows what was asked for under a Subscription Identifier that another session gave.
    word, _, number = text.partition(" ")
    if word == "identifier" and number.isdecimal():
        return for_value("prop.subscription_identifier", int(number))
    return for_value("subscription", text)


def _as_list(text: str | None) -> list[str]:
    return [] if text is None else [text]


def filter_of_cell(record: Record, key: str) -> str | None:
    """Return the filter that sees what a cell says; None where no filter can say it."""
    from topicscope.query import for_value

    if record.is_note:
        return for_value("time", record.time_ns, ">=") if key == "time" else None
    if key in {"payload", "summary"}:
        return _of_payload(record) if record.topic_id >= 0 else None
    if key == "topic":
        return _of_topic(record.topic) if record.topic_id >= 0 else None
    values: dict[str, tuple[str, object, str]] = {
        "time": ("time", record.time_ns, ">="),
        "direction": ("direction", record.direction, "=="),
        "type": ("type", record.packet_type, "=="),
        "identifier": ("packet_identifier", record.packet_identifier, "=="),
    }
    if record.topic_id >= 0:
        values |= {
            "qos": ("qos", int(record.qos), "=="),
            "retain": ("retain", record.retain, "=="),
            "dup": ("dup", record.dup, "=="),
            "size": ("size", len(record.payload), "=="),
        }
    if key not in values or values[key][1] is None:
        return None
    return for_value(*values[key])


def _of_topic(topic: bytes) -> str | None:
    from topicscope.query import for_value

    try:
        return for_value("topic", topic.decode())
    except UnicodeDecodeError:
        return None


def _of_payload(record: Record) -> str | None:
    from topicscope.query import for_value

    payload = record.payload
    if not payload:
        return "size == 0"
    try:
        text = payload[: 8 * LONGEST_VALUE].decode()
    except UnicodeDecodeError as error:
        text = payload[: error.start].decode()
        if len(payload) <= 8 * LONGEST_VALUE or len(text) < LONGEST_BEGINNING:
            return None
    if len(text) <= LONGEST_VALUE and len(payload) <= 8 * LONGEST_VALUE:
        return for_value("payload", text)
    return for_value("payload", text[:LONGEST_BEGINNING], "contains")


class JsonFilterMenu(QObject):
    """The menu of a view of JSON, or of CBOR written like it: copy, and filter on the field at the pointer."""

    narrowed = Signal(str, str)
    """How to join a filter with the one in force, and the filter."""

    def __init__(self, view: QPlainTextEdit) -> None:
        super().__init__(view)
        self._view = view
        self.enabled = False
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu_requested)

    def menu(self, position: int) -> QMenu:
        """Return the menu for a place in the text; it deletes itself when closed."""
        menu = self._view.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add_filters(menu, self._filters_at(position), self.narrowed.emit)
        return menu

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        position = self._view.cursorForPosition(place).position()
        self.menu(position).popup(self._view.viewport().mapToGlobal(place))

    def _filters_at(self, position: int) -> list[str]:
        if not self.enabled:
            return []
        from topicscope.query import for_value, json_field

        found = place_at(self._view.toPlainText(), position)
        if found is None:
            return []
        field = json_field(found.path)
        if not found.is_scalar or (
            isinstance(found.value, str) and len(found.value) > LONGEST_VALUE
        ):
            return [field]
        return [for_value(field, found.value)]


class PropertyFilterMenu(QObject):
    """The menu of a table of properties: copy one, and filter on it."""

    narrowed = Signal(str, str)
    """How to join a filter with the one in force, and the filter."""

    def __init__(self, view: QTableView, model: PropertiesModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu_requested)

    def menu(self, row: int) -> QMenu | None:
        """Return the menu for a row, None where there is none; it deletes itself when closed."""
        found = self._model.property_at(row)
        if found is None:
            return None
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        value = found[1][1] if isinstance(found[1], tuple) else found[1]
        copy = menu.addAction(icon("copy"), "Copy value")
        copy.triggered.connect(partial(_copy, value))
        text = filter_of_property(*found)
        add_filters(menu, _as_list(text), self.narrowed.emit)
        return menu

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        menu = self.menu(self._view.rowAt(place.y()))
        if menu is not None:
            menu.popup(self._view.viewport().mapToGlobal(place))


def _copy(value: PropertyValue, _checked: bool = False) -> None:
    text = str(value) if isinstance(value, str | int) else value_text(value)
    QGuiApplication.clipboard().setText(text)

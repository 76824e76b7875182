"""Filters written by a click: on a cell of a table, and on a line of a JSON payload."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot

from topicscope.gui.icons import icon
from topicscope.payload.json_place import place_at
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu, QPlainTextEdit

    from topicscope.capture.record import Record

LONGEST_VALUE: Final = 200
"""Characters of a payload beyond which a filter asks for its beginning only."""
LONGEST_BEGINNING: Final = 60
LONGEST_ENTRY: Final = 60
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
    """The menu of a view of JSON: copy as always, and filter on the field at the pointer."""

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
        for text in self._filters_at(position):
            menu.addSeparator()
            add_filter_actions(menu, text, self.narrowed.emit)
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

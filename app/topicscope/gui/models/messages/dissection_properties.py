"""The MQTT 5 properties of a message as rows: name and value, in the order they were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.flat_table import FlatTable
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.mqtt.properties import PROPERTIES
from topicscope.payload import preview
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList, PropertyValue

Index = QModelIndex | QPersistentModelIndex
SHOWN_BYTES: Final = 1024
_ROOT = QModelIndex()


class PropertiesModel(FlatTable):
    """Show a property list; a User Property is `name = value`."""

    NAME, VALUE = range(2)
    headings = ("Property", "Value")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._properties: PropertyList = []

    def set_properties(self, properties: PropertyList) -> None:
        """Show other properties."""
        self.beginResetModel()
        self._properties = list(properties)
        self.endResetModel()

    def property_at(self, row: int) -> tuple[int, PropertyValue] | None:
        """Return the identifier and value in a row, None where there is none."""
        return self._properties[row] if 0 <= row < len(self._properties) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of properties."""
        return 0 if parent.isValid() else len(self._properties)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        if not index.isValid() or not 0 <= index.row() < len(self._properties):
            return None
        identifier, value = self._properties[index.row()]
        if role == Qt.ItemDataRole.FontRole and index.column() == self.VALUE:
            return mono_font()
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return None
        text = property_name(identifier) if index.column() == self.NAME else value_text(value)
        return plain_tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else text


def property_name(identifier: int) -> str:
    """Return the standard's name of a property, or its identifier when it has none."""
    spec = PROPERTIES.get(identifier)
    return spec.name if spec is not None else f"unknown 0x{identifier:02X}"


def value_text(value: PropertyValue) -> str:
    """Return a value as one line of safe text."""
    match value:
        case (name, text):
            return f"{_shown(name)} = {_shown(text)}"
        case bytes():
            return preview(value, SHOWN_BYTES)
        case str():
            return _shown(value)
    return f"{value:,}"


def _shown(text: str) -> str:
    return escape(text[:SHOWN_BYTES]) + ("…" if len(text) > SHOWN_BYTES else "")

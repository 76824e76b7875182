"""The fields of one Control Packet above, its bytes below; a chosen field is marked in the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QFrame, QHeaderView, QSplitter, QTreeView, QVBoxLayout, QWidget

from topicscope.gui.models.messages.dissection import DissectionModel
from topicscope.gui.theme import notifier
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.payload.hex_view import HexView
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from topicscope.mqtt.dissect import Field

OPENED_CHILDREN: Final = 60
"""A field with more children stays closed at first."""
_WIDTHS: Final = {DissectionModel.BYTES: 52, DissectionModel.SECTION: 58}
_SHARE_OF_NAME: Final = 0.52
_SECTION_FROM_WIDTH: Final = 400
"""A narrower tree leaves the sections out; the line below and the tooltip tell them."""
_VALUE_WIDTH: Final = 140
_INDENT: Final = 12
_SHOWN_CHARACTERS: Final = 300


class PacketPage(QWidget):
    """Tree of fields, a line about the chosen one, and the bytes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DissectionModel(self)
        self.tree = QTreeView(self)
        self.bytes_view = HexView(self)
        self.details = label(parent=self)
        self._set_up_tree()
        self._lay_out()

    def set_packet(self, packet: bytes, field: Field | None) -> None:
        """Show the bytes of a packet and what `dissect` made of them."""
        self.model.set_packet(field)
        self.bytes_view.set_bytes(packet)
        self.details.setText("")
        self.details.hide()
        self._open(self.model.index(0, 0))
        self._show_first_problem()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room between names and values."""
        super().resizeEvent(event)
        is_narrow = self.width() < _SECTION_FROM_WIDTH
        self.tree.setColumnHidden(DissectionModel.SECTION, is_narrow)
        taken = _WIDTHS[DissectionModel.BYTES]
        taken += 0 if is_narrow else _WIDTHS[DissectionModel.SECTION]
        names = round((self.width() - taken) * _SHARE_OF_NAME)
        self.tree.header().resizeSection(DissectionModel.NAME, names)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        field = self.model.field(current)
        if field is None:
            return
        self.bytes_view.set_mark(field.start, field.end)
        self._describe(field)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.tree.viewport().update()

    def _describe(self, field: Field) -> None:
        section = f" · section {field.section}" if field.section else ""
        words = field.problem or f"{field.name}: {field.value}" if field.value else field.name
        self.details.setText(escape(words[:_SHOWN_CHARACTERS]) + section)
        self.details.setProperty("tone", "warning" if field.problem else "dim")
        self.details.style().unpolish(self.details)
        self.details.style().polish(self.details)
        self.details.show()

    def _open(self, index: QModelIndex) -> None:
        """Open a field and what lies in it, but for those with very many fields."""
        waiting = [index]
        while waiting:
            each = waiting.pop()
            count = self.model.rowCount(each)
            if not each.isValid() or not 0 < count <= OPENED_CHILDREN:
                continue
            self.tree.expand(each)
            waiting += [self.model.index(row, 0, each) for row in range(count)]

    def _show_first_problem(self) -> None:
        field = self.model.field(self.model.index(0, 0))
        while field is not None and not field.problem:
            field = next((child for child in field.children if _has_problem(child)), None)
        if field is not None:
            self._describe(field)

    def _set_up_tree(self) -> None:
        tree = self.tree
        tree.setModel(self.model)
        tree.setAccessibleName("Fields of the packet")
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setUniformRowHeights(True)
        tree.setIndentation(_INDENT)
        tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(DissectionModel.VALUE, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        tree.setMinimumWidth(_VALUE_WIDTH)
        tree.selectionModel().currentChanged.connect(self._on_current_changed)
        notifier().theme_changed.connect(self._on_theme_changed)

    def _lay_out(self) -> None:
        self.details.setWordWrap(True)
        self.details.setContentsMargins(12, 6, 12, 6)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.hide()
        upper = QWidget(self)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tree, 1)
        column.addWidget(self.details)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(upper)
        splitter.addWidget(self.bytes_view)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(splitter)


def _has_problem(field: Field) -> bool:
    waiting = [field]
    while waiting:
        each = waiting.pop()
        if each.problem:
            return True
        waiting += each.children
    return False

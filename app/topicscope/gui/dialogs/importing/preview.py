"""The second page of an import: what a file holds, and what of it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.importing.details import LONGEST_LINE, ImportDetails
from topicscope.gui.models.connections.imported_profiles import ImportColumn, ImportedProfilesModel
from topicscope.gui.text import count_of
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.plain_table import set_up_table
from topicscope.gui.widgets.style import set_kind
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QPainter

    from topicscope.profiles.importers.imported import Imported

DETAILS_WIDTH: Final = 360
NAME_WIDTH: Final = 180
REMARKS_HEIGHT: Final = 110
MARGIN: Final = 10
_MOST_REMARKS: Final = 500


class ImportPreview(QWidget):
    """The table of connections, the words about the current one, and what the file held besides."""

    def __init__(self, model: ImportedProfilesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._tool = ""
        self._folder = ""
        self.table = _ProfileTable(model, self)
        self.details = ImportDetails(self)
        self.empty = EmptyState("inbox", "", parent=self)
        self.remarks = QPlainTextEdit(self)
        self.remarks.setReadOnly(True)
        self.remarks.setAccessibleName("What the file held besides")
        self.remarks.setTabChangesFocus(True)
        set_kind(self.remarks, "view")
        self.remarks.document().setDocumentMargin(MARGIN)
        self._remarks_card = CardFrame(" ", self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._on_row_changed)

    def show_file(self, imported: Imported, stored_as: Sequence[str], folder: str) -> None:
        """Show what a file held; `stored_as` as in the model, `folder` is where its certificates would go."""
        self._tool, self._folder = imported.tool, folder
        self._model.set_profiles(imported.profiles, stored_as)
        if imported.profiles:
            self.table.setCurrentIndex(self._model.index(0, ImportColumn.NAME))
            self._stack.setCurrentIndex(0)
        else:
            self.empty.set_sentence(f"This file of {imported.tool} holds no connection to take.")
            self._stack.setCurrentIndex(1)
        self._show_remarks(imported)

    @Slot(QModelIndex)
    def _on_row_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.details.show_row(self._model, current.row(), self._tool, self._folder)

    def _show_remarks(self, imported: Imported) -> None:
        lines = [*imported.problems, *imported.notes]
        shown = [escape(one[:LONGEST_LINE]) for one in lines[:_MOST_REMARKS]]
        if len(lines) > _MOST_REMARKS:
            shown.append(f"… and {len(lines) - _MOST_REMARKS:,} more")
        title = "Also in this file"
        if imported.problems:
            title = f"{count_of(len(imported.problems), 'connection')} could not be read"
        self._remarks_card.header.set_title(title)
        self.remarks.setPlainText("\n".join(shown))
        self._remarks_card.setVisible(bool(lines))

    def _lay_out(self) -> None:
        left, right = CardFrame(parent=self), CardFrame(parent=self)
        left.add(self.table, 1)
        right.add(self.details, 1)
        right.setFixedWidth(DETAILS_WIDTH)
        both = QWidget(self)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(left, 1)
        row.addWidget(right)
        nothing = CardFrame(parent=self)
        nothing.add(self.empty, 1)
        self._stack.addWidget(both)
        self._stack.addWidget(nothing)
        self._remarks_card.add(self.remarks, 1)
        self._remarks_card.setFixedHeight(REMARKS_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._stack, 1)
        column.addWidget(self._remarks_card)


class _Ticks(QStyledItemDelegate):
    """Paints tick boxes as they look everywhere else, and no frame about the current cell: its row is marked."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self._box = QCheckBox(view)
        self._box.hide()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the cell, and the box over that of the system."""
        cell = QStyleOptionViewItem(option)
        cell.state &= ~QStyle.StateFlag.State_HasFocus
        super().paint(painter, cell, index)
        self.initStyleOption(cell, index)
        if not cell.features & QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator:
            return
        part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        box = QStyleOptionButton()
        box.initFrom(self._box)
        box.rect = self._view.style().subElementRect(part, cell, self._view)
        is_ticked = cell.checkState == Qt.CheckState.Checked
        state = QStyle.StateFlag.State_On if is_ticked else QStyle.StateFlag.State_Off
        box.state = QStyle.StateFlag.State_Enabled | state
        self._box.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter, self._box
        )


class _ProfileTable(QTableView):
    """Rows with tick boxes; Space ticks whichever column is current."""

    def __init__(self, model: ImportedProfilesModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        set_up_table(self, "Connections in the file")
        self.setItemDelegate(_Ticks(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT + 4)
        header = self.horizontalHeader()
        # Addresses are longer than names.
        header.resizeSection(ImportColumn.NAME, NAME_WIDTH)
        header.setSectionResizeMode(ImportColumn.ADDRESS, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(ImportColumn.REMARK, 116)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick the current row on Space."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._model.toggle(self.currentIndex().row())
            return
        super().keyPressEvent(event)

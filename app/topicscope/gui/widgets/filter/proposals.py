"""The list below the filter field: what may be typed next, and what is wrong with what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.theme import GRID, colour, mono_font
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_kind, set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPersistentModelIndex
    from PySide6.QtGui import QPainter

    from topicscope.query import Completion

ENTRY_HEIGHT: Final = 24
MOST_ENTRIES: Final = 10
WIDTH: Final = 560
_MARGIN: Final = 4
_KINDS: Final = {"json": "a field of JSON payloads", "level": "a level that was named"}
_HELP: Final = Qt.ItemDataRole.UserRole + 1


class FilterProposals(QFrame):
    """A list that never takes the focus; the field hands it its keys."""

    chosen = Signal(object)
    """A `Completion` that was clicked."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("filter-proposals")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_kind(self, "popup")
        self._field = field
        self._proposals: list[Completion] = []
        self.list = QListWidget(self)
        self.list.setAccessibleName("What may be typed next")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_ProposalDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reason = label(tone="error", parent=self)
        self.reason.setWordWrap(True)
        self.reason.setContentsMargins(GRID, 3, GRID, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(2)
        column.addWidget(self.list)
        column.addWidget(self.reason)
        self.list.itemClicked.connect(self._on_clicked)

    # Properties

    @property
    def has_proposals(self) -> bool:
        """Whether there is something to choose, in sight."""
        return self.isVisible() and bool(self._proposals)

    @property
    def selected(self) -> Completion | None:
        """The proposal that the arrow keys went to."""
        row = self.list.currentRow()
        return self._proposals[row] if self.has_proposals and row >= 0 else None

    @property
    def first(self) -> Completion | None:
        """The first proposal."""
        return self._proposals[0] if self.has_proposals else None

    # Methods

    def names(self) -> list[str]:
        """Return the texts that are proposed."""
        return [one.text for one in self._proposals]

    def show_all(
        self, proposals: Sequence[Completion], reason: str, left: int, tone: str = "error"
    ) -> None:
        """Show what may be typed and what is wrong, `left` pixels from the edge of the field."""
        self._proposals = list(proposals)
        self.list.clear()
        for one in self._proposals:
            item = QListWidgetItem(escape(one.text), self.list)
            item.setData(_HELP, escape(one.help) or _KINDS.get(one.kind, ""))
        self.list.setCurrentRow(-1)
        self.list.setVisible(bool(self._proposals))
        self.list.setFixedHeight(min(len(self._proposals), MOST_ENTRIES) * ENTRY_HEIGHT + 2)
        self.reason.setText(reason)
        set_tone(self.reason, tone)
        self.reason.setVisible(bool(reason))
        if not self._proposals and not reason:
            self.hide()
            return
        width = min(WIDTH, max(240, self._field.width()))
        # Not asked of the layout: a label that breaks its words wants more height than it needs.
        height = 2 * _MARGIN + (self.list.height() if self._proposals else 0)
        if reason:
            height += self.reason.heightForWidth(width - 2 * _MARGIN) + 2
        self.setFixedSize(width, height)
        place = min(max(0, left), max(0, self._field.width() - self.width()))
        self.move(self._field.mapToGlobal(QPoint(place, self._field.height() + 3)))
        self.show()

    def move_by(self, rows: int) -> None:
        """Go to another proposal; above the first there is none, as at the beginning."""
        count = len(self._proposals)
        self.list.setCurrentRow((self.list.currentRow() + 1 + rows) % (count + 1) - 1)

    # Slots

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._proposals[self.list.row(item)])


class _ProposalDelegate(QStyledItemDelegate):
    """Paints what would be typed at the left, and what it is, dim, at the right of that."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the height of all rows."""
        del option, index
        return QSize(0, ENTRY_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint ground, text and help."""
        shown = QStyleOptionViewItem(option)
        self.initStyleOption(shown, index)
        text, shown.text = shown.text, ""
        style = shown.widget.style() if shown.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, shown, painter, shown.widget)
        area = shown.rect.adjusted(GRID, 0, -GRID, 0)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        is_selected = bool(shown.state & QStyle.StateFlag.State_Selected)
        ui = painter.font()
        painter.setFont(mono_font())
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width() * 3 // 5)
        painter.setPen(colour("text"))
        painter.drawText(area, middle, text)
        area.setLeft(area.left() + metrics.horizontalAdvance(text) + 2 * GRID)
        painter.setFont(ui)
        said = painter.fontMetrics().elidedText(
            index.data(_HELP), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.setPen(colour("text" if is_selected else "dim"))
        painter.drawText(area, middle, said)

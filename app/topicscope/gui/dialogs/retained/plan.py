"""The dry run: which topics would get a retained message, which would not and why, before anything is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.text import count_of, format_bytes, format_count, plain_tooltip
from topicscope.gui.theme import mono_font, ui_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import WrappedLabel, strong_label
from topicscope.gui.widgets.plain_table import RightElided, set_up_table
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.payload.text import escape, preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.retained.plans import LeftOut, Plan, Step

Index = QModelIndex | QPersistentModelIndex
SIZE: Final = (720, 480)
_ROOT: Final = QModelIndex()


class PlanModel(QAbstractTableModel):
    """Steps, or topics that are left out, as rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Step | LeftOut] = ()

    def set_rows(self, rows: Sequence[Step | LeftOut]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of topics."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        left_out = bool(self._rows) and hasattr(self._rows[0], "why")
        names = ("Topic", "Why not" if left_out else "Gets")
        return names[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(self._rows[index.row()], index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_cell(self._rows[index.row()], index.column()))
        if role == Qt.ItemDataRole.FontRole:
            why = index.column() and hasattr(self._rows[index.row()], "why")
            return ui_font() if why else mono_font()
        return None


def _cell(row: Step | LeftOut, column: int) -> str:
    why = getattr(row, "why", None)
    if column == 0:
        return safe_topic(row.topic if isinstance(row.topic, bytes) else row.topic.encode())
    if why is not None:
        return str(why)
    payload = getattr(row, "payload", b"")
    if not payload:
        return "an empty retained message"
    return f"QoS {getattr(row, 'qos', 0)}, {format_bytes(len(payload))}: {preview(payload, 96)}"


class PlanDialog(QDialog):
    """Shows what a plan does to which topics; nothing happens before somebody agrees."""

    agreed = Signal(object)
    """The Plan, as shown last."""

    def __init__(
        self,
        title: str,
        sentence: str,
        verb: str,
        plans: tuple[Plan, Plan | None],
        parent: QWidget | None = None,
        warning: str = "",
    ) -> None:
        """Show the first plan; the second, if any, is that of the check box, which overwrites newer values."""
        super().__init__(parent)
        self.setObjectName("retained-plan")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(*SIZE)
        self._plans = plans
        self._verb = verb
        self.model = PlanModel(self)
        self.view = QTableView(self)
        self.tabs = SegmentedTabs(("Topics", "Left out"), self)
        self.empty = EmptyState("circle-check", "", parent=self)
        self.overwrite = QCheckBox("Overwrite topics that are retained now", self)
        self.yes_button = push_button("", parent=self)
        self.no_button = push_button("Cancel", kind="primary", parent=self)
        self._stack = QStackedLayout()
        set_up_table(self.view, "What would be published")
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(1, RightElided(self.view))
        for column in (0, 1):
            header = self.view.horizontalHeader()
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self._lay_out(title, sentence, warning)
        self.overwrite.setVisible(plans[1] is not None)
        self.overwrite.toggled.connect(self._show_plan)
        self.tabs.currentChanged.connect(self._show_list)
        self.yes_button.clicked.connect(self._on_agreed)
        self.no_button.clicked.connect(self.reject)
        self.no_button.setDefault(True)
        self.no_button.setFocus()
        self._show_plan()
        if not self.plan.steps:
            self.tabs.setCurrentIndex(1)

    @property
    def plan(self) -> Plan:
        """What would be done."""
        other = self._plans[1]
        return other if other is not None and self.overwrite.isChecked() else self._plans[0]

    @Slot()
    def _show_plan(self) -> None:
        plan = self.plan
        steps, left_out = len(plan.steps), len(plan.left_out)
        self.tabs.setTabText(0, f"To be published {format_count(steps)}")
        self.tabs.setTabText(1, f"Left out {format_count(left_out)}")
        self.yes_button.setText(f"{self._verb} {count_of(steps, 'topic')}")
        self.yes_button.setEnabled(steps > 0)
        self._show_list()

    @Slot()
    def _show_list(self) -> None:
        first = self.tabs.currentIndex() == 0
        rows: Sequence[Step | LeftOut] = self.plan.steps if first else self.plan.left_out
        self.model.set_rows(rows)
        self.empty.set_sentence(
            "There is nothing to publish." if first else "No topic is left out."
        )
        self._stack.setCurrentIndex(0 if rows else 1)

    @Slot()
    def _on_agreed(self) -> None:
        plan = self.plan
        self.accept()
        self.agreed.emit(plan)

    def _lay_out(self, title: str, sentence: str, warning: str) -> None:
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        body = QWidget(self)
        body.setLayout(self._stack)
        bar = QWidget(self)
        row = QHBoxLayout(bar)
        row.setContentsMargins(4, 4, 12, 4)
        row.addWidget(self.tabs, 1)
        card = CardFrame(parent=self)
        card.add(bar)
        card.add(line(card))
        card.add(body, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.overwrite)
        buttons.addStretch(1)
        buttons.addWidget(self.yes_button)
        buttons.addWidget(self.no_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(strong_label(escape(title), parent=self))
        for words, tone in ((sentence, "dim"), (warning, "warning")):
            if words:
                shown = WrappedLabel(0, self)
                shown.setText(words)
                set_tone(shown, tone)
                column.addWidget(shown)
        column.addWidget(card, 1)
        column.addLayout(buttons)

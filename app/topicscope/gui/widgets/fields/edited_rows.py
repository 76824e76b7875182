"""Rows of words that are edited in fields below them: choose a row, type, and it says so at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.theme import GRID, ROW_HEIGHT, colour, mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.fields.topic_filter_edit import TopicFilterEdit
from topicscope.gui.widgets.labels import WrappedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = tuple[str, ...]


class EditedRows(QWidget):
    """A table whose current row stands in one field for each column; `extra` columns only tell something.

    Attributes:
        fields: the fields, in the order of the columns.
        add_button: makes a new row.
        remove_button: takes the current row away.

    """

    changed = Signal()
    """Words of a row, or the rows."""
    current_changed = Signal()

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        problem_of: Callable[[Row], str | None],
        parent: QWidget | None = None,
        *,
        extra: Sequence[str] = (),
        empty: str = "",
        widest: int | None = 0,
    ) -> None:
        """Take for each column its heading and an example of what may be typed, and what is said without a row.

        The field of the column `widest` gets twice the room; None gives all the same.
        """
        super().__init__(parent)
        self._problem_of = problem_of
        self._rows: list[Row] = []
        self.table = QTableWidget(0, len(columns) + len(extra), self)
        self.fields = [TopicFilterEdit(_anything, self) for _ in columns]
        self.add_button = push_button("Add", "plus", parent=self)
        self.remove_button = push_button("Remove", "trash-2", parent=self)
        self._problem = WrappedLabel(0, self)
        set_tone(self._problem, "error")
        self._empty = label(empty, "dim", self.table.viewport())
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._set_up_table([heading for heading, _ in columns], extra)
        for number, ((heading, example), field) in enumerate(
            zip(columns, self.fields, strict=True)
        ):
            field.setAccessibleName(heading)
            field.setPlaceholderText(example)
            field.textEdited.connect(partial(self._on_typed, number))
        self._lay_out(widest)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.add_button.clicked.connect(self.add_empty)
        self.remove_button.clicked.connect(self.remove_current)
        self._on_selected()

    # Properties

    @property
    def rows(self) -> list[Row]:
        """The words of all rows."""
        return list(self._rows)

    @property
    def current(self) -> int:
        """The current row, -1 for none."""
        chosen = self.table.selectionModel().selectedRows()
        return chosen[0].row() if chosen else -1

    # Methods

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self._rows = list(rows)
        self.table.setRowCount(len(rows))
        for row in range(len(rows)):
            self._show_row(row)
        self._show_emptiness()
        self._on_selected()

    def add(self, words: Row) -> None:
        """Add a row and put the cursor into its first field."""
        self._rows.append(words)
        self.table.setRowCount(len(self._rows))
        self._show_row(len(self._rows) - 1)
        self._show_emptiness()
        self.table.selectRow(len(self._rows) - 1)
        self.fields[0].setFocus()
        self.changed.emit()

    def set_extra(self, row: int, texts: Sequence[str]) -> None:
        """Show what the extra columns tell about a row."""
        for number, text in enumerate(texts, len(self.fields)):
            item = self.table.item(row, number)
            if item is not None and item.text() != text:
                item.setText(text)

    def problem(self) -> str:
        """Return what is wrong with the first row that is not valid, or an empty text."""
        return next((text for row in self._rows if (text := self._problem_of(row))), "")

    def shown_problem(self) -> str:
        """Return what is said about the current row."""
        return self._problem.text()

    # Slots

    @Slot()
    def add_empty(self) -> None:
        """Add a row that is still to be written."""
        self.add(("",) * len(self.fields))

    @Slot()
    def remove_current(self) -> None:
        """Take the current row away."""
        row = self.current
        if row < 0:
            return
        del self._rows[row]
        self.table.removeRow(row)
        self._show_emptiness()
        if self._rows:
            self.table.selectRow(min(row, len(self._rows) - 1))
        self._on_selected()
        self.changed.emit()

    @Slot()
    def _on_selected(self) -> None:
        row = self.current
        words = self._rows[row] if row >= 0 else ("",) * len(self.fields)
        for field, text in zip(self.fields, words, strict=True):
            field.setEnabled(row >= 0)
            if field.text() != text:
                field.setText(text)
        self.remove_button.setEnabled(row >= 0)
        self._judge()
        self.current_changed.emit()

    def _on_typed(self, number: int, text: str) -> None:
        row = self.current
        if row < 0:
            return
        words = list(self._rows[row])
        words[number] = text.strip()
        self._rows[row] = tuple(words)
        self._show_row(row)
        self._judge()
        self.changed.emit()

    # Private

    def _show_emptiness(self) -> None:
        self._empty.setVisible(bool(self._empty.text()) and not self._rows)

    def _judge(self) -> None:
        row = self.current
        problem = (self._problem_of(self._rows[row]) or "") if row >= 0 else ""
        self._problem.setText(problem if any(self.fields[0].text()) else "")
        self._problem.setVisible(bool(self._problem.text()))

    def _show_row(self, row: int) -> None:
        bad = self._problem_of(self._rows[row])
        texts = [escape(text) for text in self._rows[row]]
        texts += [""] * (self.table.columnCount() - len(texts))
        for column, text in enumerate(texts):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                item.setFont(mono_font())
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setForeground(colour("error" if bad else "text"))

    def _set_up_table(self, headings: Sequence[str], extra: Sequence[str]) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([*headings, *extra])
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        rows = table.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns = table.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in range(len(headings), table.columnCount()):
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self, widest: int | None) -> None:
        words = QVBoxLayout(self.table.viewport())
        words.addWidget(self._empty)
        fields = QHBoxLayout()
        fields.setContentsMargins(GRID, GRID, GRID, GRID)
        fields.setSpacing(GRID)
        for number, field in enumerate(self.fields):
            fields.addWidget(field, 2 if number == widest else 1)
        fields.addWidget(self.add_button)
        fields.addWidget(self.remove_button)
        problem = QHBoxLayout()
        problem.setContentsMargins(GRID, 0, GRID, 4)
        problem.addWidget(self._problem)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(line(self))
        column.addLayout(fields)
        column.addLayout(problem)


def _anything(_text: str) -> None:
    """Find nothing wrong: rows are judged as a whole."""
    return

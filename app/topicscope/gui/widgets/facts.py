"""Facts as rows of a name and words, in a card; everything can be selected and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import WrappedLabel, label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME_WIDTH = 160
LONGEST = 2_000
"""Characters of one fact that are shown."""


class FactsList(QWidget):
    """Rows of a dim name and words beside it."""

    def __init__(self, parent: QWidget | None = None, name_width: int = NAME_WIDTH) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, str, str], ...] = ()
        self._name_width = name_width
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, name_width)
        self._grid.setColumnStretch(1, 1)

    def set_rows(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show these rows of name, words and tone; the tone ``mono`` is the font of numbers."""
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, (name, words, tone) in enumerate(rows):
            self._add(at, name, words, tone)

    def rows(self) -> list[tuple[str, str]]:
        """Return names and words as they are shown."""
        return [(name, words) for name, words, _tone in self._rows]

    def _add(self, at: int, name: str, words: str, tone: str) -> None:
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(label(name, "dim", self), at, 0, top)
        shown = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
        value = WrappedLabel(0, self)
        if tone == "mono":
            value.setFont(mono_font())
        else:
            set_tone(value, tone)
        value.setText(shown)
        value.setAccessibleName(f"{name}: {shown}")
        self._grid.addWidget(value, at, 1)


class FactsCard(CardFrame):
    """A `FactsList` in a frame, under a title or none."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._list = FactsList(name_width=72)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)
        self.add(holder)

    def set_rows(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show these rows of name, words and tone."""
        self._list.set_rows(rows)

    def rows(self) -> list[tuple[str, str]]:
        """Return names and words as they are shown."""
        return self._list.rows()

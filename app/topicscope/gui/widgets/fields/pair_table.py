"""A table of names and values, as headers and User Properties are; secret values are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from topicscope.gui.widgets.fields.edited_rows import EditedRows
from topicscope.gui.widgets.style import set_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Pair = tuple[str, str]

HEIGHT: Final = 152
MASK: Final = "••••••••"


class PairTable(QFrame):
    """Pairs of words in order; a name may come twice."""

    changed = Signal()

    def __init__(
        self,
        names: Pair,
        examples: Pair,
        is_secret: Callable[[str], bool] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Take the headings, what may be typed, and what tells by its name whether a value is a secret."""
        super().__init__(parent)
        set_kind(self, "card")
        self._is_secret = is_secret
        columns = list(zip(names, examples, strict=True))
        self.rows = EditedRows(columns, _no_problem, self, widest=None)
        self.rows.table.setAccessibleName(f"{names[0]}s and values")
        self.setFixedHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.rows)
        self.setFocusProxy(self.rows.add_button)
        self.rows.changed.connect(self._on_changed)
        self.rows.current_changed.connect(self._mask)

    def pairs(self) -> tuple[Pair, ...]:
        """Return the pairs, but not one of which both parts are empty."""
        return tuple((name, value) for name, value in self.rows.rows if name or value)

    def set_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show pairs."""
        self.rows.set_rows(list(pairs))
        self._mask()

    @Slot()
    def _on_changed(self) -> None:
        self._mask()
        self.changed.emit()

    @Slot()
    def _mask(self) -> None:
        if self._is_secret is None:
            return
        rows, current = self.rows.rows, self.rows.current
        for row, (name, value) in enumerate(rows):
            item = self.rows.table.item(row, 1)
            if item is not None and value and self._is_secret(name):
                item.setText(MASK)
        hidden = current >= 0 and self._is_secret(rows[current][0])
        mode = QLineEdit.EchoMode.Password if hidden else QLineEdit.EchoMode.Normal
        self.rows.fields[1].setEchoMode(mode)


def _no_problem(_row: tuple[str, ...]) -> None:
    """Find nothing wrong: the profile is judged as a whole."""
    return

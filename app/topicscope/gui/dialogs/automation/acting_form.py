"""What the forms of schedules and responders share: rows that scroll, a line for what is wrong, and their buttons."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone


class ActingForm(QDialog):
    """A dialog with *Save* and *Save and start*. Open it with `open()`."""

    def __init__(self, title: str, size: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(size)
        self._rows = QVBoxLayout()
        self._said = WrappedLabel(0, self)
        set_tone(self._said, "error")
        self._said.hide()
        self.start_button = push_button("Save and start", "play", parent=self)
        self.save_button = push_button("Save", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._on_save)
        self.start_button.clicked.connect(self._on_save_and_start)
        self.cancel_button.clicked.connect(self.reject)

    def said(self) -> str:
        """Return what is said to be wrong with the whole."""
        return self._said.text()

    def say(self, problem: str) -> None:
        """Say what is wrong with the whole; an empty text when nothing is."""
        self._said.setText(problem)
        self._said.setVisible(bool(problem))

    def finish(self, *, starts: bool) -> None:
        """Answer, if nothing is wrong."""
        raise NotImplementedError

    def lay_out(self, *rows: QWidget) -> None:
        """Put rows below each other, with the buttons at the foot."""
        inside = QWidget()
        inside.setLayout(self._rows)
        self._rows.setContentsMargins(16, 16, 16, 16)
        self._rows.setSpacing(10)
        for row in rows:
            self._rows.addWidget(row)
        self._rows.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        # The ground of the dialog shows through.
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, GRID, 16, 16)
        buttons.setSpacing(8)
        buttons.addWidget(self._said, 1)
        buttons.addStretch(0)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.start_button)
        buttons.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(line(self))
        whole.addLayout(buttons)
        self._order(inside)

    def _order(self, inside: QWidget) -> None:
        """Begin in the first field, and let Tab reach the buttons behind the last; they were made before."""
        fields: list[QWidget] = []
        one: QWidget | None = self.nextInFocusChain()
        while one is not None and one is not self:
            if inside.isAncestorOf(one) and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
                fields.append(one)
            one = one.nextInFocusChain()
        chain = (fields[-1], self.cancel_button, self.start_button, self.save_button)
        for before, behind in pairwise(chain):
            self.setTabOrder(before, behind)
        fields[0].setFocus()

    @Slot()
    def _on_save(self) -> None:
        self.finish(starts=False)

    @Slot()
    def _on_save_and_start(self) -> None:
        self.finish(starts=True)

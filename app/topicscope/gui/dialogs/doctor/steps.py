"""The steps of an examination as rows: icon, title, words and time; remedy, offer and details below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.models.connections.doctor_report import took
from topicscope.gui.text import format_elapsed
from topicscope.gui.theme import colour, mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import WrappedLabel, label, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tall_area import TallArea
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from topicscope.connection.doctor import Step

TITLE_WIDTH: Final = 148
TIME_WIDTH: Final = 60
DETAIL_NAME_WIDTH: Final = 130
LONGEST_WORD: Final = 48
"""Characters; of a fingerprint 16 bytes."""
_ICONS: Final = {
    "ok": ("circle-check", "good"),
    "warning": ("triangle-alert", "warning"),
    "failed": ("circle-x", "error"),
    "skipped": ("circle-minus", "faint"),
    "running": ("clock", "accent"),
}
_WORDS: Final = {
    "ok": "good",
    "warning": "works, but look at it",
    "failed": "failed",
    "skipped": "not tried",
}


class StepRow(QFrame):
    """One step; Space, Enter or a click unfolds its details."""

    offer_taken = Signal(object)
    """The Offer whose button was clicked."""
    moved = Signal(int)
    """An arrow key was pressed: rows down, or up where it is negative."""

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{step.title}: {_WORDS[step.status]}. {step.text} {step.remedy}")
        self._picture = QLabel(self)
        self._picture.setFixedSize(16, 16)
        self._chevron = QLabel(self)
        self._chevron.setFixedSize(14, 16)
        self.details = _details(step, self)
        self.details.hide()
        if step.details:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lay_out()
        self._show_pictures()

    # Properties

    @property
    def is_unfolded(self) -> bool:
        """Whether the details are to be seen."""
        return not self.details.isHidden()

    # Methods

    def set_unfolded(self, unfolded: bool) -> None:
        """Show the details, or hide them."""
        if self.step.details:
            self.details.setVisible(unfolded)
            self._show_pictures()

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Unfold on Space and Enter; go to the neighbour with the arrow keys."""
        key = event.key()
        if key in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.step.details:
            self.set_unfolded(not self.is_unfolded)
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_Left}:
            self.set_unfolded(key == Qt.Key.Key_Right)
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.moved.emit(1 if key == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the click, so that its end comes here too."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Unfold on a click."""
        inside = self.rect().contains(event.position().toPoint())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.set_unfolded(not self.is_unfolded)

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icons anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_pictures()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a line below, and a frame where the keys go."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QPen(colour("line"), 1))
        bottom = self.height() - 1
        painter.drawLine(12, bottom, self.width() - 12, bottom)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 1))
            frame = QRectF(self.rect()).adjusted(4.5, 2.5, -4.5, -3.5)
            painter.drawRoundedRect(frame, 4, 4)

    # Private

    def _lay_out(self) -> None:
        title = strong_label(self.step.title, parent=self)
        title.setFixedWidth(TITLE_WIDTH)
        time = label(took(self.step), "dim", self)
        time.setFixedWidth(TIME_WIDTH)
        time.setAlignment(Qt.AlignmentFlag.AlignRight)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(_wrapped(escape(self.step.text), self._tone(), self))
        if self.step.remedy:
            words.addWidget(_wrapped(f"→ {escape(self.step.remedy)}", "", self))
        if self.step.offer is not None:
            button = push_button(escape(self.step.offer.text)[:80], parent=self)
            button.clicked.connect(partial(self._on_offer_clicked, self.step.offer))
            line = QHBoxLayout()
            line.setContentsMargins(0, 4, 0, 4)
            line.addWidget(button)
            line.addStretch(1)
            words.addLayout(line)
        words.addWidget(self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 12, 9)
        row.setSpacing(10)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self._picture, 0, top)
        row.addWidget(title, 0, top)
        row.addLayout(words, 1)
        row.addWidget(time, 0, top)
        row.addWidget(self._chevron, 0, top)

    def _tone(self) -> str:
        return "dim" if self.step.status == "skipped" else ""

    def _on_offer_clicked(self, offer: object, _checked: bool = False) -> None:
        self.offer_taken.emit(offer)

    def _show_pictures(self) -> None:
        name, role = _ICONS[self.step.status]
        self._picture.setPixmap(icon(name, role).pixmap(16, 16))
        if self.step.details:
            chevron = "chevron-down" if self.is_unfolded else "chevron-right"
            self._chevron.setPixmap(icon(chevron, "dim").pixmap(14, 14))


class StepList(TallArea):
    """Rows from top to bottom, and below them what is being tried now."""

    offer_taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Steps")
        self.rows: list[StepRow] = []
        inside = QWidget(self)
        self._running = _RunningRow(inside)
        self._running.hide()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._running)
        self._column.addStretch(1)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)

    def clear(self) -> None:
        """Take all rows away."""
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []

    def add(self, step: Step) -> None:
        """Add a row; one that failed shows its details."""
        row = StepRow(step, self.widget())
        row.set_unfolded(step.status == "failed")
        row.offer_taken.connect(self.offer_taken)
        row.moved.connect(partial(self._on_moved, row))
        self._column.insertWidget(len(self.rows), row)
        self.rows.append(row)

    def show_running(self, title: str, seconds: float) -> None:
        """Say what is being tried and for how long; without a title nothing is."""
        self._running.setVisible(bool(title))
        self._running.say(title, seconds)

    def _on_moved(self, row: StepRow, by: int) -> None:
        target = self.rows.index(row) + by
        if 0 <= target < len(self.rows):
            self.rows[target].setFocus(Qt.FocusReason.TabFocusReason)
            self.ensureWidgetVisible(self.rows[target], 0, 8)


class _RunningRow(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        picture = QLabel(self)
        picture.setPixmap(icon(*_ICONS["running"]).pixmap(16, 16))
        picture.setFixedSize(16, 16)
        self._title = strong_label(tone="dim", parent=self)
        self._time = label(tone="dim", parent=self)
        self._time.setFixedWidth(TIME_WIDTH)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 12 + 14 + 10, 9)
        row.setSpacing(10)
        row.addWidget(picture)
        row.addWidget(self._title, 1)
        row.addWidget(self._time)

    def say(self, title: str, seconds: float) -> None:
        self._title.setText(f"{title} …")
        # Tenths that race by for a step of a few milliseconds only flicker.
        self._time.setText(format_elapsed(seconds) if seconds > 1 else "")


def _details(step: Step, parent: QWidget) -> QWidget:
    """Return names and values in two columns; the values can be selected."""
    made = QWidget(parent)
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 4, 0, 2)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    before = ""
    for number, (name, value) in enumerate(step.details):
        # Several values of one name stand below each other.
        heading = label("" if name == before else escape(name), "dim", made)
        heading.setFixedWidth(DETAIL_NAME_WIDTH)
        heading.setWordWrap(True)
        grid.addWidget(heading, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_value(escape(value), made), number, 1)
        before = name
    return made


def _value(text: str, parent: QWidget) -> WrappedLabel:
    """Return a value that can be selected; a long word in it, such as a fingerprint, is broken."""
    made = WrappedLabel(0, parent)
    made.setFont(mono_font())
    pieces = (
        word[at : at + LONGEST_WORD]
        for word in text.split(" ")
        for at in range(0, max(1, len(word)), LONGEST_WORD)
    )
    made.setText(" ".join(pieces))
    return made


def _wrapped(text: str, tone: str, parent: QWidget) -> WrappedLabel:
    made = WrappedLabel(0, parent)
    # A click belongs to the row.
    made.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    set_tone(made, tone)
    made.setText(text)
    return made

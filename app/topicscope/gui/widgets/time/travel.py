"""The row below the message table that chooses a moment of the capture, keeps two of them, and compares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.text import format_date_time, format_time, plain_tooltip
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.labels import label, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.time.slider import TimeSlider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QShowEvent

NAMES: Final = ("A", "B")
"""Moments that can be kept."""
BAR_HEIGHT: Final = 31

_LONGEST_STATE = "State at 00:00:00.000"
_LONGEST_AGO = "999 ms ago"


class TimeTravelBar(QFrame):
    """Slider, words on the moment chosen, and buttons; asks by signals, and shows what it is told."""

    keep_requested = Signal(str)
    """Keep the moment that is shown under this letter."""
    go_requested = Signal(str)
    forget_requested = Signal(str)
    compare_requested = Signal()
    live_requested = Signal()
    came_in_sight = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("time-travel")
        self.setAccessibleName("Time travel")
        self.slider = TimeSlider(self)
        self.state_label = strong_label(parent=self)
        self.ago_label = label(tone="dim", parent=self)
        self.keep_buttons = {name: _small_button(name, self) for name in NAMES}
        self.compare_button = _small_button("Compare", self)
        self.live_button = _small_button("Live", self)
        self._menu = QMenu(self)
        self._menu.aboutToHide.connect(self._on_menu_hidden)
        self._lay_out()
        self._connect()
        self.set_kept({})
        self.show_live()

    # Methods

    def show_live(self) -> None:
        """Say that the newest state is shown."""
        self.slider.set_time(None)
        self.slider.setAccessibleDescription("The newest state is shown")
        self.state_label.setText("Newest state")
        set_tone(self.state_label, "dim")
        tip = "Drag the slider, or press an arrow key on it, to see the state of then."
        self.state_label.setToolTip(plain_tooltip(tip))
        self.ago_label.setText("")
        self.ago_label.setToolTip("")
        self.live_button.setEnabled(False)

    def show_moment(self, time_ns: int) -> None:
        """Say that the state at this time is shown."""
        self.slider.set_time(time_ns)
        words = f"State at {format_time(time_ns)}"
        self.slider.setAccessibleDescription(words)
        self.state_label.setText(words)
        set_tone(self.state_label, "warning")
        tip = f"Topics, last values and inspector show the state at {format_date_time(time_ns)}.\n"
        self.state_label.setToolTip(plain_tooltip(tip + "The capture goes on meanwhile."))
        self.live_button.setEnabled(True)

    def show_ago(self, words: str, explanation: str) -> None:
        """Say how long ago the moment was."""
        self.ago_label.setText(words)
        self.ago_label.setToolTip(plain_tooltip(explanation))

    def set_kept(self, kept: Mapping[str, int]) -> None:
        """Show which moments are kept, by their times."""
        self.slider.set_flags(kept)
        for name, button in self.keep_buttons.items():
            is_kept = name in kept
            button.setChecked(is_kept)
            if is_kept:
                words = f"{name} is {format_time(kept[name])}. Click: keep this moment instead"
            else:
                words = f"Keep this moment as {name}"
            name_button(button, words)
            button.setAccessibleName(f"Keep this moment as {name}")
        self.compare_button.setEnabled(bool(kept))
        other = "B" if "B" in kept or "A" not in kept else "the moment shown"
        one = "A" if "A" in kept or "B" not in kept else "the moment shown"
        name_button(
            self.compare_button,
            f"Compare {one} with {other}" if kept else "Keep a moment as A or B to compare",
        )

    # Slots

    def _on_keep_clicked(self, name: str, _checked: bool = False) -> None:
        # Whether it is kept is told by `set_kept`, not by the click.
        button = self.keep_buttons[name]
        button.setChecked(not button.isChecked())
        self.keep_requested.emit(name)

    def _on_menu_requested(self, name: str, place: QPoint) -> None:
        button = self.keep_buttons[name]
        if not button.isChecked():
            return
        self._menu.clear()
        go = self._menu.addAction(icon("history", "dim"), f"Go to {name}")
        go.triggered.connect(partial(self.go_requested.emit, name))
        forget = self._menu.addAction(icon("x", "dim"), f"Forget {name}")
        forget.triggered.connect(partial(self.forget_requested.emit, name))
        button.setDown(False)
        self._menu.popup(button.mapToGlobal(place))

    @Slot()
    def _on_menu_hidden(self) -> None:
        self.slider.setFocus()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what happened since it was seen last."""
        super().showEvent(event)
        self.came_in_sight.emit()

    # Private

    def _lay_out(self) -> None:
        self.setFixedHeight(BAR_HEIGHT)
        # The slider must not move under the pointer when there is more or less to say.
        strong, usual = QFontMetrics(ui_font(QFont.Weight.DemiBold)), QFontMetrics(ui_font())
        self.state_label.setFixedWidth(strong.horizontalAdvance(_LONGEST_STATE) + 2)
        self.ago_label.setFixedWidth(usual.horizontalAdvance(_LONGEST_AGO) + 2)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self.slider, 1)
        row.addWidget(self.state_label)
        row.addWidget(self.ago_label)
        for button in (*self.keep_buttons.values(), self.compare_button, self.live_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line(self))
        column.addLayout(row, 1)

    def _connect(self) -> None:
        for name, button in self.keep_buttons.items():
            button.setCheckable(True)
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.clicked.connect(partial(self._on_keep_clicked, name))
            button.customContextMenuRequested.connect(partial(self._on_menu_requested, name))
        name_button(self.live_button, "Return to the newest state (End)")
        self.compare_button.clicked.connect(self.compare_requested)
        self.live_button.clicked.connect(self.live_requested)
        self.slider.live_requested.connect(self.live_requested)


def _small_button(text: str, parent: QWidget) -> QPushButton:
    button = push_button(text, kind="small", parent=parent)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button

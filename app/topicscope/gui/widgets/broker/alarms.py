"""What is wrong with a broker, in words, each with a way to the history that shows it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.style import set_kind, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.broker_status.alarms import Alarm

_ICON_PIXELS = 14


class _Row(QWidget):
    """A picture, a sentence, and a link where there is a history."""

    def __init__(self, alarm: Alarm, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = ElidedLabel(alarm.text, Qt.TextElideMode.ElideRight, self)
        self.button = push_button("History", kind="link", parent=self)
        self.button.setVisible(bool(alarm.metric))
        self._picture = QLabel(self)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._picture)
        line.addWidget(self.words, 1)
        line.addWidget(self.button)
        self.say(alarm.text)
        self.tint()

    def say(self, text: str) -> None:
        """Say something else."""
        self.words.setText(text)
        self.button.setAccessibleName(f"History: {text}")

    def tint(self) -> None:
        """Paint the picture in the colours of the theme in use."""
        picture = icon("triangle-alert", "warning").pixmap(_ICON_PIXELS, _ICON_PIXELS)
        self._picture.setPixmap(picture)


class StatusAlarms(QFrame):
    """A line for each alarm; hidden while there is none."""

    history_requested = Signal(str)
    """A name of `METRICS`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "notice")
        set_tone(self, "warning")
        self._alarms: list[Alarm] = []
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 4, 6, 4)
        self._column.setSpacing(0)
        self.setAccessibleName("Alarms")
        self.hide()

    def texts(self) -> list[str]:
        """Return what is said."""
        return [alarm.text for alarm in self._alarms]

    def show_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Say what is wrong now; a line keeps its place while only its words change."""
        if list(alarms) == self._alarms:
            return
        same = [a.metric for a in alarms] == [a.metric for a in self._alarms]
        self._alarms = list(alarms)
        if same:
            for row, alarm in zip(self._rows, alarms, strict=True):
                row.say(alarm.text)
        else:
            self._make_rows()
        self.setAccessibleDescription(" ".join(self.texts()))
        self.setVisible(bool(self._alarms))

    # Qt overrides

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icons again when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            # Making widgets here would pull the list of them from under Qt, which is walking along it.
            for row in self._rows:
                row.tint()

    # Private

    def _make_rows(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(alarm) for alarm in self._alarms]
        for row in self._rows:
            self._column.addWidget(row)

    def _row(self, alarm: Alarm) -> _Row:
        row = _Row(alarm, self)
        row.button.clicked.connect(partial(self._ask, alarm.metric))
        return row

    def _ask(self, metric: str) -> None:
        self.history_requested.emit(metric)

"""The history of one value of a topic's payloads as a line, which grows while messages come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from topicscope.gui.dialogs.charts.history import HistoryDialog
from topicscope.gui.models.charts.field_history import MOST_VALUES, FieldHistory
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.gui.widgets.charts.field_menu import field_words
from topicscope.gui.widgets.charts.series import Series
from topicscope.gui.widgets.pacer import Pacer
from topicscope.mqtt.control_packets import Direction
from topicscope.payload.text import escape, safe_topic

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.payload.json_path import Path

REFRESH_MS: Final = 250
_LEAST_PLAIN: Final = 1e-4
_MOST_PLAIN: Final = 1e15


class FieldHistoryDialog(HistoryDialog):
    """The numbers at a path in messages like one that somebody looks at: of its topic, and that went its way."""

    def __init__(
        self, bridge: ConnectionBridge, record: Record, path: Path, parent: QWidget | None = None
    ) -> None:
        """Chart what the capture of `bridge` holds; `path` is empty for payloads that are numbers themselves."""
        way = "sent" if record.direction is Direction.OUT else "received"
        about = f"{safe_topic(record.topic)} · {way}"
        field = escape(field_words(path))
        super().__init__("field-history", field, about, parent=parent)
        self.setWindowTitle(f"{safe_topic(record.topic)} · {field} — history")
        self.chart.set_words(value_words)
        self.history = FieldHistory(bridge.log, record.topic, record.direction, path)
        self._reading = False
        self._pacer = Pacer(REFRESH_MS, "field-history-refresh", self)
        self._pacer.due.connect(self._read_on)
        bridge.appended.connect(self._pacer.wake)
        bridge.log_replaced.connect(self._on_log_replaced)
        self._pacer.wake()

    def points(self) -> list[tuple[int, float]]:
        """Return what is drawn."""
        times, values = self.history.times.tolist(), self.history.values.tolist()
        return [(round(time * 1e9), value) for time, value in zip(times, values, strict=True)]

    def shows(self, record: Record, path: Path) -> bool:
        """Say whether this is the history of a value of that message."""
        mine = self.history
        return (mine.topic, mine.direction, mine.path) == (record.topic, record.direction, path)

    # Slots

    @Slot()
    def _read_on(self) -> None:
        if not self._reading:
            spawn(self._read(self.history), "field-history")

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        old = self.history
        self.history = FieldHistory(log, old.topic, old.direction, old.path)
        self._show()
        self._pacer.wake()

    # Private

    async def _read(self, history: FieldHistory) -> None:
        self._reading = True
        try:
            while (piece := history.next_piece()) is not None:
                history.take(await in_worker_for(self, piece))
                if history is not self.history:
                    history = self.history
                    continue
                self._show()
        finally:
            self._reading = False

    def _show(self) -> None:
        history = self.history
        times = history.times
        until = float(times[-1]) if history.are_switches and len(times) else None
        self.chart.set_series([Series(self.windowTitle(), times, history.values, until=until)])
        self.told_label.setText(_words_about(history))


def value_words(value: float) -> str:
    """Write a value with all that is said behind its point: ``1,204``, ``2.755``."""
    if value and not _LEAST_PLAIN <= abs(value) < _MOST_PLAIN:
        return f"{value:.6g}"
    text = f"{value:,.6f}"
    return text.rstrip("0").rstrip(".")


def _words_about(history: FieldHistory) -> str:
    parts = []
    if history.is_cut:
        parts.append(f"The newest {MOST_VALUES:,} messages.")
    if history.without:
        parts.append(f"{count_of(history.without, 'message')} without a number there.")
    return " ".join(parts)

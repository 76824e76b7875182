"""Requests and responses of the capture: pairs, what has no other half, and how long answers take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.models.automation.exchange_rows import ExchangeRowsModel, Shown
from topicscope.gui.text import format_count
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.automation.exchange_view import ExchangeView
from topicscope.gui.widgets.automation.histogram_view import HistogramView
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.gui.widgets.yielding_stack import YieldingStack

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from topicscope.automation.exchanges.exchange import Summary

BY_CORRELATION, BY_JSON_ID, BY_TOPICS = range(3)
_WAYS: Final = ("Correlation Data (MQTT 5)", "An id in the payload", "Topics")
_TITLES: Final = ("All", "No answer", "No request")
_EMPTY: Final = (
    "No requests were seen in this capture: messages with a Response Topic, and their answers.\n"
    "Subscribe to their topics, pair them in another way above, or send a request yourself."
)
_NONE_OF_THEM: Final = {
    Shown.UNANSWERED: "Every request was answered, or may still be.",
    Shown.ORPHANS: "Every response belongs to a request.",
}


class RequestsPane(QWidget):
    """A table of exchanges, found as somebody chooses, with the latencies below."""

    row_requested = Signal(int)
    """A row of the capture that somebody wants to see."""
    way_changed = Signal()
    """Pairs are to be found in another way."""
    send_requested = Signal()
    seen_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requests-pane")
        self.way_box = QComboBox(self)
        self.way_box.addItems(list(_WAYS))
        self.way_box.setAccessibleName("Pairs are found by")
        self.timeout = DecimalField("Time-out in seconds", 10.0, "10", self)
        self.timeout.setFixedWidth(56)
        self.path_edit = _field("Path of the id", "id", self)
        self.request_edit = _field("Topics of requests", "plant/dev/<device>/get", self)
        self.response_edit = _field("Topics of responses", "plant/dev/<device>/answer", self)
        self.send_button = push_button("Send a request…", "send", parent=self)
        self.shown_tabs = SegmentedTabs(_TITLES, self)
        self.shown_tabs.setAccessibleName("Show")
        self.model = ExchangeRowsModel(self)
        self.view = ExchangeView(self.model, self)
        self.view.setAccessibleName("Requests")
        self.histogram = HistogramView("Latency", "How long answers take is shown here.", self)
        self.empty = EmptyState("inbox", _EMPTY, parent=self)
        self._problem = ElidedLabel(parent=self)
        self._summary = ElidedLabel(parent=self)
        self._fields = QWidget(self)
        self._stack = YieldingStack(self)
        self._lay_out()
        self._connect()
        self._show_fields()

    # Properties

    @property
    def shown(self) -> Shown:
        """Which exchanges are shown."""
        return Shown(self.shown_tabs.currentIndex())

    # Methods

    def show_summary(self, summary: Summary | None) -> None:
        """Say how many there are; None while nothing was looked for."""
        counts = (
            (0, 0, 0) if summary is None else (summary.requests, summary.timed_out, summary.orphans)
        )
        for index, (title, count) in enumerate(zip(_TITLES, counts, strict=True)):
            text = f"{title} {format_count(count)}" if count else title
            if self.shown_tabs.tabText(index) != text:
                self.shown_tabs.setTabText(index, text)
        self._summary.setText("" if summary is None else summary.words())
        self.histogram.show_histogram(summary.latencies if summary else None)
        is_empty = not self.model.rowCount()
        nothing_at_all = summary is None or not (summary.requests or summary.orphans)
        if is_empty:
            self.empty.set_sentence(
                _EMPTY if nothing_at_all else _NONE_OF_THEM.get(self.shown, _EMPTY)
            )
        self._stack.setCurrentIndex(int(is_empty))

    def show_problem(self, problem: str) -> None:
        """Say why pairs cannot be found as it was asked for."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def problem(self) -> str:
        """Return what is said to be wrong."""
        return self._problem.text()

    def summary_words(self) -> str:
        """Return the sentence above the histogram."""
        return self._summary.text()

    # Slots

    @Slot()
    def _on_way_changed(self) -> None:
        self._show_fields()
        self.way_changed.emit()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that somebody looks."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nobody looks."""
        super().hideEvent(event)
        self.seen_changed.emit(False)

    # Private

    def _show_fields(self) -> None:
        way = self.way_box.currentIndex()
        self._fields.setVisible(way != BY_CORRELATION)
        self.path_edit.setVisible(way == BY_JSON_ID)

    def _connect(self) -> None:
        self.way_box.currentIndexChanged.connect(self._on_way_changed)
        self.shown_tabs.currentChanged.connect(self.way_changed)
        for edit in (self.path_edit, self.request_edit, self.response_edit, self.timeout):
            edit.editingFinished.connect(self.way_changed)
        self.view.row_requested.connect(self.row_requested)
        self.send_button.clicked.connect(self.send_requested)

    def _lay_out(self) -> None:
        set_tone(self._problem, "error")
        set_tone(self._summary, "dim")
        self._problem.hide()
        top = _row(
            label("Pairs by", "dim"),
            self.way_box,
            label("within", "dim"),
            self.timeout,
            label("s", "dim"),
            None,
            self.send_button,
        )
        self._fields.setLayout(
            _row(self.path_edit, self.request_edit, label("→", "dim"), self.response_edit)
        )
        self.path_edit.setFixedWidth(96)
        below = QVBoxLayout()
        below.setContentsMargins(12, 8, 12, 4)
        below.setSpacing(4)
        below.addWidget(self._summary)
        below.addWidget(self.histogram)
        full = QWidget(self)
        inside = QVBoxLayout(full)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.view, 1)
        inside.addWidget(line(self))
        inside.addLayout(below)
        self._stack.addWidget(full)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._fields)
        column.addLayout(_row(self.shown_tabs, self._problem))
        column.addWidget(line(self))
        column.addWidget(self._stack, 1)


def _field(name: str, example: str, parent: QWidget) -> QLineEdit:
    edit = QLineEdit(parent)
    edit.setFont(mono_font())
    edit.setAccessibleName(name)
    edit.setPlaceholderText(example)
    return edit


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """Return a row; None stands for free space."""
    row = QHBoxLayout()
    row.setContentsMargins(8, 4, 8, 4)
    row.setSpacing(8)
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part)
    return row

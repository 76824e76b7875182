"""The history of one figure of a broker as a line: its value or its rate, over a span that somebody chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.words import number, rate_text, value_text
from topicscope.gui.text import count_of, format_date_time
from topicscope.gui.theme import UI_PIXELS
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.charts.chart import Chart
from topicscope.gui.widgets.charts.series import Series
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.broker_status.history import Point
    from topicscope.broker_status.tiles import UserTile
    from topicscope.gui.models.broker.feed import StatusFeed

SIZE: Final = (720, 420)
SPANS: Final = (("5 min", 300.0), ("15 min", 900.0), ("1 h", 3_600.0), ("All", None))
_VIEWS: Final = ("Rate", "Value")


class StatusHistoryDialog(QDialog):
    """One figure, kept up to date while it is open; the window stays in use."""

    def __init__(
        self,
        key: str,
        feed: StatusFeed,
        tile: UserTile | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Show a name of `METRICS`, or the topic of a tile of one's own."""
        super().__init__(parent)
        self.setObjectName("status-history")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.key = key
        self._feed = feed
        self._tile = tile
        self._metric = METRICS.get(key)
        title = self._metric.title if self._metric else tile.title if tile else key
        self.setWindowTitle(f"{escape(title)} — history")
        self.resize(*SIZE)
        is_total = self._metric is not None and self._metric.kind is Kind.TOTAL
        self.views = SegmentedTabs(_VIEWS if is_total else (), self)
        self.views.setAccessibleName("Rate or value")
        self.views.setVisible(is_total)
        self.spans = SegmentedTabs(tuple(name for name, _ in SPANS), self)
        self.spans.setAccessibleName("Span of time")
        self.chart = Chart(escape(title), self)
        self.told_label = label("", "dim", self)
        self.copy_button = push_button("Copy values", "copy", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._lay_out(escape(title))
        self.views.currentChanged.connect(self._on_view_chosen)
        self.spans.currentChanged.connect(self._on_span_chosen)
        self.copy_button.clicked.connect(self._on_copy)
        self.close_button.clicked.connect(self.close)
        self.spans.setCurrentIndex(len(SPANS) - 1)
        self._on_view_chosen()
        self.chart.setFocus()

    # Methods

    def refresh(self, feed: StatusFeed) -> None:
        """Draw what has come since."""
        self._feed = feed
        points = self._points()
        times = np.array([point.time_ns for point in points], np.float64) / 1e9
        values = np.array([point.value for point in points], np.float64)
        heard_ns = feed.reader.last_heard_ns
        until = None if self._is_growth or heard_ns is None else heard_ns / 1e9
        self.chart.set_series([Series(self.windowTitle(), times, values, until=until)])

    # Slots

    @Slot()
    def _on_view_chosen(self) -> None:
        self.chart.set_words(self._words)
        self.refresh(self._feed)

    @Slot(int)
    def _on_span_chosen(self, index: int) -> None:
        self.chart.set_span(SPANS[index][1])

    @Slot()
    def _on_copy(self) -> None:
        points = self._points()
        lines = [f"{format_date_time(point.time_ns)}\t{point.value}" for point in points]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n" * bool(lines))
        self.told_label.setText(f"{count_of(len(lines), 'value')} copied.")

    # Private

    @property
    def _shows_rate(self) -> bool:
        return self.views.count() > 0 and self.views.currentIndex() == 0

    @property
    def _is_growth(self) -> bool:
        """Whether a line from value to value says more than steps: of rates, and of what only grows."""
        if self._metric is None:
            return self._feed.reader.is_total(self.key.encode(errors="surrogateescape"))
        return self._metric.kind is Kind.TOTAL

    def _points(self) -> Sequence[Point]:
        if self._metric is None:
            return self._feed.tile_history.points(self.key)
        reader = self._feed.reader
        history = reader.rate_history if self._shows_rate else reader.history
        return history.points(self.key)

    def _words(self, value: float) -> str:
        if self._metric is None:
            per_second = "/s" if self._tile is not None and self._tile.as_rate else ""
            return f"{number(value)}{per_second}"
        if self._shows_rate:
            return rate_text(self._metric, value)
        return value_text(self._metric, value)

    def _lay_out(self, title: str) -> None:
        heading = ElidedLabel(title, Qt.TextElideMode.ElideRight, self)
        font = heading.font()
        font.setPixelSize(UI_PIXELS + 3)
        font.setWeight(font.Weight.DemiBold)
        heading.setFont(font)
        topic = ElidedLabel(escape(self.key) if self._metric is None else "", parent=self)
        set_tone(topic, "dim")
        topic.setVisible(self._metric is None)
        card = CardFrame("History", self)
        card.header.add_left_widget(self.views)
        card.header.add_widget(self.spans)
        holder = QWidget(card)
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(12, 8, 12, 8)
        inner.addWidget(self.chart)
        card.add(holder, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.copy_button)
        bottom.addWidget(self.told_label, 1)
        bottom.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(topic)
        column.addWidget(card, 1)
        column.addLayout(bottom)

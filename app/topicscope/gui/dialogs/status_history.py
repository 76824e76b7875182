"""The history of one figure of a broker as a line: its value or its rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Slot

from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.words import number, rate_text, value_text
from topicscope.gui.dialogs.charts.history import HistoryDialog
from topicscope.gui.widgets.charts.series import Series
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.broker_status.history import Point
    from topicscope.broker_status.tiles import UserTile
    from topicscope.gui.models.broker.feed import StatusFeed

_VIEWS: Final = ("Rate", "Value")


class StatusHistoryDialog(HistoryDialog):
    """One figure, kept up to date while it is open."""

    def __init__(
        self,
        key: str,
        feed: StatusFeed,
        tile: UserTile | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Show a name of `METRICS`, or the topic of a tile of one's own."""
        metric = METRICS.get(key)
        is_total = metric is not None and metric.kind is Kind.TOTAL
        super().__init__(
            "status-history",
            escape(metric.title if metric else tile.title if tile else key),
            "" if metric else escape(key),
            _VIEWS if is_total else (),
            parent,
        )
        self.key = key
        self._feed = feed
        self._tile = tile
        self._metric = metric
        self.views.currentChanged.connect(self._on_view_chosen)
        self._on_view_chosen()

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

    def points(self) -> list[tuple[int, float]]:
        """Return what is drawn."""
        return [(point.time_ns, point.value) for point in self._points()]

    # Slots

    @Slot()
    def _on_view_chosen(self) -> None:
        self.chart.set_words(self._words)
        self.refresh(self._feed)

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

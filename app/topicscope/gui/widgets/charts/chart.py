"""A chart of values over time. What draws it is imported when the first chart is shown, off the window's thread.

The keys: ← and → go from value to value, Ctrl with them moves the view, + and − zoom, Home shows everything.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from topicscope.broker_status.words import number
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_time
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QShowEvent

    from topicscope.gui.widgets.charts.plot import Plot
    from topicscope.gui.widgets.charts.series import Series

LEAST_HEIGHT: Final = 160
_PLOT: Final = "topicscope.gui.widgets.charts.plot"


class Chart(QWidget):
    """Lines over local time, with a cursor that reads their values out."""

    cursor_moved = Signal(str)
    """What the cursor reads out; empty when it is nowhere."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make a chart; `name` is for screen readers, before what it shows."""
        super().__init__(parent)
        self._name = name
        self._series: tuple[Series, ...] = ()
        self._words: Callable[[float], str] = number
        self._span_s: float | None = None
        self._plot: Plot | None = None
        self._asked = False
        self._readout = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self._readout.setFont(mono_font())
        self._waiting = label("Loading what draws charts …", "dim", self)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._waiting)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._readout)
        column.addLayout(self._stack, 1)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._say()

    # Properties

    @property
    def is_drawn(self) -> bool:
        """Whether the lines are drawn already: what draws them may still be loading."""
        return self._plot is not None

    @property
    def readout(self) -> str:
        """What the cursor reads out, or else the summary of the lines."""
        return self._readout.text()

    # Methods

    def set_name(self, name: str) -> None:
        """Call the chart something else."""
        self._name = name
        self._say()

    def set_words(self, words: Callable[[float], str]) -> None:
        """Write values in this way, at the axis and where the cursor is."""
        self._words = words
        if self._plot is not None:
            self._plot.set_words(words)
        self._say()

    def set_series(self, series: Sequence[Series]) -> None:
        """Draw these lines; a view that somebody chose stays."""
        self._series = tuple(series)
        if self._plot is not None:
            self._plot.set_series(self._series)
        self._show_page()
        self._say()

    def set_span(self, seconds: float | None) -> None:
        """Show the newest so many seconds, and follow them; None for all there is."""
        self._span_s = seconds
        if self._plot is not None:
            self._plot.set_span(seconds)

    # Slots

    @Slot(object)
    def _on_cursor_moved(self, at: float | None) -> None:
        if at is None:
            self._say()
            return
        parts = [format_time(int(at * 1e9))]
        for series in self._series:
            place = int(np.searchsorted(series.times, at))
            if place < len(series.times):
                name = f"{series.name} " if len(self._series) > 1 else ""
                parts.append(f"{name}{self._words(float(series.values[place]))}")
        self._read_out("   ".join(parts), "")
        self.cursor_moved.emit(self.readout)

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Load what draws, when somebody looks first."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            spawn(self._load(), "load-chart")

    def changeEvent(self, event: QEvent) -> None:
        """Draw in the new colours when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._plot is not None:
            self._plot.renew_colours()

    # Private

    async def _load(self) -> None:
        module = await in_worker_for(self, importlib.import_module, _PLOT)
        plot: Plot = module.Plot(self)
        self._plot = plot
        plot.set_words(self._words)
        plot.set_series(self._series)
        plot.set_span(self._span_s)
        plot.cursor_moved.connect(self._on_cursor_moved)
        self._stack.addWidget(plot)
        self.setFocusProxy(plot)
        self._show_page()
        self._say()

    def _show_page(self) -> None:
        """Show the plot as soon as it has anything to show: axes without values would be made up."""
        if self._plot is None:
            return
        has_values = any(len(series.times) for series in self._series)
        self._waiting.setText("A line begins with the first number that comes.")
        self._stack.setCurrentWidget(self._plot if has_values else self._waiting)

    def _say(self) -> None:
        """Say of all lines what a glance at them would tell."""
        self._read_out(" · ".join(map(self._summary, self._series)), "dim")

    def _summary(self, series: Series) -> str:
        known = series.values[np.isfinite(series.values)]
        name = f"{series.name}: " if len(self._series) > 1 else ""
        if not len(known):
            return f"{name}no values yet"
        least, most, last = (self._words(float(v)) for v in (known.min(), known.max(), known[-1]))
        since = format_time(int(series.times[0] * 1e9))[:8]
        count = count_of(len(known), "value")
        return f"{name}last {last} · least {least} · most {most} · {count} since {since}"

    def _read_out(self, text: str, tone: str) -> None:
        self._readout.setText(text)
        set_tone(self._readout, tone)
        for widget in (self, self._plot):
            if widget is not None:
                widget.setAccessibleName(self._name)
                widget.setAccessibleDescription(text)

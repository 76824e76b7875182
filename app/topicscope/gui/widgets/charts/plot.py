"""What draws a chart: the one module that knows pyqtgraph, imported when the first chart is shown."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPen

from topicscope.broker_status.words import number
from topicscope.gui.theme import colour, mono_font, series_colour

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QWidget

    from topicscope.gui.widgets.charts.series import Series

pg.setConfigOption("exitCleanup", False)

_STEPS_S: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 604_800, 2_592_000, 31_536_000),
)
_TICK_WIDTH: Final = 92
_DOTS: Final = 60
"""Up to so many values each is marked with a dot."""
_LEAST_SPAN_S: Final = 0.01
_ZOOM: Final = 1.4
_GRID_ALPHA: Final = 60


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """Local time at round places."""

    def tickValues(self, begin: float, end: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802
        """Return the step and the times that have a tick."""
        wanted = (end - begin) * _TICK_WIDTH / max(size, 1)
        step = next((s for s in _STEPS_S if s >= wanted), _STEPS_S[-1])
        offset = float(_local(begin).tm_gmtoff or 0) if step >= 1_800 else 0.0
        first = math.ceil((begin + offset) / step)
        last = math.floor((end + offset) / step)
        return [(step, [n * step - offset for n in range(first, min(last, first + 100) + 1)])]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Return the times as words, as exact as they are apart."""
        form = "%H:%M:%S" if spacing < 60 else "%H:%M" if spacing < 86_400 else "%Y-%m-%d"
        texts = [time.strftime(form, _local(value)) for value in values]
        if spacing >= 1:
            return texts
        return [f"{t}.{round(v % 1 * 1000) % 1000:03}" for t, v in zip(texts, values, strict=True)]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """Values in words."""

    words: Callable[[float], str] = staticmethod(number)

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:  # noqa: N802
        """Return the values as words."""
        exact = [round(float(value), 9) for value in values]
        texts = [self.words(value) for value in exact]
        # Where words are too coarse to tell ticks apart, plain numbers are not.
        return texts if len(set(texts)) == len(texts) else [number(value) for value in exact]


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """Lines over time: the wheel and the mouse move and zoom along it, values always fit."""

    cursor_moved = Signal(object)
    """The time of the value that the cursor is at; None when it is nowhere."""

    def __init__(self, parent: QWidget) -> None:
        self._times = TimeAxis("bottom")
        self._values = ValueAxis("left")
        axes = {"bottom": self._times, "left": self._values}
        super().__init__(parent, axisItems=axes, enableMenu=False)
        self._adopt_menus()
        self._series: tuple[Series, ...] = ()
        self._lines: list[Any] = []
        self._span_s: float | None = None
        self._follows = True
        self._at: float | None = None
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.hideButtons()
        self.setMouseEnabled(x=True, y=False)
        self.setDownsampling(auto=True, mode="peak")
        self.setClipToView(True)
        view = self.getViewBox()
        view.setAutoVisible(y=True)
        view.enableAutoRange(y=True)
        view.setDefaultPadding(0.06)
        view.setLimits(minXRange=_LEAST_SPAN_S)
        self.addItem(self._cursor, ignoreBounds=True)
        self.renew_colours()
        view.sigRangeChangedManually.connect(self._on_moved_by_hand)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)

    # Methods

    def set_words(self, words: Callable[[float], str]) -> None:
        """Write values in this way."""
        self._values.words = words
        self._values.picture = None
        self._values.update()

    def set_series(self, series: Sequence[Series]) -> None:
        """Draw these lines."""
        self._series = tuple(series)
        while len(self._lines) > len(series):
            self.removeItem(self._lines.pop())
        while len(self._lines) < len(series):
            self._lines.append(self.plot())
        for line, one in zip(self._lines, series, strict=True):
            self._draw(line, one)
        if self._follows:
            self._fit()

    def set_span(self, seconds: float | None) -> None:
        """Show the newest so many seconds and follow them; None for all."""
        self._span_s, self._follows = seconds, True
        self._fit()

    def renew_colours(self) -> None:
        """Draw in the colours of the theme in use."""
        self.setBackground(colour("panel"))
        grid = QColor(colour("outline"))
        for axis in (self._times, self._values):
            axis.setPen(QPen(grid, 1))
            axis.setTextPen(colour("dim"))
            axis.setTickFont(mono_font(pixels=11))
            axis.setStyle(tickLength=-4)
            axis.setGrid(_GRID_ALPHA)
        self._cursor.setPen(QPen(colour("dim"), 1, Qt.PenStyle.DashLine))
        for line, one in zip(self._lines, self._series, strict=True):
            self._draw(line, one)

    # Slots

    @Slot(object)
    def _on_mouse_moved(self, place: QPointF) -> None:
        view = self.getViewBox()
        if not view.sceneBoundingRect().contains(place):
            self._set_cursor(None)
            return
        times = self._series[0].times if self._series else np.empty(0)
        if len(times):
            at = view.mapSceneToView(place).x()
            self._set_cursor(float(times[int(np.abs(times - at).argmin())]))

    @Slot(object)
    def _on_moved_by_hand(self) -> None:
        self._follows = False

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from value to value, move the view or zoom."""
        key = event.key()
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in ways and held:
            self._move(ways[Qt.Key(key)])
        elif key in ways:
            self._step(ways[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(1 / _ZOOM)
        elif key == Qt.Key.Key_Minus:
            self._zoom(_ZOOM)
        elif key == Qt.Key.Key_Home:
            self.set_span(None)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Read nothing out when the mouse is elsewhere."""
        super().leaveEvent(event)
        self._set_cursor(None)

    # Private

    def _adopt_menus(self) -> None:
        """Let menus that are never shown, and that nobody owns, go with the plot."""
        item = self.getPlotItem()
        # Before 0.14 the menu did not own those below it.
        for menu in (item.ctrlMenu, *getattr(item, "subMenus", ())):
            menu.setParent(self, menu.windowFlags())

    def _draw(self, line: Any, one: Series) -> None:  # noqa: ANN401
        tint = colour("accent") if one.colour < 0 else series_colour(one.colour)
        finite = bool(np.isfinite(one.values).all())
        times, values = one.times, one.values
        if len(times) and one.end > times[-1]:
            times, values = np.append(times, one.end), np.append(values, values[-1])
        # Steps show by themselves where values are.
        dots = len(times) <= (_DOTS if one.until is None else 1)
        # Cosmetic, and one pixel wide: a wider pen would take eight times as long.
        line.setData(
            times,
            values,
            pen=pg.mkPen(tint, width=1),
            connect="all" if finite else "finite",
            stepMode=None if one.until is None else "right",
            skipFiniteCheck=finite,
            symbol="o" if dots else None,
            symbolSize=5,
            symbolBrush=tint,
            symbolPen=None,
        )

    def _fit(self) -> None:
        known = [one for one in self._series if len(one.times)]
        if not known:
            return
        begin = min(float(one.times[0]) for one in known)
        end = max(one.end for one in known)
        if self._span_s is not None:
            begin = end - self._span_s
        room = max(1.0, (end - begin) * 0.02)
        self.setXRange(begin - room, end + room, padding=0)

    def _range(self) -> tuple[float, float]:
        (begin, end), _ = self.viewRange()
        return float(begin), float(end)

    def _move(self, way: int) -> None:
        begin, end = self._range()
        by = way * (end - begin) / 8
        self._follows = False
        self.setXRange(begin + by, end + by, padding=0)

    def _zoom(self, factor: float) -> None:
        begin, end = self._range()
        middle = (begin + end) / 2 if self._at is None else min(max(self._at, begin), end)
        self._follows = False
        self.setXRange(
            middle - (middle - begin) * factor, middle + (end - middle) * factor, padding=0
        )

    def _step(self, way: int) -> None:
        times = self._series[0].times if self._series else np.empty(0)
        if not len(times):
            return
        place = len(times) if self._at is None else int(np.searchsorted(times, self._at))
        place = min(max(place + way, 0), len(times) - 1)
        self._set_cursor(float(times[place]))

    def _set_cursor(self, at: float | None) -> None:
        if at == self._at:
            return
        self._at = at
        self._cursor.setVisible(at is not None)
        if at is not None:
            self._cursor.setValue(at)
        self.cursor_moved.emit(at)


def _local(seconds: float) -> time.struct_time:
    # A view that was moved far away may be beyond what has a date.
    return time.localtime(min(max(seconds, 0.0), 2**33))

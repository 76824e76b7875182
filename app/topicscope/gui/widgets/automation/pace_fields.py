"""The fields of a pace: every so often, in bursts, or on a ramp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QWidget

from topicscope.automation.schedules.schedule import Burst, Interval, Ramp
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.labels import label

if TYPE_CHECKING:
    from topicscope.automation.schedules.schedule import AnyPace

EVERY, BURST, RAMP = range(3)
_UNITS: Final = (("ms", 1.0), ("s", 1000.0), ("min", 60_000.0), ("h", 3_600_000.0))
_KIND_WIDTH: Final = 96


class _Period(QWidget):
    """A number with a unit of time."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = DecimalField(name, parent=self)
        self.unit = QComboBox(self)
        self.unit.setAccessibleName(f"Unit of {name.lower()}")
        for text, _ in _UNITS:
            self.unit.addItem(text)
        row = _row(self)
        row.addWidget(self.number)
        row.addWidget(self.unit)
        self.number.textChanged.connect(self.changed)
        self.unit.currentIndexChanged.connect(self.changed)

    def milliseconds(self) -> float:
        return self.number.value() * _UNITS[self.unit.currentIndex()][1]

    def set_milliseconds(self, value: float) -> None:
        fits = [n for n, (_, size) in enumerate(_UNITS) if value >= size]
        unit = fits[-1] if fits else 0
        self.unit.setCurrentIndex(unit)
        self.number.set_value(value / _UNITS[unit][1])


class PaceFields(QWidget):
    """One row: the kind of pace, and its numbers."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Pace")
        self.kind.addItems(["Every", "In bursts", "On a ramp"])
        self.kind.setFixedWidth(_KIND_WIDTH)
        self.every = _Period("Time between two messages", self)
        self.count = DecimalField("Messages of a burst", parent=self)
        self.burst_every = _Period("Time between two bursts", self)
        self.from_rate = DecimalField("Rate at the begin", parent=self)
        self.to_rate = DecimalField("Rate at the end", parent=self)
        self.over = DecimalField("Seconds of the ramp", parent=self)
        self._stack = QStackedWidget(self)
        for parts in (
            (self.every,),
            (self.count, "at once, every", self.burst_every),
            (self.from_rate, "to", self.to_rate, "messages/s, in", self.over, "s"),
        ):
            self._stack.addWidget(_line(*parts))
        row = _row(self)
        row.addWidget(self.kind)
        row.addWidget(self._stack, 1)
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        for field in (self.every, self.burst_every):
            field.changed.connect(self.changed)
        for number in (self.count, self.from_rate, self.to_rate, self.over):
            number.textChanged.connect(self.changed)
        self.show_pace(Interval())

    def show_pace(self, pace: AnyPace) -> None:
        """Show a pace; the fields of the others get what is usual."""
        every = pace if isinstance(pace, Interval) else Interval()
        burst = pace if isinstance(pace, Burst) else Burst()
        ramp = pace if isinstance(pace, Ramp) else Ramp()
        self.every.set_milliseconds(every.every_ms)
        self.count.set_value(burst.count)
        self.burst_every.set_milliseconds(burst.every_ms)
        self.from_rate.set_value(ramp.from_rate)
        self.to_rate.set_value(ramp.to_rate)
        self.over.set_value(ramp.over_s)
        self.kind.setCurrentIndex((Interval, Burst, Ramp).index(type(pace)))

    def pace(self) -> AnyPace:
        """Return the pace; raises ValueError with a sentence."""
        kind = self.kind.currentIndex()
        pace: AnyPace
        if kind == EVERY:
            pace = Interval(self.every.milliseconds())
        elif kind == BURST:
            pace = Burst(int(self.count.value()), self.burst_every.milliseconds())
        else:
            pace = Ramp(self.from_rate.value(), self.to_rate.value(), self.over.value())
        if problem := pace.problem():
            raise ValueError(problem)
        return pace

    @Slot(int)
    def _on_kind_changed(self, kind: int) -> None:
        self._stack.setCurrentIndex(kind)
        self.changed.emit()


def _row(parent: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    return row


def _line(*parts: QWidget | str) -> QWidget:
    holder = QWidget()
    row = _row(holder)
    for part in parts:
        row.addWidget(label(part, "dim") if isinstance(part, str) else part)
    row.addStretch(1)
    return holder

"""The fields of a waveform: what {{value}} is at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from topicscope.automation.schedules.schedule import Waveform
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.labels import label

if TYPE_CHECKING:
    from topicscope.automation.schedules.schedule import Shape

SHAPES: Final = ("", "sine", "square", "sawtooth", "triangle", "noise")
_NAMES: Final = ("No value", "Sine", "Square", "Sawtooth", "Triangle", "Noise")


class WaveFields(QWidget):
    """One row: the shape, and its numbers while there is one."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._decimals = Waveform().decimals
        self.shape = QComboBox(self)
        self.shape.setAccessibleName("Waveform")
        self.shape.addItems(list(_NAMES))
        self.offset = DecimalField("Middle", parent=self)
        self.amplitude = DecimalField("Amplitude", parent=self)
        self.period = DecimalField("Seconds of a period", parent=self)
        self._numbers = QWidget(self)
        numbers = QHBoxLayout(self._numbers)
        numbers.setContentsMargins(0, 0, 0, 0)
        numbers.setSpacing(8)
        for part in (self.offset, "±", self.amplitude, "in", self.period, "s"):
            numbers.addWidget(label(part, "dim") if isinstance(part, str) else part)
        numbers.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.shape)
        row.addWidget(self._numbers, 1)
        self.shape.currentIndexChanged.connect(self._on_shape_changed)
        for field in (self.offset, self.amplitude, self.period):
            field.textChanged.connect(self.changed)
        self.show_wave(None)

    def show_wave(self, wave: Waveform | None) -> None:
        """Show a waveform, or that there is none."""
        shown = wave or Waveform()
        self._decimals = shown.decimals
        self.offset.set_value(shown.offset)
        self.amplitude.set_value(shown.amplitude)
        self.period.set_value(shown.period_s)
        self.shape.setCurrentIndex(SHAPES.index(wave.shape) if wave else 0)
        self._on_shape_changed()

    def wave(self) -> Waveform | None:
        """Return the waveform; raises ValueError with a sentence."""
        shape = SHAPES[self.shape.currentIndex()]
        if not shape:
            return None
        wave = Waveform(
            cast("Shape", shape),
            self.amplitude.value(),
            self.offset.value(),
            self.period.value(),
            self._decimals,
        )
        if problem := wave.problem():
            raise ValueError(problem)
        return wave

    @Slot()
    def _on_shape_changed(self) -> None:
        self._numbers.setVisible(self.shape.currentIndex() > 0)
        self.changed.emit()

"""How much comes in: a rate, its last values as a line, and totals."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from topicscope.gui.text import format_bytes, format_count, format_short, plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.sparkline import WIDTH, Sparkline

WIDEST_RATE = "000,000 msg/s"
_LONG_RATE = 1_000_000
"""From here on a rate is told in millions: cut figures would be others."""
WIDEST_TOTALS = "99.9 M messages · 999 MB"
WIDEST_SHORT_TOTALS = "99.9 M · 999 MB"


class TrafficMeter(QWidget):
    """Messages a second, a sparkline, messages and bytes held; none of it moves its neighbours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = 0
        self._bytes = 0
        self._compact = False
        self._rate = label()
        self._rate.setFont(mono_font(QFont.Weight.Bold))
        self._rate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._rate.setFixedWidth(self._rate.fontMetrics().horizontalAdvance(WIDEST_RATE))
        self.sparkline = Sparkline()
        self._totals = label(tone="dim")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self._rate, self.sparkline, self._totals):
            row.addWidget(part)
        self._keep_room()
        self._show(0)

    def set_compact(self, compact: bool) -> None:
        """Leave out the word "messages", and half of the line, where there is little room."""
        if compact != self._compact:
            self._compact = compact
            self.sparkline.setFixedWidth(WIDTH // 2 if compact else WIDTH)
            self._keep_room()
            self._show_totals()

    def set_brief(self, brief: bool) -> None:
        """Show the rate and nothing else, where its neighbours have more to say."""
        self.sparkline.setVisible(not brief)
        self._totals.setVisible(not brief)

    def set_traffic(self, messages_per_s: float, messages: int, bytes_held: int) -> None:
        """Show the rate of now, and all messages and bytes that the capture holds."""
        self.sparkline.add_value(messages_per_s)
        self._messages, self._bytes = messages, bytes_held
        self._show(messages_per_s)

    def rate_text(self) -> str:
        """Return the rate as shown."""
        return self._rate.text()

    def totals_text(self) -> str:
        """Return the totals as shown."""
        return self._totals.text()

    def _show(self, messages_per_s: float) -> None:
        # A label repaints only when its text changes.
        rate = round(messages_per_s)
        shown = format_count(rate) if rate < _LONG_RATE else _in_millions(rate)
        self._rate.setText(f"{shown} msg/s")
        self._rate.setToolTip(f"{format_count(rate)} messages a second")
        self._show_totals()

    def _show_totals(self) -> None:
        word = "" if self._compact else " messages"
        text = f"{format_short(self._messages)}{word} · {format_bytes(self._bytes)}"
        if not self._messages and not self._bytes:
            text = ""
        if text == self._totals.text():
            return
        self._totals.setText(text)
        self._totals.setToolTip(
            plain_tooltip(
                f"{format_count(self._messages)} messages in the capture\n"
                f"{format_count(self._bytes)} bytes of memory"
            )
        )

    def _keep_room(self) -> None:
        widest = WIDEST_SHORT_TOTALS if self._compact else WIDEST_TOTALS
        self._totals.setFixedWidth(self._totals.fontMetrics().horizontalAdvance(widest))


def _in_millions(rate: int) -> str:
    return f"{rate / 1_000_000:.2f} M"

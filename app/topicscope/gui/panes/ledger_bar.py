"""The line at the foot of the window: what became of every message, and what the capture takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from topicscope.gui.text import format_bytes, format_count, plain_tooltip
from topicscope.gui.widgets.labels import label, mono_label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog, Ledger

EXPLANATIONS = {
    "received": "Application Messages that came in.",
    "sent": "Application Messages that went out; they are in the table too.",
    "stored": "Messages in the capture now.",
    "shown": "Messages that the table shows.",
    "hidden": "Messages that the Topic Filter of the table hides. They are in the capture.",
    "evicted": "Oldest messages given up to stay within the memory budget. Record to a file to keep all.",
    "dropped by broker": "Messages that the broker says it dropped for slow subscribers ($SYS); "
    "unknown until $SYS is subscribed to, and not all of them need have been for us.",
}


class LedgerBar(QWidget):
    """The ledger in words and numbers; what went wrong is said in the colour of warnings too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ledger-bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(16)
        self._numbers: dict[str, QLabel] = {}
        for name, explanation in EXPLANATIONS.items():
            row.addWidget(self._counter(name, explanation))
        row.addStretch(1)
        self._memory = label("", "dim", self)
        row.addWidget(self._memory)
        row.addWidget(label("Ctrl+K for any command", "faint", self))

    def set_ledger(
        self, ledger: Ledger, shown: int, hidden: int, broker_dropped: int | None
    ) -> None:
        """Show these counts."""
        self._set("received", ledger.received)
        self._set("sent", ledger.sent)
        self._set("stored", ledger.stored)
        self._set("shown", shown)
        self._set("hidden", hidden)
        self._set("evicted", ledger.evicted, is_warning=ledger.evicted > 0)
        dropped = self._numbers["dropped by broker"]
        if broker_dropped is None:
            dropped.setText("unknown")
            set_tone(dropped, "faint")
        else:
            self._set("dropped by broker", broker_dropped, is_warning=broker_dropped > 0)

    @Slot(object)
    def set_memory(self, log: CaptureLog) -> None:
        """Show what the capture takes of its budget."""
        self._memory.setText(
            f"Capture {format_bytes(log.memory)} of {format_bytes(log.memory_budget)}"
        )

    def text(self) -> str:
        """Return the line as text, as a person reads it."""
        return " · ".join(f"{name} {number.text()}" for name, number in self._numbers.items())

    def _set(self, name: str, number: int, *, is_warning: bool = False) -> None:
        shown = self._numbers[name]
        shown.setText(format_count(number))
        set_tone(shown, "warning" if is_warning else "")

    def _counter(self, name: str, explanation: str) -> QWidget:
        pair = QWidget(self)
        pair.setToolTip(plain_tooltip(explanation))
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        number = mono_label("0", "", pair)
        number.setAccessibleName(name)
        row.addWidget(label(name, "dim", pair))
        row.addWidget(number)
        self._numbers[name] = number
        return pair

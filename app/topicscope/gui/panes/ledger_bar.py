"""The line at the foot of the window: what became of every message, and what the capture takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from topicscope.gui.text import format_bytes, format_count, format_short, plain_tooltip
from topicscope.gui.widgets.labels import label, mono_label
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from topicscope.capture.log import CaptureLog, Ledger

SPACING: Final = 16
GAP: Final = 6
MARGIN: Final = 12
LEAST_WIDTH: Final = 480
_ROUNDING: Final = 2
"""What a label may ask for beyond the width of its text, in pixels."""
EXPLANATIONS: Final = {
    "received": "Application Messages that came in.",
    "sent": "Application Messages that went out; they are in the table too.",
    "stored": "Messages in the capture now, in memory or on disk.",
    "shown": "Messages that the table shows.",
    "hidden": "Messages that the display filter hides. They are in the capture.",
    "evicted": "Oldest messages given up to stay within the budgets of memory and disk. "
    "Record to a file to keep all.",
    "dropped by broker": "Messages that the broker says it dropped for slow subscribers ($SYS); "
    "unknown until $SYS is subscribed to, and not all of them need have been for us.",
}


class LedgerBar(QWidget):
    """The ledger in words and numbers; what went wrong is said in the colour of warnings too.

    Numbers that grow never widen the window: what is least needed goes first, then numbers are shortened.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ledger-bar")
        self._numbers: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self._pairs: list[QWidget] = []
        self._counts: dict[str, int] = {}
        self._short = False
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 4, MARGIN, 4)
        row.setSpacing(SPACING)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        counters = self._counters = QWidget(self)
        inside = QHBoxLayout(counters)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACING)
        for name, explanation in EXPLANATIONS.items():
            inside.addWidget(self._counter(name, explanation))
        self._memory = label("", "dim", self)
        self._hint = label("Ctrl+K for any command", "faint", self)
        row.addWidget(counters)
        row.addStretch(1)
        row.addWidget(self._memory)
        row.addWidget(self._hint)

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
        if broker_dropped is None:
            dropped = self._numbers["dropped by broker"]
            self._counts.pop("dropped by broker", None)
            dropped.setText("unknown")
            set_tone(dropped, "faint")
        else:
            self._set("dropped by broker", broker_dropped, is_warning=broker_dropped > 0)
        self._make_room()

    @Slot(object)
    def set_memory(self, log: CaptureLog) -> None:
        """Show what the capture takes of its budget."""
        memory, disk = format_bytes(log.memory), format_bytes(log.on_disk)
        self._memory.setText(
            f"Capture {memory} + {disk} on disk of {format_bytes(log.disk_budget)}"
            if log.on_disk
            else f"Capture {memory} of {format_bytes(log.memory_budget)}"
        )
        self._make_room()

    def text(self) -> str:
        """Return the line as text, as a person reads it."""
        return " · ".join(f"{name} {number.text()}" for name, number in self._numbers.items())

    # Qt overrides

    def minimumSizeHint(self) -> QSize:
        """Ask for little: the window may be narrow."""
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._make_room()

    # Private

    def _make_room(self) -> None:
        room = self.width() - 2 * MARGIN
        needed = self._width_of_counters()
        short = needed > room
        if short != self._short:
            self._short = short
            for name, count in self._counts.items():
                self._numbers[name].setText(self._words(count))
        for extra in (self._memory, self._hint):
            needed += SPACING + extra.sizeHint().width()
            extra.setVisible(not short and needed <= room and bool(extra.text()))
        self._lay_out()

    def _lay_out(self) -> None:
        """Give each number its room now, inside first: a picture taken before Qt does would show it cut."""
        for inner in (*self._pairs, self._counters, self):
            layout = inner.layout()
            if layout is not None:
                layout.activate()

    def _width_of_counters(self) -> int:
        """Return the width of all counters with their numbers in full, shortened now or not."""
        # Not asked of the layout: that learns of new texts only later.
        width = SPACING * (len(self._numbers) - 1)
        for name, number in self._numbers.items():
            text = format_count(self._counts[name]) if name in self._counts else number.text()
            width += self._names[name].sizeHint().width() + GAP
            width += number.fontMetrics().boundingRect(text).width() + _ROUNDING
        return width

    def _words(self, count: int) -> str:
        return format_short(count) if self._short else format_count(count)

    def _set(self, name: str, count: int, *, is_warning: bool = False) -> None:
        shown = self._numbers[name]
        if self._counts.get(name) != count:
            self._counts[name] = count
            shown.setText(self._words(count))
            shown.setToolTip(plain_tooltip(f"{format_count(count)} {name}\n{EXPLANATIONS[name]}"))
        set_tone(shown, "warning" if is_warning else "")

    def _counter(self, name: str, explanation: str) -> QWidget:
        pair = QWidget(self._counters)
        pair.setToolTip(plain_tooltip(explanation))
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        number = mono_label("0", "", pair)
        number.setAccessibleName(name)
        self._names[name] = label(name, "dim", pair)
        row.addWidget(self._names[name])
        row.addWidget(number)
        self._numbers[name] = number
        self._pairs.append(pair)
        return pair

"""Schedules and responders: two tables of what this window does by itself, with what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.widgets.automation.acting_page import ActingPage, PageWords
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.gui.widgets.yielding_stack import YieldingStack

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

SCHEDULES: Final = 0
RESPONDERS: Final = 1
_OF_SCHEDULES: Final = PageWords(
    table="Schedules",
    headings=("Name", "State", "Sent", "Refused", "Rate", "Next due", "Drift p99"),
    widths=(92, 76, 66, 70, 76, 80),
    icon="timer",
    empty="A schedule publishes by itself: at a pace, from a file, or what was recorded.\n"
    "Make one here, or by “Schedule these messages…” in the menu of the message table.",
    new="New schedule…",
    histogram="Drift of the schedule",
    nothing="How late its messages leave is shown here once it runs.",
)
_OF_RESPONDERS: Final = PageWords(
    table="Responders",
    headings=("Name", "State", "Answers", "Refused", "Rate", "Last"),
    widths=(116, 76, 66, 70, 80),
    icon="message-square",
    empty="A responder plays a missing component: it answers messages that arrive here.\n"
    "Make one here, or by “Answer messages like this…” in the menu of the message table.",
    new="New responder…",
)


class AutomationPane(QWidget):
    """Two pages, and a button that stops everything."""

    stop_all_requested = Signal()
    seen_changed = Signal(bool)
    """The pane is looked at, or no more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("automation-pane")
        self.kinds = SegmentedTabs(("Schedules", "Responders"), self)
        self.kinds.setAccessibleName("What acts by itself")
        self.stop_all_button = push_button("Stop all", "square", parent=self)
        self.schedules = ActingPage(_OF_SCHEDULES, self)
        self.responders = ActingPage(_OF_RESPONDERS, self)
        self._stack = YieldingStack(self)
        for page in self.pages:
            self._stack.addWidget(page)
        self._lay_out()
        self.kinds.currentChanged.connect(self._stack.setCurrentIndex)
        self.stop_all_button.clicked.connect(self.stop_all_requested)
        self.set_running(0, 0)

    @property
    def pages(self) -> tuple[ActingPage, ActingPage]:
        """The page of the schedules, and that of the responders."""
        return self.schedules, self.responders

    def show_kind(self, kind: int) -> None:
        """Bring one of the pages to the front."""
        self.kinds.setCurrentIndex(kind)

    def set_running(self, schedules: int, responders: int, *, is_paused: bool = False) -> None:
        """Say in the tabs how many run, or wait for the connection."""
        state = "paused" if is_paused else "running"
        for kind, (title, count) in enumerate(
            (("Schedules", schedules), ("Responders", responders))
        ):
            text = f"{title} · {count} {state}" if count else title
            if self.kinds.tabText(kind) != text:
                self.kinds.setTabText(kind, text)
        self.stop_all_button.setEnabled(bool(schedules or responders))

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that somebody looks."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nobody looks."""
        super().hideEvent(event)
        self.seen_changed.emit(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.kinds, 1)
        row.addWidget(self.stop_all_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(line(self))
        column.addWidget(self._stack, 1)

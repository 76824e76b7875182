"""Offering what a crash has left of a capture: to recover it, to discard it, or to leave it for another day."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from topicscope.capture.leftover import find_left
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import format_date_time, format_short
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.notice import NoticeBar
from topicscope.paths import spill_dir

if TYPE_CHECKING:
    from PySide6.QtWidgets import QBoxLayout, QWidget

    from topicscope.capture.leftover import LeftCapture

REMEDY = (
    "Recovered, it is shown as a file is: save it to keep it. "
    "Closing this notice leaves it where it is until the next start."
)


_TOP = Qt.AlignmentFlag.AlignTop


class Recovery(QObject):
    """Looks for captures that crashes have left and offers them one by one, the newest first."""

    recover_requested = Signal(object)
    """A `LeftCapture` to show."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = NoticeBar(parent)
        self._discard = push_button("Discard", parent=self.notice)
        layout: QBoxLayout = self.notice.layout()  # type: ignore[assignment]
        layout.insertWidget(layout.indexOf(self.notice.button) + 1, self._discard, 0, _TOP)
        self._left: list[LeftCapture] = []
        self._recovered: list[LeftCapture] = []
        self._ended = Event()
        self.notice.action_triggered.connect(self._on_recover)
        self._discard.clicked.connect(self._on_discard)

    def look(self) -> None:
        """Look for captures, off the window's thread, and offer what is found."""
        spawn(self._look(), "look-for-captures")

    def close(self) -> None:
        """Delete what was recovered, and leave the rest to the next start."""
        for capture in self._recovered:
            if capture.is_loaded:
                capture.discard()
        self._ended.set()
        _release([*self._left, *self._recovered])
        self._left, self._recovered = [], []

    @Slot()
    def _on_recover(self) -> None:
        capture = self._left.pop(0)
        self._recovered.append(capture)
        self._offer()
        self.recover_requested.emit(capture)

    @Slot()
    def _on_discard(self) -> None:
        capture = self._left.pop(0)
        self._offer()
        spawn(self._delete(capture), "discard-capture")

    def _offer(self) -> None:
        if not self._left:
            self.notice.clear()
            return
        capture = self._left[0]
        begun = format_date_time(capture.begun_ns).rpartition(":")[0]
        others = f" {len(self._left) - 1} more are waiting." if len(self._left) > 1 else ""
        self.notice.tell(
            "info",
            f"A capture of {begun}, {format_short(capture.messages)} messages, was left by a crash."
            + others,
            REMEDY,
            "Recover",
        )

    async def _look(self) -> None:
        found: list[LeftCapture] = []
        try:
            await in_worker_for(self, _find, found, self._ended)
        finally:
            # Where the window closed meanwhile, nobody will decide on what was found.
            if self._ended.is_set():
                _release(found)
        self._left += found
        self._offer()

    async def _delete(self, capture: LeftCapture) -> None:
        await in_worker_for(self, capture.discard)


def _find(found: list[LeftCapture], ended: Event) -> None:
    """Look for captures, and let go of them again when the window has closed meanwhile."""
    found += find_left(spill_dir())
    if ended.is_set():
        _release(found)


def _release(captures: list[LeftCapture]) -> None:
    for capture in captures:
        capture.release()

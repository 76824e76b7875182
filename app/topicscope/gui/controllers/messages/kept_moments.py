"""Moments of the capture that are kept as A and B, and comparing two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.capture.moments import History
from topicscope.gui.dialogs.comparing.moments import CompareDialog
from topicscope.gui.tasks import in_worker_for, spawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.gui.widgets.time.travel import TimeTravelBar

SHOWN: Final = "the moment shown"


class KeptMoments(QObject):
    """Finds moments of one log off the window's thread, keeps two of them, and opens their comparison."""

    go_requested = Signal(int)
    """A row of the capture whose state somebody wants to see."""
    topic_chosen = Signal(str)
    """A Topic Name that somebody wants to see alone."""

    def __init__(
        self, log: CaptureLog, shown_row: Callable[[], int], bar: TimeTravelBar, parent: QWidget
    ) -> None:
        """Keep moments of a log; `shown_row` tells the row whose state is shown, -1 without rows."""
        super().__init__(parent)
        self._log = log
        self._shown_row = shown_row
        self._bar = bar
        self._window = parent
        self._kept: dict[str, Moment] = {}
        bar.keep_requested.connect(self._on_keep_requested)
        bar.go_requested.connect(self._on_go_requested)
        bar.forget_requested.connect(self._on_forget_requested)
        bar.compare_requested.connect(self._on_compare_requested)

    # Methods

    def set_log(self, log: CaptureLog) -> None:
        """Forget all moments of the log before."""
        self._log = log
        self._kept = {}
        self._show()
        for dialog in self._window.findChildren(CompareDialog):
            dialog.close()

    async def moment_of(self, row: int) -> Moment | None:
        """Return the moment right after a row; None when its log was replaced, or the row given up, meanwhile."""
        log = self._log
        try:
            moment = await in_worker_for(self, History(log).moment, row)
        except IndexError:
            return None
        return moment if log is self._log else None

    # Slots

    @Slot(str)
    def _on_keep_requested(self, name: str) -> None:
        spawn(self._keep(name, self._shown_row()), "keep-moment")

    @Slot(str)
    def _on_go_requested(self, name: str) -> None:
        if name in self._kept:
            self.go_requested.emit(self._kept[name].row)

    @Slot(str)
    def _on_forget_requested(self, name: str) -> None:
        self._kept.pop(name, None)
        self._show()

    @Slot()
    def _on_compare_requested(self) -> None:
        spawn(self._compare(), "compare-two-moments")

    # Private

    def _show(self) -> None:
        self._bar.set_kept({name: self._kept[name].time_ns for name in sorted(self._kept)})

    async def _keep(self, name: str, row: int) -> None:
        moment = await self.moment_of(row)
        if moment is not None:
            self._kept[name] = moment
            self._show()

    async def _compare(self) -> None:
        chosen = dict(self._kept)
        if len(chosen) == 1:
            shown = await self.moment_of(self._shown_row())
            if shown is not None:
                chosen[SHOWN] = shown
        if len(chosen) < 2:
            return
        (first, one), (second, other) = sorted(chosen.items(), key=_row_of)
        dialog = CompareDialog(self._log, (one, other), (first, second), self._window)
        dialog.topic_chosen.connect(self.topic_chosen)
        dialog.show()


def _row_of(item: tuple[str, Moment]) -> int:
    return item[1].row

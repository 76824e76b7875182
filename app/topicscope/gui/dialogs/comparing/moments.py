"""What changed from one moment of the capture to another: topics added, gone and changed, with their values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from topicscope.capture.differences import Differences, TableFormat
from topicscope.capture.moments import History
from topicscope.gui.dialogs.comparing.comparison import ComparisonDialog
from topicscope.gui.models.topics.moment_changes import MomentChangesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_elapsed, format_time
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import label, strong_label

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment

SIZE: Final = (840, 520)

_MEANINGS: Final = {
    "Added": "No topic was added between the two moments.",
    "Gone": "No topic was cleared between the two moments.",
    "Changed": "No topic has another value than before.",
}


class CompareDialog(ComparisonDialog):
    """Compares two moments off the window's thread."""

    topic_chosen = Signal(str)
    """A Topic Name that somebody wants to see alone."""

    def __init__(
        self,
        log: CaptureLog,
        moments: tuple[Moment, Moment],
        names: tuple[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Compare the first moment with the second; `names` is what they are called."""
        called = ("Find in compared topics", "Topics that differ")
        super().__init__(MomentChangesModel(log, *moments), _MEANINGS, called, parent)
        self.setObjectName("compare-moments")
        self.setWindowTitle(f"Compare {names[0]} with {names[1]}")
        self.resize(*SIZE)
        self._log = log
        self._moments = moments
        self.told_label.hide()
        buttons = {
            TableFormat.TEXT: push_button("Copy as text", "copy", parent=self),
            TableFormat.CSV: push_button("Copy as CSV", "copy", parent=self),
        }
        for form, button in buttons.items():
            button.clicked.connect(partial(self._on_copy_clicked, form))
        self.view.clicked.connect(self._on_clicked)
        self.lay_out(self._title(names), list(buttons.values()))
        spawn(self._compare(), "compare-moments")

    # Slots

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.topic_chosen.emit(self.model.topic(index.row()).decode(errors="replace"))

    def _on_copy_clicked(self, form: TableFormat, _checked: bool = False) -> None:
        spawn(self._copy(form), "copy-comparison")

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the topic of the current row alone when Enter is pressed on it."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and self.view.hasFocus() and self.view.currentIndex().isValid():
            self._on_clicked(self.view.currentIndex())
            return
        super().keyPressEvent(event)

    # Private

    async def _compare(self) -> None:
        changes = await in_worker_for(self, History(self._log).compare, *self._moments)
        unknown = len(changes.unknown)
        self.told_label.setText(
            f"{count_of(unknown, 'topic')} cannot be compared: a message was given up since."
        )
        self.told_label.setVisible(unknown > 0)
        found = (changes.added, changes.gone, changes.changed)
        self.show_lists([ids.tolist() for ids in found])

    async def _copy(self, form: TableFormat) -> None:
        ids = list(self.model.shown)
        differences = Differences(self._log, *self._moments)
        text = await in_worker_for(self, differences.table, ids, form)
        QGuiApplication.clipboard().setText(text)
        self.told_label.setText(f"{count_of(len(ids), 'topic')} copied.")
        self.told_label.show()

    def _title(self, names: tuple[str, str]) -> QHBoxLayout:
        first, second = self._moments
        words = " to ".join(
            f"{name}, {format_time(moment.time_ns)}"
            for name, moment in zip(names, self._moments, strict=True)
        )
        apart = format_elapsed(max(0, second.time_ns - first.time_ns) / 1e9)
        title = QHBoxLayout()
        title.addWidget(strong_label(f"From {words}", parent=self))
        title.addWidget(label(f"{apart} later", "dim", self))
        title.addStretch(1)
        return title

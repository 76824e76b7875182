"""What differs between two snapshots of retained messages: added, gone and changed, with old and new value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topicscope.automation.retained.seen import compare
from topicscope.gui.dialogs.comparing.comparison import ComparisonDialog
from topicscope.gui.models.retained.snapshot_changes import SnapshotChangesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_date_time
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.automation.retained.seen import Snapshot

SIZE: Final = (900, 560)

_NOTHING: Final = {
    "Added": "Nothing is retained now that was not before.",
    "Gone": "Nothing that was retained is gone.",
    "Changed": "No retained message has another value, QoS or property than before.",
}


class CompareSnapshotsDialog(ComparisonDialog):
    """Compares two snapshots off the window's thread."""

    def __init__(
        self,
        first: Snapshot,
        second: Snapshot,
        names: tuple[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Compare the first snapshot with the second; `names` is what they are called."""
        called = ("Find in compared retained messages", "Retained messages that differ")
        super().__init__(SnapshotChangesModel(first, second), _NOTHING, called, parent)
        self.setObjectName("compare-snapshots")
        self.setWindowTitle("Compare retained messages")
        self.resize(*SIZE)
        self._snapshots = (first, second)
        self.copy_button = push_button("Copy as text", "copy", parent=self)
        self.copy_button.clicked.connect(self._on_copy)
        title = QVBoxLayout()
        title.setSpacing(4)
        for which, name, snapshot in zip(("Before", "After"), names, self._snapshots, strict=True):
            title.addLayout(_snapshot_line(which, name, snapshot, self))
        self.lay_out(title, [self.copy_button])
        spawn(self._compare(), "compare-snapshots")

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.table())
        self.told_label.setText(f"{count_of(self.model.rowCount(), 'topic')} copied.")

    async def _compare(self) -> None:
        found = await in_worker_for(self, compare, *self._snapshots)
        self.show_lists((found.added, found.gone, found.changed))


def _snapshot_line(which: str, name: str, snapshot: Snapshot, parent: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    heading = label(which, "dim", parent)
    heading.setFixedWidth(48)
    taken = format_date_time(snapshot.taken_ns).rpartition(".")[0]
    words = [taken, snapshot.broker, count_of(len(snapshot.messages), "message")]
    rest = ElidedLabel(escape(" · ".join(word for word in words if word)), parent=parent)
    set_tone(rest, "dim")
    row.addWidget(heading)
    row.addWidget(ElidedLabel(escape(name), parent=parent))
    row.addWidget(rest, 1)
    return row

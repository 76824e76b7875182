"""Top talkers: which topics and branches say most, grow fastest, or have fallen silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from topicscope.capture.talkers import Measure, Talker
from topicscope.gui.models.topics.talkers import TalkersModel
from topicscope.gui.text import plain_tooltip
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.gui.widgets.topics.actions import filter_of
from topicscope.gui.widgets.topics.talkers_view import TalkersView

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.topic_pulse import TopicPulse

INTERVAL_MS = 250
MOVING_MS = 1000
"""While nothing arrives, rates fall and silence grows: looked at so often."""
SETTLED_MS = 20_000
SETTLED_AFTER_S = 100
MOST = 50

_MEASURES: Final = (
    ("Messages", Measure.MESSAGES),
    ("Bytes", Measure.BYTES),
    ("New topics", Measure.GROWTH),
    ("Silence", Measure.SILENCE),
)
_NOTHING: Final = {
    Measure.MESSAGES: "Nothing was said in the last seconds",
    Measure.BYTES: "Nothing was said in the last seconds",
    Measure.GROWTH: "No new topics in the last seconds",
    Measure.SILENCE: "No topic has missed its usual rhythm",
}


class TalkersPane(QWidget):
    """A ranking by a measure that somebody chooses; sampled only while it is seen."""

    filter_requested = Signal(str)
    """A Topic Filter: only what matches should be shown."""
    reveal_requested = Signal(object)
    """A Topic Name, in bytes, that should be shown in the tree of topics."""

    def __init__(
        self, bridge: ConnectionBridge, pulse: TopicPulse, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("talkers-pane")
        self._bridge = bridge
        self._pulse = pulse
        self._seen = False
        self.model = TalkersModel(self)
        self.view = TalkersView(self.model, self)
        self.view.setAccessibleName("Talkers")
        self.measures = SegmentedTabs(tuple(title for title, _ in _MEASURES), self)
        self.measures.setAccessibleName("Rank by")
        self.branches = QCheckBox("Branches", self)
        self.window_label = ElidedLabel(parent=self)
        self.empty = EmptyState("list-tree", "", parent=self)
        self._stack = QStackedLayout()
        self._pacer = Pacer(INTERVAL_MS, "talkers pacer", self)
        self._lay_out()
        self.view.show_columns(self.measure)
        self._connect()

    # Properties

    @property
    def measure(self) -> Measure:
        """What talkers are ranked by."""
        return _MEASURES[self.measures.currentIndex()][1]

    # Slots

    @Slot()
    def _on_appended(self) -> None:
        if self._seen:
            self._pacer.wake()

    @Slot()
    def _on_due(self) -> None:
        if not self._seen:
            return
        self._pulse.sample()
        self._show()
        if self._pulse.is_live and self._bridge.log.end_row:
            topics = self._bridge.log.topics
            quiet_ns = self._pulse.now_ns() - int(topics.last_time_ns.max(initial=0))
            settled = quiet_ns / 1e9 > SETTLED_AFTER_S
            self._pacer.wake_after(SETTLED_MS if settled else MOVING_MS)

    @Slot()
    def _on_choice_changed(self) -> None:
        self.view.show_columns(self.measure)
        self.branches.setEnabled(self.measure in {Measure.MESSAGES, Measure.BYTES})
        self.model.clear()
        self._show()

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self.model.clear()
        self._on_appended()

    @Slot(int)
    def _on_filter_requested(self, row: int) -> None:
        text = filter_of(self.model.path(row), is_branch=self.model.is_branch(row))
        if text is not None:
            self.filter_requested.emit(text)

    @Slot(int)
    def _on_reveal_requested(self, row: int) -> None:
        self.reveal_requested.emit(self.model.path(row))

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Look again."""
        super().showEvent(event)
        self._seen = True
        self._pacer.wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more; also called when the window is minimised or another tab is chosen."""
        super().hideEvent(event)
        self._seen = False

    # Private

    def _show(self) -> None:
        sampler = self._pulse.sampler
        ranking = sampler.rank(self.measure, MOST, nodes=self.branches.isChecked())
        if self.view.viewport().underMouse() and self.model.talkers:
            ranking = _in_place(self.model.talkers, ranking)
        topics = self._bridge.log.topics
        self.model.show_ranking(ranking, sampler, topics, self._pulse.now_ns())
        seconds = sampler.window_s
        self.window_label.setText(f"over {seconds:.0f} s" if seconds >= 1 else "")
        self.empty.set_sentence(_NOTHING[self.measure])
        self._stack.setCurrentIndex(int(not ranking))

    def _lay_out(self) -> None:
        set_tone(self.window_label, "dim")
        self.branches.setToolTip(plain_tooltip("Rank branches of the tree, with all topics below"))
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 12, 4)
        row.setSpacing(12)
        row.addWidget(self.measures)
        row.addWidget(self.branches)
        row.addStretch(1)
        row.addWidget(self.window_label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(self._stack, 1)

    def _connect(self) -> None:
        self._pacer.due.connect(self._on_due)
        self._bridge.appended.connect(self._on_appended)
        self._bridge.log_replaced.connect(self._on_log_replaced)
        self.measures.currentChanged.connect(self._on_choice_changed)
        self.branches.toggled.connect(self._on_choice_changed)
        self.view.filter_requested.connect(self._on_filter_requested)
        self.view.reveal_requested.connect(self._on_reveal_requested)


def _in_place(before: list[Talker], now: list[Talker]) -> list[Talker]:
    """Return what is shown with the values of now: under the pointer rows must not change places."""
    known = {(talker.topic_id, talker.node): talker for talker in now}
    return [known.get((talker.topic_id, talker.node), talker) for talker in before]

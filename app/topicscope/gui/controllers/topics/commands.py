"""What the window does with topics beyond their tree: ranks them, clears them, leads back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.controllers.retained.clearing import RetainedClearing
from topicscope.gui.panes.talkers import TalkersPane

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.retained.work import RetainedWork
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.panes.messages import MessagesPane
    from topicscope.gui.panes.topics import TopicsPane
    from topicscope.gui.widgets.notice import NoticeBar


class TopicCommands(QObject):
    """Connects the tree of topics, the talkers and the notice."""

    topics_wanted = Signal()
    """The tree of topics should come in sight."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        topics: TopicsPane,
        messages: MessagesPane,
        notice: NoticeBar,
        work: RetainedWork,
        window: QWidget,
        caution: Caution | None = None,
    ) -> None:
        super().__init__(window)
        self._topics = topics
        self.talkers = TalkersPane(bridge, topics.pulse, window)
        self.clearing = RetainedClearing(bridge, work, notice, window, caution)
        messages.add_tab(self.talkers, "Talkers")
        topics.clear_requested.connect(self.clearing.clear)
        topics.told.connect(notice.tell)
        topics.narrowed.connect(messages.filter.narrowed)
        self.talkers.filter_requested.connect(topics.filter_requested)
        self.talkers.reveal_requested.connect(self._on_reveal_requested)

    @Slot(object)
    def _on_reveal_requested(self, path: bytes) -> None:
        self.topics_wanted.emit()
        self._topics.show_topic(path)

"""Clearing what a broker keeps: an empty retained message for each topic that has been seen retained."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from topicscope.connection.state import Phase
from topicscope.gui.dialogs.question import Question
from topicscope.gui.text import count_of
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.capture.record import Record
    from topicscope.connection.state import PublishProgress
    from topicscope.gui.bridge import ConnectionBridge
    from topicscope.gui.widgets.notice import NoticeBar

AT_ONCE: Final = 200
PAUSE_MS: Final = 20
"""So many are handed over at a time, so that the window goes on answering."""
QOS: Final = 1
"""The broker tells whether it has cleared a topic."""
_UNDO: Final = "Undo"


class RetainedClearing(QObject):
    """Asks, publishes, counts the answers, and can bring a single value back."""

    def __init__(self, bridge: ConnectionBridge, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._notice = notice
        self._window = window
        self._waiting: list[str] = []
        self._tokens: set[int] = set()
        self._done = 0
        self._problems: list[str] = []
        self._lost: Record | None = None
        self._sentence = ""
        self._timer = QTimer(self)
        self._timer.setObjectName("retained-clearing")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)
        bridge.publish_progressed.connect(self._on_progressed)
        notice.action_triggered.connect(self._on_undo)

    # Slots

    @Slot(object)
    def clear(self, path: bytes) -> None:
        """Clear what is retained on a Topic Name and below; more than one topic only when somebody says yes."""
        log = self._bridge.log
        topics = log.topics
        ids = topics.retained.below(path, topics.names)
        names = [topics.names[one] for one in ids]
        usable = [name.decode() for name in names if topic_name_problem(name) is None]
        if self._bridge.state.phase is not Phase.CONNECTED:
            self._notice.tell("warning", "Not connected: nothing was cleared.")
        elif not usable:
            self._notice.tell("info", "No topic here has been seen retained.")
        elif len(names) == 1 and names[0] == path:
            self._lost = log.last_record(ids[0])
            self._begin(usable)
        else:
            self._ask(path, usable, len(names) - len(usable))

    @Slot()
    def _on_due(self) -> None:
        now, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        for topic in now:
            self._tokens.add(self._bridge.publish(topic, b"", QOS, True))
        if self._waiting:
            self._timer.start(PAUSE_MS)

    @Slot(object)
    def _on_progressed(self, progress: PublishProgress) -> None:
        if progress.token not in self._tokens:
            return
        if progress.stage in {"refused", "dropped"}:
            self._problems.append(progress.text)
        elif progress.stage == "acknowledged":
            self._done += 1
        else:
            return
        self._tokens.discard(progress.token)
        if not self._tokens and not self._waiting:
            self._tell_end()

    @Slot()
    def _on_undo(self) -> None:
        record, self._lost = self._lost, None
        if record is None or self._notice.sentence() != self._sentence:
            return
        self._bridge.publish(record.topic.decode(), record.payload, record.qos, True)
        self._notice.tell("good", f"Published again, retained: {safe_topic(record.topic)}")

    # Private

    def _ask(self, path: bytes, names: list[str], left_out: int) -> None:
        count = count_of(len(names), "retained topic")
        words = (
            f"An empty retained message is published to each of the {count} seen at or below "
            f"{safe_topic(path)}. Whoever subscribes later will not get their values, and this cannot be undone."
        )
        if left_out:
            words += f" {count_of(left_out, 'topic')} cannot be published to and will stay."
        question = Question(f"Clear {count}?", words, f"Clear {count}", "Keep them", self._window)
        question.accepted.connect(partial(self._begin, names))
        question.open()

    def _begin(self, names: list[str]) -> None:
        if len(names) > 1:
            self._lost = None
        self._done, self._problems = 0, []
        self._waiting += names
        self._on_due()

    def _tell_end(self) -> None:
        count = count_of(self._done, "retained topic")
        if self._problems:
            failed = count_of(len(self._problems), "topic")
            self._lost = None
            self._notice.tell("error", f"{count} cleared, {failed} not.", self._problems[0])
        elif self._lost is not None:
            self._sentence = f"Cleared the retained message of {safe_topic(self._lost.topic)}."
            self._notice.tell("info", self._sentence, action=_UNDO)
        else:
            self._notice.tell("good", f"{count} cleared.")

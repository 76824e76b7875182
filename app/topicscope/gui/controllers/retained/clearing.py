"""Clearing retained messages from the tree of topics: asked about, counted, undone; the strip of the window tells."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot

from topicscope.connection.limits import READ_ONLY
from topicscope.connection.state import Phase
from topicscope.gui.dialogs.question import Question
from topicscope.gui.text import count_of
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.retained.work import RetainedErrand, RetainedWork
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.widgets.notice import NoticeBar

_UNDO: Final = "Undo"
_CANCEL: Final = "Cancel"


class RetainedClearing(QObject):
    """Turns a wish of the tree into an errand of `RetainedWork`, and its progress into a notice."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        work: RetainedWork,
        notice: NoticeBar,
        window: QWidget,
        caution: Caution | None = None,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._work = work
        self._notice = notice
        self._window = window
        self._caution = caution
        self._clearing: RetainedErrand | None = None
        self._undoing: RetainedErrand | None = None
        self._single: bytes | None = None
        self._sentence = ""
        work.changed.connect(self._on_changed)
        notice.action_triggered.connect(self._on_action)

    # Slots

    @Slot(object)
    def clear(self, path: bytes) -> None:
        """Clear what is retained on a Topic Name and below; more than one topic only when somebody says yes."""
        topics = self._bridge.log.topics
        names = [topics.names[one] for one in topics.retained.below(path, topics.names)]
        usable = [name for name in names if topic_name_problem(name) is None]
        if self._bridge.state.phase is not Phase.CONNECTED:
            self._notice.tell("warning", "Not connected: nothing was cleared.")
        elif self._bridge.state.read_only:
            self._notice.tell("warning", READ_ONLY)
        elif not usable:
            self._notice.tell("info", "No topic here has been seen retained.")
        elif names == [path]:
            self._guard_one(path, partial(self._begin, names, path))
        else:
            self._ask(path, usable, len(names) - len(usable))

    @Slot(object)
    def _on_changed(self, errand: RetainedErrand) -> None:
        if errand is self._clearing:
            self._show_clearing(errand)
        elif errand is self._undoing:
            self._show_undoing(errand)

    @Slot()
    def _on_action(self) -> None:
        if self._notice.sentence() != self._sentence:
            return
        clearing = self._clearing
        if self._work.errand is not None:
            if self._work.errand in (clearing, self._undoing):
                self._work.cancel()
        elif clearing is not None and clearing.undo is not None:
            self._clearing = None
            self._undoing = self._work.undo(clearing)
            self._on_changed(self._undoing)

    # Private

    def _guard_one(self, topic: bytes, begin: Callable[[], None]) -> None:
        if self._caution is None:
            begin()
            return
        self._caution.guard(
            f"Clear the retained message of {safe_topic(topic)}?",
            f"This is a {self._caution.kind} broker: whoever subscribes later will not get the value that it keeps.",
            "Clear it",
            "Keep it",
            begin,
        )

    def _ask(self, path: bytes, names: list[bytes], left_out: int) -> None:
        count = count_of(len(names), "retained topic")
        words = (
            f"An empty retained message is published to each of the {count} seen at or below "
            f"{safe_topic(path)}. Whoever subscribes later will not get their values. "
            "A snapshot is written first, so that this can be undone."
        )
        if left_out:
            words += f" {count_of(left_out, 'topic')} cannot be published to and will stay."
        question = Question(f"Clear {count}?", words, f"Clear {count}", "Keep them", self._window)
        question.accepted.connect(partial(self._begin, names))
        question.open()

    def _begin(self, names: Sequence[bytes], single: bytes | None = None) -> None:
        self._single = single
        self._clearing = self._work.clear(names)
        self._on_changed(self._clearing)

    def _show_clearing(self, errand: RetainedErrand) -> None:
        if not errand.ended:
            if errand.job is not None:
                self._tell("info", errand.sentence(), errand.remedy(), _CANCEL)
            return
        action = _UNDO if errand.undo is not None and (errand.done or errand.failures) else ""
        if errand.problem and not errand.done:
            self._tell("error", errand.problem)
        elif self._single is not None and errand.done:
            sentence = f"Cleared the retained message of {safe_topic(self._single)}."
            self._tell("info", sentence, action=action)
        else:
            tone = "error" if errand.failures or errand.problem else "good"
            self._tell(tone, errand.sentence(), errand.remedy(), action)

    def _show_undoing(self, errand: RetainedErrand) -> None:
        if not errand.ended:
            if errand.job is not None:
                self._tell("info", errand.sentence(), errand.remedy(), _CANCEL)
        elif errand.problem:
            self._tell("error", errand.problem)
        elif self._single is not None and errand.done:
            self._tell("good", f"Published again, retained: {safe_topic(self._single)}")
        else:
            tone = "error" if errand.failures else "good"
            self._tell(tone, errand.sentence(), errand.remedy())

    def _tell(self, tone: str, sentence: str, remedy: str = "", action: str = "") -> None:
        self._sentence = sentence
        self._notice.tell(tone, sentence, remedy, action=action)

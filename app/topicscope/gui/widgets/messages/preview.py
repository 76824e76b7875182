"""A message as it would be published now: in one line, or in a form that makes it on a worker as somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import format_bytes
from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.mqtt.properties import properties_to_json
from topicscope.payload.text import escape, preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from topicscope.automation.schedules.sources import Message as Sourced
    from topicscope.gui.models.publish.message import Message

    AnyMessage: TypeAlias = Message | Sourced
    Make: TypeAlias = Callable[[], AnyMessage | None]
    """Makes the message on a worker's thread; raises ValueError with a sentence."""

PREVIEWED: Final = 400
WAIT_MS: Final = 200
_TITLE: Final = "Will send"


class PreviewLine(QWidget):
    """One line: topic and payload, or a dash."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self._words.setFont(mono_font())
        row = QHBoxLayout(self)
        row.setContentsMargins(7, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(label(_TITLE, "dim"))
        row.addWidget(self._words, 1)

    def text(self) -> str:
        """Return what is said."""
        return self._words.text()

    def show_message(self, message: AnyMessage | None, problem: str) -> None:
        """Show a message; where there is none, a dash: what is wrong is said elsewhere."""
        if message is None:
            self._words.setText("–")
            self._words.set_explanation(problem)
            return
        topic, payload = message_texts(message)
        self._words.setText(f"{topic}  {payload}")
        self._words.set_explanation("\n".join(map(escape, properties_words(message))))


class FormPreview(QWidget):
    """Two lines of a form, topic and payload; or why there is no message yet.

    `job` looks at the fields and returns what makes the message, or the words to show instead.
    """

    def __init__(self, job: Callable[[], Make | str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_TITLE)
        self._job = job
        self._newest: Make | None = None
        self._topic = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self._payload = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self._timer = QTimer(self)
        self._timer.setObjectName("form preview")
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._on_due)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 5, 0, 0)
        column.setSpacing(2)
        for line in (self._topic, self._payload):
            line.setFont(mono_font())
            column.addWidget(line)

    def texts(self) -> tuple[str, str]:
        """Return the two lines."""
        return self._topic.text(), self._payload.text()

    @Slot()
    def renew(self) -> None:
        """Look at the fields again, soon."""
        self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        job = self._job()
        if isinstance(job, str):
            self._newest = None
            self._say(job)
            return
        self._newest = job
        spawn(self._show(job), "form preview")

    async def _show(self, make: Make) -> None:
        message, problem = None, "There is nothing to send."
        try:
            message = await in_worker_for(self, make)
        except ValueError as error:
            problem = str(error)
        if make is not self._newest:
            return
        if message is None:
            self._say(problem if problem.endswith(".") else f"{problem}.")
            return
        topic, payload = message_texts(message)
        set_tone(self._topic, "")
        self._topic.setFont(mono_font())
        self._topic.setText(topic)
        self._topic.set_explanation("\n".join(map(escape, properties_words(message))))
        self._payload.setText(payload or "An empty payload")
        self._payload.set_explanation(format_bytes(len(message.payload)))
        set_tone(self._payload, "" if payload else "dim")

    def _say(self, words: str) -> None:
        set_tone(self._topic, "dim")
        self._topic.setFont(self.font())
        self._topic.setText(escape(words))
        self._topic.set_explanation("")
        self._payload.setText("")


def message_texts(message: AnyMessage) -> tuple[str, str]:
    """Return topic and payload of a message for one line each."""
    topic = safe_topic(message.topic.encode(errors="replace"))
    return topic, preview(message.payload, PREVIEWED)


def properties_words(message: AnyMessage) -> list[str]:
    """Return a line for each property of a message."""
    document = properties_to_json(message.properties)
    return [f"{key.replace('_', ' ')}: {value}" for key, value in document.items()]

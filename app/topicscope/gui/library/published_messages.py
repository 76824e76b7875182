"""The history of publishing as all windows share it; the file is read and emptied by workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topicscope.automation.publish_history import FILE_NAME, PublishHistory
from topicscope.gui.tasks import in_worker_for, spawn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from topicscope.automation.publish_history import PublishedMessage


class PublishedMessages(QObject):
    """Messages of this and earlier sessions, between `open` and `close`."""

    changed = Signal()
    told = Signal(str, str)
    """Tone and a sentence: the file was broken, or could not be written."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._history = PublishHistory()
        self._topics: list[str] | None = None
        self._told = ""

    # Life

    def open(self) -> None:
        """Begin to write; what earlier sessions have left comes with `load`."""
        self._history = PublishHistory(self._folder / FILE_NAME)
        self._topics = None

    async def load(self) -> None:
        """Read what earlier sessions have left."""
        try:
            damaged = await in_worker_for(self, self._history.load)
        except OSError as error:
            self.told.emit("warning", f"The history of publishing cannot be read: {error}.")
            return
        if damaged:
            self.told.emit(
                "warning", f"History of publishing: {damaged:,} damaged lines were left out."
            )
        self._tell_changed()

    def flush(self) -> None:
        """Wait until all of it is on the disk."""
        self._history.flush()

    def close(self) -> None:
        """Write what is left."""
        self._history.close()

    # Methods

    def entries(self, words: str) -> list[PublishedMessage]:
        """Return what was published with all these words in it, the newest first; any thread may ask."""
        return self._history.search(words)

    def topics(self) -> list[str]:
        """Return the topics that were published to, the newest first."""
        if self._topics is None:
            self._topics = list(dict.fromkeys(one.topic for one in self._history.entries()))
        return self._topics

    def remember(self, message: PublishedMessage) -> str:
        """Take a message, and return its identifier."""
        identifier = self._history.add(message).identifier
        self._tell_changed()
        problem = self._history.problem
        if problem and problem != self._told:
            self.told.emit("warning", problem)
        self._told = problem
        return identifier

    def set_result(self, identifier: str, result: str) -> None:
        """Say what became of a message."""
        self._history.set_result(identifier, result)
        self.changed.emit()

    def forget(self, identifiers: Iterable[str]) -> None:
        """Take messages out."""
        self._history.remove(identifiers)
        self._tell_changed()

    def forget_all(self) -> None:
        """Empty it, the file too."""
        spawn(self._clear(), "clear the history")

    # Private

    async def _clear(self) -> None:
        try:
            await in_worker_for(self, self._history.clear)
        except OSError as error:
            self.told.emit("error", f"The history was not cleared: {error}.")
        self._tell_changed()

    def _tell_changed(self) -> None:
        self._topics = None
        self.changed.emit()

"""The topic templates and name rules that all windows share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topicscope.profiles.topic_templates import topic_name_store

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.one_file_store import Stored
    from topicscope.profiles.topic_templates import TopicNaming


class NameLibrary(QObject):
    """What levels and ids are to be called, on disk; read when it is first asked for."""

    changed = Signal()
    """Templates or rules are others."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = topic_name_store(folder)
        self._stored: Stored[TopicNaming] | None = None

    # Properties

    @property
    def naming(self) -> TopicNaming:
        """The templates and rules."""
        return self._read().value

    @property
    def problem(self) -> str:
        """Why the stored ones could not be read, or an empty text."""
        return str(self._read().problem or "")

    # Methods

    def save(self, naming: TopicNaming) -> None:
        """Use these from now on in all windows, and remember them; raises `StoreError` when that fails."""
        self._stored = type(self._read())(naming)
        self.changed.emit()
        self._store.save(naming)

    # Private

    def _read(self) -> Stored[TopicNaming]:
        if self._stored is None:
            self._stored = self._store.load()
        return self._stored

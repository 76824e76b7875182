"""Topics that changed from one moment to another as rows: topic, value before, value after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.capture.differences import CLEARED, GIVEN_UP, HEADINGS, NOT_THERE, value_text
from topicscope.gui.models.topics.changes import BEFORE, TopicChangesModel

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment


class MomentChangesModel(TopicChangesModel[int]):
    """Topic ids; values are read from the capture when a cell is looked at."""

    def __init__(
        self, log: CaptureLog, first: Moment, second: Moment, parent: QObject | None = None
    ) -> None:
        super().__init__(HEADINGS, {CLEARED, GIVEN_UP, NOT_THERE}, parent)
        self._log = log
        self._moments = (first, second)

    def name_of(self, key: int) -> bytes:
        """Return the Topic Name."""
        return self._log.topics.names[key]

    def value_text(self, key: int, column: int, limit: int) -> str:
        """Return the value at the one moment or the other."""
        moment = self._moments[column - BEFORE]
        return value_text(moment, key, moment.record(self._log, key), limit)

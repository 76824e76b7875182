"""How many Application Messages a table shows and hides: what the ledger says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.gui.models.message_table import MessageTableModel


class MessageCounts:
    """Counts of a message table; looks at each row of the capture once.

    A table of messages shows notes too, which are no messages, so its rows cannot simply be counted.
    """

    def __init__(self, model: MessageTableModel) -> None:
        self._model = model
        self._log: CaptureLog | None = None
        self._notes: dict[int, tuple[int, int]] = {}

    @property
    def stored(self) -> int:
        """Messages in the capture."""
        return self._model.view.log.ledger.stored

    @property
    def shown(self) -> int:
        """Messages that the table has rows for."""
        return max(0, len(self._model.view) - self._count_notes())

    @property
    def hidden(self) -> int:
        """Messages that the filter keeps from being shown; those that wait behind a freeze are not hidden."""
        return max(0, self.stored - self.shown - self._model.waiting)

    def _count_notes(self) -> int:
        log = self._model.view.log
        if log is not self._log:
            self._log, self._notes = log, {}
        notes: dict[int, tuple[int, int]] = {}
        for segment in log.segments:
            looked_at, count = self._notes.get(segment.first_row, (0, 0))
            others = len(segment.others)
            if others > looked_at:
                new = segment.topic[segment.others[looked_at:]]
                count += int(np.count_nonzero(new == NOTE_TOPIC))
            notes[segment.first_row] = (others, count)
        self._notes = notes
        return sum(count for _, count in notes.values())

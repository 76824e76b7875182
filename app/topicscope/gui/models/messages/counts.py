"""How many Application Messages a table shows and hides: what the ledger says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicscope.gui.models.messages.table import MessageTableModel


class MessageCounts:
    """Counts of a message table: its rows, but for the notes among them, which are no messages."""

    def __init__(self, model: MessageTableModel) -> None:
        self._model = model

    @property
    def stored(self) -> int:
        """Messages in the capture."""
        return self._model.view.log.ledger.stored

    @property
    def shown(self) -> int:
        """Messages that the table has rows for."""
        view = self._model.view
        return len(view) - view.notes

    @property
    def hidden(self) -> int:
        """Messages that the filter keeps from being shown; those that wait behind a freeze are not hidden."""
        return max(0, self.stored - self.shown - self._model.waiting)

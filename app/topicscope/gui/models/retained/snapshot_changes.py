"""Topics whose retained messages differ from one snapshot to another as rows: topic, old and new value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from topicscope.gui.models.retained.messages import properties_text
from topicscope.gui.models.topics.changes import AFTER, BEFORE, TopicChangesModel
from topicscope.payload.text import preview

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from topicscope.automation.retained.seen import RetainedMessage, Snapshot

HEADINGS: Final = ("Topic", "Before", "After")
NOT_RETAINED: Final = "—"


class SnapshotChangesModel(TopicChangesModel[bytes]):
    """Topic Names, with what either snapshot has of each."""

    def __init__(self, first: Snapshot, second: Snapshot, parent: QObject | None = None) -> None:
        super().__init__(HEADINGS, {NOT_RETAINED}, parent)
        self._snapshots = (first, second)

    def name_of(self, key: bytes) -> bytes:
        """Return the Topic Name."""
        return key

    def value_text(self, key: bytes, column: int, limit: int) -> str:
        """Return the value before or after, with QoS and properties where those differ."""
        pair = [snapshot.messages.get(key) for snapshot in self._snapshots]
        message, other = pair[column - BEFORE], pair[AFTER - column]
        if message is None:
            return NOT_RETAINED
        text = preview(message.payload, limit)
        return f"{text}  ({_rest(message)})" if _differs_elsewhere(message, other) else text


def _differs_elsewhere(message: RetainedMessage, other: RetainedMessage | None) -> bool:
    """Tell whether QoS or properties have to be shown, too."""
    return other is not None and (message.qos, properties_text(message)) != (
        other.qos,
        properties_text(other),
    )


def _rest(message: RetainedMessage) -> str:
    names = properties_text(message)
    return f"QoS {message.qos}, {names}" if names else f"QoS {message.qos}"

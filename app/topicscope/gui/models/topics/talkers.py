"""Qt model over a ranking of talkers: some dozens of rows that change places a few times a second."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.capture.talkers import SERIES, Measure
from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.flat_table import FlatTable
from topicscope.gui.models.topics.texts import format_age
from topicscope.gui.text import (
    format_bytes,
    format_count,
    format_elapsed,
    format_rate,
    plain_tooltip,
)
from topicscope.gui.theme import mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from topicscope.capture.talkers import Sampler, Talker
    from topicscope.capture.topic_index import TopicIndex

    Key = tuple[int, int]

SERIES_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the values of a sparkline, one a second, the newest last."""

Index = QModelIndex | QPersistentModelIndex
_ROOT_INDEX = QModelIndex()


class TalkerColumn(IntEnum):
    """Number of each column."""

    TOPIC = 0
    MESSAGES = 1
    BYTES = 2
    GROWTH = 3
    SILENCE = 4
    USUAL = 5
    SERIES = 6


_HEADINGS = (
    "Topic",
    "Msg/s",
    "Bytes/s",
    "New topics",
    "Silent for",
    "Usually every",
    "Last minute",
)
_SHOWN = {
    Measure.MESSAGES: {TalkerColumn.MESSAGES, TalkerColumn.BYTES},
    Measure.BYTES: {TalkerColumn.MESSAGES, TalkerColumn.BYTES},
    Measure.GROWTH: {TalkerColumn.GROWTH, TalkerColumn.MESSAGES},
    Measure.SILENCE: {TalkerColumn.SILENCE, TalkerColumn.USUAL},
}


def columns_for(measure: Measure) -> set[TalkerColumn]:
    """Return the columns that say something in a ranking."""
    return {TalkerColumn.TOPIC, TalkerColumn.SERIES} | _SHOWN[measure]


class TalkersModel(FlatTable):
    """A ranking, most first.

    Attributes:
        talkers: one for each row.

    """

    headings = _HEADINGS
    numbers = frozenset(TalkerColumn) - {TalkerColumn.TOPIC}

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.talkers: list[Talker] = []
        self._topics: TopicIndex | None = None
        self._series: dict[Key, NDArray[np.float64]] = {}
        self._histories: dict[Key, deque[float]] = {}
        self._second = -1

    # Methods

    def show_ranking(
        self, talkers: Sequence[Talker], sampler: Sampler, topics: TopicIndex, now_ns: int
    ) -> None:
        """Show these talkers; rows that somebody chose go with their topic."""
        self._topics = topics
        new = list(talkers)
        if len(new) > len(self.talkers):
            self.beginInsertRows(_ROOT_INDEX, len(self.talkers), len(new) - 1)
            self.talkers += new[len(self.talkers) :]
            self.endInsertRows()
        elif len(new) < len(self.talkers):
            self.beginRemoveRows(_ROOT_INDEX, len(new), len(self.talkers) - 1)
            del self.talkers[len(new) :]
            self.endRemoveRows()
        self._replace(new)
        self._follow(sampler, now_ns)
        if new:
            self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(_HEADINGS) - 1))

    def clear(self) -> None:
        """Forget the ranking and what went before."""
        self.beginResetModel()
        self.talkers.clear()
        self._series.clear()
        self._histories.clear()
        self.endResetModel()

    def path(self, row: int) -> bytes:
        """Return the Topic Name of a row, or its levels down to a node."""
        assert self._topics is not None
        talker = self.talkers[row]
        if talker.topic_id >= 0:
            return self._topics.names[talker.topic_id]
        return self._topics.path(talker.node)

    def is_branch(self, row: int) -> bool:
        """Tell whether there are topics below the node of a row."""
        assert self._topics is not None
        node = self.talkers[row].node
        return node > ROOT and self._topics.has_children(node)

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of talkers."""
        return 0 if parent.isValid() else len(self.talkers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the text of a cell, or the values of its sparkline."""
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(row, TalkerColumn.TOPIC))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment_of(column)
        if role == Qt.ItemDataRole.FontRole:
            return mono_font()
        return self._series.get(_key(self.talkers[row])) if role == SERIES_ROLE else None

    # Private

    def _replace(self, new: list[Talker]) -> None:
        before = [_key(talker) for talker in self.talkers]
        place = {_key(talker): row for row, talker in enumerate(new)}
        if before == list(place):
            self.talkers = new
            return
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        rows = [place.get(before[index.row()], -1) for index in held]
        self.talkers = new
        moved = [
            self.index(row, index.column()) if row >= 0 else QModelIndex()
            for row, index in zip(rows, held, strict=True)
        ]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _follow(self, sampler: Sampler, now_ns: int) -> None:
        """Keep what is drawn: the sampler's series of a topic; of a branch, what it was while it was ranked."""
        second = now_ns // 1_000_000_000
        tick, self._second = second != self._second, second
        series: dict[Key, NDArray[np.float64]] = {}
        histories: dict[Key, deque[float]] = {}
        for row, talker in enumerate(self.talkers):
            key = _key(talker)
            if self.is_branch(row):
                history = self._histories.get(key) or deque(maxlen=SERIES)
                if tick or not history:
                    history.append(float(talker.new_topics or talker.messages_per_s))
                histories[key] = history
                series[key] = np.array(history)
            elif talker.topic_id >= 0:
                series[key] = sampler.series(talker.topic_id)
        self._series, self._histories = series, histories

    def _text(self, row: int, column: int) -> str:
        if column == TalkerColumn.TOPIC:
            name = safe_topic(self.path(row)) or "(all)"
            return f"{name}/…" if self.is_branch(row) else name
        text = _TEXTS.get(column)
        return text(self.talkers[row]) if text else ""


def _key(talker: Talker) -> Key:
    return talker.topic_id, talker.node


def _usual(talker: Talker) -> str:
    return "" if talker.usual_s is None else format_elapsed(talker.usual_s)


_TEXTS: dict[int, Callable[[Talker], str]] = {
    TalkerColumn.MESSAGES: lambda talker: format_rate(talker.messages_per_s),
    TalkerColumn.BYTES: lambda talker: f"{format_bytes(round(talker.bytes_per_s))}/s",
    TalkerColumn.GROWTH: lambda talker: f"+{format_count(talker.new_topics)}",
    TalkerColumn.SILENCE: lambda talker: format_age(talker.silence_s),
    TalkerColumn.USUAL: _usual,
}

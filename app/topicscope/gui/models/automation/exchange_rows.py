"""Qt model over the requests and responses of a capture: texts are made when a cell is painted."""

from __future__ import annotations

import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.automation.exchanges.exchange import latency_text
from topicscope.gui.text import format_time, plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.exchanges.exchange import Exchanges
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record

Index = QModelIndex | QPersistentModelIndex
_ROOT_INDEX = QModelIndex()
_EVICTED = "evicted"


class Shown(IntEnum):
    """Which exchanges are shown."""

    ALL = 0
    UNANSWERED = 1
    ORPHANS = 2


class ExchangeColumn(IntEnum):
    """Number of each column."""

    TIME = 0
    REQUEST = 1
    LATENCY = 2
    RESPONSE = 3


_HEADINGS = ("Time", "Request", "Latency", "Response")


class ExchangeRowsModel(QAbstractTableModel):
    """One line for each request, or for each response without one, the newest last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log: CaptureLog | None = None
        self._exchanges: Exchanges | None = None
        self._shown = Shown.ALL
        self._lines: Sequence[int] = range(0)
        self._is_live = False

    # Methods

    def show_exchanges(self, log: CaptureLog, exchanges: Exchanges | None, shown: Shown) -> None:
        """Show other exchanges, or another part of them."""
        self.beginResetModel()
        self._log, self._exchanges, self._shown = log, exchanges, shown
        self._lines = self._now()
        self.endResetModel()

    def renew(self, *, is_live: bool) -> None:
        """Show what has been found since; in a capture that still grows, what waits still may come."""
        self._is_live = is_live
        before, now = self._lines, self._now()
        grown = len(now) - len(before)
        if grown < 0 or (isinstance(now, list) and now[: len(before)] != before):
            self.beginResetModel()
            self._lines = now
            self.endResetModel()
            return
        if grown:
            self.beginInsertRows(_ROOT_INDEX, len(before), len(now) - 1)
            self._lines = now
            self.endInsertRows()
        if before:
            self.dataChanged.emit(self.index(0, 0), self.index(len(before) - 1, len(_HEADINGS) - 1))

    def request_row(self, line: int) -> int | None:
        """Return the row of the capture in which a request stands, None for a response without one."""
        if self._exchanges is None or self._shown is Shown.ORPHANS:
            return None
        return self._exchanges[self._lines[line]].request_row

    def response_row(self, line: int) -> int | None:
        """Return the row of the capture in which a response stands, None where there is none."""
        if self._exchanges is None:
            return None
        if self._shown is Shown.ORPHANS:
            return self._lines[line]
        return self._exchanges[self._lines[line]].response_row

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the text of a cell, or how it looks."""
        if not index.isValid() or self._exchanges is None:
            return None
        line, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(line, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(line, column))
        if role == Qt.ItemDataRole.ForegroundRole and column == ExchangeColumn.LATENCY:
            return self._tone(line)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return mono_font() if role == Qt.ItemDataRole.FontRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    # Private

    def _now(self) -> Sequence[int]:
        exchanges = self._exchanges
        if exchanges is None:
            return range(0)
        if self._shown is Shown.ORPHANS:
            return exchanges.orphan_rows
        if self._shown is Shown.UNANSWERED:
            return exchanges.unanswered(self._now_ns())
        return range(len(exchanges))

    def _now_ns(self) -> int | None:
        return time.time_ns() if self._is_live else None

    def _text(self, line: int, column: int) -> str:
        request, response = self.request_row(line), self.response_row(line)
        if column == ExchangeColumn.TIME:
            record = self._record(response if request is None else request)
            return format_time(record.time_ns) if record is not None else _EVICTED
        if column == ExchangeColumn.REQUEST:
            return "no request was seen" if request is None else self._topic(request)
        if column == ExchangeColumn.RESPONSE:
            return "" if response is None else self._topic(response)
        return self._latency(line)

    def _latency(self, line: int) -> str:
        exchanges = self._exchanges
        if exchanges is None or self._shown is Shown.ORPHANS:
            return ""
        pair = exchanges[self._lines[line]]
        text = latency_text(pair, exchanges.timeout_s, self._now_ns() or exchanges.newest_ns)
        return f"{text} +{pair.further}" if pair.further else text

    def _tone(self, line: int) -> Any:  # noqa: ANN401 - a colour, or None
        text = self._latency(line)
        if "too late" in text or text == "no answer":
            return colour("error")
        return colour("dim") if text.startswith("waiting") else None

    def _topic(self, row: int) -> str:
        record = self._record(row)
        return _EVICTED if record is None else safe_topic(record.topic)

    def _record(self, row: int | None) -> Record | None:
        if self._log is None or row is None:
            return None
        try:
            return self._log.record(row)
        except IndexError:
            return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = (
        Qt.AlignmentFlag.AlignRight
        if column == ExchangeColumn.LATENCY
        else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignVCenter

"""Tiles and a table of load that show a broker's `Status`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from topicscope.gui.text import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    plain_tooltip,
)
from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.labels import ElidedLabel, label, strong_label
from topicscope.gui.widgets.style import set_kind, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from topicscope.broker_status import Load, Status

VALUE_PIXELS: Final = 18
TILE_WIDTH: Final = 160
TILE_HEIGHT: Final = 80
UNKNOWN: Final = "–"
_VERSION: Final = re.compile(r"(?P<name>.+?) (?:version )?(?P<number>[0-9]\S*)")


class Tile(QFrame):
    """One figure: its name, its value, and a dim line that says more."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "card")
        self.setFixedHeight(TILE_HEIGHT)
        self.name = name
        self.value = ElidedLabel(UNKNOWN, Qt.TextElideMode.ElideRight, self)
        self.value.setFont(mono_font(QFont.Weight.Medium, VALUE_PIXELS))
        self.more = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        set_tone(self.more, "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, GRID, 12, GRID)
        column.setSpacing(2)
        column.addWidget(label(name, "dim", self))
        column.addWidget(self.value)
        column.addWidget(self.more)
        column.addStretch(1)

    def show_figures(self, value: str, more: str = "") -> None:
        """Show another value and the line below it."""
        self.value.setText(value or UNKNOWN)
        self.more.setText(more)


class StatusTiles(QWidget):
    """As many tiles beside each other as have room, and the load averages below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = {name: Tile(name, self) for name in _FIGURES}
        self._load_title = strong_label("Load, per minute", "dim", self)
        self._load = QWidget(self)
        self._load_grid = QGridLayout(self._load)
        self._load_labels: dict[tuple[int, int], QLabel] = {}
        self._tile_grid = QGridLayout()
        self._columns = 0
        self._lay_out()

    # Methods

    def show_status(self, status: Status) -> None:
        """Show what a broker told; a dash where it told nothing."""
        for name, figures in _FIGURES.items():
            self.tiles[name].show_figures(*figures(status))
        self._show_loads(list(status.loads.items()))

    def load_text(self) -> str:
        """Return the table of load as it is read, a line for each row."""
        rows = sorted({row for row, _ in self._load_labels})
        return "\n".join(
            " ".join(self._load_labels[row, column].text() for column in range(4)) for row in rows
        )

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many tiles beside each other as have room."""
        super().resizeEvent(event)
        self._place_tiles()

    def event(self, event: QEvent) -> bool:
        """Place the tiles again when fonts or style change their size."""
        if event.type() == QEvent.Type.StyleChange:
            self._columns = 0
            self._place_tiles()
        return super().event(event)

    # Private

    def _place_tiles(self) -> None:
        columns = max(1, (self.width() - 24 + GRID) // (TILE_WIDTH + GRID))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._tile_grid.setColumnStretch(column, 1 if column < columns else 0)
        self._columns = columns
        for place, tile in enumerate(self.tiles.values()):
            self._tile_grid.addWidget(tile, place // columns, place % columns)

    def _show_loads(self, loads: list[tuple[str, Load]]) -> None:
        self._load.setVisible(bool(loads))
        self._load_title.setVisible(bool(loads))
        for row, (name, load) in enumerate(loads, start=1):
            self._load_label(row, 0).setText(name.capitalize())
            for column, value in enumerate(load, start=1):
                text = UNKNOWN if value is None else _load_value(name, value)
                self._load_label(row, column).setText(text)

    def _load_label(self, row: int, column: int) -> QLabel:
        made = self._load_labels.get((row, column))
        if made is None:
            made = self._load_labels[row, column] = label("", "" if column else "dim", self._load)
            if column:
                made.setFont(mono_font())
                made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._load_grid.addWidget(made, row, column)
        return made

    def _lay_out(self) -> None:
        self._tile_grid.setSpacing(GRID)
        self._load_grid.setContentsMargins(0, 0, 0, 0)
        self._load_grid.setHorizontalSpacing(2 * GRID)
        self._load_grid.setVerticalSpacing(4)
        for column, words in enumerate(("", "1 min", "5 min", "15 min")):
            heading = label(words, "dim", self._load)
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._load_grid.addWidget(heading, 0, column)
            self._load_grid.setColumnMinimumWidth(column, 100 if not column else 60)
        self._load_grid.setColumnStretch(4, 1)
        self._load.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        # In a narrow pane the table may be cut; it must not keep the tiles wide.
        self._load.setMinimumWidth(1)
        self._load_title.setToolTip(plain_tooltip("Averages that the broker computes by itself"))
        self._show_loads([])
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(12, 0, 12, 12)
        column_.setSpacing(GRID)
        column_.addLayout(self._tile_grid)
        column_.addSpacing(GRID)
        column_.addWidget(self._load_title)
        column_.addWidget(self._load)
        column_.addStretch(1)


Figures = tuple[str, str]


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else format_count(value)


def _size(value: int | None) -> str:
    return UNKNOWN if value is None else format_bytes(value)


def _told(words: str, value: str) -> list[str]:
    return [f"{words} {value}"] if value != UNKNOWN else []


def _version(status: Status) -> Figures:
    words = status.version or UNKNOWN
    found = _VERSION.fullmatch(words)
    return (found["number"], found["name"]) if found else (words, "")


def _uptime(status: Status) -> Figures:
    return UNKNOWN if status.uptime_s is None else format_duration(status.uptime_s), ""


def _clients(status: Status) -> Figures:
    more = [
        *_told("known", _count(status.clients_total)),
        *_told("most", _count(status.clients_maximum)),
        *(_told("expired", _count(status.clients_expired)) if status.clients_expired else []),
    ]
    return _count(status.clients_connected), " · ".join(more)


class _Pair:
    """A total received and a total sent, with their rates."""

    def __init__(self, name: str, words: Callable[[int | None], str], side: str) -> None:
        self._field = f"{name}_{side}"
        self._words = words
        self._is_size = words is _size

    def __call__(self, status: Status) -> Figures:
        rate = status.rates.get(self._field)
        more = ""
        if rate is not None:
            more = f"{format_bytes(rate)}/s" if self._is_size else format_rate(rate)
        return self._words(getattr(status, self._field)), more


def _dropped(status: Status) -> Figures:
    rate = status.rates.get("publish_dropped")
    return _count(status.publish_dropped), "" if rate is None else format_rate(rate)


def _subscriptions(status: Status) -> Figures:
    shared = status.shared_subscriptions
    return _count(status.subscriptions), f"{format_count(shared)} shared" if shared else ""


def _retained(status: Status) -> Figures:
    return _count(status.retained), ""


def _stored(status: Status) -> Figures:
    return _count(status.messages_stored), _size(status.stored_bytes).replace(UNKNOWN, "")


def _heap(status: Status) -> Figures:
    return _size(status.heap), " · ".join(_told("most", _size(status.heap_maximum)))


def _load_value(name: str, value: float) -> str:
    return format_bytes(value) if name.startswith("bytes") else f"{value:,.2f}"


_FIGURES: Final[dict[str, Callable[[Status], Figures]]] = {
    "Broker": _version,
    "Uptime": _uptime,
    "Clients connected": _clients,
    "Publish received": _Pair("publish", _count, "received"),
    "Publish sent": _Pair("publish", _count, "sent"),
    "Publish dropped": _dropped,
    "Bytes received": _Pair("bytes", _size, "received"),
    "Bytes sent": _Pair("bytes", _size, "sent"),
    "Packets received": _Pair("messages", _count, "received"),
    "Packets sent": _Pair("messages", _count, "sent"),
    "Subscriptions": _subscriptions,
    "Retained": _retained,
    "Messages stored": _stored,
    "Heap": _heap,
}

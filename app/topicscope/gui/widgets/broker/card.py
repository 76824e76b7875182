"""What figures of a broker stand in: a card of rows under a title, and a grid of tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from topicscope.gui.theme import GRID
from topicscope.gui.widgets.broker.figures import TILE_WIDTH, StatusColumns
from topicscope.gui.widgets.labels import strong_label
from topicscope.gui.widgets.style import set_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QResizeEvent

    from topicscope.gui.widgets.broker.figures import StatusFigure


class StatusCard(QFrame):
    """Rows under a title, each at its place among those that are shown."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "card")
        self.heading = StatusColumns("", title, self)
        self.heading.make_heading()
        self.heading.hide()
        self._title = strong_label(title, "", self)
        self._title.setContentsMargins(12, 0, 12, 2)
        self._places: list[int] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 8, 1, 6)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addWidget(self.heading)
        column.addLayout(self._rows)
        self.heading.title = ""

    def add(self, row: QWidget, place: int) -> None:
        """Add a row before those that have a greater place."""
        at = sum(other < place for other in self._places)
        self._places.insert(at, place)
        self._rows.insertWidget(at, row)


class TileGrid(QWidget):
    """As many tiles beside each other as have room, in the order of their places."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[tuple[int, StatusFigure]] = []
        self._shown: list[StatusFigure] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of one tile, however many there are."""
        return QSize(TILE_WIDTH, super().minimumSizeHint().height())

    def add(self, tile: StatusFigure, place: int) -> None:
        """Add a tile; `place` then puts it in sight."""
        self._tiles.append((place, tile))
        self._tiles.sort(key=_place)

    def take(self, tile: StatusFigure) -> None:
        """Take a tile out."""
        self._tiles = [(place, other) for place, other in self._tiles if other is not tile]

    def place(self, hidden: Iterable[str] = ()) -> None:
        """Put all tiles in their cells but those with these keys."""
        keys = set(hidden)
        shown = [tile for _, tile in self._tiles if tile.key not in keys]
        room = max(1, (self.width() + GRID) // (TILE_WIDTH + GRID))
        columns = _even(len(shown), room)
        if shown == self._shown and columns == self._columns:
            return
        for tile in self._shown:
            self._grid.removeWidget(tile)
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._shown, self._columns = shown, columns
        for at, tile in enumerate(shown):
            self._grid.addWidget(tile, at // columns, at % columns)
        self.setVisible(bool(shown))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many tiles beside each other as have room now."""
        super().resizeEvent(event)
        shown = set(map(id, self._shown))
        self.place(tile.key for _, tile in self._tiles if id(tile) not in shown)


def _place(placed: tuple[int, StatusFigure]) -> int:
    return placed[0]


def _even(count: int, room: int) -> int:
    """Return a number of columns that leaves no row nearly empty: six tiles stand 6, 3 + 3 or 2 + 2 + 2."""
    room = max(1, min(room, count))
    lines = -(-count // room)
    return -(-count // lines) if lines else 1

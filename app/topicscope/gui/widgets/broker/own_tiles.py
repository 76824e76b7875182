"""Tiles of one's own: any topic below $SYS, with its history, a rate if one likes, and a way to be rid of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from topicscope.broker_status.history import held_values
from topicscope.broker_status.tiles import UserTile, tile_value
from topicscope.gui.icons import icon
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.broker.card import TileGrid
from topicscope.gui.widgets.broker.figures import POINTS, StatusTile
from topicscope.gui.widgets.broker.words import Figure
from topicscope.gui.widgets.labels import strong_label
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.models.broker.feed import StatusFeed


class OwnTile(StatusTile):
    """One of them; the Delete key removes it."""

    removed = Signal(str)
    """The Topic Name."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the tile with the Delete key."""
        if event.matches(QKeySequence.StandardKey.Delete):
            self.removed.emit(self.key)
        else:
            super().keyPressEvent(event)


class OwnTiles(QWidget):
    """The tiles that somebody made, in the order they were made."""

    history_requested = Signal(str)
    """The Topic Name of a tile."""
    tiles_changed = Signal(list)
    """All `UserTile` that are there now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[UserTile] = []
        self.shown: dict[str, OwnTile] = {}
        self._title = strong_label("Your tiles", "", self)
        self._grid = TileGrid(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GRID)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._grid)
        self.hide()

    # Methods

    def tiles(self) -> list[UserTile]:
        """Return the tiles."""
        return list(self._tiles)

    def set_tiles(self, tiles: Sequence[UserTile]) -> None:
        """Show these tiles."""
        self._tiles = list(tiles)
        topics = {tile.topic: place for place, tile in enumerate(self._tiles)}
        for topic in [topic for topic in self.shown if topic not in topics]:
            widget = self.shown.pop(topic)
            self._grid.take(widget)
            widget.hide()
            widget.deleteLater()
        for tile in self._tiles:
            if tile.topic not in self.shown:
                self._add(tile, topics[tile.topic])
        self._grid.place()
        self.setVisible(bool(self._tiles))

    def show_values(self, feed: StatusFeed) -> None:
        """Show what the broker tells now."""
        for tile in self._tiles:
            told = tile_value(feed.reader, tile)
            points = _points(feed, tile)
            topic = escape(tile.topic)
            self.shown[tile.topic].show_figure(
                Figure(told.value, told.more, partial(str, topic)), points
            )

    # Slots

    @Slot(QPoint)
    def _on_menu_asked(self, place: QPoint) -> None:
        widget = self.sender()
        assert isinstance(widget, OwnTile)
        tile = next(tile for tile in self._tiles if tile.topic == widget.key)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("history"), "History…", widget.click)
        words = "Show the number" if tile.as_rate else "Show the rate"
        menu.addAction(words, partial(self._switch, tile))
        menu.addAction(icon("trash-2"), "Remove this tile", partial(self.remove, tile.topic))
        menu.popup(widget.mapToGlobal(place))

    @Slot()
    def _on_clicked(self) -> None:
        widget = self.sender()
        assert isinstance(widget, OwnTile)
        self.history_requested.emit(widget.key)

    @Slot(str)
    def remove(self, topic: str) -> None:
        """Take a tile away."""
        self._change([tile for tile in self._tiles if tile.topic != topic])

    # Private

    def _add(self, tile: UserTile, place: int) -> None:
        widget = self.shown[tile.topic] = OwnTile(tile.topic, tile.title, self._grid)
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        widget.customContextMenuRequested.connect(self._on_menu_asked)
        widget.clicked.connect(self._on_clicked)
        widget.removed.connect(self.remove)
        widget.show()
        self._grid.add(widget, place)

    def _switch(self, tile: UserTile) -> None:
        other = tile._replace(as_rate=not tile.as_rate)
        self._change([other if one is tile else one for one in self._tiles])

    def _change(self, tiles: list[UserTile]) -> None:
        self.set_tiles(tiles)
        self.tiles_changed.emit(self.tiles())


def _points(feed: StatusFeed, tile: UserTile) -> Sequence[float]:
    points = feed.tile_history.points(tile.topic, POINTS)
    if tile.as_rate:
        return [point.value for point in points]
    return held_values(points, feed.reader.last_heard_ns, POINTS)

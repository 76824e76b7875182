"""All figures of a broker: the main ones as tiles, the others in groups of rows, averages and nodes in columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from topicscope.broker_status.advice import without_figures
from topicscope.broker_status.history import held_values
from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.missing import missing_words
from topicscope.broker_status.words import value_text
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.broker.card import StatusCard, TileGrid
from topicscope.gui.widgets.broker.figures import (
    NODE_WIDTH,
    POINTS,
    StatusColumns,
    StatusRow,
    StatusTile,
)
from topicscope.gui.widgets.broker.own_tiles import OwnTiles
from topicscope.gui.widgets.broker.words import (
    explanation,
    has_figure,
    load_texts,
    loads,
    rate_of,
    row_figure,
    tile_figure,
)
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tall_area import TallArea

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from topicscope.broker_status import Reading, Status, StatusReader

TWO_COLUMNS: Final = 600
"""From this width on groups stand beside each other."""
_MOST_NODES: Final = 5

_TILES: Final = (
    ("clients_connected",),
    ("publish_received", "messages_received"),
    ("publish_sent", "messages_sent"),
    ("bytes_received", "publish_bytes_received"),
    ("bytes_sent", "publish_bytes_sent"),
    ("publish_dropped", "slow_dropped"),
)
_DROPPED: Final = ("publish_dropped", "slow_dropped")
_GROUPS: Final = {
    "Messages": (
        *("publish_received", "publish_sent", "publish_dropped", "slow_dropped"),
        *("messages_received", "messages_sent"),
        *("inflight", "queued", "messages_stored", "retained"),
    ),
    "Bytes": (
        *("bytes_received", "bytes_sent", "publish_bytes_received", "publish_bytes_sent"),
        *("stored_bytes", "queued_bytes"),
    ),
    "Clients": (
        *("clients_connected", "clients_disconnected", "clients_expired"),
        *("clients_maximum", "clients_total"),
    ),
    "Broker": (
        *("subscriptions", "shared_subscriptions", "topics", "sockets", "connections"),
        *("heap", "heap_maximum", "cpu"),
    ),
}
_LEFT_GROUPS: Final = ("Messages", "Broker")
_MINUTES: Final = ("1 min", "5 min", "15 min")
_NOTHING: Final = (
    "None of its topics tells a figure that is known here. Choose a topic in the tree beside this and make it a tile: "
    "numbers get a history, and a rate where they only grow."
)


class StatusPage(TallArea):
    """Shows a `Status`; only what the broker tells has a place."""

    history_requested = Signal(str)
    """A name of `METRICS`, or the Topic Name of a tile of one's own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._whole = QWidget(self)
        self.own = OwnTiles(self._whole)
        self.tiles: dict[str, StatusTile] = {}
        self.rows: dict[str, StatusRow] = {}
        self.loads: dict[str, StatusColumns] = {}
        self._nodes: dict[str, StatusColumns] = {}
        self._main = TileGrid(self._whole)
        self._groups = {title: StatusCard(title, self._whole) for title in _GROUPS}
        self._load = StatusCard("Load, per minute", self._whole)
        self._node_card = StatusCard("Nodes", self._whole)
        self._missing = WrappedLabel(0, self._whole)
        self._nothing = WrappedLabel(0, self._whole)
        self._columns = [QVBoxLayout(), QVBoxLayout()]
        self._wide: bool | None = None
        self._lay_out()
        self.own.history_requested.connect(self.history_requested)

    # Methods

    def show_status(self, reader: StatusReader, status: Status) -> None:
        """Show what a broker told."""
        self._show_tiles(reader, status)
        self._show_groups(reader, status)
        self._show_loads(status)
        self._show_nodes(status)
        self._nothing.setVisible(not status.readings)
        said = without_figures(status.detection.key) or _NOTHING
        if said != self._nothing.text():
            self._nothing.setText(said)
        missing = missing_words(reader.dialect, status)
        self._missing.setVisible(bool(missing and status.readings))
        if missing != self._missing.text():
            self._missing.setText(missing)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put groups beside each other where there is room."""
        super().resizeEvent(event)
        wide = self.viewport().width() >= TWO_COLUMNS
        if wide != self._wide:
            self._wide = wide
            for title, card in self._groups.items():
                for column in self._columns:
                    # Else a card that stays in its column would be counted, and come to lie below the stretch.
                    column.removeWidget(card)
                column = self._columns[int(wide and title not in _LEFT_GROUPS)]
                column.insertWidget(column.count() - 1, card)

    # Slots

    @Slot()
    def _on_clicked(self) -> None:
        figure = self.sender()
        if isinstance(figure, (StatusTile, StatusRow, StatusColumns)):
            self.history_requested.emit(figure.key)

    # Private

    def _show_tiles(self, reader: StatusReader, status: Status) -> None:
        for names in _TILES:
            name = next((name for name in names if name in status.readings), None)
            for other in names:
                if other != name and other in self.tiles:
                    self.tiles[other].hide()
            if name is None:
                continue
            tile = self.tiles.get(name)
            if tile is None:
                tile = self.tiles[name] = StatusTile(name, METRICS[name].title, self._main)
                tile.clicked.connect(self._on_clicked)
                self._main.add(tile, _TILES.index(names))
            reading = status.readings[name]
            tile.role = "warning" if name in _DROPPED and rate_of(reading) else "accent"
            tile.show_figure(tile_figure(reading), _points(reader, reading, status))
            tile.show()
        self._main.place(name for name in self.tiles if self.tiles[name].isHidden())

    def _show_groups(self, reader: StatusReader, status: Status) -> None:
        for title, names in _GROUPS.items():
            card = self._groups[title]
            told = [name for name in names if has_figure(status.readings.get(name))]
            rated = any(rate_of(status.readings[name]) is not None for name in told)
            card.setVisible(bool(told))
            for name in names:
                row = self.rows.get(name)
                if name not in told:
                    if row is not None:
                        row.hide()
                    continue
                if row is None:
                    row = self.rows[name] = StatusRow(name, METRICS[name].title, card)
                    row.clicked.connect(self._on_clicked)
                    card.add(row, names.index(name))
                row.has_rates = rated
                reading = status.readings[name]
                row.show_figure(row_figure(reading), _points(reader, reading, status))
                row.show()

    def _show_loads(self, status: Status) -> None:
        found = loads(status)
        for reading in found:
            name = reading.metric.name
            row = self.loads.get(name)
            if row is None:
                row = self.loads[name] = StatusColumns(name, reading.metric.title, self._load)
                row.clicked.connect(self._on_clicked)
                self._load.add(row, list(METRICS).index(name))
            row.show_values(load_texts(reading), partial(explanation, reading))
        names = {reading.metric.name for reading in found}
        for name, row in self.loads.items():
            row.setVisible(name in names)
        self._load.setVisible(bool(found))

    def _show_nodes(self, status: Status) -> None:
        nodes = status.nodes[:_MOST_NODES]
        self._node_card.setVisible(len(nodes) > 1)
        if len(nodes) < 2:
            return
        self._node_card.heading.show_values(tuple(nodes), partial("\n".join, status.nodes))
        for name, reading in status.readings.items():
            if len(reading.nodes) < 2:
                continue
            row = self._nodes.get(name)
            if row is None:
                row = self._nodes[name] = StatusColumns(name, reading.metric.title, self._node_card)
                row.column_width = NODE_WIDTH
                row.clicked.connect(self._on_clicked)
                self._node_card.add(row, list(METRICS).index(name))
            texts = (value_text(reading.metric, reading.nodes.get(node)) for node in nodes)
            row.show_values(tuple(texts), partial(explanation, reading))

    def _lay_out(self) -> None:
        self._load.heading.show_values(_MINUTES, str)
        self._load.heading.show()
        self._node_card.heading.show()
        self._node_card.heading.column_width = NODE_WIDTH
        for card in (*self._groups.values(), self._load, self._node_card):
            card.hide()
        for words in (self._missing, self._nothing):
            set_tone(words, "dim")
        self._missing.hide()
        groups = QHBoxLayout()
        groups.setSpacing(GRID)
        for column in self._columns:
            column.setSpacing(GRID)
            column.addStretch(1)
            groups.addLayout(column, 1)
        whole = QVBoxLayout(self._whole)
        whole.setContentsMargins(12, GRID, 12, 12)
        whole.setSpacing(GRID)
        whole.addWidget(self._nothing)
        whole.addWidget(self.own)
        whole.addWidget(self._main)
        whole.addLayout(groups)
        whole.addWidget(self._load)
        whole.addWidget(self._node_card)
        whole.addWidget(self._missing)
        whole.addStretch(1)
        self.setWidget(self._whole)
        # Both would be filled with the window's ground; the card's panel is to show through.
        self.viewport().setAutoFillBackground(False)
        self._whole.setAutoFillBackground(False)


def _points(reader: StatusReader, reading: Reading, status: Status) -> Sequence[float]:
    name = reading.metric.name
    if reading.metric.kind is Kind.TOTAL:
        return [point.value for point in reader.rate_history.points(name, POINTS)]
    return held_values(reader.history.points(name, POINTS), status.last_heard_ns, POINTS)

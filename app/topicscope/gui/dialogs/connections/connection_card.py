"""Everything that is known of a connection: what the server said, its certificate, round trips, its history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.connection.state import Phase
from topicscope.gui.dialogs.connections.certificate_question import certificate_rows
from topicscope.gui.server_words import server_rows
from topicscope.gui.text import count_of, format_elapsed, format_time, plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.connection.status import ConnectionStatus
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.facts import FactsList
from topicscope.gui.widgets.labels import WrappedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import TabbedCard
from topicscope.gui.widgets.tall_area import TallArea
from topicscope.payload.text import escape
from topicscope.profiles.jwt import clock_words, expiry_words

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from topicscope.connection.history import HistoryEntry, What
    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import ConnectionBridge

SIZE: Final = (680, 680)
_SHOWN_ENTRIES: Final = 200
_WHAT: Final[dict[What, str]] = {
    "dialing": "Trying",
    "connected": "Connected",
    "lost": "Lost",
    "failed": "Failed",
    "ended": "Ended",
}
_NOT_CONNECTED: Final = "Not connected. What a server says is known while there is a connection."
_NO_CERTIFICATE: Final = "No certificate: this connection is not over TLS, or not open."


class ConnectionCard(QDialog):
    """Stays open beside the window and follows the connection; it asks for nothing but a PINGREQ."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connection-card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._bridge = bridge
        self.status = ConnectionStatus(self)
        self.status.setCursor(Qt.CursorShape.ArrowCursor)
        self.status.setToolTip("")
        self.sentence = WrappedLabel(0, self)
        self.round_trip = label("", "", self)
        self.ping_button = push_button("Ping now", "timer", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self.server = FactsList(self)
        self.certificate = FactsList(self)
        self.history = _history_table(self)
        self._pages = TabbedCard(self)
        self._lay_out()
        self._connect_parts()
        self.set_name("")
        self._on_state_changed(bridge.state)

    def set_name(self, name: str) -> None:
        """Say of which connection this is."""
        shown = escape(name if len(name) <= 80 else f"{name[:79]}…")
        self.setWindowTitle(f"Connection details — {shown}" if shown else "Connection details")

    # Slots

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        self.status.set_state(state)
        self.sentence.setText(f"{state.text} {state.remedy}".strip())
        set_tone(self.sentence, "dim" if state.phase is Phase.CONNECTED else "")
        connected = state.phase is Phase.CONNECTED
        self.ping_button.setEnabled(connected)
        self._show_facts(state)
        self._show_round_trip()
        self._show_history()

    @Slot()
    def _on_round_trip(self) -> None:
        self._show_round_trip()

    @Slot()
    def _on_ping(self) -> None:
        self._bridge.ping()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Measure once, so that there is something to see."""
        super().showEvent(event)
        if not self._bridge.round_trips:
            self._bridge.ping()

    # Private

    def _show_facts(self, state: ConnectionState) -> None:
        now = time.time()
        rows = _connection_rows(state, now) + server_rows(state)
        self._server_page.setCurrentIndex(0 if state.server is not None else 1)
        self.server.set_rows(rows)
        certificate = state.certificate
        self._certificate_page.setCurrentIndex(0 if certificate is not None else 1)
        self.certificate.set_rows([])
        if certificate is not None:
            found = certificate_rows(certificate, now)
            for number, above in enumerate(certificate.chain, 1):
                found.append((f"Chain {number}", escape(above.subject), "dim"))
            self.certificate.set_rows(found)

    def _show_round_trip(self) -> None:
        trips = self._bridge.round_trips
        if not trips:
            connected = self._bridge.state.phase is Phase.CONNECTED
            self.round_trip.setText("Not measured yet" if connected else "—")
            return
        words = format_elapsed(trips[-1])
        if len(trips) > 1:
            words += f" · {format_elapsed(min(trips))} to {format_elapsed(max(trips))} in {len(trips)} pings"
        self.round_trip.setText(words)

    def _show_history(self) -> None:
        entries = list(self._bridge.history)[-_SHOWN_ENTRIES:][::-1]
        table = self.history
        table.setRowCount(len(entries))
        for row, entry in enumerate(entries):
            for column, item in enumerate(_items(entry)):
                table.setItem(row, column, item)
        connects = self._bridge.history.connects
        self._pages.header.set_extra(f"connected {count_of(connects, 'time')}" if connects else "")
        self._history_page.setCurrentIndex(0 if entries else 1)

    def _connect_parts(self) -> None:
        self.ping_button.clicked.connect(self._on_ping)
        self.close_button.clicked.connect(self.close)
        self.close_button.setDefault(True)
        self._bridge.state_changed.connect(self._on_state_changed)
        self._bridge.round_trip_told.connect(self._on_round_trip)

    def _lay_out(self) -> None:
        self._server_page = _or_empty(_scrolled(self.server), _NOT_CONNECTED, "server")
        self._certificate_page = _or_empty(_scrolled(self.certificate), _NO_CERTIFICATE, "pin")
        self._history_page = _or_empty(self.history, "Nothing has happened yet.", "history")
        self._pages.add_page("What the server said", self._server_page)
        self._pages.add_page("Certificate", self._certificate_page)
        self._pages.add_page("History", self._history_page)
        trips = QHBoxLayout()
        trips.setSpacing(8)
        trips.addWidget(label("Round trip", "dim", self))
        trips.addWidget(self.round_trip, 1)
        trips.addWidget(self.ping_button)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.status)
        column.addWidget(self.sentence)
        column.addLayout(trips)
        column.addSpacing(4)
        column.addWidget(self._pages, 1)
        column.addSpacing(4)
        column.addLayout(buttons)


def _connection_rows(state: ConnectionState, now: float) -> list[tuple[str, str, str]]:
    rows = [("Address", escape(state.endpoint), "mono")]
    identifier = state.client_identifier
    is_assigned = state.server is not None and state.server.assigned_client_identifier
    by_whom = " (assigned by the broker)" if is_assigned else ""
    rows.append(("Client Identifier", f"{escape(identifier) or 'none'}{by_whom}", "mono"))
    if state.credentials_expire_at is not None:
        end = state.credentials_expire_at
        words = f"{expiry_words(end, now)} ({clock_words(end, now)})"
        rows.append(("Token", words, "" if end - now > 600 else "warning"))
    if state.read_only:
        rows.append(("Publishing", "read-only: nothing is published", "warning"))
    return rows


def _items(entry: HistoryEntry) -> list[QTableWidgetItem]:
    lasted = "" if entry.lasted_s is None else f" after {format_elapsed(entry.lasted_s)}"
    texts = (
        format_time(round(entry.time * 1e9))[:8],
        _WHAT[entry.what] + lasted,
        escape(entry.why),
    )
    items = [QTableWidgetItem(text) for text in texts]
    items[2].setToolTip(plain_tooltip(entry.why))
    return items


def _history_table(parent: QWidget) -> QTableWidget:
    table = QTableWidget(0, 3, parent)
    table.setAccessibleName("History of the connection")
    table.setHorizontalHeaderLabels(["Time", "What", "Why"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    rows.hide()
    rows.setDefaultSectionSize(ROW_HEIGHT)
    columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    columns.setHighlightSections(False)
    columns.setStretchLastSection(True)
    columns.resizeSection(0, 80)
    columns.resizeSection(1, 150)
    columns.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    return table


def _scrolled(inside: QWidget) -> QScrollArea:
    area = TallArea()
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(inside)
    column.addStretch(1)
    area.setWidget(holder)
    # The ground is that of the card.
    area.viewport().setAutoFillBackground(False)
    holder.setAutoFillBackground(False)
    return area


def _or_empty(page: QWidget, sentence: str, picture: str) -> QStackedWidget:
    stack = QStackedWidget()
    stack.addWidget(page)
    stack.addWidget(EmptyState(picture, sentence))
    return stack

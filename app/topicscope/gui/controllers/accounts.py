"""Keeping the counts of the window true: the ledger at its foot, the rate at its top, the report at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from topicscope.gui.controllers.broker.drops import BrokerDrops
from topicscope.gui.controllers.broker.traffic import TrafficCounter

if TYPE_CHECKING:
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.panes.connection_bar import ConnectionBar
    from topicscope.gui.panes.ledger_bar import LedgerBar
    from topicscope.gui.panes.messages import MessagesPane


class Accounts(QObject):
    """Reads the log's ledger and shows it wherever it stands in the window."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        bar: ConnectionBar,
        messages: MessagesPane,
        ledger: LedgerBar,
    ) -> None:
        super().__init__(ledger)
        self._bridge = bridge
        self._bar = bar
        self._messages = messages
        self._ledger = ledger
        self._drops = BrokerDrops()
        self._traffic = TrafficCounter(bridge, self)
        self._traffic.counted.connect(self._on_traffic_counted)
        messages.counts_changed.connect(self.show_ledger)
        bridge.log_replaced.connect(self._on_log_replaced)
        self.show_ledger()

    def facts(self) -> dict[str, Any]:
        """Return what a performance report says of the capture and the connection."""
        log, state = self._bridge.log, self._bridge.state
        self._messages.messages.rows.update(at_leisure=True)
        found = self._messages.messages.result()
        return {
            "ledger": {
                "received": log.ledger.received,
                "sent": log.ledger.sent,
                "stored": log.ledger.stored,
                "shown": self._messages.shown,
                "hidden": self._messages.hidden,
                "evicted": log.ledger.evicted,
                "broker_dropped": self._drops.count(log),
            },
            "filter": {
                "text": self._messages.filter.text,
                "looked_at": round(found.share, 4),
                "elapsed_ms": round(found.elapsed_s * 1000, 2),
            },
            "topics": len(log.topics),
            "connection": {"state": state.phase.value, "reason": state.reason},
        }

    @Slot()
    def show_ledger(self) -> None:
        """Show what became of every message."""
        log = self._bridge.log
        dropped = self._drops.count(log)
        self._ledger.set_ledger(log.ledger, self._messages.shown, self._messages.hidden, dropped)

    @Slot(float)
    def _on_traffic_counted(self, rate: float) -> None:
        log = self._bridge.log
        self._bar.set_traffic(rate, log.ledger.stored, log.memory + log.on_disk)
        self._ledger.set_memory(log)

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self._drops = BrokerDrops()
        self.show_ledger()

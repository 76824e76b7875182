"""The Broker pane and the rest of the window: its subscription, what tree and table hide, tiles kept, reports."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QModelIndex, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from topicscope.broker_status import TOPIC_FILTER
from topicscope.broker_status.report import report_data, report_markdown
from topicscope.gui.controllers.broker.tiles import read_tiles, write_tiles
from topicscope.gui.models.subscriptions.subscription import SubscriptionState
from topicscope.gui.panes.broker import BrokerPane
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.widgets.broker.in_tree import HiddenBranch
from topicscope.paths import recordings_dir

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.broker_status.tiles import UserTile
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.commands import Commands
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.gui.models.subscriptions.subscription import Subscription
    from topicscope.gui.panes.messages import MessagesPane
    from topicscope.gui.panes.subscriptions import SubscriptionsPane
    from topicscope.gui.panes.topics import TopicsPane
    from topicscope.profiles.profile import Profile

_FILES: Final = "Markdown (*.md);;JSON (*.json)"
_PREFIX: Final = "$SYS/"


class BrokerStatus(QObject):
    """Watches the broker by a row of the Subscriptions pane: muted, so that its messages are counted but not shown.

    What becomes of that row is kept there by the name of the profile, and anybody may change it by hand.
    """

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        subscriptions: SubscriptionsPane,
        topics: TopicsPane,
        window: QWidget,
        *,
        keeps: bool = True,
    ) -> None:
        """Make the pane; `keeps` says whether tiles come back at the next start."""
        super().__init__(window)
        self._bridge = bridge
        self.pane = pane = BrokerPane(bridge, window)
        self._subscriptions = subscriptions
        self._branch = HiddenBranch(topics.view, topics.model, b"$SYS", self)
        self._keeps = keeps
        self._profile = ""
        model = subscriptions.model
        model.rowsInserted.connect(self._renew)
        model.rowsRemoved.connect(self._renew)
        model.dataChanged.connect(self._on_data_changed)
        pane.watch_requested.connect(self.watch)
        pane.show_requested.connect(self._on_show_requested)
        pane.tiles_changed.connect(self._on_tiles_changed)
        pane.copy_requested.connect(self._on_copy_requested)
        pane.save_requested.connect(self.ask_to_save)
        self._renew()

    # Methods

    def follow(self, connecting: Connecting, commands: Commands, messages: MessagesPane) -> None:
        """Stand among the tabs, answer to commands, and show the tiles of the profile that is connected to."""
        messages.add_tab(self.pane, "Broker")
        connecting.begun.connect(self._on_begun)
        commands.connect_command("watch_broker", partial(self._watch_in, messages))
        self.pane.help_requested.connect(partial(commands.show_help, "broker-status"))

    # Slots

    @Slot(bool)
    def watch(self, on: bool = True) -> None:
        """Subscribe to $SYS/#, or unsubscribe from all that is below $SYS."""
        rows = self._rows()
        if not on:
            active = [place for place, row in rows if row.state is not SubscriptionState.PAUSED]
            if active:
                self._subscriptions.view.pause_asked.emit(active)
            return
        is_new = all(row.topic_filter != TOPIC_FILTER for _, row in rows)
        self._subscriptions.add(TOPIC_FILTER)
        model = self._subscriptions.model
        if is_new:
            model.set_muted(model.position_of(TOPIC_FILTER), True)

    @Slot(object)
    def _on_begun(self, profile: Profile) -> None:
        self._profile = profile.name
        self.pane.set_tiles(read_tiles(profile.name) if self._keeps else [])

    @Slot()
    def ask_to_save(self) -> None:
        """Ask where to save a report, and save it."""
        stamp = time.strftime("%Y-%m-%d-%H%M%S")
        proposal = recordings_dir() / f"broker-status-{stamp}.md"
        window = self.pane.window()
        chosen, kind = QFileDialog.getSaveFileName(
            window, "Save the status report as", str(proposal), _FILES
        )
        if not chosen:
            return
        path = Path(chosen)
        if not path.suffix:
            path = path.with_suffix(".json" if "json" in kind else ".md")
        self.save(path)

    def save(self, path: Path) -> None:
        """Save a report, as JSON when the name of the file says so."""
        text = self._report(as_json=path.suffix.lower() == ".json")
        spawn(self._save(path, text), "save-broker-status")

    @Slot(bool)
    def _on_copy_requested(self, as_json: bool) -> None:
        QGuiApplication.clipboard().setText(self._report(as_json=as_json))
        self.told.emit("good", f"Status report copied as {'JSON' if as_json else 'Markdown'}.")

    @Slot(bool)
    def _on_show_requested(self, shown: bool) -> None:
        for place, row in self._rows():
            if row.is_muted == shown:
                self._subscriptions.model.set_muted(place, not shown)

    @Slot(list)
    def _on_tiles_changed(self, tiles: list[UserTile]) -> None:
        if self._keeps and self._profile:
            write_tiles(self._profile, tiles)

    @Slot(QModelIndex, QModelIndex, "QList<int>")
    def _on_data_changed(self, _first: QModelIndex, _last: QModelIndex, roles: list[int]) -> None:
        if not roles:
            self._renew()

    @Slot()
    def _renew(self) -> None:
        rows = [row for _, row in self._rows()]
        watching = any(row.state is not SubscriptionState.PAUSED for row in rows)
        hidden = bool(rows) and all(row.is_muted for row in rows)
        self._branch.set_hidden(hidden)
        self.pane.set_watching(watching)
        self.pane.header.set_shown_elsewhere(not hidden)

    # Private

    def _watch_in(self, messages: MessagesPane) -> None:
        messages.show_page(self.pane)
        if not self.pane.header.watch_button.isChecked():
            self.watch()

    def _rows(self) -> list[tuple[int, Subscription]]:
        """Return the subscriptions to topics below $SYS with their positions."""
        return [
            (place, row)
            for place, row in enumerate(self._subscriptions.model.subscriptions)
            if not row.is_exclusion and row.matcher.filter.startswith(_PREFIX)
        ]

    def _report(self, *, as_json: bool) -> str:
        reader, now_ns = self.pane.feed.reader, time.time_ns()
        broker = self._bridge.state.endpoint
        if not as_json:
            return report_markdown(reader, now_ns, broker=broker)
        data = report_data(reader, now_ns, broker=broker)
        return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"

    async def _save(self, path: Path, text: str) -> None:
        try:
            await in_worker_for(self, _write, path, text)
        except OSError as error:
            self.told.emit("error", f"The report was not saved: {error.strerror or error}.")
        else:
            self.told.emit("good", f"Status report saved in {path}.")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

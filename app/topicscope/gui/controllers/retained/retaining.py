"""The window of retained messages: what is shown there, and what is done when somebody asks for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot

from topicscope.automation.retained.files import SnapshotStore
from topicscope.automation.retained.plans import plan_clear
from topicscope.connection.state import Phase
from topicscope.gui.controllers.retained.copying import RetainedCopying
from topicscope.gui.controllers.retained.listing import CANCEL, RetainedList
from topicscope.gui.controllers.retained.snapshots import RetainedSnapshots
from topicscope.gui.controllers.retained.work import RetainedErrand, RetainedWork
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_count
from topicscope.paths import state_dir
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.automation.retained.plans import Plan
    from topicscope.automation.retained.seen import Snapshot
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.dialogs.retained.dialog import RetainedMessagesWindow
    from topicscope.gui.services import Services

_UNDO: Final = "Undo"
_WHAT_CLEARING_DOES: Final = (
    "An empty retained message is published to each of these topics; whoever subscribes later gets no value there. "
    "A snapshot is written first, so that this can be undone, after a restart too."
)
_AS_GRANTED: Final = (
    "Undo will know these messages as they came over this connection: {what}. "
    "Read from the broker first to know them exactly."
)


class Retaining(QObject):
    """Opens the window of retained messages; `work` is the one way to clear them, the tree's too."""

    def __init__(
        self,
        services: Services,
        bridge: ConnectionBridge,
        connecting: Connecting,
        caution: Caution,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._connecting = connecting
        self._caution = caution
        self._parent = window
        store = SnapshotStore(state_dir() / "retained")
        self.work = RetainedWork(bridge, store, services.make_connection, self)
        self.list = RetainedList(bridge, self.work, self)
        self.snapshots = RetainedSnapshots(bridge, self.work, self.list, caution, self)
        self.copying = RetainedCopying(services, connecting, self.work, self)
        self.window: RetainedMessagesWindow | None = None
        self._last: RetainedErrand | None = None
        bridge.state_changed.connect(self._renew_connection)
        self.work.changed.connect(self._on_changed)
        self.list.changed.connect(self._on_list_changed)
        self.list.told.connect(self._on_list_told)
        self.list.reading_changed.connect(self._on_reading_changed)
        self.snapshots.told.connect(self.tell)
        self.snapshots.copy_wanted.connect(self._copy)

    # Methods

    def close(self) -> None:
        """End what runs beside the window; for its end."""
        self.list.stop_reading()
        self.work.close()

    # Slots

    @Slot()
    def show(self) -> None:
        """Open the window, or bring it to the front."""
        # Few look at it, and the start of the main window need not wait for it.
        from topicscope.gui.dialogs.retained.dialog import RetainedMessagesWindow

        if self.window is None:
            self.window = made = RetainedMessagesWindow(self._parent)
            made.read_requested.connect(self._on_read)
            made.follow_requested.connect(self.list.follow)
            made.clear_requested.connect(self._on_clear)
            made.copy_requested.connect(self._on_copy)
            made.keep_requested.connect(self._on_keep)
            made.action_requested.connect(self._on_action)
            made.help_requested.connect(self._on_help)
            made.destroyed.connect(self._on_window_gone)
            self.snapshots.attend(made.snapshots)
            self._renew_connection()
            self.list.watch(True)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    @Slot(str, str)
    def tell(self, tone: str, sentence: str, remedy: str = "", action: str = "") -> None:
        """Say something in the window, as long as it is open."""
        if self.window is not None:
            self.window.notice.tell(tone, sentence, remedy, action=action)

    @Slot(str)
    def _on_read(self, topic_filter: str) -> None:
        profile = self._connecting.active
        if profile is None:
            self.tell("warning", "Connect first: it is the broker of this window that is asked.")
        else:
            self.list.read(profile, self._connecting.active_secrets, topic_filter)

    @Slot(object)
    def _on_clear(self, topics: list[bytes]) -> None:
        spawn(self._dry_run(topics), "plan-clearing")

    @Slot(object)
    def _on_copy(self, topics: list[bytes]) -> None:
        self._copy(self.list.shown.only(topics))

    @Slot(object)
    def _on_keep(self, topics: list[bytes]) -> None:
        self.snapshots.keep(self.list.shown.only(topics))

    @Slot(object)
    def _copy(self, snapshot: Snapshot) -> None:
        self.copying.ask(snapshot, self.window or self._parent)

    @Slot()
    def _on_action(self) -> None:
        if self.list.is_reading:
            self.list.stop_reading()
        elif self.work.errand is not None:
            self.work.cancel()
        elif self._last is not None:
            last, self._last = self._last, None
            self._on_changed(self.work.undo(last))

    @Slot()
    def _on_help(self) -> None:
        from topicscope.gui.dialogs.help import HelpDialog

        HelpDialog("retained-and-session-lab", self.window).show()

    @Slot(object)
    def _on_changed(self, errand: RetainedErrand) -> None:
        window = self.window
        if window is None:
            return
        window.set_busy(not errand.ended)
        window.show_progress(len(errand.done), 0 if errand.ended else errand.total)
        if errand.ended:
            self._tell_end(errand)
        elif errand.job is not None:
            online = errand.kind == "copy" or self._bridge.state.phase is Phase.CONNECTED
            waits = "" if online else "Waiting for the connection."
            self.tell("info", escape(errand.sentence()), waits, CANCEL)

    @Slot(object, str, bool)
    def _on_list_changed(self, snapshot: Snapshot, source: str, can_follow: bool) -> None:
        if self.window is not None:
            self.window.show_snapshot(snapshot, source, can_follow=can_follow)

    @Slot(str, str, str)
    def _on_list_told(self, tone: str, sentence: str, action: str) -> None:
        self.tell(tone, sentence, action=action)

    @Slot(bool)
    def _on_reading_changed(self, reading: bool) -> None:
        if self.window is not None:
            self.window.set_busy(reading)

    @Slot()
    def _renew_connection(self) -> None:
        if self.window is not None:
            state = self._bridge.state
            connected = state.phase is Phase.CONNECTED
            self.window.set_connected(connected, read_only=state.read_only)

    @Slot()
    def _on_window_gone(self) -> None:
        self.window = None
        self.list.watch(False)

    # Private

    def _tell_end(self, errand: RetainedErrand) -> None:
        can_undo = errand.undo is not None and bool(errand.done or errand.failures)
        self._last = errand if can_undo else None
        if errand.problem and not errand.done:
            self.tell("error", escape(errand.problem))
            return
        tone = "error" if errand.failures or errand.problem else "good"
        self.tell(
            tone, escape(errand.sentence()), escape(errand.remedy()), _UNDO if can_undo else ""
        )

    async def _dry_run(self, topics: list[bytes]) -> None:
        from topicscope.gui.dialogs.retained.plan import PlanDialog

        snapshot = await self.list.now()
        plan = await in_worker_for(self, plan_clear, snapshot, topics)
        warnings = []
        if self._caution.is_called_for:
            warnings.append(
                f"This is a {self._caution.kind} broker: others will miss these values."
            )
        if not self.list.is_exact:
            warnings.append(self._what_undo_knows())
        dialog = PlanDialog(
            "Clear retained messages",
            _WHAT_CLEARING_DOES,
            "Clear",
            (plan, None),
            self.window or self._parent,
            " ".join(warnings),
        )
        dialog.agreed.connect(partial(self._on_agreed, snapshot))
        dialog.open()

    def _on_agreed(self, snapshot: Snapshot, plan: Plan) -> None:
        count = count_of(len(plan.steps), "retained message")
        self._caution.guard(
            f"Clear {count} of a {self._caution.kind} broker?",
            "Whoever subscribes later will not get these values.",
            f"Clear {format_count(len(plan.steps))}",
            "Keep them",
            partial(self._clear, snapshot, plan),
        )

    def _clear(self, snapshot: Snapshot, plan: Plan) -> None:
        topics = [step.topic.encode() for step in plan.steps]
        self._on_changed(self.work.clear(topics, snapshot))

    def _what_undo_knows(self) -> str:
        version = self._bridge.state.protocol_version
        what = "with the QoS that your subscription was granted"
        if version is not None and version != 5:
            what += ", and without properties, which only MQTT 5 brings"
        return _AS_GRANTED.format(what=what)

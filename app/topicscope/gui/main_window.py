"""The window: builds its panes, connects them, and decides nothing that a pane could."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QStatusBar, QVBoxLayout, QWidget

from topicscope.capture.loading import load_recording
from topicscope.gui.connection.bridge import ConnectionBridge
from topicscope.gui.connection.publishing import Publishing
from topicscope.gui.controllers.accounts import Accounts
from topicscope.gui.controllers.automation.commands import AutomationCommands
from topicscope.gui.controllers.broker.status import BrokerStatus
from topicscope.gui.controllers.commands import Commands
from topicscope.gui.controllers.connection.connecting import Connecting
from topicscope.gui.controllers.connection.examining import Examining
from topicscope.gui.controllers.connection.importing import Importing
from topicscope.gui.controllers.connection.session_lab import SessionLab
from topicscope.gui.controllers.connection.watch import ConnectionWatch
from topicscope.gui.controllers.docking import BOTTOM, LEFT, RIGHT, Docking
from topicscope.gui.controllers.messages.capture_files import CaptureFiles
from topicscope.gui.controllers.messages.commands import MessageCommands
from topicscope.gui.controllers.messages.filtering import Filtering
from topicscope.gui.controllers.messages.recovery import Recovery
from topicscope.gui.controllers.messages.time_travel import TimeTravel
from topicscope.gui.controllers.publish.commands import PublishCommands
from topicscope.gui.controllers.retained.retaining import Retaining
from topicscope.gui.controllers.topics.commands import TopicCommands
from topicscope.gui.controllers.topics.names import TopicNames
from topicscope.gui.icons import app_icon
from topicscope.gui.panes.connection_bar import ConnectionBar
from topicscope.gui.panes.inspector import InspectorPane
from topicscope.gui.panes.ledger_bar import LedgerBar
from topicscope.gui.panes.messages import MessagesPane
from topicscope.gui.panes.publish import PublishPane
from topicscope.gui.panes.subscriptions import SubscriptionsPane
from topicscope.gui.panes.topics import TopicsPane
from topicscope.gui.settings import restore_shape, save_shape
from topicscope.gui.text import format_date_time
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.connection.welcome import WelcomePage
from topicscope.gui.widgets.notice import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent

    from topicscope.capture.leftover import LeftCapture
    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import Loader
    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile

DEFAULT_SIZE = (1440, 900)
GOOD_NEWS_MS = 12_000
"""How long a notice stays that asks nobody to do anything."""


class MainWindow(QMainWindow):
    """One window is one connection and one capture."""

    closed = Signal(object)
    """This window, when it is gone."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowIcon(app_icon())
        self._services = services
        self._subscribe: tuple[str, ...] = ()
        self.bridge = ConnectionBridge(
            services.make_connection,
            self,
            memory_budget=services.memory_budget,
            disk_budget=services.disk_budget,
        )
        self.files = CaptureFiles(self.bridge, self)
        self.commands = Commands(self)
        self._good_news = QTimer(self)
        self._good_news.setObjectName("good-news")
        self._good_news.setSingleShot(True)
        self._good_news.setInterval(GOOD_NEWS_MS)
        self._build_panes()
        self._good_news.timeout.connect(self.notice.clear)
        self._build_frame()
        self._connect_bridge()
        self._connect_bar()
        self._connect_panes()
        self._connect_commands()
        self.connecting.refresh_profiles()
        self._show_title()
        remembers = services.remembers_shape
        if remembers:
            self.on_messages.remember_columns()
            self.topics.remember_columns()
        self.docking.is_arranged = remembers and restore_shape(self, self.docking)
        if not self.docking.is_arranged:
            self.resize(*DEFAULT_SIZE)

    # Methods

    def subscribe_instead(self, topic_filters: Sequence[str]) -> None:
        """Subscribe to these in place of what profiles say; none of them lets profiles decide."""
        self._subscribe = tuple(topic_filters)

    def connect_to(self, profile: Profile, secrets: Mapping[str, str] | None = None) -> None:
        """Connect as `profile` says and subscribe to its Topic Filters."""
        self._stack.setCurrentWidget(self.docking)
        self.connecting.begin(profile, secrets or {})
        # What the command line asks for is for this time only.
        keeps = self._services.remembers_shape and not self._subscribe
        self.subscriptions.set_initial(
            self._subscribe or profile.subscriptions,
            kind=profile.kind,
            profile=profile.name if keeps else "",
        )

    def open_file(self, path: Path, load: Loader = load_recording, title: str = "") -> None:
        """Show a capture file: here while nothing was captured yet, else in another window."""
        if self.bridge.log.end_row:
            window = self._services.open_window()
            assert isinstance(window, MainWindow)
            window.open_file(path, load, title)
            return
        self._stack.setCurrentWidget(self.docking)
        self.bridge.open_file(path, load)
        self.setWindowTitle(f"{title or path.name} — Topicscope")

    # Build

    def _build_panes(self) -> None:
        self.bar = ConnectionBar(self)
        self.notice = NoticeBar(self)
        self.recovery = Recovery(self)
        self.subscriptions = SubscriptionsPane(self.bridge, self)
        self.topics = TopicsPane(self.bridge, self)
        self.messages = MessagesPane(self.bridge, self)
        self.broker_status = BrokerStatus(
            self.bridge, self.subscriptions, self.topics, self, keeps=self._services.remembers_shape
        )
        self.inspector = InspectorPane(self.bridge, self)
        self.publishing = Publishing(self._services.publications, self.bridge, self)
        self.publish = PublishPane(self.publishing, self)
        self.ledger = LedgerBar(self)
        self.welcome = WelcomePage(self)
        self.time_travel = TimeTravel(self.bridge, self.messages, self.topics, self.inspector)
        self.filtering = Filtering(self.bridge, self.messages, self._services.filters)
        self.accounts = Accounts(self.bridge, self.bar, self.messages, self.ledger)
        self.connecting = Connecting(self._services, self.bar, self.bridge, self)
        self.watching = ConnectionWatch(self.connecting, self.bar, self.bridge, self)
        self.importing = Importing(self._services, self)
        self.examining = Examining(self._services, self.bar, self)
        self.names = TopicNames(self._services.names, self.bridge, self)
        self.names.hand_to(
            self.topics, self.messages.messages.view, self.filtering, self.subscriptions
        )
        self.on_messages = MessageCommands(self.bridge, self.messages, self.commands, self)
        self.broker_status.follow(self.connecting, self.commands, self.messages)
        caution = self.watching.caution
        self.retaining = Retaining(self._services, self.bridge, self.connecting, caution, self)
        self.lab = SessionLab(self.bridge, self.connecting, caution, self)
        work = self.retaining.work
        self.on_topics = TopicCommands(
            self.bridge, self.topics, self.messages, self.notice, work, self, caution
        )
        self.on_publish = PublishCommands(self.publishing, self.publish, caution, self)
        self.on_publish.offer_in((self.messages.messages.view, self.messages.packets.view))
        self.automation = AutomationCommands(
            self._services.automation, self.bridge, self.messages, self.publishing, caution, self
        )
        self.messages.set_colour_source(self.subscriptions.colour_for_topic)

    def _build_frame(self) -> None:
        top = QWidget(self)
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.filtering.bar)
        column.addWidget(self.notice)
        column.addWidget(self.recovery.notice)
        column.addWidget(self.on_messages.exporting.notice)
        self.setMenuWidget(top)
        self.docking = Docking(self.messages, self)
        self.docking.add_pane("Subscriptions", self.subscriptions, self.subscriptions.header, LEFT)
        self.docking.add_pane("Topics", self.topics, self.topics.header, LEFT)
        self.docking.add_pane("Inspector", self.inspector, self.inspector.header, RIGHT)
        self.docking.add_pane("Publish", self.publish, self.publish.header, BOTTOM)
        self._stack = QStackedWidget(self)
        self._stack.setContentsMargins(GRID, GRID, GRID, GRID)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.docking)
        self._stack.currentChanged.connect(self._on_page_changed)
        self._on_page_changed()
        self.setCentralWidget(self._stack)
        status = QStatusBar(self)
        status.setSizeGripEnabled(False)
        status.addWidget(self.ledger, 1)
        self.setStatusBar(status)

    # Connect

    def _connect_bridge(self) -> None:
        self.bridge.state_changed.connect(self._on_state_changed)
        self.bridge.log_replaced.connect(self._on_log_replaced)
        self.bridge.disk_failed.connect(partial(self._tell, "warning"))
        self.files.told.connect(self._tell)
        self.on_messages.told.connect(self._tell)
        self.broker_status.told.connect(self._tell)
        self.closed.connect(self.on_messages.close)
        self.recovery.recover_requested.connect(self._on_recover_requested)
        self.files.recording_changed.connect(self._on_recording_changed)

    def _connect_bar(self) -> None:
        bar, connecting, welcome = self.bar, self.connecting, self.welcome
        connecting.connect_wanted.connect(self.connect_to)
        connecting.told.connect(self._tell)
        self.watching.told.connect(self._tell)
        self.importing.told.connect(self._tell)
        self.importing.told.connect(connecting.editing.tell)
        self.importing.imported.connect(connecting.take_imported)
        bar.import_requested.connect(self.importing.import_connections)
        bar.doctor_requested.connect(self.examining.examine_current)
        self.examining.told.connect(self._tell)
        connecting.editing.doctor_requested.connect(self.examining.examine)
        connecting.editing.import_requested.connect(self.importing.import_connections)
        connecting.editing.export_requested.connect(self.importing.export_profiles)
        self.examining.offer_taken.connect(self.watching.offers.take_for)
        bar.disconnect_requested.connect(self.bridge.disconnect_from)
        bar.retry_requested.connect(self.bridge.retry_now)
        bar.record_toggled.connect(self._on_record_toggled)
        bar.freeze_toggled.connect(self._on_freeze_toggled)
        bar.theme_chosen.connect(self.commands.choose_theme)
        bar.about_requested.connect(self.commands.show_about)
        welcome.demo_requested.connect(connecting.start_demo)
        welcome.connect_requested.connect(connecting.connect_address)
        welcome.form_requested.connect(connecting.new_connection)
        welcome.open_requested.connect(self._on_open)
        welcome.import_requested.connect(self.importing.import_connections)

    def _connect_panes(self) -> None:
        self.messages.publish_requested.connect(self._on_publish_to)
        self.subscriptions.subscriptions_changed.connect(self.messages.renew_colours)
        self.subscriptions.hidden_topics_changed.connect(self.messages.set_hidden_topics)
        self.names.told.connect(self._tell)
        self.names.tell_problem()
        self.topics.filter_requested.connect(self.messages.set_topic_filter)
        self.inspector.narrowed.connect(self.filtering.narrow)
        self.filtering.told.connect(self._tell)
        self.time_travel.topic_chosen.connect(self.messages.set_topic_filter)
        self.topics.subscribe_requested.connect(self.subscriptions.add)
        self.topics.publish_requested.connect(self._on_publish_to)
        self.connecting.begun.connect(self.publishing.set_profile)
        self.on_publish.told.connect(self._tell)
        self.automation.told.connect(self._tell)
        self.automation.pane_wanted.connect(partial(self._stack.setCurrentWidget, self.docking))
        self.on_publish.pane_wanted.connect(
            partial(self._go_to, self.publish, self.publish.editor.focus_field)
        )
        self.on_topics.topics_wanted.connect(
            partial(self._go_to, self.topics, self.topics.view.setFocus)
        )

    def _connect_commands(self) -> None:
        slots: dict[str, Callable[[], object]] = {
            "new_window": self._services.open_window,
            "open": self._on_open,
            "save": self.files.ask_to_save,
            "clear": self.bridge.clear,
            "connect": self._on_connect,
            "disconnect": self.bridge.disconnect_from,
            "new_connection": self.connecting.new_connection,
            "edit_connection": self.connecting.edit_connection,
            "delete_connection": self.connecting.delete_connection,
            "import_connections": self.importing.import_connections,
            "export_connections": self.importing.export_connections,
            "doctor": self.examining.examine_current,
            "retained": self.retaining.show,
            "session_lab": self.lab.show,
            "connection_details": self.watching.show_card,
            "demo": self.connecting.start_demo,
            "name_levels": self.names.edit,
            "chart": partial(self._go_to, self.inspector, self.inspector.ask_what_to_chart),
            "filter": self._on_filter,
            "show_all": self.messages.filter.clear,
            "colour_rules": self.filtering.edit_rules,
            "filter_help": self.filtering.show_help,
            "subscribe": partial(self._go_to, self.subscriptions, self.subscriptions.focus_add),
            "find_topic": partial(self._go_to, self.topics, self.topics.focus_search),
            "publish": partial(self._go_to, self.publish, self.publish.topic_edit.setFocus),
            "publish_history": self.on_publish.show_history,
            "templates": self.on_publish.templates.show,
            "publish_help": self.on_publish.show_help,
        }
        for name, slot in slots.items():
            self.commands.connect_command(name, slot)
        self.automation.connect_commands(self.commands)
        self.commands.add(self.docking.pane_actions())
        self.commands["record"].toggled.connect(self._on_record_toggled)
        self.commands["freeze"].toggled.connect(self._on_freeze_toggled)
        self.commands["time_travel"].setChecked(self.time_travel.enabled)
        self.commands["time_travel"].toggled.connect(self.time_travel.set_enabled)

    # Slots

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        self.bar.set_state(state)
        self._show_title()

    @Slot()
    def _on_page_changed(self) -> None:
        self.filtering.bar.setVisible(self._stack.currentWidget() is self.docking)

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self.inspector.set_record(None)

    @Slot(object)
    def _on_publish_to(self, topic: bytes) -> None:
        self._go_to(self.publish, partial(self.publish.fill, topic.decode(errors="replace")))

    @Slot(bool)
    def _on_freeze_toggled(self, frozen: bool) -> None:
        self.messages.set_frozen(frozen)
        self.bar.set_frozen(frozen)
        self.commands["freeze"].setChecked(frozen)

    @Slot(bool)
    def _on_record_toggled(self, recording: bool) -> None:
        if recording != self.bridge.is_recording:
            self.files.record(recording)

    @Slot(bool, str)
    def _on_recording_changed(self, recording: bool, words: str) -> None:
        self.bar.set_recording(recording, words)
        self.commands["record"].setChecked(recording)

    @Slot()
    def _on_connect(self) -> None:
        self.connecting.connect_profile(self.bar.current_profile)

    @Slot()
    def _on_filter(self) -> None:
        self._stack.setCurrentWidget(self.docking)
        self.filtering.bar.focus()

    @Slot()
    def _on_open(self) -> None:
        path = self.files.ask_to_open()
        if path is not None:
            self.open_file(path)

    @Slot(object)
    def _on_recover_requested(self, capture: LeftCapture) -> None:
        begun = format_date_time(capture.begun_ns).rpartition(":")[0]
        self.open_file(capture.path, capture.load, f"Recovered capture of {begun}")

    @Slot(str, str)
    def _tell(self, tone: str, sentence: str) -> None:
        self.notice.tell(tone, sentence)
        if tone in {"good", "info"}:
            self._good_news.start()
        else:
            self._good_news.stop()

    # Qt overrides

    def closeEvent(self, event: QCloseEvent) -> None:
        """Complete all files, end the connection, and remember the window's shape."""
        if self._services.remembers_shape:
            save_shape(self, self.docking)
        # Saying goodbye to a broker that is stuck takes a second; nobody needs to watch that.
        self.hide()
        self.retaining.close()
        self.automation.close()
        self.bridge.close()
        self.recovery.close()
        self._services.filters.close()
        self.on_publish.close()
        super().closeEvent(event)
        self.closed.emit(self)

    # Private

    def _go_to(self, pane: QWidget, focus: Callable[[], object]) -> None:
        """Bring a pane in sight and put the cursor into it."""
        self._stack.setCurrentWidget(self.docking)
        self.docking.reveal(pane)
        focus()

    def _show_title(self) -> None:
        endpoint = self.bridge.state.endpoint
        self.setWindowTitle(f"{endpoint} — Topicscope" if endpoint else "Topicscope")

"""The bar on top: which broker, how the connection stands, what comes in, and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.icons import icon
from topicscope.gui.text import plain_tooltip
from topicscope.gui.widgets.buttons import icon_button, name_button, push_button
from topicscope.gui.widgets.connection.menus import ProfileMenu, SettingsMenu
from topicscope.gui.widgets.connection.notice import ConnectionNotice
from topicscope.gui.widgets.connection.status import ConnectionStatus
from topicscope.gui.widgets.connection.traffic import TrafficMeter
from topicscope.gui.widgets.fields.field_button import FieldButton
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_kind, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from topicscope.profiles.profile import Profile

BAR_HEIGHT = 45
PROFILE_WIDTH = 200
NARROW_PROFILE_WIDTH = 168
ACTION_WIDTH = 112
COMPACT_BELOW = 1400
STRIP_HEIGHT = 3
MARK_HEIGHT = 24

_KINDS: Final = {
    "public": ("PUBLIC", "warning", "Strangers are on this broker: they see what you publish."),
    "production": (
        "PRODUCTION",
        "error",
        "People rely on this broker: what you publish is acted on.",
    ),
}


class ConnectionBar(QWidget):
    """Profile, connect button, state, traffic, record and freeze; a notice below when it failed."""

    connect_requested = Signal(object)
    """The Profile to connect to, or None when none is chosen yet."""
    disconnect_requested = Signal()
    """End the connection, or the attempt at it."""
    retry_requested = Signal()
    profile_selected = Signal(object)
    profile_shown = Signal(object)
    """The Profile that the bar shows now, or None."""
    edit_requested = Signal()
    login_requested = Signal()
    """Another password or token is to be given."""
    offer_taken = Signal(object)
    """The `Offer` of the failure that is shown."""
    doctor_requested = Signal()
    """The way to the broker is to be examined."""
    import_requested = Signal()
    details_requested = Signal()
    """What is known of the connection is to be shown."""
    delete_requested = Signal()
    new_requested = Signal()
    demo_requested = Signal()
    record_toggled = Signal(bool)
    freeze_toggled = Signal(bool)
    theme_chosen = Signal(str)
    about_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connection-bar")
        self._profiles: list[Profile] = []
        self._current: Profile | None = None
        self._state = ConnectionState()
        self.profile_menu = ProfileMenu(self)
        self.settings_menu = SettingsMenu(self)
        self._make_parts()
        self._lay_out()
        self._connect_parts()
        self._show_profile()
        self.set_state(self._state)

    # Properties

    @property
    def current_profile(self) -> Profile | None:
        """The chosen profile."""
        return self._current

    # Public methods

    def set_profiles(self, profiles: Sequence[Profile]) -> None:
        """Offer these profiles; the chosen one stays chosen if it is still among them by name."""
        self._profiles = list(profiles)
        names = {profile.name: profile for profile in self._profiles}
        if self._current is not None and self._current.name in names:
            self._current = names[self._current.name]
        elif self._current is None and self._profiles:
            self._current = self._profiles[0]
        self._show_profile()

    def set_current(self, profile: Profile | None) -> None:
        """Choose a profile; it need not be among the stored ones."""
        self._current = profile
        self._show_profile()

    def set_state(self, state: ConnectionState) -> None:
        """Show how the connection stands."""
        self._state = state
        self.status.set_state(state)
        self._show_action()
        self._make_room()
        self.notice.show_state(state, self._current)
        role = "good" if state.phase == Phase.CONNECTED else "dim"
        self.profile_button.setIcon(icon("server", role))

    def set_traffic(self, messages_per_s: float, messages: int, bytes_held: int) -> None:
        """Show the rate of now and what the capture holds; call it a few times a second at most."""
        self.traffic.set_traffic(messages_per_s, messages, bytes_held)

    def set_recording(self, recording: bool, explanation: str = "") -> None:
        """Show whether a recording runs, without asking for one."""
        with QSignalBlocker(self.record_button):
            self.record_button.setChecked(recording)
        self._show_recording(explanation)
        self._make_room()

    def set_frozen(self, frozen: bool) -> None:
        """Show whether the tables stand still, without asking for it."""
        with QSignalBlocker(self.freeze_button):
            self.freeze_button.setChecked(frozen)
        self._show_freezing()
        self._make_room()

    # Slots

    @Slot()
    def _on_action_clicked(self) -> None:
        if self._state.phase == Phase.OFFLINE:
            self.connect_requested.emit(self._current)
        else:
            self.disconnect_requested.emit()

    @Slot(object)
    def _on_profile_chosen(self, profile: Profile) -> None:
        self.set_current(profile)
        self.profile_selected.emit(profile)

    @Slot(bool)
    def _on_record_toggled(self, recording: bool) -> None:
        self._show_recording("")
        self.record_toggled.emit(recording)

    @Slot(bool)
    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._show_freezing()
        self.freeze_toggled.emit(frozen)

    @Slot()
    def _make_room(self) -> None:
        """Let totals go where the state of the connection has more to say; the foot of the window has them, too."""
        self.traffic.set_brief(False)
        needed = self._row.minimumSize().width() - self.status.minimumSizeHint().width()
        self.traffic.set_brief(needed + self.status.wanted_width() > self.width())

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        compact = self.width() < COMPACT_BELOW
        self.traffic.set_compact(compact)
        self.profile_button.setFixedWidth(NARROW_PROFILE_WIDTH if compact else PROFILE_WIDTH)
        self._make_room()

    # Private helpers

    def _show_profile(self) -> None:
        self._show_kind()
        self.profile_menu.set_profiles(self._profiles, self._current)
        if self._current is None:
            self.profile_button.set_full_text("Choose a broker", "")
        else:
            name, url = self._current.label, self._current.url
            # Without a name of its own it has its address; with the scheme the host would not fit.
            brief = name.partition("://")[2] if name.startswith(url) else ""
            self.profile_button.set_full_text(name, url, brief)
        self._make_room()
        self.profile_shown.emit(self._current)

    def _show_kind(self) -> None:
        kind = self._current.kind if self._current is not None else "development"
        word, tone, meaning = _KINDS.get(kind, ("", "", ""))
        self.kind_label.setText(word)
        self.kind_label.setToolTip(plain_tooltip(meaning))
        self.kind_label.setVisible(bool(word))
        set_tone(self.kind_label, tone)
        # Production has a frame round the whole window.
        self._strip.setVisible(kind == "public")
        set_tone(self._strip, tone)

    def _show_action(self) -> None:
        text, picture, kind = {
            Phase.OFFLINE: ("Connect", "plug", "primary"),
            Phase.CONNECTED: ("Disconnect", "unplug", ""),
        }.get(self._state.phase, ("Cancel", "x", ""))
        self.action_button.setText(text)
        self.action_button.setIcon(icon(picture, "accent_text" if kind else "text"))
        set_kind(self.action_button, kind)
        self.retry_button.setVisible(self._state.phase == Phase.WAITING)

    def _show_recording(self, explanation: str) -> None:
        recording = self.record_button.isChecked()
        self.record_button.setText("Recording" if recording else "Record")
        hint = "Stop recording" if recording else "Record what comes and goes to a file"
        name_button(self.record_button, f"{hint}\n{explanation}" if explanation else hint)

    def _show_freezing(self) -> None:
        self.freeze_button.setText("Frozen" if self.freeze_button.isChecked() else "Freeze")

    def _make_parts(self) -> None:
        self.profile_button = FieldButton()
        self.profile_button.setFixedWidth(PROFILE_WIDTH)
        self.profile_button.setMenu(self.profile_menu)
        self.kind_label = label()
        set_kind(self.kind_label, "mark")
        self.kind_label.setFixedHeight(MARK_HEIGHT)
        self._strip = QFrame()
        set_kind(self._strip, "strip")
        self._strip.setFixedHeight(STRIP_HEIGHT)
        self.action_button = push_button("Connect", "plug", kind="primary")
        self.action_button.setFixedWidth(ACTION_WIDTH)
        self.retry_button = push_button("Retry now", "rotate-cw")
        self.status = ConnectionStatus()
        self.traffic = TrafficMeter()
        self.record_button = push_button("Record", "circle-dot", kind="record", role="error")
        self.record_button.setCheckable(True)
        self.freeze_button = push_button("Freeze", "snowflake")
        self.freeze_button.setCheckable(True)
        name_button(self.freeze_button, "Let the tables stand still; the capture goes on")
        self.settings_button = icon_button("settings", "Theme and settings")
        self.settings_button.setMenu(self.settings_menu)
        self.settings_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.notice = ConnectionNotice()
        self._show_recording("")

    def _lay_out(self) -> None:
        bar = QFrame()
        set_kind(bar, "bar")
        bar.setFixedHeight(BAR_HEIGHT)
        self._row = row = QHBoxLayout(bar)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.profile_button)
        row.addWidget(self.kind_label)
        row.addWidget(self.action_button)
        row.addWidget(self.retry_button)
        row.addSpacing(4)
        row.addWidget(self.status, 1)
        row.addWidget(self.traffic)
        row.addWidget(self.record_button)
        row.addWidget(self.freeze_button)
        row.addWidget(self.settings_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._strip)
        column.addWidget(bar)
        column.addWidget(self.notice)

    def _connect_parts(self) -> None:
        self.action_button.clicked.connect(self._on_action_clicked)
        self.retry_button.clicked.connect(self.retry_requested)
        self.record_button.toggled.connect(self._on_record_toggled)
        self.freeze_button.toggled.connect(self._on_freeze_toggled)
        self.notice.edit_requested.connect(self.edit_requested)
        self.notice.login_requested.connect(self.login_requested)
        self.notice.offer_taken.connect(self.offer_taken)
        self.notice.doctor_requested.connect(self.doctor_requested)
        self.status.clicked.connect(self.details_requested)
        self.status.wanted_width_changed.connect(self._make_room)
        self.profile_menu.profile_chosen.connect(self._on_profile_chosen)
        self.profile_menu.new_requested.connect(self.new_requested)
        self.profile_menu.edit_requested.connect(self.edit_requested)
        self.profile_menu.delete_requested.connect(self.delete_requested)
        self.profile_menu.doctor_requested.connect(self.doctor_requested)
        self.profile_menu.import_requested.connect(self.import_requested)
        self.profile_menu.demo_requested.connect(self.demo_requested)
        self.settings_menu.theme_chosen.connect(self.theme_chosen)
        self.settings_menu.about_requested.connect(self.about_requested)

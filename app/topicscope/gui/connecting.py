"""How a person gets to a connection: choose, make and edit profiles, or start the demo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.dialogs.profile_dialog import ProfileDialog, unused_name
from topicscope.gui.dialogs.question import Question
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.payload.text import escape
from topicscope.profiles.store import StoreError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.gui.panes.connection_bar import ConnectionBar
    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile


class Connecting(QObject):
    """Turns wishes of the connection bar into a profile to connect to."""

    connect_wanted = Signal(object, object)
    """A Profile to connect to now, and its password or None."""
    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(self, services: Services, bar: ConnectionBar, window: QWidget) -> None:
        super().__init__(window)
        self._services = services
        self._bar = bar
        self._window = window
        bar.connect_requested.connect(self.connect_profile)
        bar.new_requested.connect(self.new_connection)
        bar.edit_requested.connect(self.edit_connection)
        bar.delete_requested.connect(self.delete_connection)
        bar.demo_requested.connect(self.start_demo)

    @Slot()
    def refresh_profiles(self) -> None:
        """Read the stored profiles again; one that cannot be read is told, and hides no other."""
        stored = self._services.store.list()
        self._bar.set_profiles(stored.profiles)
        if stored.problems:
            self.told.emit("error", " ".join(str(problem) for problem in stored.problems))

    @Slot(object)
    def connect_profile(self, profile: Profile | None) -> None:
        """Connect to the profile chosen in the bar; with none, ask for one."""
        if profile is None:
            self.new_connection()
        else:
            self.connect_wanted.emit(profile, self._services.passwords.get(profile.name))

    @Slot()
    def new_connection(self) -> None:
        """Open an empty form."""
        self._open(ProfileDialog(taken_names=self._names(), parent=self._window))

    @Slot()
    def edit_connection(self) -> None:
        """Open the form of the chosen profile."""
        profile = self._bar.current_profile
        if profile is None:
            self.new_connection()
            return
        password = self._services.passwords.get(profile.name)
        self._open(ProfileDialog(profile, password, self._names(), self._window))

    @Slot()
    def delete_connection(self) -> None:
        """Ask once, then delete the chosen profile and what was typed in as its password."""
        profile = self._bar.current_profile
        if profile is None or profile.name not in self._names():
            self.told.emit("warning", "The chosen connection is not stored: nothing to delete.")
            return
        question = Question(
            f"Delete “{escape(profile.name)}”?",
            "Its settings cannot be had back. A connection that is open stays open.",
            "Delete",
            "Keep it",
            self._window,
        )
        question.accepted.connect(partial(self._delete, profile.name))
        question.open()

    @Slot()
    def start_demo(self) -> None:
        """Start the demo broker off the window's thread, and connect to it."""
        spawn(self._start_demo(), "start-demo")

    @Slot(object, object)
    def connect_address(self, profile: Profile, password: str | None) -> None:
        """Connect to an address that was pasted; it is a profile of its own from then on."""
        named = self._known_or_named(profile)
        if password is None:
            password = self._services.passwords.get(named.name)
        self._save(named, password, "")
        self.connect_wanted.emit(named, password)

    def _known_or_named(self, address: Profile) -> Profile:
        """Return the stored profile for an address, else the address under a name of its own."""
        stored = self._services.store.list().profiles
        for profile in stored:
            if (profile.url, profile.path, profile.username) == (
                address.url,
                address.path,
                address.username,
            ):
                return profile
        return msgspec.structs.replace(
            address, name=unused_name(address.url, [profile.name for profile in stored])
        )

    def _names(self) -> list[str]:
        return [profile.name for profile in self._services.store.list().profiles]

    def _open(self, dialog: ProfileDialog) -> None:
        dialog.saved.connect(self._on_saved)
        dialog.connect_requested.connect(self.connect_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object, object)
    def _on_saved(self, profile: Profile, password: str | None) -> None:
        dialog = self.sender()
        before = dialog.original_name if isinstance(dialog, ProfileDialog) else ""
        self._save(profile, password, before)

    def _save(self, profile: Profile, password: str | None, before: str) -> None:
        store, passwords = self._services.store, self._services.passwords
        passwords.pop(before, None)
        passwords.pop(profile.name, None)
        if password is not None:
            passwords[profile.name] = password
        try:
            store.save(profile)
            if before and before != profile.name:
                store.delete(before)
        except StoreError as error:
            self.told.emit("error", str(error))
        self.refresh_profiles()
        self._bar.set_current(profile)

    def _delete(self, name: str) -> None:
        self._services.passwords.pop(name, None)
        try:
            self._services.store.delete(name)
        except StoreError as error:
            self.told.emit("error", str(error))
            return
        self._bar.set_current(None)
        self.refresh_profiles()
        self.told.emit("good", f"“{escape(name)}” was deleted.")

    async def _start_demo(self) -> None:
        try:
            profile = await in_worker_for(self, self._services.start_demo)
        except OSError as error:
            self.told.emit("error", f"The demo broker could not start: {error}.")
            return
        self.connect_wanted.emit(profile, None)

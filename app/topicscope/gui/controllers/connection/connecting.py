"""How a person gets to a connection: choose, make and edit profiles, give their secrets, or start the demo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import Phase
from topicscope.gui.controllers.connection.logging_in import LoggingIn
from topicscope.gui.controllers.connection.profile_editing import ProfileEditing
from topicscope.gui.controllers.connection.profile_library import ProfileLibrary, known_or_named
from topicscope.gui.errands import Errands
from topicscope.gui.tasks import await_for, in_worker_for, spawn
from topicscope.profiles.secrets import take_secrets

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.panes.connection_bar import ConnectionBar
    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile


class Connecting(QObject):
    """Turns wishes of the connection bar into a profile and secrets to connect with.

    What has to wait for a disk or a key store is done as errands, one after the other, in the order of the wishes.
    """

    connect_wanted = Signal(object, object)
    """A Profile to connect to now, and its secrets (see `profiles.secrets`)."""
    told = Signal(str, str)
    """Tone and a sentence."""
    begun = Signal(object)
    """The Profile that is connected to from now on."""

    def __init__(
        self, services: Services, bar: ConnectionBar, bridge: ConnectionBridge, window: QWidget
    ) -> None:
        super().__init__(window)
        self._services = services
        self._bar = bar
        self._bridge = bridge
        self._errands = Errands("connecting")
        self._active: Profile | None = None
        self._active_secrets: dict[str, str] = {}
        self._saved: tuple[Profile, Profile] | None = None
        self._stored: list[Profile] = []
        self._refresh_waits = False
        self.library = ProfileLibrary(services, self)
        self.library.told.connect(self.told)
        self.editing = ProfileEditing(services.secrets, window)
        self.library.told.connect(self.editing.tell)
        self.editing.saved.connect(self._on_saved)
        self.editing.connect_requested.connect(partial(self._errands.add, self._connect))
        self.editing.deleted.connect(partial(self._errands.add, self._delete))
        self.editing.moved.connect(partial(self._errands.add, self._move))
        self._login = LoggingIn(services.secrets, self.library, self._errands, window)
        self._login.answered.connect(self.connect_wanted)
        self._login.profile_changed.connect(self.refresh_profiles)
        bar.connect_requested.connect(self.connect_profile)
        bar.new_requested.connect(self.new_connection)
        bar.edit_requested.connect(self.edit_connection)
        bar.delete_requested.connect(self.delete_connection)
        bar.demo_requested.connect(self.start_demo)
        bar.login_requested.connect(self.log_in)

    # Properties

    @property
    def active(self) -> Profile | None:
        """The profile that was last connected to, whatever the bar has chosen since."""
        return self._active

    @property
    def active_secrets(self) -> dict[str, str]:
        """The secrets that it was connected to with."""
        return dict(self._active_secrets)

    @property
    def is_busy(self) -> bool:
        """Whether a wish is still being done, or profiles are being read."""
        return self._errands.is_working

    # Methods

    def begin(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Connect as `profile` says."""
        self._active, self._active_secrets = profile, dict(secrets)
        self._bar.set_current(profile)
        self.begun.emit(profile)
        self._bridge.connect_to(profile, secrets)

    def connect_given(
        self, profile: Profile, secrets: Mapping[str, str], *, asks: bool = True
    ) -> None:
        """Connect with secrets that came with the profile; ask for those that are missing unless told not to."""
        if secrets:
            self._services.secrets.remember(profile, secrets)
        self._errands.add(partial(self._connect, profile, dict(secrets) or None, asks=asks))

    def change(
        self, before: Profile, after: Profile, secrets: Mapping[str, str] | None = None
    ) -> None:
        """Store a change of a profile, if the profile is stored at all, and connect with it."""
        self._errands.add(self._change, before, after, secrets)

    # Slots

    @Slot()
    def refresh_profiles(self) -> None:
        """Read the stored profiles again; one that cannot be read is told, and hides no other."""
        if not self._refresh_waits:
            self._refresh_waits = True
            self._errands.add(partial(self._refresh, wished=True))

    @Slot(object)
    def connect_profile(self, profile: Profile | None) -> None:
        """Connect to the profile chosen in the bar; with none, ask for one."""
        if profile is None:
            self.new_connection()
        else:
            self._errands.add(self._connect, profile)

    @Slot()
    def new_connection(self) -> None:
        """Offer what a new profile can begin with."""
        self.editing.new(self._stored)
        self.refresh_profiles()

    @Slot()
    def edit_connection(self) -> None:
        """Open the form of the chosen profile."""
        self.editing.edit(self._bar.current_profile, self._stored)
        self.refresh_profiles()

    @Slot()
    def delete_connection(self) -> None:
        """Ask once, then delete the chosen profile and its secrets."""
        profile = self._bar.current_profile
        if profile is None or profile.name not in {one.name for one in self._stored}:
            self.told.emit("warning", "The chosen connection is not stored: nothing to delete.")
        else:
            self.editing.delete(profile)

    @Slot(object)
    def take_imported(self, profiles: Sequence[Profile]) -> None:
        """Show the profiles that were imported; the first is chosen, and none is connected to."""
        if self._bridge.state.phase is Phase.OFFLINE:
            self._bar.set_current(profiles[0])
        self.refresh_profiles()

    @Slot()
    def start_demo(self) -> None:
        """Start the demo broker off the window's thread, and connect to it."""
        spawn(self._start_demo(), "start-demo")

    @Slot(object, object)
    def connect_address(self, profile: Profile, password: str | None) -> None:
        """Connect to an address that was pasted; it is a profile of its own from then on."""
        self._errands.add(partial(self._connect_address, profile, password))

    @Slot()
    def log_in(self) -> None:
        """Ask for the secrets of the connection that was refused, with what was typed before in their fields."""
        if self._active is not None:
            state = self._bridge.state
            self._errands.add(
                self._login.ask_again, self._active, self.active_secrets, state.text, state.reason
            )

    @Slot(object, object, object)
    def _on_saved(
        self, before: Profile | None, profile: Profile, secrets: Mapping[str, str] | None
    ) -> None:
        # At once, not as an errand: the window may be closed before its turn comes.
        self._errands.add(
            self._show_saved, profile, self.library.begin_save(profile, before, secrets)
        )

    # Errands

    async def _refresh(self, *, wished: bool = False) -> None:
        if wished:
            self._refresh_waits = False
        stored = await self.library.list()
        if self._errands.has_waiting:
            # What waits may change them, and a form that shows the change already is not to lose it.
            self.refresh_profiles()
            return
        self._stored = stored.profiles
        self._bar.set_profiles(stored.profiles)
        self.editing.show_profiles(stored.profiles)
        if stored.problems:
            self.told.emit("error", " ".join(str(problem) for problem in stored.problems))

    async def _connect(
        self, profile: Profile, secrets: Mapping[str, str] | None = None, *, asks: bool = True
    ) -> None:
        if self._saved is not None and profile == self._saved[0]:
            profile = self._saved[1]
        if secrets is None:
            secrets = await await_for(self, self._services.secrets.read(profile))
        missing = await self._login.missing(profile, secrets)
        if missing and asks:
            await self._login.ask(profile, missing, secrets)
        else:
            self.connect_wanted.emit(profile, secrets)

    async def _connect_address(self, address: Profile, password: str | None) -> None:
        clean, found = take_secrets(address, password)
        stored = (await self.library.list()).profiles
        named = known_or_named(clean, stored)
        before = next((one for one in stored if one.name == named.name), None)
        read = self._services.secrets.read
        known = {} if before is None else await await_for(self, read(before))
        if named != before or found:
            saving = self.library.begin_save(named, before, {**known, **found})
            await self._show_saved(named, saving)
        await self._connect(named)

    async def _change(
        self, before: Profile, after: Profile, secrets: Mapping[str, str] | None
    ) -> None:
        if any(one.name == before.name for one in (await self.library.list()).profiles):
            await self._show_saved(after, self.library.begin_save(after, before, None))
        await self._connect(after, secrets)

    async def _show_saved(self, profile: Profile, saving: asyncio.Task[Profile]) -> None:
        stored = await self.library.saved(saving)
        self._saved = (profile, stored)
        self._bar.set_current(stored)
        await self._refresh()

    async def _delete(self, profile: Profile) -> None:
        if not await self.library.delete(profile):
            return
        current = self._bar.current_profile
        is_current = current is not None and current.name == profile.name
        # A connection that is open stays open, and the bar says to whom.
        if is_current and self._bridge.state.phase is Phase.OFFLINE:
            self._bar.set_current(None)
        await self._refresh()

    async def _move(self, profiles: list[Profile]) -> None:
        await self.library.move(profiles)
        await self._refresh()

    async def _start_demo(self) -> None:
        try:
            profile = await in_worker_for(self, self._services.start_demo)
        except OSError as error:
            self.told.emit("error", f"The demo broker could not start: {error}.")
            return
        self.connect_wanted.emit(profile, {})

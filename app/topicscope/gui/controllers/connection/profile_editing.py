"""The form in which profiles are made, changed, ordered and deleted, and what it has to be told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

from topicscope.gui.dialogs.question import Question
from topicscope.gui.tasks import spawn
from topicscope.payload.text import escape
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
    from topicscope.gui.secrets import SecretKeeper
    from topicscope.profiles.profile import Profile


class ProfileEditing(QObject):
    """Opens the form, fetches secrets for it, and tells what somebody wants done with a profile."""

    saved = Signal(object, object, object)
    """A Profile as it was or None, as it is to be, and its secrets, None to keep those that it has."""
    connect_requested = Signal(object, object)
    """A Profile, which was saved right before, and its secrets or None."""
    deleted = Signal(object)
    """A Profile."""
    moved = Signal(object)
    """Profiles whose place in the list is another now."""
    doctor_requested = Signal(object, object)
    """A Profile as it is in the form, and its secrets."""
    import_requested = Signal()
    export_requested = Signal(object)
    """Profiles."""

    def __init__(self, keeper: SecretKeeper, window: QWidget) -> None:
        super().__init__(window)
        self._keeper = keeper
        self._window = window
        self._dialog: ConnectionsDialog | None = None
        keeper.where_changed.connect(self._show_where)

    # Methods

    def new(self, profiles: Sequence[Profile]) -> None:
        """Offer what a new profile can begin with, beside those that are stored."""
        self._open(profiles).new_connection()

    def edit(self, profile: Profile | None, profiles: Sequence[Profile]) -> None:
        """Open the form of a profile; one that is not stored becomes a new one in it."""
        dialog = self._open(profiles)
        if profile is None:
            dialog.new_connection()
        elif any(one.name == profile.name for one in profiles):
            dialog.show_profile(profile)
        else:
            dialog.new_from(profile, self._keeper.known(profile))

    def delete(self, profile: Profile) -> None:
        """Ask once whether a profile is to be deleted."""
        question = Question(
            f"Delete “{escape(profile.name)}”?",
            "Its settings and its secrets cannot be had back. A connection that is open stays open.",
            "Delete",
            "Keep it",
            self._window,
        )
        question.accepted.connect(partial(self.deleted.emit, profile))
        question.open()

    def show_profiles(self, profiles: Sequence[Profile]) -> None:
        """Show the stored profiles as they are now, if the form is open."""
        if self._dialog is not None:
            self._dialog.set_profiles(profiles)

    def tell(self, tone: str, sentence: str) -> None:
        """Say how something went in the form, if it is open."""
        if self._dialog is not None:
            self._dialog.tell(tone, sentence)

    def change(self, before: Profile, after: Profile) -> bool:
        """Change what stands in the form as `before` became `after`; return whether the form is open."""
        dialog = self._dialog
        if dialog is None:
            return False
        known = msgspec.structs.asdict(before)
        fields = msgspec.structs.asdict(after).items()
        dialog.form.change(**{name: value for name, value in fields if value != known[name]})
        dialog.tell("good", "The form was changed as offered. Save and connect to try it.")
        dialog.parts.connect_button.setFocus()
        return True

    # Slots

    @Slot()
    def _on_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    @Slot(object)
    def _on_secrets_wanted(self, profile: Profile) -> None:
        spawn(self._read(profile, self._show_secrets), "read-secrets")

    @Slot(object, object)
    def _on_doctor_requested(self, profile: Profile, secrets: dict[str, str] | None) -> None:
        if secrets is None:
            spawn(self._read(profile, self.doctor_requested.emit), "read-secrets")
        else:
            self.doctor_requested.emit(profile, secrets)

    @Slot(bool)
    def _on_allow_file(self, allowed: bool) -> None:
        spawn(self._allow_file(allowed), "allow-secrets-file")

    @Slot()
    def _show_where(self) -> None:
        words = self._keeper.where()
        if self._dialog is not None and self._keeper.kept is not None:
            self._dialog.set_kept(self._keeper.kept, words)

    # Private

    def _open(self, profiles: Sequence[Profile]) -> ConnectionsDialog:
        # Its pages are many, and the start of the window need not wait for them.
        from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog

        if self._dialog is not None:
            return self._dialog
        self._dialog = dialog = ConnectionsDialog(profiles, self._window)
        dialog.saved.connect(self.saved)
        dialog.deleted.connect(self.deleted)
        dialog.moved.connect(self.moved)
        dialog.connect_requested.connect(self.connect_requested)
        dialog.doctor_requested.connect(self._on_doctor_requested)
        dialog.import_requested.connect(self.import_requested)
        dialog.export_requested.connect(self.export_requested)
        dialog.secrets_wanted.connect(self._on_secrets_wanted)
        dialog.allow_file_requested.connect(self._on_allow_file)
        dialog.finished.connect(self._on_finished)
        dialog.open()
        # The first profile was chosen before anybody could hear of it.
        for profile in dialog.list.current_profiles():
            self._on_secrets_wanted(profile)
        self._show_where()
        return dialog

    def _show_secrets(self, profile: Profile, secrets: dict[str, str]) -> None:
        if self._dialog is not None:
            self._dialog.set_secrets(profile.identifier, secrets)

    async def _read(
        self, profile: Profile, then: Callable[[Profile, dict[str, str]], object]
    ) -> None:
        secrets = await self._keeper.read(profile)
        if isValid(self):
            then(profile, secrets)

    async def _allow_file(self, allowed: bool) -> None:
        try:
            await self._keeper.allow_file(allowed)
        except StoreError as error:
            self.tell("error", str(error))
        self._show_where()

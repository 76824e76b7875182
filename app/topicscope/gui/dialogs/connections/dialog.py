"""The connections: the list of profiles on the left, the form of the chosen one on the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from topicscope.gui.dialogs.connections.editing import ConnectionsEditing
from topicscope.gui.dialogs.connections.layout import ConnectionsLayout
from topicscope.gui.dialogs.help import HelpKey
from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.connections.profile_tree import profile_key
from topicscope.payload.text import escape
from topicscope.profiles.store import unused_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.profiles.key_store import Kept
    from topicscope.profiles.presets import Preset
    from topicscope.profiles.profile import Profile

SIZE: Final = (940, 680)


class ConnectionsDialog(QDialog):
    """Lists, makes, edits, orders and deletes profiles; what is edited waits until it is saved.

    It reads and writes nothing by itself: it answers by its signals, and is told with `set_profiles` and
    `set_secrets`. Open it with `open()`.
    """

    saved = Signal(object, object, object)
    """The Profile as it was stored (None: a new one), the Profile to store, its secrets (None: leave those kept)."""
    deleted = Signal(object)
    """A stored Profile, after somebody was asked."""
    moved = Signal(object)
    """List of stored Profiles whose folder or position is another now."""
    connect_requested = Signal(object, object)
    """A Profile, saved when it was edited, and its secrets or None."""
    doctor_requested = Signal(object, object)
    """A Profile as it is in the form, and its secrets or None."""
    import_requested = Signal()
    export_requested = Signal(object)
    """List of Profiles."""
    secrets_wanted = Signal(object)
    """A stored Profile whose secrets are to be told with `set_secrets`."""
    allow_file_requested = Signal(bool)
    """Secrets are to be kept in a file that is not encrypted, or no longer."""

    def __init__(self, profiles: Sequence[Profile] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("connections")
        self.setWindowTitle("Connections")
        self.resize(*SIZE)
        self.parts = ConnectionsLayout(self)
        self.list, self.form, self.presets = self.parts.list, self.parts.form, self.parts.presets
        self._editing = ConnectionsEditing(self.parts, profiles, self)
        HelpKey("connecting", self)
        self._connect()
        self.set_profiles(profiles)
        # Nothing is chosen at first: that would ask the key store for secrets that nobody wants to see.
        self._editing.show("")
        # For the same reason the list does not get the focus: it would choose its first row.
        if profiles:
            self.list.search.setFocus()
        else:
            self.new_connection()

    # Methods

    def set_profiles(self, profiles: Sequence[Profile]) -> None:
        """Show the stored profiles as they are now; what is being edited and what is chosen stays."""
        self._editing.set_profiles(profiles)

    def set_secrets(self, identifier: str, secrets: dict[str, str]) -> None:
        """Take the secrets of a profile that were asked for; none when nothing is kept."""
        self._editing.set_secrets(identifier, secrets)

    def set_kept(self, kept: Kept, words: str = "") -> None:
        """Say where secrets are kept."""
        self.form.login.set_kept(kept, words)

    def show_profile(self, profile: Profile | None) -> None:
        """Choose a profile in the list; None chooses nothing."""
        self.list.choose(self._editing.drafts.key_of(profile) if profile is not None else "")

    def new_from(self, profile: Profile, secrets: dict[str, str] | None = None) -> None:
        """Begin a new connection with what is known of it."""
        self._editing.begin(profile, secrets or {})

    def tell(self, tone: str, sentence: str) -> None:
        """Say how something went, above the buttons."""
        self.parts.said.say(tone, sentence)

    def shown_words(self) -> str:
        """Return the sentence above the buttons."""
        return self.parts.said.text()

    def profile(self) -> Profile:
        """Return the profile as it is in the form, without secrets."""
        return self._editing.parted()[0]

    def problem(self) -> str:
        """Return the first thing that is wrong with what is in the form, or an empty text."""
        return self._editing.problem()

    # Slots

    @Slot()
    def new_connection(self) -> None:
        """Offer the presets."""
        self.presets.set_can_go_back(bool(self._editing.drafts.shown()))
        self.parts.show_presets()
        self.presets.begin()

    @Slot()
    def save(self) -> bool:
        """Save what was edited; tell what is wrong with it otherwise."""
        finished = self._editing.finish()
        if finished is None:
            return False
        self.tell("good", f"“{escape(finished.profile.name)}” is saved.")
        self.saved.emit(*finished)
        return True

    @Slot()
    def connect_now(self) -> None:
        """Save what was edited, and connect."""
        if self._editing.is_edited and not self.save():
            return
        draft = self._editing.draft
        if draft is not None and draft.before is not None and not self._editing.complain():
            secrets = self._editing.parted()[1]
            self.done(QDialog.DialogCode.Accepted)
            self.connect_requested.emit(draft.before, secrets)

    @Slot()
    def duplicate(self) -> None:
        """Begin a copy of the chosen profile, with its secrets."""
        if self._editing.draft is None:
            return
        profile, secrets = self._editing.parted()
        name = unused_name(profile.label, self._editing.drafts.names(""))
        self._editing.begin(msgspec.structs.replace(profile, name=name), secrets or {})
        self._on_rename()

    @Slot()
    def delete(self) -> None:
        """Ask, then delete the chosen profile; a new one that is not stored just goes."""
        draft = self._editing.draft
        if draft is None:
            return
        if draft.before is None:
            self._editing.forget(self._editing.key)
            self._editing.leave()
            return
        question = Question(
            f"Delete “{escape(draft.before.label)}”?",
            "Its settings and its secrets cannot be had back. A connection that is open stays open.",
            "Delete",
            "Keep it",
            self,
        )
        question.accepted.connect(partial(self._delete, draft.before))
        question.open()

    @Slot()
    def examine(self) -> None:
        """Ask for the connection doctor."""
        if self._editing.draft is not None:
            self.doctor_requested.emit(*self._editing.parted())

    @Slot()
    def reject(self) -> None:
        """Close; ask first when something was edited."""
        count = len(self._editing.drafts.keys)
        if not count:
            super().reject()
            return
        words = "One connection was" if count == 1 else f"{count} connections were"
        question = Question(
            "Close without saving?",
            f"{words} changed here and not saved.",
            "Discard the changes",
            "Go on editing",
            self,
        )
        question.accepted.connect(self._discard)
        question.open()

    @Slot()
    def _discard(self) -> None:
        super().reject()

    # What happens in the parts

    @Slot(object, str)
    def _on_preset_chosen(self, preset: Preset, address: str) -> None:
        chosen = self.list.current_profiles()
        folder = chosen[0].folder if chosen else ""
        profile = msgspec.structs.replace(preset.profile, folder=folder)
        self._editing.begin(profile, {}, preset if preset.key else None)
        self.form.go_to_field(preset.asks[0] if preset.asks else "host")
        if address:
            self.form.url_field.edit.setText(address)
            self.form.url_field.edit.setFocus()

    @Slot()
    def _on_presets_cancelled(self) -> None:
        self._editing.show(self._editing.key)
        self.list.focus()

    @Slot(object)
    def _on_moved(self, profiles: list[Profile]) -> None:
        told = self._editing.place(profiles)
        if told:
            self.moved.emit(told)

    @Slot()
    def _on_rename(self) -> None:
        self.form.go_to(self.form.general, self.form.general.rows["Name"])
        self.form.general.name.selectAll()

    @Slot()
    def _on_export(self) -> None:
        self.export_requested.emit(self.list.current_profiles() or self._editing.drafts.stored)

    # Private

    def _delete(self, profile: Profile) -> None:
        self._editing.forget(profile_key(profile))
        self._editing.drafts.remove_stored(profile)
        self._editing.leave()
        self.deleted.emit(profile)

    def _connect(self) -> None:
        parts, editing = self.parts, self._editing
        self.list.opened.connect(self.connect_now)
        self.list.delete_requested.connect(self.delete)
        self.list.rename_requested.connect(self._on_rename)
        self.list.model.moved.connect(self._on_moved)
        self.form.submitted.connect(self.connect_now)
        self.form.login.allow_file_requested.connect(self.allow_file_requested)
        self.presets.preset_chosen.connect(self._on_preset_chosen)
        self.presets.cancelled.connect(self._on_presets_cancelled)
        editing.secrets_wanted.connect(self.secrets_wanted)
        editing.emptied.connect(self.new_connection)
        for action, slot in (
            (parts.new_action, self.new_connection),
            (parts.duplicate_action, self.duplicate),
            (parts.delete_action, self.delete),
            (parts.import_action, self.import_requested),
            (parts.export_action, self._on_export),
            (parts.save_action, self.save),
            (parts.connect_action, self.connect_now),
        ):
            action.triggered.connect(slot)
        parts.doctor_button.clicked.connect(self.examine)
        parts.revert_button.clicked.connect(editing.revert)
        parts.close_button.clicked.connect(self.reject)

"""What is chosen in the connections dialog, and what becomes of it in the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.dialogs.connections.drafts import Draft, Drafts
from topicscope.gui.models.connections.profile_tree import profile_key
from topicscope.payload.text import escape
from topicscope.profiles.presets import still_to_fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.dialogs.connections.layout import ConnectionsLayout
    from topicscope.profiles.presets import Preset
    from topicscope.profiles.profile import Profile


class Finished(NamedTuple):
    """A profile as it was stored (None: a new one), as it is to be stored, and its secrets (None: unknown)."""

    before: Profile | None
    profile: Profile
    secrets: dict[str, str] | None


class ConnectionsEditing(QObject):
    """Shows the chosen profile in the form, keeps what is edited, and says what is wrong with it.

    Attributes:
        drafts: the stored profiles, and what is edited over them.
        key: key of the profile or folder that is chosen.

    """

    secrets_wanted = Signal(object)
    """A stored Profile whose secrets are not known here."""
    emptied = Signal()
    """The last connection has gone."""

    def __init__(
        self, parts: ConnectionsLayout, profiles: Sequence[Profile], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.drafts = Drafts(profiles)
        self.key = ""
        self._parts, self._form, self._list = parts, parts.form, parts.list
        self._secrets: dict[str, dict[str, str]] = {}
        self._complains = False
        self._clean: tuple[Profile, dict[str, str] | None] | None = None
        self._list.chosen.connect(self._on_chosen)
        self._form.changed.connect(self._on_edited)

    # Properties

    @property
    def draft(self) -> Draft | None:
        """What is chosen, when it is a profile."""
        return self.drafts.get(self.key)

    @property
    def is_edited(self) -> bool:
        """Whether what is chosen has changes that are not saved."""
        return self.key in self.drafts.keys

    # Methods

    def set_profiles(self, profiles: Sequence[Profile]) -> None:
        """Take the stored profiles as they are now; what is being edited and what is chosen stays."""
        draft = self.draft
        name = draft.before.name if draft is not None and draft.before is not None else ""
        self.drafts.set_stored(profiles)
        self._follow(name)
        self._refresh()

    def set_secrets(self, identifier: str, secrets: dict[str, str]) -> None:
        """Take the secrets of a profile."""
        key = f"profile {identifier}"
        self._secrets[key] = dict(secrets)
        if key == self.key:
            was_edited = self.is_edited
            self._form.show_secrets(secrets)
            self._on_edited() if was_edited else self._begin_clean()

    def begin(
        self, profile: Profile, secrets: dict[str, str], preset: Preset | None = None
    ) -> None:
        """Begin a new profile and show it."""
        key = self.drafts.begin(profile, secrets, preset)
        self._refresh()
        self._list.choose(key)
        self.show(key)

    def show(self, key: str) -> None:
        """Show what has this key in the form, a folder or nothing as words."""
        self.key, self._complains, self._clean = key, False, None
        draft = self.draft
        self._parts.show_draft(draft, self._list.current_profiles())
        if draft is None:
            self._parts.show_edited(is_edited=False, is_new=True)
            return
        if not draft.profile.identifier:
            self._secrets.setdefault(key, {})
        known = draft.secrets if draft.secrets is not None else self._secrets.get(key)
        self._form.show_profile(draft.profile, known)
        self._show_problem("")
        if not self.is_edited:
            self._begin_clean()
        self._refresh()
        if known is None:
            self.secrets_wanted.emit(draft.before)

    def parted(self) -> tuple[Profile, dict[str, str] | None]:
        """Return what is in the form, and its secrets; a new profile has no identifier."""
        profile, secrets = self._form.parted()
        draft = self.draft
        if draft is None or draft.before is None:
            profile = msgspec.structs.replace(profile, identifier="")
        return profile, secrets

    def problem(self) -> str:
        """Return the first thing that is wrong with what is in the form, or an empty text."""
        name = self._form.profile().name
        if name and name in self.drafts.names(self.key):
            return f"Name: another connection is called “{escape(name)}”."
        return self._form.problem()

    def complain(self) -> bool:
        """Say what is wrong and go there; return False when nothing is."""
        problem = self.problem()
        self._complains = bool(problem)
        self._show_problem(problem)
        self._form.go_to_problem(problem)
        return self._complains

    def finish(self) -> Finished | None:
        """Take what was edited as stored from now on and return it; None when something is wrong with it."""
        draft = self.draft
        if draft is None or self.complain():
            return None
        before, secrets = draft.before, self._form.parted()[1]
        profile = self.drafts.finished(self.key, self._edited(draft))
        self.forget(self.key)
        if before is None:
            self.key = profile_key(profile)
        if secrets is not None:
            self._secrets[self.key] = secrets
        self.drafts.put_stored(profile, before)
        self._refresh()
        self._list.choose(self.key)
        self.show(self.key)
        return Finished(before, profile, secrets)

    def forget(self, key: str) -> None:
        """Forget what is known and edited of a profile."""
        self.drafts.drop(key)
        self._secrets.pop(key, None)

    def leave(self) -> None:
        """Show another profile after the chosen one has gone."""
        self._refresh()
        if not self.drafts.shown():
            self.key = ""
            self.emptied.emit()
            return
        if not self._list.current_key():
            self._list.view.setCurrentIndex(self._list.first_profile())
        self.show(self._list.current_key())
        self._list.focus()

    def place(self, profiles: Sequence[Profile]) -> list[Profile]:
        """Take the new folders and positions of profiles, and return the stored ones as they are now."""
        stored = {profile_key(one): one for one in self.drafts.stored}
        told: list[Profile] = []
        for profile in profiles:
            key = profile_key(profile)
            place = {"folder": profile.folder, "position": profile.position}
            draft = self.drafts.get(key)
            if draft is not None and key in self.drafts.keys:
                draft.profile = msgspec.structs.replace(draft.profile, **place)
            if key in stored:
                told.append(msgspec.structs.replace(stored[key], **place))
                self.drafts.put_stored(told[-1], stored[key])
        if any(profile_key(profile) == self.key for profile in profiles):
            self.show(self.key)
        self._refresh()
        return told

    # Slots

    @Slot()
    def revert(self) -> None:
        """Show the chosen profile as it is stored."""
        draft = self.draft
        if draft is not None and draft.before is not None:
            self.drafts.drop(self.key)
            self.show(self.key)

    @Slot(str)
    def _on_chosen(self, key: str) -> None:
        if key != self.key and (key or self.draft is not None):
            self.show(key)

    @Slot()
    def _on_edited(self) -> None:
        draft = self.draft
        if draft is None:
            return
        if draft.before is not None and self._form.parted() == self._clean:
            self.drafts.drop(self.key)
        else:
            self.drafts.keep(self.key, self._edited(draft))
        self._parts.said.say("", "")
        self._show_problem(self.problem() if self._complains else self._typed_problem())
        self._refresh()

    # Private

    def _edited(self, draft: Draft) -> Draft:
        return Draft(draft.before, *self._form.parted(), draft.preset)

    def _follow(self, name: str) -> None:
        """Show what has become of the chosen profile: the store has given it a place and an identifier."""
        if self.is_edited:
            return
        if self.key not in self.drafts.stored_keys:
            same = [profile_key(one) for one in self.drafts.stored if name and one.name == name]
            if not same:
                return
            if self.key in self._secrets:
                self._secrets[same[0]] = self._secrets.pop(self.key)
            self.key = same[0]
        stored = self.draft
        if stored is not None and self._clean is not None and stored.profile != self._clean[0]:
            self._form.show_profile(stored.profile, self._secrets.get(self.key))
            self._begin_clean()

    def _begin_clean(self) -> None:
        self._clean = self._form.parted()

    def _refresh(self) -> None:
        self._list.set_profiles(self.drafts.shown())
        self._list.model.set_edited(self.drafts.keys)
        self._form.general.set_folders(self._list.model.folders())
        self._parts.show_next(self._still_to_fill())
        is_new = self.key not in self.drafts.stored_keys
        self._parts.show_edited(is_edited=self.is_edited, is_new=is_new)

    def _still_to_fill(self) -> tuple[str, ...]:
        draft = self.draft
        if draft is None or draft.preset is None:
            return ()
        has_secret = bool(self._form.login.secret.text())
        return still_to_fill(draft.preset, self._form.profile(), has_secret=has_secret)

    def _typed_problem(self) -> str:
        """Return what is wrong, if it is in a field that is being typed into."""
        problem = self.problem()
        row = next((row for page in self._form.pages if (row := page.row_of(problem))), None)
        field = self._form.window().focusWidget()
        is_typing = row is not None and field is not None and row.isAncestorOf(field)
        return problem if is_typing else ""

    def _show_problem(self, problem: str) -> None:
        self._form.show_problem(problem)
        if problem:
            self._parts.said.say("error", problem)
        elif self._parts.said.tone() == "error":
            self._parts.said.say("", "")

"""Connections that come from another tool or go to a file, from the window's side."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from topicscope.gui.tasks import await_for, in_worker, in_worker_for, spawn, to_the_end
from topicscope.gui.text import count_of
from topicscope.paths import config_dir
from topicscope.payload.text import escape
from topicscope.profiles.files import StoreError, write_atomically
from topicscope.profiles.store import ChangedElsewhereError, unused_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.services import Services
    from topicscope.profiles.importers.imported import ImportedProfile
    from topicscope.profiles.key_store import Kept
    from topicscope.profiles.profile import Profile
    from topicscope.profiles.store import ProfileStore

FILE_NAME: Final = "topicscope-connections.json"
_KEPT: Final = {
    "key store": "",
    "memory": " Their passwords are kept until Topicscope is closed: there is no key store here.",
    "file": " Their passwords are in a file that is not encrypted.",
}


class _Stored(NamedTuple):
    """What became of an import: profiles as they are stored, their secrets, and sentences on what failed."""

    profiles: list[tuple[Profile, dict[str, str]]]
    problems: list[str]


class Importing(QObject):
    """Opens the import, stores what was chosen in it, and writes exports; never on the window's thread."""

    told = Signal(str, str)
    """Tone and a sentence."""
    imported = Signal(object)
    """A list of Profile as they are stored now."""

    def __init__(self, services: Services, window: QWidget, *, folder: Path | None = None) -> None:
        """Prepare; `folder` is where certificates go that stood in an imported file."""
        super().__init__(window)
        self._services = services
        self._window = window
        self._opening = False
        self._folder = folder or config_dir() / "certificates"

    # Slots

    @Slot()
    def import_connections(self) -> None:
        """Ask for a file of another tool and for what is wanted of it."""
        self._begin_import(None)

    @Slot()
    def export_connections(self) -> None:
        """Export all stored connections."""
        spawn(self._export_all(), "export-connections")

    @Slot(object)
    def export_profiles(self, profiles: Sequence[Profile]) -> None:
        """Ask where to, and write these connections there without their secrets."""
        if not profiles:
            self.told.emit("warning", "There is no stored connection to export.")
            return
        title = f"Export {count_of(len(profiles), 'connection')} without secrets"
        dialog = QFileDialog(front_of(self._window), title)
        dialog.setObjectName("export-profiles")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Connections (*.json)")
        dialog.setDefaultSuffix("json")
        dialog.setDirectory(str(Path.home()))
        dialog.selectFile(FILE_NAME)
        chosen = list(profiles)
        dialog.fileSelected.connect(_Later(self, chosen, dialog).write)
        dialog.open()

    @Slot(object)
    def store(self, chosen: Sequence[ImportedProfile]) -> None:
        """Store imported profiles with their secrets; nothing that is stored is overwritten."""
        spawn(self._store(list(chosen)), "store-imported")

    # Methods

    def open_file(self, path: Path) -> None:
        """Show what is in a file of connections, and ask what is wanted of it."""
        self._begin_import(path)

    def write(self, profiles: Sequence[Profile], path: Path) -> None:
        """Write an export, in place of a file that is there."""
        spawn(self._write(list(profiles), path), "write-export")

    # Private

    def _begin_import(self, path: Path | None) -> None:
        if not self._opening:
            self._opening = True
            spawn(self._open_import(path), "open-import")

    async def _open_import(self, path: Path | None) -> None:
        try:
            stored = await in_worker_for(self, self._services.store.list)
            await await_for(self, self._services.secrets.find_where())
        finally:
            self._opening = False
        from topicscope.gui.dialogs.importing.dialog import ImportDialog

        dialog = ImportDialog(
            stored.profiles,
            front_of(self._window),
            folder=str(self._folder),
            secrets_words=f"Passwords: {_lower(self._services.secrets.where())}",
        )
        dialog.imported.connect(self.store)
        dialog.open()
        if path is not None:
            dialog.read(path)

    async def _store(self, chosen: list[ImportedProfile]) -> None:
        storing = to_the_end(self._store_with_secrets(chosen), "store-with-secrets")
        # When the window is closed meanwhile, what was chosen is stored all the same.
        stored, kept = await await_for(self, storing)
        problems = stored.problems
        if stored.profiles:
            self.imported.emit([profile for profile, _ in stored.profiles])
        if problems:
            self.told.emit("error", " ".join(problems[:5]))
        elif stored.profiles:
            count = count_of(len(stored.profiles), "connection")
            verb = "was" if len(stored.profiles) == 1 else "were"
            self.told.emit("good", f"{count} {verb} imported.{_KEPT[kept]}")

    async def _store_with_secrets(self, chosen: list[ImportedProfile]) -> tuple[_Stored, Kept]:
        stored = await in_worker(_store_all, self._services.store, self._folder, chosen)
        kept: Kept = "key store"
        for profile, taken in stored.profiles:
            if not taken:
                continue
            try:
                kept = await self._services.secrets.write(profile, taken)
            except StoreError as error:
                stored.problems.append(str(error))
        return stored, kept

    async def _export_all(self) -> None:
        stored = await in_worker_for(self, self._services.store.list)
        self.export_profiles(stored.profiles)

    async def _write(self, profiles: list[Profile], path: Path) -> None:
        try:
            await in_worker_for(self, _write_export, profiles, path)
        except OSError as error:
            reason = error.strerror or str(error)
            self.told.emit("error", f"The export was not written to {escape(str(path))}: {reason}.")
            return
        count = count_of(len(profiles), "connection")
        self.told.emit("good", f"{count} exported to {escape(str(path))}, without passwords.")


class _Later(QObject):
    """Writes an export when its file is chosen, and goes with the dialog that asks for it."""

    def __init__(self, owner: Importing, profiles: list[Profile], dialog: QObject) -> None:
        super().__init__(dialog)
        self._owner = owner
        self._profiles = profiles

    @Slot(str)
    def write(self, name: str) -> None:
        """Write to this file."""
        self._owner.write(self._profiles, Path(name))


def _store_all(store: ProfileStore, folder: Path, chosen: list[ImportedProfile]) -> _Stored:
    stored = _Stored([], [])
    names = {one.name for one in store.list().profiles}
    for one in chosen:
        name = unused_name(one.profile.name, names)
        names.add(name)
        try:
            stored.profiles.append((_store_one(store, folder, one, name), dict(one.secrets)))
        except StoreError as error:
            stored.problems.append(str(error))
        except OSError as error:
            reason = error.strerror or str(error)
            stored.problems.append(
                f"“{escape(name[:80])}” was not imported: its certificates cannot be written to {folder}: {reason}."
            )
    return stored


def _store_one(store: ProfileStore, folder: Path, one: ImportedProfile, name: str) -> Profile:
    from topicscope.profiles.importers.embedded import with_files

    written = with_files(one, folder).profile
    # With an identifier of its own it can never take the place of a profile that has the same name.
    profile = msgspec.structs.replace(written, name=name, identifier=secrets.token_hex(8))
    try:
        return store.save(profile)
    except ChangedElsewhereError as error:
        # Another window has taken the name in this moment; what was imported stands beside it.
        return error.stored
    except StoreError:
        for file in one.files:
            with contextlib.suppress(OSError):
                Path(getattr(written, file.field)).unlink()
        raise


def _write_export(profiles: list[Profile], path: Path) -> None:
    from topicscope.profiles.importers.own import export_profiles

    write_atomically(path, export_profiles(profiles))


def front_of(window: QWidget) -> QWidget:
    """Return the dialog that is in front of the window, or the window."""
    dialog = QApplication.activeModalWidget()
    return dialog if dialog is not None and window.isAncestorOf(dialog) else window


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]

"""Importing and exporting connections through the window."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QLineEdit

from topicscope.gui.controllers.connection.importing import Importing
from topicscope.gui.dialogs.importing.dialog import ImportDialog
from topicscope.profiles.importers.imported import EmbeddedFile, ImportedProfile
from topicscope.profiles.importers.importing import import_file
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from tests.helpers.window import Desk

FILES = Path(__file__).parents[1] / "data" / "importers"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of nobody else: nothing is found in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setattr(Path, "home", lambda: folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    return folder


def import_dialog(desk: Desk) -> ImportDialog:
    """Choose the command, and return the dialog that opens."""
    desk.window.commands["import_connections"].trigger()
    desk.wait(lambda: desk.window.findChild(ImportDialog), "the import")
    dialog = desk.modal()
    assert isinstance(dialog, ImportDialog)
    return dialog


def import_all(desk: Desk, path: Path) -> None:
    """Import what a file holds, as a person would."""
    dialog = import_dialog(desk)
    dialog.read(path)
    desk.wait(dialog.preview.isVisible, "the preview")
    desk.click(dialog.import_button.text())
    desk.wait(desk.window.notice.isVisible, "a notice")


def stored(desk: Desk) -> dict[str, Profile]:
    return {profile.name: profile for profile in desk.services.store.list().profiles}


def test_that_connections_are_stored_and_their_passwords_kept_apart(desk: Desk) -> None:
    path = FILES / "mqtt-explorer" / "settings-v1.json"
    import_all(desk, path)
    expected = import_file(path).profiles
    assert set(stored(desk)) == {one.profile.name for one in expected}
    secret = expected[0].secrets["secret"]
    assert any(secret in entry for entry in desk.key_store.entries.values())
    for file in (desk.folder / "profiles").glob("*"):
        assert secret not in file.read_text(encoding="utf-8")
    assert "imported" in desk.window.notice.sentence()


def test_that_passwords_are_kept_when_the_window_is_closed_right_after_the_import(
    desk: Desk,
) -> None:
    path = FILES / "mqtt-explorer" / "settings-v1.json"
    dialog = import_dialog(desk)
    dialog.read(path)
    desk.wait(dialog.preview.isVisible, "the preview")
    desk.click(dialog.import_button.text())
    desk.close_windows()
    secret = import_file(path).profiles[0].secrets["secret"]
    desk.wait(lambda: secret in str(desk.key_store.entries), "the password")


def test_that_certificates_are_written_for_their_user_alone(desk: Desk, home: Path) -> None:
    import_all(desk, FILES / "mqtt-explorer" / "settings-v1.json")
    profile = stored(desk)["lab"]
    for name in (profile.ca_file, profile.certificate_file, profile.key_file):
        path = Path(name)
        assert path.is_relative_to(home)
        assert path.read_bytes().startswith(b"-----BEGIN")
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_that_what_is_stored_is_never_overwritten(desk: Desk) -> None:
    mine = desk.services.store.save(Profile(name="lab", host="mine.example"))
    import_all(desk, FILES / "mqtt-explorer" / "settings-v1.json")
    assert stored(desk)["lab"] == mine
    assert stored(desk)["lab (2)"].host == "10.0.0.5"


def test_that_a_name_taken_while_the_preview_was_open_is_not_overwritten(desk: Desk) -> None:
    dialog = import_dialog(desk)
    dialog.read(FILES / "mqtt-explorer" / "settings-v1.json")
    desk.wait(dialog.preview.isVisible, "the preview")
    mine = desk.services.store.save(Profile(name="lab", host="mine.example"))
    desk.click(dialog.import_button.text())
    desk.wait(lambda: "lab (2)" in stored(desk), "the other one")
    assert stored(desk)["lab"] == mine


def test_that_the_first_imported_connection_is_chosen_in_the_bar(desk: Desk) -> None:
    import_all(desk, FILES / "mqtt-explorer" / "settings-v1.json")
    chosen = desk.window.bar.current_profile
    assert chosen is not None
    assert chosen.name == "lab"


def test_that_the_first_page_leads_to_the_import(desk: Desk) -> None:
    desk.click(desk.window.welcome.import_button.text())
    desk.wait(lambda: desk.window.findChild(ImportDialog), "the import")
    desk.keys("Escape", desk.modal())


def test_that_certificates_that_cannot_be_written_are_told_and_nothing_is_stored(
    desk: Desk, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    importing = Importing(desk.services, desk.window, folder=blocked / "certificates")
    told: list[tuple[str, str]] = []
    importing.told.connect(lambda *words: told.append(words))
    file = EmbeddedFile("ca_file", "ca.pem", b"-----BEGIN")
    importing.store([ImportedProfile(Profile(name="a"), files=(file,))])
    desk.wait(lambda: told, "the error")
    assert told[0][0] == "error"
    assert "“a” was not imported: its certificates cannot be written" in told[0][1]
    assert stored(desk) == {}


def export_to(desk: Desk, path: Path) -> None:
    """Choose the command, type a file name and press Enter."""
    desk.window.commands["export_connections"].trigger()
    desk.wait(lambda: desk.window.findChild(QFileDialog), "the question where to")
    dialog = desk.modal()
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(str(path))
    desk.keys("Return", field)
    desk.wait(desk.window.notice.isVisible, "a notice")


def test_that_an_export_has_every_field_and_no_secret(desk: Desk, tmp_path: Path) -> None:
    profile = Profile(
        name="lab",
        host="10.0.0.5",
        folder="plant/hall",
        kind="production",
        will=Will(topic="gone", payload="x"),
        user_properties=(("a", "b"),),
    )
    kept = desk.services.store.save(profile)
    path = tmp_path / "out.json"
    export_to(desk, path)
    assert "1 connection exported" in desk.window.notice.sentence()
    assert path.read_bytes() == export_profiles([kept])
    assert [one.profile for one in import_file(path).profiles] == [profile]


def test_that_an_export_that_cannot_be_written_says_why(desk: Desk, tmp_path: Path) -> None:
    desk.window.importing.write([Profile(name="a")], tmp_path / "no" / "such" / "folder.json")
    desk.wait(desk.window.notice.isVisible, "a notice")
    assert "was not written" in desk.window.notice.sentence()


def test_that_without_connections_there_is_nothing_to_export(desk: Desk) -> None:
    desk.window.commands["export_connections"].trigger()
    desk.wait_for_words("There is no stored connection to export.")


def first_cells(form: QWidget) -> list[str]:
    models = [view.model() for view in form.findChildren(QAbstractItemView)]
    return [model.index(row, 0).data() for model in models for row in range(model.rowCount())]


def test_that_the_form_shows_what_was_imported_over_it(desk: Desk) -> None:
    desk.services.store.save(Profile(name="mine", host="mine.example"))
    desk.read_profiles()
    desk.window.commands["edit_connection"].trigger()
    form = desk.modal()
    import_all(desk, FILES / "mqtt-explorer" / "settings-v1.json")
    assert desk.modal() is form
    desk.wait(lambda: "lab" in first_cells(form))
    assert desk.says("2 connections were imported.", form)
    desk.keys("Escape", form)

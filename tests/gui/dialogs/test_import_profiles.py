"""The import of connections: what is shown of a file, and what is handed on."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from topicscope.gui import tasks
from topicscope.gui.dialogs.importing.dialog import ImportDialog
from topicscope.gui.models.connections.imported_profiles import ImportColumn
from topicscope.gui.theme import apply_theme
from topicscope.profiles.importers.embedded import with_files
from topicscope.profiles.importers.importing import import_file
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

FILES = Path(__file__).parents[2] / "data" / "importers"
EXPLORER = FILES / "mqtt-explorer" / "settings-v1.json"


@pytest.fixture(autouse=True)
def running(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Coroutines run, and nothing is found on this computer."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    apply_theme(qapp, "light")
    # As the application does: cycles with Qt objects in them die on this thread only.
    gc.collect()
    gc.disable()
    with tasks.event_loop(qapp):
        yield
    gc.enable()


def opened(qtbot: QtBot, *stored: Profile) -> ImportDialog:
    dialog = ImportDialog(stored, folder="/where/certificates/go", secrets_words="Passwords: here")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def reading(qtbot: QtBot, path: Path, *stored: Profile) -> ImportDialog:
    """Return a dialog that shows what a file holds."""
    dialog = opened(qtbot, *stored)
    dialog.read(path)
    qtbot.waitUntil(dialog.preview.isVisible)
    return dialog


def failing(qtbot: QtBot, path: Path) -> ImportDialog:
    """Return a dialog that says why a file was not read."""
    dialog = opened(qtbot)
    dialog.read(path)
    qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.start.isVisible()
    assert not dialog.import_button.isVisible()
    return dialog


def names(dialog: ImportDialog) -> list[str]:
    model = dialog.model
    return [model.index(row, ImportColumn.NAME).data() for row in range(model.rowCount())]


def handed_on(qtbot: QtBot, dialog: ImportDialog) -> Any:
    with qtbot.waitSignal(dialog.imported) as told:
        qtbot.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    return told.args[0]


def test_that_all_connections_of_a_file_are_ticked_and_handed_on(qtbot: QtBot) -> None:
    dialog = reading(qtbot, EXPLORER)
    expected = import_file(EXPLORER).profiles
    assert names(dialog) == [one.profile.name for one in expected]
    assert dialog.import_button.text() == f"Import {len(expected)} connections"
    assert handed_on(qtbot, dialog) == list(expected)


def test_that_only_what_is_ticked_is_handed_on(qtbot: QtBot) -> None:
    dialog = reading(qtbot, EXPLORER)
    qtbot.mouseClick(dialog.none_button, Qt.MouseButton.LeftButton)
    assert not dialog.import_button.isEnabled()
    qtbot.keyClick(dialog.preview.table, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.preview.table, Qt.Key.Key_Space)
    assert dialog.import_button.text() == "Import 1 connection"
    assert [one.profile.name for one in handed_on(qtbot, dialog)] == [names(dialog)[1]]


def test_that_a_name_that_is_taken_gets_a_number_and_says_so(qtbot: QtBot) -> None:
    dialog = reading(qtbot, EXPLORER, Profile(name="lab"), Profile(name="lab (2)"))
    assert names(dialog)[0] == "lab (3)"
    assert "“lab”" in dialog.preview.details.called.text()
    assert dialog.preview.details.called.isVisible()
    assert handed_on(qtbot, dialog)[0].profile.name == "lab (3)"


def test_that_a_connection_that_is_stored_already_is_not_ticked(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(export_profiles([Profile(name="a", host="a"), Profile(name="b", host="b")]))
    dialog = reading(qtbot, path, Profile(name="called otherwise", host="b", position=3))
    assert "as “called otherwise”" not in dialog.preview.details.called.text()
    qtbot.keyClick(dialog.preview.table, Qt.Key.Key_Down)
    assert "as “called otherwise”" in dialog.preview.details.called.text()
    assert [one.profile.name for one in handed_on(qtbot, dialog)] == ["a"]


def test_that_the_right_side_says_what_was_taken_left_out_and_needs_a_look(qtbot: QtBot) -> None:
    path = FILES / "mqttx" / "export.json"
    dialog = reading(qtbot, path)
    details = dialog.preview.details
    one = import_file(path).profiles[0]
    assert details.taken.text() == ", ".join(one.taken)
    assert details.ignored.text() == ", ".join(one.ignored)
    assert details.check.text().splitlines() == list(one.check)
    assert not details.files.isVisible()


def test_that_certificates_in_the_file_are_said_to_be_written(qtbot: QtBot) -> None:
    dialog = reading(qtbot, EXPLORER)
    files = dialog.preview.details.files
    assert "ca.pem, c.pem, k.pem" in files.text()
    assert "/where/certificates/go, readable for you alone" in files.text()


def test_that_connections_that_cannot_be_read_are_told_with_their_place(qtbot: QtBot) -> None:
    dialog = reading(qtbot, FILES / "damaged" / "mqtt-explorer-types.json")
    shown = dialog.preview.remarks.toPlainText()
    assert "ConnectionManager_connections.nohost: names no broker." in shown
    assert dialog.preview.remarks.isVisible()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("billion-laughs.xml", "Line 2: it declares a document type or entities"),
        ("external-entity.xml", "Line 2: it declares a document type or entities"),
        ("truncated.json", "Line 3, column 1: is not JSON"),
    ],
)
def test_that_a_hostile_or_damaged_file_is_told_with_its_place(
    qtbot: QtBot, name: str, said: str
) -> None:
    dialog = failing(qtbot, FILES / "damaged" / name)
    assert dialog.notice.sentence() == f"“{name}” was not read."
    assert said in dialog.notice.remedy()


def test_that_a_file_that_is_not_there_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = failing(qtbot, tmp_path / "gone.json")
    assert "gone.json" in dialog.notice.sentence()


def test_that_a_file_that_is_much_too_large_is_not_read(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    dialog = failing(qtbot, path)
    assert dialog.notice.remedy() == "More than 16 MB are no file of connections."


def test_that_another_file_can_be_read_after_one_that_failed(qtbot: QtBot) -> None:
    dialog = failing(qtbot, FILES / "damaged" / "truncated.json")
    dialog.read(EXPLORER)
    qtbot.waitUntil(dialog.preview.isVisible)
    assert not dialog.notice.isVisible()
    qtbot.mouseClick(dialog.other_button, Qt.MouseButton.LeftButton)
    assert dialog.start.isVisible()


def test_that_a_file_without_connections_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_bytes(export_profiles([]))
    dialog = reading(qtbot, path)
    assert dialog.preview.empty.isVisible()
    assert "holds no connection" in dialog.preview.empty.sentence()
    assert not dialog.import_button.isVisible()


def test_that_text_of_a_foreign_file_is_shown_literally(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(export_profiles([Profile(name="<b>x</b>\u202e" + "y" * 2000)]))
    dialog = reading(qtbot, path)
    shown = names(dialog)[0]
    assert shown.startswith("<b>x</b>\\u202ey")
    assert len(shown) < 400
    tooltip = dialog.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x" in tooltip


def test_that_a_file_found_on_this_computer_is_one_click_away(qtbot: QtBot, tmp_path: Path) -> None:
    place = tmp_path / "config" / "MQTT-Explorer" / "settings.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(EXPLORER.read_bytes())
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: bool(dialog.start.place_buttons))
    qtbot.mouseClick(dialog.start.place_buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.preview.isVisible)
    assert "lab" in names(dialog)


def test_that_a_file_can_be_dropped(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(EXPLORER))])
    move, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(dialog, QDragEnterEvent(QPoint(10, 10), move, data, left, none))
    QApplication.sendEvent(dialog, QDropEvent(QPointF(10, 10), move, data, left, none))
    qtbot.waitUntil(dialog.preview.isVisible)


def test_that_where_passwords_go_is_said_while_one_is_ticked(qtbot: QtBot) -> None:
    dialog = reading(qtbot, EXPLORER)
    assert dialog.secrets_label.text() == "Passwords: here"
    qtbot.mouseClick(dialog.none_button, Qt.MouseButton.LeftButton)
    assert dialog.secrets_label.text() == ""


def test_that_a_file_with_certificates_in_it_is_known_again_wherever_they_were_put(
    qtbot: QtBot, tmp_path: Path
) -> None:
    found = import_file(EXPLORER).profiles
    one = next(one for one in found if one.files)
    folder = tmp_path / "elsewhere"
    stored = msgspec.structs.replace(with_files(one, folder).profile, identifier="1" * 16, name="x")
    dialog = reading(qtbot, EXPLORER, stored)
    row = next(row for row in range(len(found)) if dialog.model.profile(row).files)
    assert dialog.model.stored_as(row) == "x"
    other = msgspec.structs.replace(one.profile, identifier="2" * 16, name="without")
    assert reading(qtbot, EXPLORER, other).model.stored_as(row) == ""
    # One that was renewed since is another.
    Path(stored.ca_file).write_bytes(b"-----BEGIN")
    assert reading(qtbot, EXPLORER, stored).model.stored_as(row) == ""
    Path(stored.ca_file).unlink()
    assert reading(qtbot, EXPLORER, stored).model.stored_as(row) == ""

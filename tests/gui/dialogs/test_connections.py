"""Making, editing, ordering and deleting connections as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.connections.profile_tree import profile_key
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LAB = Profile(identifier="1" * 16, name="Lab", host="lab.local", position=0)
PRESS = Profile(identifier="2" * 16, name="Press", host="press.local", folder="plant", position=0)
OVEN = Profile(identifier="3" * 16, name="Oven", host="oven.local", folder="plant", position=1)
ALL = [LAB, PRESS, OVEN]


@pytest.fixture
def dialog(qtbot: QtBot) -> ConnectionsDialog:
    return opened(qtbot, ALL)


def opened(qtbot: QtBot, profiles: list[Profile]) -> ConnectionsDialog:
    made = ConnectionsDialog(profiles)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    for profile in profiles:
        made.set_secrets(profile.identifier, {})
    if profiles:
        made.show_profile(profiles[0])
    return made


def key_in_list(dialog: ConnectionsDialog, key: Qt.Key, modifier: Any = None) -> None:
    QTest.keyClick(dialog.list.view, key, modifier or Qt.KeyboardModifier.NoModifier)


def click(button: Any) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def question_of(dialog: ConnectionsDialog) -> Question:
    found = dialog.findChildren(Question)
    assert len(found) == 1
    return found[0]


def type_over(field: Any, text: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, text)


# --- choosing ---


def test_that_arrow_keys_go_through_the_list_and_the_form_follows(
    dialog: ConnectionsDialog,
) -> None:
    dialog.show_profile(None)
    assert dialog.parts.folder_page.isVisible()
    assert not dialog.parts.connect_button.isEnabled()
    seen = []
    for _ in range(4):
        key_in_list(dialog, Qt.Key.Key_Down)
        seen.append(dialog.form.general.name.text())
    assert seen == ["Lab", "Lab", "Press", "Oven"]
    key_in_list(dialog, Qt.Key.Key_Home)
    assert dialog.profile() == LAB


def test_that_searching_finds_by_host_and_enter_chooses(dialog: ConnectionsDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(dialog.list.search, "oven.loc")
    QTest.keyClick(dialog.list.search, Qt.Key.Key_Return)
    assert dialog.profile() == OVEN
    type_over(dialog.list.search, "nothing like it")
    assert dialog.list.empty.isVisible()
    dialog.list.search.clear()
    assert dialog.list.view.isVisible()
    assert dialog.profile() == OVEN


def test_that_secrets_are_asked_for_when_a_profile_is_chosen_and_shown_when_they_come(
    qtbot: QtBot,
) -> None:
    dialog = ConnectionsDialog(ALL)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.secrets_wanted) as wanted:
        dialog.show_profile(PRESS)
    assert wanted.args == [PRESS]
    assert "Reading" in dialog.form.login.secret.placeholderText()
    dialog.set_secrets(PRESS.identifier, {"secret": "s3cret"})
    assert dialog.form.login.secret.text() == "s3cret"
    assert not dialog.parts.save_button.isEnabled()


def test_that_a_secret_typed_before_the_kept_one_was_read_stays(qtbot: QtBot) -> None:
    dialog = ConnectionsDialog(ALL)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.show_profile(LAB)
    dialog.form.card.show_page(dialog.form.login)
    QTest.keyClicks(dialog.form.login.secret, "new")
    dialog.set_secrets(LAB.identifier, {"secret": "old"})
    with qtbot.waitSignal(dialog.saved) as saved:
        click(dialog.parts.save_button)
    assert saved.args[2] == {"secret": "new"}


def test_that_saving_before_secrets_were_read_leaves_them_alone(qtbot: QtBot) -> None:
    dialog = ConnectionsDialog(ALL)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.show_profile(LAB)
    type_over(dialog.form.general.name, "Lab 2")
    with qtbot.waitSignal(dialog.saved) as saved:
        QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved.args == [LAB, msgspec.structs.replace(LAB, name="Lab 2"), None]


# --- editing ---


def test_that_an_edited_profile_is_marked_kept_while_others_are_looked_at_and_saved(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    type_over(dialog.form.general.name, "Laboratory")
    assert dialog.parts.connect_button.text() == "Save && Connect"
    dialog.show_profile(PRESS)
    assert dialog.parts.connect_button.text() == "Connect"
    dialog.show_profile(LAB)
    assert dialog.form.general.name.text() == "Laboratory"
    with qtbot.waitSignal(dialog.saved) as saved:
        click(dialog.parts.save_button)
    assert saved.args[0] == LAB
    assert saved.args[1].name == "Laboratory"
    assert not dialog.parts.save_button.isEnabled()
    assert "saved" in dialog.shown_words()


def test_that_typing_back_what_was_there_is_no_change(dialog: ConnectionsDialog) -> None:
    type_over(dialog.form.general.name, "x")
    type_over(dialog.form.general.name, "Lab")
    assert not dialog.parts.save_button.isEnabled()


def test_that_changes_can_be_undone(dialog: ConnectionsDialog) -> None:
    type_over(dialog.form.general.name, "x")
    click(dialog.parts.revert_button)
    assert dialog.form.general.name.text() == "Lab"
    assert not dialog.parts.revert_button.isVisible()


def test_that_what_is_wrong_is_said_at_the_field_and_on_the_tab_and_nothing_is_saved(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    page = dialog.form.connection
    dialog.form.card.show_page(page)
    page.host.clear()
    dialog.form.card.show_page(dialog.form.will)
    with qtbot.assertNotEmitted(dialog.saved):
        click(dialog.parts.save_button)
    assert dialog.form.card.current_page() is page
    assert dialog.shown_words() == profile_problem(Profile(host=""))
    assert "missing" in page.rows["Host"].words()
    assert not dialog.form.card.tabs.tabIcon(1).isNull()
    assert page.host.property("valid") == "no"
    QTest.keyClicks(page.host, "lab.local")
    assert dialog.shown_words() == ""
    assert dialog.form.card.tabs.tabIcon(1).isNull()


def test_that_a_name_which_is_taken_is_refused(dialog: ConnectionsDialog, qtbot: QtBot) -> None:
    type_over(dialog.form.general.name, "Press")
    with qtbot.assertNotEmitted(dialog.saved):
        click(dialog.parts.save_button)
    assert "Press" in dialog.shown_words()


def test_that_connecting_saves_what_was_edited_and_closes(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    type_over(dialog.form.general.name, "Lab 2")
    with qtbot.waitSignal(dialog.saved), qtbot.waitSignal(dialog.connect_requested) as told:
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told.args[0].name == "Lab 2"
    assert not dialog.isVisible()


def test_that_enter_in_the_list_connects_and_saves_nothing(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    dialog.show_profile(PRESS)
    with qtbot.assertNotEmitted(dialog.saved), qtbot.waitSignal(dialog.connect_requested) as told:
        key_in_list(dialog, Qt.Key.Key_Return)
    assert told.args == [PRESS, {}]


def test_that_closing_with_changes_asks_first(dialog: ConnectionsDialog) -> None:
    type_over(dialog.form.general.name, "x")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    question_of(dialog).reject()
    assert dialog.isVisible()
    QApplication.sendPostedEvents(None, 52)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    question_of(dialog).accept()
    assert not dialog.isVisible()


def test_that_closing_without_changes_just_closes(dialog: ConnectionsDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# --- new ones ---


def test_that_a_preset_is_searched_chosen_filled_in_and_saved_by_keyboard(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    search = dialog.presets.search
    QTest.keyClicks(search, "azure hub")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.form.connection.host
    QTest.keyClicks(dialog.form.connection.host, "hub.azure-devices.net")
    QTest.keyClicks(dialog.form.mqtt.client_identifier, "press7")
    with qtbot.waitSignal(dialog.saved) as saved:
        QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    before, profile, _ = saved.args
    assert before is None
    assert (profile.name, profile.identifier, profile.login) == ("Azure IoT Hub", "", "azure_sas")
    assert profile.subscriptions[0] == "devices/press7/messages/devicebound/#"


def test_that_arrow_keys_in_the_search_go_through_the_presets(dialog: ConnectionsDialog) -> None:
    click(dialog.parts.new_button)
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Down)
    preset = dialog.presets.current()
    assert preset is not None
    assert preset.key == "mosquitto"
    click(dialog.presets.cancel_button)
    assert dialog.form.isVisible()


@pytest.mark.parametrize(
    ("typed", "url", "secrets"),
    [
        ("mqtt://raspberrypi", "mqtt://raspberrypi:1883", {}),
        ("raspberrypi", "mqtt://raspberrypi:1883", {}),
        ("wss://me:pw@twin.local/api/mqtt/", "wss://twin.local:443/api/mqtt/", {"secret": "pw"}),
    ],
)
def test_that_an_address_pasted_where_presets_are_searched_begins_a_connection(
    dialog: ConnectionsDialog, qtbot: QtBot, typed: str, url: str, secrets: dict[str, str]
) -> None:
    click(dialog.parts.new_button)
    QTest.keyClicks(dialog.presets.search, typed)
    assert "Broker at" in dialog.presets.list.currentItem().text()
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Return)
    assert dialog.profile().url == url
    with qtbot.waitSignal(dialog.connect_requested) as connecting:
        QTest.keyClick(dialog.form.url_field.edit, Qt.Key.Key_Return)
    assert connecting.args[1] == secrets


def test_that_what_is_called_like_nothing_leaves_the_empty_form(dialog: ConnectionsDialog) -> None:
    dialog.new_connection()
    QTest.keyClicks(dialog.presets.search, "no such broker!")
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.form.connection.host


def test_that_a_token_in_an_address_is_masked_where_presets_are_searched(
    dialog: ConnectionsDialog,
) -> None:
    dialog.new_connection()
    dialog.presets.search.setText("wss://twin.local/mqtt?token=abc")
    assert dialog.presets.search.echoMode() == QLineEdit.EchoMode.Password
    dialog.presets.search.setText("mosquitto")
    assert dialog.presets.search.echoMode() == QLineEdit.EchoMode.Normal


def test_that_without_connections_presets_are_offered_at_once(qtbot: QtBot) -> None:
    dialog = opened(qtbot, [])
    assert dialog.list.empty.isVisible()
    assert dialog.presets.isVisible()
    assert not dialog.presets.cancel_button.isVisible()
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Return)
    type_over(dialog.form.connection.host, "broker.local")
    with qtbot.waitSignal(dialog.saved) as saved:
        click(dialog.parts.save_button)
    assert saved.args[1].name == "mqtt://broker.local:1883"


def test_that_a_new_one_is_followed_when_the_store_gives_it_an_identifier(
    qtbot: QtBot, tmp_path: Path
) -> None:
    store = ProfileStore(tmp_path)
    dialog = opened(qtbot, [])

    def keep(before: Profile | None, after: Profile, _secrets: object) -> None:
        store.save(after, before)
        dialog.set_profiles(store.list().profiles)

    dialog.saved.connect(keep)
    QTest.keyClick(dialog.presets.search, Qt.Key.Key_Return)
    type_over(dialog.form.connection.host, "broker.local")
    QTest.keyClicks(dialog.form.login.secret, "s3cret")
    click(dialog.parts.save_button)
    (stored,) = store.list().profiles
    assert dialog.profile() == stored
    assert dialog.form.login.secret.text() == "s3cret"
    assert not dialog.parts.save_button.isEnabled()
    type_over(dialog.form.general.name, "Renamed")
    click(dialog.parts.save_button)
    assert [one.name for one in store.list().profiles] == ["Renamed"]
    with qtbot.waitSignal(dialog.connect_requested) as told:
        click(dialog.parts.connect_button)
    assert told.args == [store.list().profiles[0], {"secret": "s3cret"}]


def test_that_a_duplicate_has_a_name_of_its_own_and_the_secrets(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    dialog.set_secrets(LAB.identifier, {})
    QTest.keyClicks(dialog.form.login.secret, "s3cret")
    click(dialog.parts.save_button)
    QTest.keyClick(dialog, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(dialog.saved) as saved:
        click(dialog.parts.save_button)
    before, profile, secrets = saved.args
    assert (before, profile.name, profile.identifier) == (None, "Lab (2)", "")
    assert secrets == {"secret": "s3cret"}


def test_that_deleting_asks_and_tells(dialog: ConnectionsDialog, qtbot: QtBot) -> None:
    dialog.show_profile(PRESS)
    key_in_list(dialog, Qt.Key.Key_Delete)
    with qtbot.waitSignal(dialog.deleted) as deleted:
        click(question_of(dialog).yes_button)
    assert deleted.args == [PRESS]
    assert [one.name for one in dialog.list.model.profiles()] == ["Lab", "Oven"]


def test_that_a_new_one_which_is_not_saved_goes_without_a_question(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    dialog.new_from(Profile(host="a.b"))
    with qtbot.assertNotEmitted(dialog.deleted):
        key_in_list(dialog, Qt.Key.Key_Delete)
    assert len(dialog.list.model.profiles()) == 3


# --- order and folders ---


def test_that_alt_and_an_arrow_move_a_connection(dialog: ConnectionsDialog, qtbot: QtBot) -> None:
    dialog.show_profile(PRESS)
    with qtbot.waitSignal(dialog.moved) as moved:
        key_in_list(dialog, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert {one.name: one.position for one in moved.args[0]} == {"Oven": 0, "Press": 1}
    assert dialog.profile().name == "Press"
    assert not dialog.parts.save_button.isEnabled()


def test_that_a_connection_is_dropped_into_a_folder(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    view = dialog.list.view
    folder = dialog.list.found.mapFromSource(dialog.list.model.index_of_folder("plant"))
    data = dialog.list.found.mimeData([view.currentIndex()])
    with qtbot.waitSignal(dialog.moved) as moved:
        drop(dialog, data, view.visualRect(folder).center())
    assert [(one.name, one.folder) for one in moved.args[0]] == [("Lab", "plant")]
    assert dialog.profile().folder == "plant"
    assert dialog.form.general.folder.currentText() == "plant"


def drop(dialog: ConnectionsDialog, data: QMimeData, place: QPoint) -> None:
    event = QDropEvent(
        QPointF(place),
        Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    # Only a drag of the view itself may move rows in it; one cannot be begun without a mouse.
    dialog.list.view.setDragDropMode(dialog.list.view.DragDropMode.DragDrop)
    dialog.list.view.dropEvent(event)


def test_that_a_folder_is_renamed_in_place(dialog: ConnectionsDialog, qtbot: QtBot) -> None:
    dialog.list.choose("folder plant")
    assert "2 connections" in dialog.parts.folder_page.sentence()
    assert not dialog.parts.connect_button.isEnabled()
    key_in_list(dialog, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    with qtbot.waitSignal(dialog.moved) as moved:
        type_over(editor, "works")
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert {one.folder for one in moved.args[0]} == {"works"}


def test_that_f2_on_a_connection_goes_to_its_name(dialog: ConnectionsDialog) -> None:
    key_in_list(dialog, Qt.Key.Key_F2)
    assert dialog.focusWidget() is dialog.form.general.name
    assert dialog.form.general.name.selectedText() == "Lab"


def test_that_a_typed_folder_is_offered_to_the_next(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    type_over(dialog.form.general.folder.lineEdit(), "home/attic")
    with qtbot.waitSignal(dialog.saved) as saved:
        click(dialog.parts.save_button)
    assert saved.args[1].folder == "home/attic"
    assert dialog.list.model.index_of(profile_key(saved.args[1])).parent().data() == "attic"
    assert dialog.form.general.folder.findText("home/attic") >= 0


# --- what others do ---


def test_that_doctor_import_and_export_are_asked_for(
    dialog: ConnectionsDialog, qtbot: QtBot
) -> None:
    type_over(dialog.form.connection.host, "other.local")
    with qtbot.waitSignal(dialog.doctor_requested) as doctor:
        click(dialog.parts.doctor_button)
    assert doctor.args[0].host == "other.local"
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.import_requested):
        click(dialog.parts.tools[2])
    dialog.list.choose("folder plant")
    with qtbot.waitSignal(dialog.export_requested) as export:
        click(dialog.parts.tools[3])
    assert export.args == [[PRESS, OVEN]]


def test_that_a_stored_profile_is_found_by_its_name_when_its_identifier_is_not_known(
    dialog: ConnectionsDialog,
) -> None:
    dialog.show_profile(msgspec.structs.replace(OVEN, identifier=""))
    assert dialog.profile() == OVEN


def test_that_opening_asks_for_no_secrets_before_something_is_chosen(qtbot: QtBot) -> None:
    asked: list[Profile] = []
    dialog = ConnectionsDialog(ALL)
    qtbot.addWidget(dialog)
    dialog.secrets_wanted.connect(asked.append)
    dialog.show()
    dialog.new_connection()
    assert asked == []
    dialog.show_profile(LAB)
    assert asked == [LAB]


def test_that_thirty_connections_in_folders_fit_and_the_last_is_reached(qtbot: QtBot) -> None:
    many = [
        Profile(identifier=f"{n:016x}", name=f"Press {n}", folder=f"plant/line {n % 5}", position=n)
        for n in range(30)
    ]
    dialog = opened(qtbot, many)
    assert dialog.width() <= 1280
    assert dialog.height() <= 800
    key_in_list(dialog, Qt.Key.Key_End)
    assert dialog.profile().name == "Press 29"
    view = dialog.list.view
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()).center())

"""Making and editing a profile as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from topicscope.gui.dialogs.profile_dialog import ProfileDialog
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def dialog(qtbot: QtBot) -> ProfileDialog:
    made = ProfileDialog(taken_names=["Plant 1"])
    qtbot.addWidget(made)
    made.show()
    return made


def choose(dialog: ProfileDialog, transport: str) -> None:
    box = dialog.form.transport
    box.setCurrentIndex(box.findData(transport))


def test_that_a_pasted_url_fills_the_form(dialog: ProfileDialog) -> None:
    dialog.url_field.edit.setText("wss://anna:s3cret@broker.local:9443/path/mqtt")
    profile = dialog.profile()
    assert (profile.host, profile.port, profile.transport) == ("broker.local", 9443, "websocket")
    assert (profile.tls, profile.path, profile.username) == (True, "/path/mqtt", "anna")
    assert dialog.form.password_text() == "s3cret"
    assert dialog.form.path.isVisible()


def test_that_a_wrong_url_leaves_the_form_alone(dialog: ProfileDialog) -> None:
    dialog.form.host.setText("kept.local")
    dialog.url_field.edit.setText("gopher://other.local")
    assert dialog.url_field.problem()
    assert dialog.profile().host == "kept.local"


def test_that_the_port_follows_transport_and_tls(dialog: ProfileDialog) -> None:
    seen = [dialog.form.port.value()]
    dialog.form.tls.setChecked(True)
    seen.append(dialog.form.port.value())
    choose(dialog, "websocket")
    seen.append(dialog.form.port.value())
    dialog.form.tls.setChecked(False)
    seen.append(dialog.form.port.value())
    assert seen == [1883, 8883, 443, 80]


def test_that_a_port_that_was_typed_stays(dialog: ProfileDialog, qtbot: QtBot) -> None:
    dialog.form.port.selectAll()
    qtbot.keyClicks(dialog.form.port, "18830")
    dialog.form.tls.setChecked(True)
    choose(dialog, "websocket")
    assert dialog.form.port.value() == 18830


def test_that_fields_which_say_nothing_are_not_shown(dialog: ProfileDialog) -> None:
    form = dialog.form
    assert not form.path.isVisible()
    assert not form.ca_file.isVisible()
    form.tls.setChecked(True)
    assert form.ca_file.isVisible()
    choose(dialog, "unix")
    assert form.socket.isVisible()
    assert not form.host.isVisible()
    assert not form.ca_file.isVisible()
    assert not form.tls.isEnabled()


def test_that_not_verifying_is_warned_of_in_red(dialog: ProfileDialog) -> None:
    dialog.form.tls.setChecked(True)
    dialog.form.insecure.setChecked(True)
    assert dialog.form.insecure.property("tone") == "error"
    assert dialog.profile().insecure
    dialog.form.insecure.setChecked(False)
    assert dialog.form.insecure.property("tone") == ""


def test_that_what_is_wrong_is_said_and_nothing_is_saved(
    dialog: ProfileDialog, qtbot: QtBot
) -> None:
    dialog.form.host.clear()
    with qtbot.assertNotEmitted(dialog.saved):
        qtbot.mouseClick(dialog.connect_button, Qt.MouseButton.LeftButton)
    assert dialog.problem() == Profile(host="").problem()
    assert dialog.shown_problem() == dialog.problem()
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.form.host, "broker.local")
    assert dialog.shown_problem() == ""


def test_that_a_name_which_is_taken_is_refused(dialog: ProfileDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(dialog.form.name, "Plant 1")
    with qtbot.assertNotEmitted(dialog.saved):
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert "Plant 1" in dialog.shown_problem()


def test_that_saving_and_connecting_tells_both_with_the_password_beside_the_profile(
    dialog: ProfileDialog, qtbot: QtBot
) -> None:
    qtbot.keyClicks(dialog.form.name, "Plant 2")
    qtbot.keyClicks(dialog.form.username, "anna")
    qtbot.keyClicks(dialog.form.password, "s3cret")
    with (
        qtbot.waitSignal(dialog.saved) as saved,
        qtbot.waitSignal(dialog.connect_requested) as told,
    ):
        qtbot.mouseClick(dialog.connect_button, Qt.MouseButton.LeftButton)
    assert saved.args == told.args
    profile, password = told.args
    assert (profile.name, profile.username, password) == ("Plant 2", "anna", "s3cret")
    assert "s3cret" not in repr(profile)
    assert not dialog.isVisible()


def test_that_saving_alone_does_not_connect(dialog: ProfileDialog, qtbot: QtBot) -> None:
    with (
        qtbot.assertNotEmitted(dialog.connect_requested),
        qtbot.waitSignal(dialog.saved) as told,
    ):
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert told.args[0].name == "mqtt://localhost:1883"
    assert told.args[1] is None


def test_that_enter_in_the_url_saves_and_connects(dialog: ProfileDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(dialog.url_field.edit, "broker.local")
    with qtbot.waitSignal(dialog.connect_requested, raising=True) as told:
        qtbot.keyClick(dialog.url_field.edit, Qt.Key.Key_Return)
    assert told.args[0].host == "broker.local"


def test_that_editing_keeps_what_the_form_does_not_show(qtbot: QtBot) -> None:
    before = Profile(
        name="Plant 2",
        host="broker.local",
        port=18883,
        tls=True,
        alpn=("mqtt",),
        headers=(("X-Plant", "2"),),
        subscriptions=("a/#", "b/+"),
        clean_start=False,
        protocol_version=4,
        client_identifier="me",
        keep_alive=30,
        ca_file="/etc/ca.pem",
    )
    dialog = ProfileDialog(before, "s3cret", ["Plant 2"])
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.profile() == before
    assert dialog.original_name == "Plant 2"
    assert dialog.problem() == ""
    assert dialog.form.password.echoMode() == QLineEdit.EchoMode.Password


def test_that_escape_changes_nothing(dialog: ProfileDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.saved), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_that_the_dialog_grows_and_shrinks_with_what_it_has_to_say(
    dialog: ProfileDialog, qtbot: QtBot
) -> None:
    small = dialog.height()
    dialog.form.tls.setChecked(True)
    qtbot.waitUntil(lambda: dialog.height() > small + 100)
    with_tls = dialog.height()
    dialog.url_field.edit.setText("gopher://a")
    qtbot.waitUntil(lambda: dialog.height() > with_tls)
    dialog.url_field.edit.clear()
    qtbot.waitUntil(lambda: dialog.height() == with_tls)
    dialog.form.tls.setChecked(False)
    qtbot.waitUntil(lambda: dialog.height() == small)


def test_that_the_kind_of_broker_is_chosen_and_shown(dialog: ProfileDialog) -> None:
    assert dialog.profile().kind == "development"
    dialog.form.kind.setCurrentIndex(2)
    assert dialog.profile().kind == "production"
    dialog.form.set_profile(Profile(kind="public"), None)
    assert dialog.form.kind.currentText().startswith("Public")

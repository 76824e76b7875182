"""Fields that judge what is typed: Topic Filter, URL, password, file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from topicscope.gui.widgets.fields.field_button import FieldButton
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.fields.password_field import PasswordField
from topicscope.gui.widgets.fields.topic_filter_edit import ReasonedEdit, TopicFilterEdit
from topicscope.gui.widgets.fields.url_field import UrlField
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_a_topic_filter_is_judged_at_each_key(qtbot: QtBot) -> None:
    edit = TopicFilterEdit(topic_filter_problem)
    qtbot.addWidget(edit)
    edit.show()
    assert edit.property("valid") in {None, ""}
    qtbot.keyClicks(edit, "plant/#")
    assert (edit.property("valid"), edit.is_valid(), edit.problem) == ("yes", True, "")
    qtbot.keyClicks(edit, "/x")
    assert (edit.property("valid"), edit.is_valid()) == ("no", False)
    assert edit.problem
    assert edit.accessibleDescription() == edit.problem
    edit.clear()
    assert (edit.property("valid"), edit.problem) == ("", "")


def test_that_enter_submits_a_valid_topic_filter_only(qtbot: QtBot) -> None:
    edit = TopicFilterEdit(topic_filter_problem)
    qtbot.addWidget(edit)
    qtbot.keyClicks(edit, "a/#/b")
    with qtbot.assertNotEmitted(edit.submitted):
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    edit.setText("a/+/b")
    with qtbot.waitSignal(edit.submitted) as told:
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert told.args == ["a/+/b"]


def test_that_the_reason_stands_below_the_field_while_there_is_one(qtbot: QtBot) -> None:
    field = ReasonedEdit(topic_filter_problem)
    qtbot.addWidget(field)
    field.show()
    assert field.reason() == ""
    qtbot.keyClicks(field.edit, "a#")
    assert field.reason() == topic_filter_problem("a#")
    field.edit.setText("a/#")
    assert field.reason() == ""


def test_that_a_pasted_url_becomes_a_profile_and_its_password_is_taken_out(qtbot: QtBot) -> None:
    field = UrlField()
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.understood) as told:
        field.edit.setText("mqtts://anna:s3cret@broker.local")
    profile, password = told.args
    assert (profile.host, profile.port, profile.tls) == ("broker.local", 8883, True)
    assert (profile.username, password) == ("anna", "s3cret")
    assert field.problem() == ""


def test_that_a_wrong_url_is_explained_in_a_sentence(qtbot: QtBot) -> None:
    field = UrlField()
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field.edit, "gopher://broker.local")
    assert "gopher" in field.problem()
    assert field.profile() is None
    with qtbot.assertNotEmitted(field.submitted):
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)


def test_that_submitting_no_url_asks_for_one(qtbot: QtBot) -> None:
    field = UrlField()
    qtbot.addWidget(field)
    field.submit()
    assert "address" in field.problem()


def test_that_a_password_is_masked_until_the_eye_is_pressed(qtbot: QtBot) -> None:
    field = PasswordField()
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field, "s3cret")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    field.reveal_action.trigger()
    assert field.echoMode() == QLineEdit.EchoMode.Normal
    field.reveal_action.trigger()
    assert field.echoMode() == QLineEdit.EchoMode.Password


def test_that_a_file_can_be_typed(qtbot: QtBot) -> None:
    field = FileField("CA file", "All files (*)")
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.text_changed):
        qtbot.keyClicks(field.edit, "/etc/ca.pem ")
    assert field.text() == "/etc/ca.pem"


def test_that_a_field_button_cuts_its_text_and_shows_an_ampersand(qtbot: QtBot) -> None:
    button = FieldButton()
    qtbot.addWidget(button)
    button.setFixedWidth(140)
    button.set_full_text("R&D: the broker with the longest name of all", "mqtt://b:1883")
    button.show()
    assert button.shown_text().startswith("R&D")
    assert "…" in button.shown_text()
    assert "longest name of all" in button.toolTip()
    assert "mqtt://b:1883" in button.toolTip()
    assert not button.grab().isNull()

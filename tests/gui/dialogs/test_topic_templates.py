"""Naming levels of topics as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from topicscope.gui.dialogs.topic_templates import TopicTemplatesDialog
from topicscope.profiles.topic_templates import StoredNameRule, TopicNaming

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

POWER = b"placeos/org-1/state/bld-1/lvl-1/area-1/sys-1/drv-1/Display/1/power"
NAMES = [b"site/b-1/temp", b"site/b-2/temp", b"other", POWER]
CALLED = {b"b-1": "Tower"}


@pytest.fixture
def names() -> list[bytes]:
    return list(NAMES)


@pytest.fixture
def dialog(qtbot: QtBot, names: list[bytes]) -> TopicTemplatesDialog:
    made = TopicTemplatesDialog(TopicNaming(), lambda: names, CALLED.get)
    qtbot.addWidget(made)
    made.show()
    return made


def write(qtbot: QtBot, dialog: TopicTemplatesDialog, text: str) -> None:
    """Add a template by hand."""
    qtbot.mouseClick(dialog.templates.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(dialog.templates.fields[0], text)


def topics(dialog: TopicTemplatesDialog, row: int = 0) -> str:
    return dialog.templates.table.item(row, 1).text()


def test_that_empty_tables_say_what_belongs_there(
    qtbot: QtBot, dialog: TopicTemplatesDialog
) -> None:
    words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert any("No template of your own yet" in text for text in words)
    assert any("No rule of your own yet" in text for text in words)
    write(qtbot, dialog, "site/<building>/#")
    words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert not any("No template of your own yet" in text for text in words)
    qtbot.mouseClick(dialog.templates.remove_button, Qt.MouseButton.LeftButton)
    words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert any("No template of your own yet" in text for text in words)


def test_that_a_template_is_counted_and_its_example_split_while_it_is_typed(
    qtbot: QtBot, dialog: TopicTemplatesDialog, names: list[bytes]
) -> None:
    write(qtbot, dialog, "site/<building>/<what>")
    assert topics(dialog) == "2"
    assert dialog.example_words() == [
        "Example: site/b-1/temp",
        "building  b-1  · Tower",
        "what      temp",
    ]
    names.append(b"site/b-3/temp")
    qtbot.waitUntil(lambda: topics(dialog) == "3")


def test_that_what_is_wrong_is_said_and_is_not_saved(
    qtbot: QtBot, dialog: TopicTemplatesDialog
) -> None:
    write(qtbot, dialog, "site/<a b>/x")
    assert "digits and _" in dialog.templates.shown_problem()
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert dialog.shown_problem().startswith("“site/<a b>/x”: ")
    field = dialog.templates.fields[0]
    field.selectAll()
    qtbot.keyClicks(field, "site/<a>/x")
    assert dialog.shown_problem() == ""
    with qtbot.waitSignal(dialog.saved) as saved:
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert saved.args[0].templates == ("site/<a>/x",)


def test_that_known_systems_tell_their_topics_and_can_be_switched_off(
    qtbot: QtBot, dialog: TopicTemplatesDialog
) -> None:
    box = dialog.presets["placeos"]
    qtbot.waitUntil(lambda: box.text() == "PlaceOS · 1 topic")
    assert box.isChecked()
    box.click()
    assert dialog.naming().conventions_off == ("placeos",)


def test_that_a_rule_says_where_names_come_from(qtbot: QtBot, dialog: TopicTemplatesDialog) -> None:
    qtbot.mouseClick(dialog.rules.add_button, Qt.MouseButton.LeftButton)
    topic, path = dialog.rules.fields
    qtbot.keyClicks(topic, "info/+")
    assert "needs a level <id>" in dialog.rules.shown_problem()
    topic.clear()
    qtbot.keyClicks(topic, "info/<id>")
    qtbot.keyClicks(path, "title")
    assert dialog.rules.shown_problem() == ""
    assert dialog.naming().name_rules == (StoredNameRule("info/<id>", path="title"),)
    qtbot.mouseClick(dialog.rules.remove_button, Qt.MouseButton.LeftButton)
    assert dialog.naming().name_rules == ()


def test_that_a_topic_of_a_known_system_begins_with_its_template(
    dialog: TopicTemplatesDialog,
) -> None:
    dialog.add_for_topic(POWER)
    assert dialog.templates.rows[0][0].startswith("placeos/<org>/state/<bld>")
    dialog.add_for_topic(POWER)
    assert len(dialog.templates.rows) == 1, "it is there already"
    dialog.add_for_topic(b"own/device/7")
    assert dialog.templates.rows[1] == ("own/device/7",)


def test_that_what_was_stored_is_shown_and_rules_of_other_kinds_are_kept(qtbot: QtBot) -> None:
    own = StoredNameRule("a/<id>", path="x.y")
    other = StoredNameRule("z/bridge/devices", "zigbee2mqtt")
    stored = TopicNaming(templates=("a/<b>",), name_rules=(own, other))
    dialog = TopicTemplatesDialog(stored, list, CALLED.get)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.naming() == stored
    assert dialog.example_words()[0] == "No topic of this capture lies on it."

"""The examples of the PlaceOS guide, on the demo plant as a person would try them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLineEdit

from tests.helpers.window import open_desk
from topicscope.gui.dialogs.topic_templates import TopicTemplatesDialog
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.helpers.window import Desk

POWER = "placeos/+/state/+/+/+/+/+/Display/+/power"
METADATA = "placeos/+/metadata/+"
DISPLAY = "placeos/org-Fq3HxV/state/bld-Ga7Lm2/lvl-Hb1Rt8/area-Jc5Np4/sys-Kd9Vw6/driver-Um2Nq6/Display/{}/power"
ON = 'level.mod == "Display" and value == true'


def test_that_the_examples_of_the_placeos_guide_work_as_written(desk: Desk) -> None:
    desk.window.subscribe_instead([METADATA])
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    desk.subscribe(POWER)
    desk.wait(lambda: POWER in desk.column("Topic Filter", "Subscriptions"), "the subscription")
    naming = desk.window.names.naming
    desk.wait(lambda: naming.friendly_name(b"sys-Ng4Bc5") == "Foyer", "names from metadata")
    # The plant switches a display every half minute; nobody waits for that here.
    for number, value in enumerate((b"true", b"false", b"true"), 1):
        payload = b'{"time":1795255200000,"value":%s}' % value
        desk.window.bridge.publish(DISPLAY.format(number), payload)
    log = desk.window.bridge.log
    desk.wait(lambda: sum(map(_is_power, log.topics.names)) >= 3, "the displays")
    powers = [name for name in log.topics.names if _is_power(name)]
    assert all(naming.level_of("mod", name) == "Display" for name in powers)

    desk.keys("Ctrl+F")
    field = desk.window.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, ON)
    desk.keys("Return", field)
    # What we sent is in the capture too, so each display that is on has two rows.
    desk.wait(lambda: desk.window.messages.shown >= 4, "the displays that are on")
    payloads = [text for text in desk.column("Payload") if "value" in text]
    assert len(payloads) >= 4
    assert all("true" in text for text in payloads)
    assert desk.window.messages.hidden > 0

    columns = desk.window.messages.messages.view.columns
    desk.wait(lambda: "level.sys" in columns._keys, "columns of levels")
    columns.show_column("level.sys", True)
    named = [text for text in desk.column("sys") if text]
    assert set(named) == {"Meeting Room Lighthouse · sys-Kd9Vw6"}
    table = desk.find(QAbstractItemView, "Messages")
    assert "sys: sys-Kd9Vw6 · Meeting Room Lighthouse" in desk.tooltip(
        table, len(desk.rows()) - 1, 4
    )

    desk.click_topic("placeos", "org-Fq3HxV", "state", "bld-Ga7Lm2")
    texts = desk.window.topics.model.texts
    view = desk.find(QAbstractItemView, "Topics")
    node = desk.window.topics.model.node(view.currentIndex())
    assert texts.friendly_name(node) == "Harbour Building"
    desk.wait(lambda: texts.level_name(node) == "bld", "the name of the level")


def test_that_levels_are_named_from_the_palette_and_the_filter_knows_them(desk: Desk) -> None:
    desk.window.subscribe_instead(["#"])
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    desk.wait(lambda: len(desk.window.bridge.log.topics) > 100, "topics")
    desk.keys("Ctrl+K")
    desk.type("Command", "name topic levels", "Return")
    desk.wait(lambda: desk.window.findChild(TopicTemplatesDialog), "the dialog")
    desk.click("Add")
    desk.type("Topic template", "placeos/<customer>/metadata/<thing>")
    desk.wait_for_words("Example: placeos/org-Fq3HxV/metadata/")
    desk.click("Save")
    desk.settle()
    assert "customer" in desk.window.names.naming.templates.names
    desk.window.messages.filter.apply('level.customer == "org-Fq3HxV"')
    desk.wait(lambda: desk.window.messages.shown == 17, "the names of the plant")


def test_that_an_exclusion_takes_rows_out_of_the_table_and_the_ledger_says_so(desk: Desk) -> None:
    desk.window.subscribe_instead(["#"])
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    desk.wait(lambda: desk.window.messages.shown > 100, "messages")
    desk.type("Topic Filter to subscribe to", "plant/#")
    desk.click("Exclude: hide what matches, but go on receiving and counting it")
    desk.wait(lambda: desk.window.messages.hidden > 50, "hidden messages")
    topics = desk.column("Topic")
    assert topics
    assert not any(topic.startswith("plant/") for topic in topics)
    row = desk.window.subscriptions.model.subscriptions[1]
    desk.wait(lambda: row.messages > 50, "the count of what is hidden")
    desk.click_row("Subscriptions", 1)
    desk.keys("Delete")
    desk.wait(lambda: desk.window.messages.hidden == 0, "all messages")


def test_that_a_broken_file_of_names_is_told(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    file = config_dir() / "topic-names.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{")
    with open_desk(qtbot, qapp, tmp_path) as desk:
        assert "topic-names.json" in desk.window.notice.sentence()


def _is_power(topic: bytes) -> bool:
    return topic.endswith(b"/power")

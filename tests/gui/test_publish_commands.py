"""Templates, history, publishing again: the window with the demo plant, as a person uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QTreeView

from topicscope.automation.publish_history import PublishHistory
from topicscope.automation.templates.files import TemplateStore
from topicscope.automation.templates.template import MessageTemplate
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.window import Desk
    from topicscope.gui.models.publish.message import Message

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def demo(desk: Desk) -> Desk:
    """The window, connected to the demo plant."""
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    return desk


def sent(desk: Desk) -> list[Message]:
    """Return what was published in this window, the oldest first."""
    results = desk.window.publishing.results.results
    return [result.message for result in reversed(results)]


def keep_template(desk: Desk, name: str, folder: str = "", *, button: bool = False) -> None:
    """Save what is in the fields as a template."""
    desk.click("Save as template…")
    desk.type("Name of the template", name)
    if folder:
        desk.find(QAbstractButton, "Save", desk.modal())
        desk.modal().folder_box.setCurrentText(folder)  # type: ignore[attr-defined]
    if button:
        desk.click("A button that publishes it at once")
    desk.click("Save", desk.modal())
    path = f"{folder}/{name}" if folder else name
    desk.wait(lambda: desk.services.publications.template(path), path)


def test_that_a_template_is_kept_as_a_text_file_and_filled_in_after_a_restart(demo: Desk) -> None:
    demo.type("Topic to publish to", "plant/line1/setpoint")
    demo.window.publish.editor.set_text('{"target": {{random 1 1}}}', "json")
    demo.window.publish.fields.properties.set_document({"content_type": "application/json"})
    keep_template(demo, "Set target", "plant/line 1")
    folder = demo.services.publications.folder
    (file,) = folder.glob("*.message")
    assert '{"target": {{random 1 1}}}' in file.read_text()

    demo.restart()
    demo.click("Try the demo")
    demo.wait_for_state("Connected")
    demo.click("Templates…")
    dialog = demo.window.on_publish.templates._dialog
    assert dialog is not None
    demo.wait(lambda: demo.says("Set target", dialog), "the template")
    QTest.keyClicks(dialog.search_edit, "no such words")
    assert dialog.chosen() is None
    dialog.search_edit.clear()
    QTest.keyClicks(dialog.search_edit, "target line")
    assert isinstance(dialog.tree, QTreeView)
    QTest.mouseClick(dialog.fill_button, LEFT)
    dialog.close()
    pane = demo.window.publish
    assert pane.topic_edit.text() == "plant/line1/setpoint"
    assert pane.editor.kind == "json"
    assert pane.fields.properties_button.text() == "Properties (1)"
    demo.keys("Ctrl+Return", pane.editor.edit)
    demo.wait(lambda: sent(demo))
    assert sent(demo)[0].payload == b'{"target": 1}'


def test_that_a_button_publishes_at_once_and_can_be_moved_and_removed(demo: Desk) -> None:
    for name in ("one", "two", "three"):
        demo.type("Topic to publish to", f"buttons/{name}")
        demo.type("Payload", name)
        keep_template(demo, name, button=True)
    bar = demo.window.publish.bar
    assert [template.name for template in bar.templates()] == ["one", "three", "two"]
    demo.click("Publish three")
    demo.wait(lambda: [message.topic for message in sent(demo)] == ["buttons/three"])

    button = demo.find(QAbstractButton, "Publish two")
    start = button.rect().center()
    QTest.mousePress(button, LEFT, pos=start)
    for x in range(0, -button.x() - 1, -4):
        QTest.mouseMove(button, QPoint(start.x() + x, start.y()))
        _move(button, bar.mapToGlobal(QPoint(max(2, bar.width() + x), 5)))
    _move(button, bar.mapToGlobal(QPoint(2, 5)))
    QTest.mouseRelease(button, LEFT, pos=start)
    demo.wait(lambda: demo.services.publications.bar[0].name == "two")
    assert len(sent(demo)) == 1

    demo.restart()
    bar = demo.window.publish.bar
    demo.click("Try the demo")
    demo.wait(lambda: [template.name for template in bar.templates()][:1] == ["two"])
    demo.wait(lambda: demo.says("one", bar), "the button")
    menu = bar.menu_of(demo.find(QAbstractButton, "Publish one"))
    _choose(menu, "Remove the button")
    demo.wait(lambda: [template.name for template in bar.templates()] == ["two", "three"])
    menu.close()


def test_that_a_button_asks_first_on_a_broker_that_others_rely_on(desk: Desk) -> None:
    profile = desk._start_demo()
    desk.window.connect_to(Profile(host=profile.host, port=profile.port, kind="production"))
    desk.wait_for_state("Connected")
    desk.click("Do not subscribe")
    desk.services.publications.add([MessageTemplate(name="go", topic="a", in_bar=True)])
    desk.wait(lambda: desk.says("go", desk.window.publish.bar))
    desk.click("Publish go")
    assert desk.says("This is a production broker: others act on what you publish.")
    desk.click("Do not publish")
    assert sent(desk) == []
    desk.click("Publish go")
    desk.click("Publish it")
    desk.wait(lambda: len(sent(desk)) == 1)


def test_that_the_history_is_searched_published_again_and_edited(demo: Desk) -> None:
    demo.publish("history/a", "first", qos=1)
    demo.wait_for_words("Acknowledged")
    demo.publish("history/b", "second", qos=0, retain=True)
    demo.wait_for_words("Sent")
    demo.restart()
    demo.click("Try the demo")
    demo.wait_for_state("Connected")
    demo.click("Published messages…")
    dialog = demo.window.on_publish._history
    assert dialog is not None
    demo.wait(lambda: len(dialog.model.entries) == 2, "the history")
    QTest.keyClicks(dialog.search_edit, "acknowledged FIRST")
    demo.wait(lambda: len(dialog.model.entries) == 1)
    assert "Success (0x00)" in dialog.model.entries[0].result
    dialog.table.selectRow(0)
    QTest.mouseClick(dialog.resend_button, LEFT)
    demo.wait(lambda: [message.topic for message in sent(demo)] == ["history/a"])
    dialog.search_edit.setText("history/b")
    demo.wait(lambda: [one.topic for one in dialog.model.entries] == ["history/b"])
    dialog.table.selectRow(0)
    QTest.mouseClick(dialog.edit_button, LEFT)
    pane = demo.window.publish
    assert pane.topic_edit.text() == "history/b"
    assert pane.editor.text() == "second"
    assert pane.fields.retain_box.isChecked()
    QTest.mouseClick(dialog.remove_button, LEFT)
    demo.wait(lambda: not dialog.model.entries)
    dialog.search_edit.clear()
    demo.wait(lambda: len(dialog.model.entries) == 2)
    dialog.close()


def test_that_a_message_of_the_table_is_published_again_and_edited(demo: Desk) -> None:
    pane = demo.window.publish
    pane.fields.properties.set_document({"content_type": "x/y", "user_property": [["k", "v"]]})
    demo.publish("again/here", "21.5", qos=1)
    demo.wait(lambda: "again/here" in demo.column("Topic"))
    pane.fields.properties.clear()
    pane.fill("", b"")
    demo.click_row("Messages", demo.column("Topic").index("again/here"), 4)
    actions = demo.window.messages.messages.view.actions_of_row
    menu = actions.menu()
    _choose(menu, "Edit and publish")
    menu.close()
    assert pane.topic_edit.text() == "again/here"
    assert pane.editor.text() == "21.5"
    assert pane.fields.properties.document() == {
        "content_type": "x/y",
        "user_property": [["k", "v"]],
    }
    menu = actions.menu()
    _choose(menu, "Publish again")
    menu.close()
    demo.wait(lambda: len(sent(demo)) == 2)
    assert sent(demo)[0] == sent(demo)[1]


def test_that_variables_of_the_profile_are_filled_in(demo: Desk) -> None:
    demo.window.on_publish.templates.show_variables()
    dialog = demo.modal()
    dialog.pairs.set_pairs([("line", "line7")])  # type: ignore[attr-defined]
    demo.type("Variables of the environment", "MY_PASSWORD")
    assert demo.says("looks like a secret")
    demo.type("Variables of the environment", "TOPICSCOPE_TEST")
    demo.click("Save", dialog)
    os.environ["TOPICSCOPE_TEST"] = "here"
    try:
        demo.type("Topic to publish to", "{{line}}/{{env.TOPICSCOPE_TEST}}/{{profile}}")
        demo.wait(lambda: demo.window.publish.preview_text.startswith("line7/here/Demo plant"))
    finally:
        del os.environ["TOPICSCOPE_TEST"]


def test_that_messages_of_mqttfx_become_templates(demo: Desk, tmp_path: Path) -> None:
    from topicscope.gui.tasks import spawn

    broken = tmp_path / "none.json"
    broken.write_text("{")
    spawn(demo.window.on_publish.templates.import_file(broken))
    demo.wait(demo.window.notice.isVisible, "what is wrong")
    assert demo.services.publications.templates == ()
    file = tmp_path / "mqttfx-config.xml"
    file.write_text(
        "<configuration><connectionProfiles><connectionProfile><profileName>Lab</profileName>"
        "<predefinedMessages><message><name>Lamp on</name><topic><name>home/lamp/set</name></topic>"
        "<qos>1</qos><retained>true</retained><payload>ON</payload></message>"
        "</predefinedMessages></connectionProfile></connectionProfiles></configuration>"
    )
    spawn(demo.window.on_publish.templates.import_file(file))
    demo.wait(lambda: demo.services.publications.templates, "the template")
    (template,) = demo.services.publications.templates
    assert (template.name, template.topic, template.payload) == ("Lamp on", "home/lamp/set", "ON")
    demo.wait_for_words("1 message imported from MQTT.fx; see Templates.")
    demo.click("Publish Lamp on")
    demo.wait(lambda: len(sent(demo)) == 1)


KILLED = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from topicscope.automation.publish_history import PublishedMessage
from topicscope.automation.templates.template import MessageTemplate
from topicscope.gui import tasks
from topicscope.gui.library.publishing import PublishLibrary
app = QApplication([])
folder = Path(sys.argv[1])
with tasks.event_loop(app):
    library = PublishLibrary(folder, folder)
    library.acquire()
    library.add([MessageTemplate(name="kept", topic="a", payload="1")])
    for number in range(100):
        library.published.remember(PublishedMessage(time=number, topic="a", payload=b"1"))
    library.published.flush()
    while not library.templates:
        app.processEvents()
    print("ready", flush=True)
    time.sleep(60)
"""


def test_that_templates_and_history_survive_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    stored = TemplateStore(tmp_path / "templates").list()
    assert [template.name for template in stored.templates] == ["kept"]
    assert stored.problems == []
    history = PublishHistory(tmp_path / "published.ndjson")
    assert history.load() == 0
    assert len(history.entries()) == 100
    history.close()


def _choose(menu: QMenu, words: str) -> None:
    (action,) = [one for one in menu.actions() if one.text() == words]
    assert action.isEnabled()
    action.trigger()


def _move(button: QAbstractButton, place: QPoint) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(button.mapFromGlobal(place)),
        QPointF(place),
        LEFT,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(button, event)

"""Charts of values in payloads: from the inspector, with the past of a topic, and growing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.helpers.automation import connect
from topicscope.demo.server import BrokerThread
from topicscope.gui.dialogs.charts.field_history import FieldHistoryDialog, value_words
from topicscope.gui.models.charts import field_history
from topicscope.gui.models.charts.field_history import FieldHistory
from topicscope.mqtt.control_packets import Direction
from topicscope.query.field_values import FieldValues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.window import Desk


@pytest.fixture
def lab(desk: Desk) -> Iterator[Desk]:
    """The window, subscribed to everything at a broker where nothing happens."""
    with BrokerThread() as broker:
        connect(desk, broker.port, "#")
        yield desk


def tell(desk: Desk, topic: str, *payloads: bytes) -> None:
    """Publish messages, wait for their echo, and look at the newest."""
    known = desk.ledger("received")
    for payload in payloads:
        desk.window.bridge.publish(topic, payload)
    desk.wait(lambda: desk.ledger("received") == known + len(payloads), "the echo")
    desk.click_topic(*topic.split("/"))
    record = desk.window.inspector.record
    desk.wait(lambda: desk.window.inspector.record is not None, "the message")
    assert record is None or record.topic == topic.encode()


def entries(menu: QMenu) -> list[str]:
    texts = [action.text().replace("\t", " ") for action in menu.actions()]
    menu.deleteLater()
    return texts


def pick(menu: QMenu, words: str) -> None:
    """Choose an entry as a click does."""
    menu.popup(menu.parentWidget().mapToGlobal(menu.parentWidget().rect().topLeft()))
    (action,) = [one for one in menu.actions() if one.text().startswith(words)]
    place = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)


def chart_of(desk: Desk) -> FieldHistoryDialog:
    (dialog,) = desk.window.inspector.findChildren(FieldHistoryDialog)
    desk.wait(lambda: dialog.chart.is_drawn, "the chart")
    return dialog


def values(dialog: FieldHistoryDialog) -> list[float]:
    return dialog.history.values.tolist()


def test_that_a_value_is_charted_from_its_line_with_its_past_and_goes_on(lab: Desk) -> None:
    tell(lab, "cell/a", *(b'{"unit": "bar", "p": {"x": %d.125}}' % n for n in range(5)))
    inspector = lab.window.inspector
    text = inspector.pretty_page.view.toPlainText()
    assert "Chart this value…" not in entries(inspector.filter_menu.menu(text.index("unit")))
    pick(inspector.filter_menu.menu(text.index("4.125")), "Chart this value…")
    dialog = chart_of(lab)
    lab.wait(lambda: len(values(dialog)) == 5, "the past")
    assert lab.says("json.p.x", dialog)
    assert lab.says("cell/a · received", dialog)
    assert "last 4.125 · least 0.125 · most 4.125 · 5 values" in dialog.chart.readout

    lab.window.bridge.publish("cell/a", b'{"p": {"x": 9}}')
    lab.window.bridge.publish("cell/a", b'{"p": "gone"}')
    lab.wait(lambda: values(dialog)[-1] == 9, "what came meanwhile")
    lab.wait(lambda: lab.says("1 message without a number there.", dialog), "what was left out")

    lab.click("Copy values", dialog)
    assert QApplication.clipboard().text().rstrip().endswith("\t9.0")
    dialog.close()


def test_that_the_button_lists_all_numbers_of_a_message(lab: Desk) -> None:
    tell(lab, "cell/a", b'{"t": "21.5 C", "name": "oven", "on": true, "list": [1, {"b&c": 2}]}')
    inspector = lab.window.inspector
    listed = ["json.t 21.5 C", "json.on True", "json.list[0] 1", 'json.list[1]["b&&c"] 2']
    assert entries(inspector.numbers_menu()) == listed
    lab.window.commands["chart"].trigger()
    menu = lab.popup()
    assert isinstance(menu, QMenu)
    pick(menu, "json.on")
    dialog = chart_of(lab)
    lab.wait(lambda: values(dialog) == [1], "the value")
    inspector.chart(("on",))
    assert len(inspector.findChildren(FieldHistoryDialog)) == 1, "one chart of a value is enough"
    dialog.close()


def test_that_the_command_says_what_is_missing(lab: Desk) -> None:
    lab.window.commands["chart"].trigger()
    lab.wait_for_words("Choose a message with a payload")


def test_that_a_payload_that_is_a_number_is_charted(lab: Desk) -> None:
    tell(lab, "cell/bare", b"20.5", b"21")
    inspector = lab.window.inspector
    pick(inspector.filter_menu.menu(0), "Chart this value…")
    dialog = chart_of(lab)
    lab.wait(lambda: values(dialog) == [20.5, 21], "the values")
    dialog.close()
    tell(lab, "cell/text", b"warm")
    assert entries(inspector.numbers_menu()) == ["No number in this payload"]


def test_that_a_cleared_capture_begins_anew_and_says_so(lab: Desk) -> None:
    tell(lab, "cell/a", b"1", b"2")
    lab.window.inspector.chart(())
    dialog = chart_of(lab)
    lab.wait(lambda: len(values(dialog)) == 2, "the values")
    lab.window.commands["clear"].trigger()
    lab.wait(lambda: lab.says("A line begins with the first number", dialog), "no values")
    lab.window.bridge.publish("cell/b", b"5")
    lab.window.bridge.publish("cell/a", b"3")
    lab.wait(lambda: values(dialog) == [3], "the first value")
    assert not lab.says("A line begins", dialog)
    dialog.close()


def test_that_only_the_newest_values_are_kept_and_that_is_known(
    monkeypatch: pytest.MonkeyPatch, lab: Desk
) -> None:
    monkeypatch.setattr(field_history, "MOST_VALUES", 3)
    history = FieldHistory(lab.window.bridge.log, b"t", Direction.IN, ())
    assert history.next_piece() is None
    for begin in (0, 2):
        times = np.arange(begin, begin + 2, dtype=np.float64)
        history.take(FieldValues(times, times))
    assert history.values.tolist() == [1, 2, 3]
    assert history.is_cut
    assert not history.are_switches


@pytest.mark.parametrize(
    ("value", "words"),
    [(2.755, "2.755"), (1204.0, "1,204"), (0.0, "0"), (1e-7, "1e-07"), (-24.8, "-24.8")],
)
def test_that_values_are_written_with_all_they_say(value: float, words: str) -> None:
    assert value_words(value) == words

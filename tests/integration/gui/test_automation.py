"""Schedules, responders and requests in the window, against real Mosquitto and the broker of the demo."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLineEdit, QMenu, QPlainTextEdit

from tests.helpers.automation import (
    choose_row,
    connect,
    count_of,
    keep,
    message,
    open_form,
    show_responders,
    state_of,
    wait_for_form,
)
from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.automation.responders.responder import Responder
from topicscope.automation.schedules.schedule import Burst, Interval, Ramp, Schedule
from topicscope.capture.log import CaptureLog
from topicscope.demo.server import BrokerThread
from topicscope.mqtt.control_packets import Direction
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.window import Desk
    from topicscope.capture.record import Record

MENU_WORDS = "Answer messages like this…"


@pytest.fixture(params=["mosquitto", "demo"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Real Mosquitto, and the broker of the demo, without the plant."""
    if request.param == "mosquitto":
        with Mosquitto(tmp_path_factory.mktemp("broker")) as mosquitto:
            yield mosquitto.port
        return
    with BrokerThread() as broker:
        yield broker.port


@pytest.fixture
def mosquitto_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as mosquitto:
        yield mosquitto.port


@pytest.mark.parametrize(
    "port", ["mosquitto", pytest.param("demo", marks=pytest.mark.soak)], indirect=True
)
def test_that_1000_messages_a_second_for_10_seconds_are_10000_with_their_drift_shown(
    desk: Desk, port: int
) -> None:
    connect(desk, port)
    with Watched() as other:
        other.connect(Profile(host="127.0.0.1", port=port))
        other.subscribe("load/#")
        desk.show_tab("Automation")
        open_form(desk, "New schedule…")
        desk.type("Name", "Load")
        desk.type("Topic", "load/{{index % 10}}")
        desk.type("Payload", "{{index}}")
        desk.type("Time between two messages", "1")
        desk.choose("Unit of time between two messages", "ms")
        desk.type("Seconds", "10")
        desk.click("Save and start")
        desk.wait(lambda: state_of(desk, "Load") == "Running", "the schedule running")
        desk.wait(lambda: state_of(desk, "Load") == "Done", "its end", patience_ms=30_000)
        assert abs(count_of(desk, "Load") - 10_000) <= 1
        other.wait_for_messages(9_999)
        page = desk.window.automation.pane.schedules
        assert "10,000 measured" in page.histogram.words()
        assert "p99" in page.said()


def test_that_a_schedule_stops_at_once(desk: Desk, port: int) -> None:
    connect(desk, port, "load/#")
    keep(desk, Schedule(name="Load", message=message("load/1"), pace=Interval(1)))
    desk.show_tab("Automation")
    choose_row(desk, "Load")
    desk.click("Start")
    desk.wait(lambda: count_of(desk, "Load") > 300, "some messages")
    desk.click("Stop")
    sent = desk.window.automation.automating.schedule_status
    (schedule,) = desk.services.automation.schedules
    status = sent(schedule.id)
    assert status is not None
    assert not status.is_active
    desk.wait(lambda: state_of(desk, "Load") == "Stopped", "the state")
    QTest.qWait(300)
    later = sent(schedule.id)
    assert later is not None
    assert later.sent - status.sent <= 1


def test_that_many_schedules_run_at_once_and_stop_together(desk: Desk, mosquitto_port: int) -> None:
    connect(desk, mosquitto_port, "many/#")
    paces = [Interval(20), Burst(5, 100), Ramp(5, 50, 2)]
    keep(
        desk,
        *(
            Schedule(name=f"Number {n}", message=message(f"many/{n}"), pace=paces[n % 3])
            for n in range(30)
        ),
    )
    desk.show_tab("Automation")
    desk.window.commands["start_schedules"].trigger()
    desk.wait(lambda: desk.window.automation.pane.kinds.tabText(0) == "Schedules · 30 running")
    desk.wait(lambda: all(count_of(desk, f"Number {n}") > 4 for n in range(30)), "all of them")
    desk.click("Stop all")
    assert desk.window.automation.automating.running == []
    desk.wait(lambda: state_of(desk, "Number 7") == "Stopped")


def test_that_chosen_messages_become_a_schedule(desk: Desk, port: int) -> None:
    connect(desk, port, "seen/#")
    for number in range(3):
        desk.window.bridge.publish(f"seen/{number}", b'{"n": %d}' % number)
    desk.wait(lambda: len(desk.rows()) == 8, "the messages, with two notes")
    view = desk.window.messages.messages.view
    view.selectAll()
    choose_in_menu(view.actions_of_row.menu(), "Schedule these messages…")
    wait_for_form(desk)
    # What we sent and got back counts once.
    assert "3 messages chosen in a capture" in _combos(desk)
    desk.type("Name", "Again")
    desk.click("Save and start")
    desk.wait(lambda: state_of(desk, "Again") == "Done", "its end")
    assert count_of(desk, "Again") == 3


def test_that_one_chosen_text_message_can_be_edited_and_has_a_pace(desk: Desk, port: int) -> None:
    connect(desk, port, "seen/#")
    desk.window.bridge.publish("seen/one", b'{"n": 1}', 1)
    desk.wait(lambda: len(desk.rows()) == 4, "the message, with two notes")
    desk.click_row("Messages", 3)
    choose_in_menu(
        desk.window.messages.messages.view.actions_of_row.menu(), "Schedule this message…"
    )
    form = wait_for_form(desk)
    assert {"seen/one", '{"n": 1}'} <= set(desk.words(form))
    desk.click("Cancel")


def test_that_a_responder_plays_the_missing_valve(desk: Desk, port: int) -> None:
    connect(desk, port, "devices/+/request")
    show_responders(desk)
    open_form(desk, "New responder…")
    desk.type("Name", "Valves")
    desk.type("Answers when", 'topic ~ "devices/+/request" and json.method')
    desk.type("Topic levels", "devices/<device>/request")
    desk.type("Payload", '{"device": "{{device}}", "did": "{{json.method}}"}')
    desk.click("Save and start")
    desk.wait(lambda: state_of(desk, "Valves", "Responders") == "Answering", "the responder")
    with Watched() as asker:
        asker.connect(Profile(host="127.0.0.1", port=port, protocol_version=5))
        asker.subscribe("replies/me")
        properties = [(8, "replies/me"), (9, b"\xff\x01")]
        asker.connection.publish(
            "devices/valve-9/request", b'{"method": "get"}', 1, False, list(properties)
        )
        asker.wait_for_messages(1)
        answer = received(asker)
        assert answer.payload == b'{"device": "valve-9", "did": "get"}'
        assert (9, b"\xff\x01") in answer.properties
    desk.wait(lambda: count_of(desk, "Valves", "Responders") == 1, "the count")

    desk.show_tab("Requests")
    desk.wait(lambda: len(desk.rows("Requests")) == 1, "the pair")
    (pair,) = desk.rows("Requests")
    assert pair[1] == "devices/valve-9/request"
    assert pair[3] == "replies/me"
    assert "s" in pair[2]
    assert desk.says("1 of 1 requests answered")
    assert "1 measured" in desk.window.automation.requests.pane.histogram.words()
    desk.click_row("Requests", 0, 3)
    view = desk.window.messages.messages.view
    record = view.record_of(view.current_row())
    assert record is not None
    assert record.topic == b"replies/me"


def test_that_a_loop_between_two_responders_is_stopped_and_explained(desk: Desk, port: int) -> None:
    connect(desk, port, "loop/#")
    keep(
        desk,
        Responder(name="ping", when='topic == "loop/a"', message=message("loop/b", "{{uuid}}")),
        Responder(name="pong", when='topic == "loop/b"', message=message("loop/a", "{{uuid}}")),
    )
    show_responders(desk)
    desk.window.commands["start_responders"].trigger()
    desk.wait(lambda: state_of(desk, "pong", "Responders") == "Answering", "both")
    desk.window.bridge.publish("loop/a", b"begin")
    desk.wait_for_words("answer each other", "let one of their filters leave out")
    states = {state_of(desk, "ping", "Responders"), state_of(desk, "pong", "Responders")}
    desk.wait(lambda: "Stopped: a loop" in {row[1] for row in desk.rows("Responders")}, str(states))
    stopped = next(row[0] for row in desk.rows("Responders") if row[1] == "Stopped: a loop")
    choose_row(desk, stopped, "Responders")
    assert "answer each other" in desk.window.automation.pane.responders.said()
    before = count_of(desk, stopped, "Responders")
    QTest.qWait(300)
    assert count_of(desk, stopped, "Responders") == before


@pytest.mark.parametrize("version", [4, 5])
def test_that_a_request_is_sent_and_its_response_shown(
    desk: Desk, mosquitto_port: int, version: int
) -> None:
    connect(desk, mosquitto_port, version=version)
    with Watched() as device:
        device.connect(Profile(host="127.0.0.1", port=mosquitto_port, protocol_version=5))
        device.subscribe("device/get")
        dialog = open_request(desk)
        type_in(desk, dialog, "Topic", "device/get")
        if version == 4:
            type_in(desk, dialog, "Response Topic", "device/answer")
        _click(desk, dialog, "Send")
        desk.wait(device.received, "the request")
        asked = received(device)
        properties = dict(asked.properties)
        answer = [(9, properties[9])] if version == 5 else []
        topic = str(properties[8]) if version == 5 else "device/answer"
        time.sleep(0.05)
        device.connection.publish(topic, b"forty-two", 1, False, answer)
        desk.wait(lambda: desk.says("Answered after", dialog), "the answer")
        assert desk.says("forty-two", dialog)
    dialog.close()


def test_that_a_request_goes_out_in_the_format_chosen_and_its_response_is_readable(
    desk: Desk, mosquitto_port: int
) -> None:
    connect(desk, mosquitto_port)
    with Watched() as device:
        device.connect(Profile(host="127.0.0.1", port=mosquitto_port, protocol_version=5))
        device.subscribe("device/+")
        dialog = open_request(desk)
        type_in(desk, dialog, "Topic", "device/{{choice get}}")
        editor = desk.find(QPlainTextEdit, "Payload of the request", within=dialog)
        desk.focus(editor)
        choice = desk.find(QComboBox, "How the payload is written here", within=dialog)
        choice.setCurrentText("CBOR")
        QTest.keyClicks(editor, '{"v": 1')
        desk.keys("Ctrl+Return", editor)
        desk.wait(lambda: desk.says("Not sent. ", dialog), "why not")
        assert not device.received()
        QTest.keyClicks(editor, "}")
        desk.keys("Ctrl+Return", editor)
        desk.wait(device.received, "the request")
        asked = received(device)
        assert (asked.topic, asked.payload) == (b"device/get", b"\xa1\x61v\x01")
        properties = dict(asked.properties)
        device.connection.publish(str(properties[8]), b'{"v":1}', 1, False, [(9, properties[9])])
        desk.wait(lambda: desk.says("· JSON", dialog), "the answer")
        assert desk.says('"v": 1', dialog)
    dialog.close()


def test_that_a_request_that_nobody_answers_times_out(desk: Desk, mosquitto_port: int) -> None:
    connect(desk, mosquitto_port)
    dialog = open_request(desk)
    _click(desk, dialog, "Send")
    assert desk.says("It needs a Topic Name.", dialog)
    type_in(desk, dialog, "Topic", "nobody/here")
    type_in(desk, dialog, "Time-out in seconds", "0.4")
    _click(desk, dialog, "Send")
    desk.wait(lambda: desk.says("No response within 0.4 s.", dialog), "the time-out")
    dialog.close()
    desk.show_tab("Requests")
    desk.type("Time-out in seconds", "0.3", "Return")
    desk.wait(lambda: any("no answer" in row[2] for row in desk.rows("Requests")), "no answer")


def test_that_all_is_stopped_when_the_connection_ends(desk: Desk, port: int) -> None:
    connect(desk, port, "end/#")
    keep(
        desk,
        Schedule(name="Beat", message=message("end/beat"), pace=Interval(50)),
        Responder(name="Echo", when='topic == "end/ask"', message=message("end/answer")),
    )
    desk.show_tab("Automation")
    desk.window.commands["start_schedules"].trigger()
    desk.window.commands["start_responders"].trigger()
    automating = desk.window.automation.automating
    desk.wait(lambda: len(automating.running) == 2, "both")
    desk.window.bridge.disconnect_from()
    desk.wait(lambda: not automating.running, "the stop")
    desk.wait_for_words("because the connection ended")
    desk.wait(lambda: state_of(desk, "Beat") == "Stopped")
    choose_row(desk, "Beat")
    desk.click("Start")
    desk.wait_for_words("Not connected: connect to a broker, then start it.")


def received(watched: Watched) -> Record:
    """Return the last message that another client received."""
    log = CaptureLog()
    for batch in list(watched.batches):
        log.append(batch)
    records = [log.record(row) for row in range(log.end_row)]
    return [one for one in records if one.topic and one.direction is Direction.IN][-1]


def choose_in_menu(menu: QMenu, words: str) -> None:
    """Choose an entry of a context menu."""
    found = [action for action in menu.actions() if action.text() == words]
    assert found, [action.text() for action in menu.actions()]
    assert found[0].isEnabled()
    found[0].trigger()
    menu.close()
    menu.deleteLater()


def open_request(desk: Desk) -> QDialog:
    """Open the form of a request."""
    desk.show_tab("Requests")
    desk.click("Send a request…")
    desk.wait(lambda: desk.window.findChild(QDialog, "send-request"), "the form")
    dialog = desk.window.findChild(QDialog, "send-request")
    assert isinstance(dialog, QDialog)
    return dialog


def type_in(desk: Desk, dialog: QDialog, name: str, text: str) -> None:
    """Type over what is in a field of a dialog that stands beside the window."""
    field = desk.find(QLineEdit, name, within=dialog)
    desk.focus(field)
    field.selectAll()
    QTest.keyClicks(field, text)


def _click(desk: Desk, dialog: QDialog, name: str) -> None:
    desk.click(name, within=dialog)
    assert desk.find(QAbstractButton, "Close", within=dialog)


def _combos(desk: Desk) -> list[str]:
    return [box.currentText() for box in desk.modal().findChildren(QComboBox)]

"""The tabs Automation and Requests as a person meets them: empty, filled in, wrong, forbidden, small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QLineEdit, QPushButton

from tests.helpers.automation import choose_row, count_of, open_form, show_responders, state_of
from topicscope.automation.responders.responder import Responder
from topicscope.automation.schedules.schedule import Burst, CsvRows, Interval, Schedule, Waveform
from topicscope.automation.templates.template import MessageTemplate
from topicscope.demo.server import BrokerThread
from topicscope.gui.dialogs.automation.send_request import SendRequestDialog
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    with BrokerThread() as running:
        yield running


def connect(desk: Desk, broker: BrokerThread, **changes: object) -> None:
    profile = Profile(name="Lab", host="127.0.0.1", port=broker.port)
    desk.window.connect_to(msgspec.structs.replace(profile, **changes))
    desk.wait_for_state("Connected")


def keep(desk: Desk, *schedules: Schedule) -> None:
    library = desk.services.automation
    library.load()
    desk.wait(lambda: library.is_loaded, "the library")
    for one in schedules:
        library.save_schedule(one)


def beat(name: str = "Beat") -> Schedule:
    return Schedule(name=name, message=MessageTemplate(topic="beat"), pace=Interval(50))


def test_that_an_empty_tab_says_what_to_do_first(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    desk.show_tab("Automation")
    desk.wait_for_words("Schedule these messages…", "New schedule…")
    show_responders(desk)
    desk.wait_for_words("plays a missing component", "New responder…")
    desk.show_tab("Requests")
    desk.wait_for_words("No requests were seen in this capture", "Send a request…")


def test_that_all_tabs_fit_beside_the_buttons_at_1280_by_800(
    desk: Desk, broker: BrokerThread
) -> None:
    desk.window.resize(1280, 800)
    connect(desk, broker)
    tabs = desk.window.messages.tabs
    titles = [tabs.tabText(index) for index in range(tabs.count())]
    assert {"Messages", "Packets", "Broker", "Talkers", "Requests", "Automation"} <= set(titles)
    for frozen in (False, True):
        desk.window.messages.set_frozen(frozen)
        desk.settle()
        for index in range(tabs.count()):
            assert tabs.tabRect(index).width() >= tabs.tabSizeHint(index).width(), titles[index]
        assert tabs.tabRect(tabs.count() - 1).right() <= tabs.width()


def test_that_what_is_wrong_with_a_schedule_is_said_at_its_field(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    desk.show_tab("Automation")
    form = open_form(desk, "New schedule…")
    desk.type("Time between two messages", "0")
    desk.click("Save")
    assert desk.says("A message needs a Topic Name.", form)
    assert desk.says("The time between two messages is more than 0 ms.", form)
    assert desk.says("look at what is red", form)
    desk.type("Topic", "plant/+/x")
    desk.type("Payload", "{{ nonsense(")
    desk.type("Time between two messages", "0.01")
    desk.choose("Unit of time between two messages", "ms")
    desk.click("Save")
    assert desk.says("10,000 messages a second", form)
    desk.choose("Pace", "In bursts")
    desk.type("Messages of a burst", "many")
    assert desk.says("“many” is no number", form)
    desk.choose("Send", "A message for each row of a CSV file")
    desk.click("Save")
    assert desk.says("Choose a CSV file.", form)
    desk.click("Cancel")
    assert desk.services.automation.schedules == ()


def test_that_a_schedule_that_cannot_start_says_so_in_its_line(
    desk: Desk, broker: BrokerThread, tmp_path: Path
) -> None:
    connect(desk, broker)
    missing = CsvRows(str(tmp_path / "rows.csv"))
    keep(desk, Schedule(name="Rows", message=MessageTemplate(topic="rows"), source=missing))
    desk.show_tab("Automation")
    choose_row(desk, "Rows")
    desk.click("Start")
    desk.wait(lambda: state_of(desk, "Rows") == "Failed", "the failure")
    desk.wait_for_words("rows.csv cannot be read")


def test_that_rows_of_a_csv_file_are_sent_once_each(
    desk: Desk, broker: BrokerThread, tmp_path: Path
) -> None:
    connect(desk, broker)
    path = tmp_path / "rows.csv"
    path.write_text("device,value\na,1\nb,2\nc,3\n", encoding="utf-8")
    desk.show_tab("Automation")
    open_form(desk, "New schedule…")
    desk.choose("Send", "A message for each row of a CSV file")
    desk.type("CSV file", str(path))
    desk.type("Topic", "rows/{{device}}")
    desk.type("Payload", "{{value}}")
    desk.type("Time between two messages", "10")
    desk.choose("Unit of time between two messages", "ms")
    desk.click("Save and start")
    name = "rows/{{device}}"
    desk.wait(lambda: state_of(desk, name) == "Done", "its end")
    assert count_of(desk, name) == 3
    names = desk.window.bridge.log.topics.names
    assert {b"rows/a", b"rows/b", b"rows/c"} <= set(names)


def test_that_a_schedule_is_edited_duplicated_and_deleted(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    wave = Waveform("sine", 5, 20, 60)
    first = Schedule(
        name="First", message=MessageTemplate(topic="a/b", payload="{{value}}"), wave=wave
    )
    keep(desk, msgspec.structs.replace(first, pace=Burst(3, 500), count=7))
    desk.show_tab("Automation")
    choose_row(desk, "First")
    view = desk.find(QAbstractItemView, "Schedules")
    QTest.keyClick(view, Qt.Key.Key_Return)
    desk.wait(lambda: isinstance(QApplication.activeModalWidget(), QDialog), "the form")
    desk.type("Name", "Renamed")
    desk.click("Save")
    desk.wait(lambda: state_of(desk, "Renamed") == "Ready", "the new name")
    (kept,) = desk.services.automation.schedules
    assert kept == msgspec.structs.replace(first, name="Renamed", pace=Burst(3, 500), count=7)
    desk.click("Duplicate the schedule")
    desk.wait(lambda: state_of(desk, "Renamed (copy)") == "Ready", "the copy")
    choose_row(desk, "Renamed")
    QTest.keyClick(view, Qt.Key.Key_Delete)
    desk.wait(QApplication.activeModalWidget, "the question")
    desk.click("Delete", within=desk.modal())
    desk.wait(lambda: not state_of(desk, "Renamed"), "the deletion")
    assert [one.name for one in desk.services.automation.schedules] == ["Renamed (copy)"]


def test_that_space_starts_and_stops(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    keep(desk, beat())
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    view = desk.find(QAbstractItemView, "Schedules")
    QTest.keyClick(view, Qt.Key.Key_Space)
    desk.wait(lambda: state_of(desk, "Beat") == "Running", "the start")
    QTest.keyClick(view, Qt.Key.Key_Space)
    desk.wait(lambda: state_of(desk, "Beat") == "Stopped", "the stop")


def test_that_a_read_only_connection_starts_nothing(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker, read_only=True)
    keep(desk, beat())
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    desk.click("Start")
    desk.wait_for_words("This connection is read-only")
    assert state_of(desk, "Beat") == "Ready"


def test_that_a_production_broker_asks_before_the_first_start_only(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker, kind="production", subscriptions=())
    keep(desk, beat())
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    desk.click("Start")
    desk.wait(QApplication.activeModalWidget, "the question")
    assert desk.says("others there will receive it")
    desk.click("Do not start")
    assert state_of(desk, "Beat") == "Ready"
    desk.click("Start")
    desk.click("Start", within=desk.modal())
    desk.wait(lambda: state_of(desk, "Beat") == "Running", "the start")
    desk.click("Stop")
    desk.wait(lambda: state_of(desk, "Beat") == "Stopped", "the stop")
    desk.click("Start")
    desk.wait(lambda: state_of(desk, "Beat") == "Running", "the second start")


def test_that_a_responder_is_judged_while_it_is_written(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    show_responders(desk)
    form = open_form(desk, "New responder…")
    desk.type("Answers when", "topic ~ ")
    assert any("filter" in text.lower() or "expected" in text.lower() for text in desk.words(form))
    desk.type("Topic levels", "plant/<a")
    desk.click("Save")
    assert desk.says("look at what is red", form)
    desk.type("Topic levels", "plant/<line>/<device>/get")
    assert desk.says("Variables: {{line}} {{device}}", form)
    desk.type("Answers when", 'topic ~ "plant/+/+/get"')
    desk.choose("Answers to", "The topic of the answer below")
    desk.click("Save")
    assert desk.says("A message needs a Topic Name.", form)
    desk.type("Topic", "plant/{{line}}/{{device}}/answer")
    desk.click("Save")
    desk.wait(lambda: len(desk.services.automation.responders) == 1, "the responder")
    (kept,) = desk.services.automation.responders
    assert kept == Responder(
        id=kept.id,
        name='topic ~ "plant/+/+/get"',
        when='topic ~ "plant/+/+/get"',
        levels="plant/<line>/<device>/get",
        message=MessageTemplate(topic="plant/{{line}}/{{device}}/answer"),
    )


def test_that_long_names_do_not_widen_the_window(desk: Desk, broker: BrokerThread) -> None:
    desk.window.resize(1280, 800)
    connect(desk, broker)
    keep(desk, beat("A name that nobody would give to a schedule but somebody will " * 2))
    desk.show_tab("Automation")
    desk.wait(lambda: desk.rows("Schedules"), "the line")
    assert (desk.window.width(), desk.window.height()) == (1280, 800)


def test_that_the_demo_plant_is_asked_and_a_missing_valve_is_played(desk: Desk) -> None:
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    keep(desk)
    desk.services.automation.save_responder(
        Responder(
            name="Valve 9",
            when='topic == "devices/valve-9/request"',
            levels="devices/<valve>/request",
            to="response_topic",
            message=MessageTemplate(payload='{"{{valve}}": "{{json.method}}"}', qos=1),
        )
    )
    desk.window.commands["start_responders"].trigger()
    desk.wait(lambda: len(desk.window.automation.automating.running) == 1, "the responder")
    desk.show_tab("Requests")
    desk.click("Send a request…")
    desk.wait(lambda: desk.window.findChild(QDialog, "send-request"), "the form")
    dialog = desk.window.findChild(QDialog, "send-request")
    assert dialog is not None
    for device, answer in (("valve-3", '"position"'), ("valve-9", '"valve-9": "get"')):
        field = desk.find(QLineEdit, "Topic", within=dialog)
        field.setText(f"devices/{device}/request")
        desk.type("Payload of the request", '{"method": "get"}')
        desk.click("Send", within=dialog)
        desk.wait(lambda text=answer: desk.says(text, dialog), f"the answer of {device}")
        assert desk.says("Answered after", dialog)
    # Our own requests come back, too; each counts once.
    pane = desk.window.automation.requests.pane
    desk.wait(lambda: sum("valve-9" in row[1] for row in desk.rows("Requests")) == 1, "the pair")
    assert "never answered" not in pane.summary_words()
    desk.click("Show in Messages", within=dialog)
    dialog.close()
    view = desk.window.messages.messages.view
    record = view.record_of(view.current_row())
    assert record is not None
    assert record.payload == b'{"valve-9": "get"}'


def test_that_pairs_are_found_by_topics_and_by_an_id(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    desk.show_tab("Requests")
    for number in range(3):
        desk.window.bridge.publish("rpc/7/ask", b'{"id": %d}' % number)
    desk.window.bridge.publish("rpc/7/answer", b'{"id": 2}')
    desk.window.bridge.publish("rpc/7/answer", b'{"id": 99}')
    desk.choose("Pairs are found by", "Topics")
    desk.wait_for_words("Write the topics of requests and responses")
    desk.type("Topics of requests", "rpc/<n>/ask", "Return")
    desk.type("Topics of responses", "rpc/<n>/answer", "Return")
    desk.wait(lambda: len(desk.rows("Requests")) == 3, "the requests")
    desk.choose("Pairs are found by", "An id in the payload")
    desk.wait(lambda: desk.says("1 of 3 requests answered"), "the pair")
    desk.show_tab("No request 1")
    desk.wait(lambda: desk.rows("Requests")[0][1] == "no request was seen", "the orphan")


def test_that_a_schedule_shows_its_first_message_before_it_is_saved(
    desk: Desk, broker: BrokerThread, tmp_path: Path
) -> None:
    connect(desk, broker)
    desk.show_tab("Automation")
    form = open_form(desk, "New schedule…")
    desk.wait(lambda: desk.says("Its message has no topic.", form), "why there is none")
    desk.type("Topic", "plant/{{index}}/{{counter}}")
    desk.type("Payload", '{"v": {{value}}}')
    desk.choose("Waveform", "Sine")
    desk.type("Middle", "20")
    desk.wait(lambda: desk.says('{"v": 20.0}', form), "the payload")
    assert desk.says("plant/0/1", form)
    desk.type("Payload", "{{ nonsense(")
    desk.wait(lambda: desk.says("is not closed with", form), "what is wrong")
    rows = tmp_path / "rows.csv"
    rows.write_text("name,value\nvalve,7\n")
    desk.choose("Send", "A message for each row of a CSV file")
    desk.type("CSV file", str(rows))
    desk.type("Topic", "csv/{{name}}")
    desk.type("Payload", "{{value}}")
    desk.wait(lambda: desk.says("csv/valve", form), "the first row")
    rows.unlink()
    desk.type("Topic", "csv/{{name}}/x")
    desk.wait(lambda: desk.says("rows.csv cannot be read", form), "that it is gone")
    desk.click("Cancel")


def test_that_a_responder_shows_what_it_would_answer_to_the_newest_message(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    desk.subscribe("devices/#")
    desk.wait(desk.window.messages.sources.subscriptions, "the subscription")
    desk.window.bridge.publish("devices/valve-1/get", b'{"id": 7}', 1)
    desk.wait(lambda: len(desk.rows()) == 4, "the message, with two notes")
    show_responders(desk)
    form = open_form(desk, "New responder…")
    desk.wait(lambda: desk.says("Write a filter", form), "what to do first")
    desk.choose("Answers to", "The topic of the answer below")
    desk.type("Topic levels", "devices/<device>/get")
    desk.type("Topic", "devices/{{device}}/answer")
    desk.type("Payload", '{"did": {{json.id}}}')
    desk.type("Answers when", 'topic == "nowhere"')
    desk.wait(lambda: desk.says("No message was received that this filter sees", form), "why not")
    desk.type("Answers when", 'topic ~ "devices/#" and json.id > 5')
    desk.wait(lambda: desk.says('{"did": 7}', form), "the answer")
    assert desk.says("devices/valve-1/answer", form)
    assert desk.says("To the newest message that it sees, on devices/valve-1/get.", form)
    desk.choose("Answers to", "The Response Topic of the message (MQTT 5)")
    desk.type("Topic", "")
    desk.wait(lambda: desk.says("has no Response Topic", form), "why not")
    desk.click("Cancel")


def test_that_a_form_begins_in_its_first_field_and_its_buttons_come_last(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    desk.show_tab("Automation")
    form = open_form(desk, "New schedule…")
    first = form.focusWidget()
    assert first.accessibleName() == "Name" or first is desk.find(QLineEdit, "Name", form)
    seen = []
    for _ in range(60):
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
        if form.focusWidget() is first:
            break
        seen.append(form.focusWidget())
    words = [one.text() if isinstance(one, QPushButton) else repr(one) for one in seen]
    assert words[-3:] == ["Cancel", "Save and start", "Save"]
    assert len(seen) > 8
    desk.click("Cancel")


def test_that_a_schedule_keeps_a_no_break_space_of_its_payload(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    said = MessageTemplate(topic="beat", payload="21.5\u00a0°C")
    keep(desk, msgspec.structs.replace(beat(), message=said))
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    open_form(desk, "Edit the schedule")
    desk.click("Save")
    assert desk.services.automation.schedules[0].message.payload == "21.5\u00a0°C"


def test_that_the_histogram_gives_way_before_the_page_scrolls(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    keep(desk, beat())
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    page = desk.window.automation.pane.schedules
    pane = desk.window.automation.pane
    assert pane.minimumSizeHint().height() < 220
    assert not pane.hasHeightForWidth()
    assert page.histogram.minimumSizeHint().height() <= 0


def test_that_long_filters_and_topics_leave_room_for_what_is_done(
    desk: Desk, broker: BrokerThread
) -> None:
    connect(desk, broker)
    keep(desk)
    topic = "plant/" + "/".join(f"level-{number}-with-a-long-name" for number in range(9))
    answer = MessageTemplate(topic=topic)
    rule = Responder(when=f'topic == "{topic}"', to="template_topic", message=answer, delay_ms=70)
    desk.services.automation.save_responder(rule)
    show_responders(desk)
    desk.wait_for_words("answers after 70 ms on plant/level-0")
    line = next(words for words in desk.words() if "answers after" in words)
    assert line.startswith('When topic == "plant/')
    assert line.endswith("with-a-long-name")
    assert len(line) < 120


def test_that_the_form_for_a_request_begins_at_its_topic(desk: Desk, broker: BrokerThread) -> None:
    connect(desk, broker)
    desk.show_tab("Requests")
    desk.click("Send a request…")
    desk.wait(lambda: bool(desk.window.findChildren(SendRequestDialog)), "the form")
    (form,) = desk.window.findChildren(SendRequestDialog)
    assert form.focusWidget() is form.topic_edit
    form.close()

"""The session lab against a real Mosquitto: clicked as a person would, seen by a second client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.connection.timing import Timing
from topicscope.gui.dialogs.session_lab.dialog import SessionLabWindow
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk

BOTH = pytest.mark.parametrize("version", [4, 5])
PATIENT = Timing(connect_s=10, connack_s=10)
WILL = Will(topic="gone", payload="without a word", qos=1)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder) as broker:
        yield broker


@pytest.fixture
def other(broker: Mosquitto) -> Iterator[Watched]:
    with Watched(PATIENT) as other:
        other.connect(Profile(host="127.0.0.1", port=broker.port))
        yield other


def profile_of(broker: Mosquitto, version: int, **settings: object) -> Profile:
    known: dict[str, object] = {
        "name": "Lab",
        "host": "127.0.0.1",
        "port": broker.port,
        "protocol_version": version,
        "client_identifier": "lab",
        "clean_start": False,
        "will": WILL,
        "subscriptions": (),
    }
    if version == 5:
        known["session_expiry_interval"] = 120
    return Profile(**(known | settings))  # type: ignore[arg-type]


def enter(desk: Desk, profile: Profile) -> SessionLabWindow:
    """Connect, and open the lab by its keys."""
    desk.window.connect_to(profile)
    desk.wait_for_state("Connected")
    desk.keys("Ctrl+Shift+L", desk.window.messages.messages.view)
    return desk.window.findChildren(SessionLabWindow)[0]


def publish_all(other: Watched, topic: str, count: int) -> None:
    tokens = [other.connection.publish(topic, b"%d" % number, 1) for number in range(count)]
    for token in tokens:
        other.wait_for_stage(token, "acknowledged")


def wait_for_note(desk: Desk, lab: SessionLabWindow, part: str) -> None:
    desk.wait(lambda: part in lab.notes.toPlainText(), f"“{part}” in the account")


def dialog(desk: Desk, title: str) -> QDialog:
    def shown() -> list[QDialog]:
        dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
        return [one for one in dialogs if one.isVisible() and title in one.windowTitle()]

    desk.wait(shown, f"a dialog “{title}”")
    return shown()[0]


@BOTH
def test_that_a_cut_fires_the_will_and_a_resumed_session_brings_what_was_queued(
    desk: Desk, broker: Mosquitto, other: Watched, version: int
) -> None:
    other.subscribe("gone", qos=1)
    lab = enter(desk, profile_of(broker, version, subscriptions=("lab/#",)))
    assert "cut it or disconnect first" in lab.cards["resume"].reason()
    desk.click("Cut the connection", lab)
    assert other.wait_for_messages(1)[0].endswith(b"without a word")
    wait_for_note(desk, lab, "cut without DISCONNECT")
    assert "no connection" in lab.cards["drop_tcp"].reason()
    assert not lab.cards["drop_tcp"].button.isEnabled()
    desk.click("Resume the session", lab)
    wait_for_note(desk, lab, "Session Present")
    wait_for_note(desk, lab, "in the first second")


@BOTH
def test_that_held_acknowledgements_are_counted_released_and_queued_messages_named(
    desk: Desk, broker: Mosquitto, other: Watched, version: int
) -> None:
    lab = enter(desk, profile_of(broker, version))
    bridge = desk.window.bridge
    from topicscope.connection.state import SubscriptionRequest

    bridge.subscribe([SubscriptionRequest("lab/#", 1)])
    desk.wait(lambda: bridge.log.end_row >= 4, "SUBACK")
    desk.click("Hold acknowledgements", lab)
    wait_for_note(desk, lab, "held back from now on")
    publish_all(other, "lab/t", 30)
    desk.wait(lambda: desk.says("20 held back now.", lab), "the limit of the broker")
    desk.click("Release one", lab)
    wait_for_note(desk, lab, "Releasing 1 acknowledgement.")
    desk.click("Stop holding", lab)
    wait_for_note(desk, lab, "Acknowledgements are sent again")
    desk.click("Cut the connection", lab)
    wait_for_note(desk, lab, "cut without DISCONNECT")
    publish_all(other, "lab/queued", 7)
    desk.click("Resume the session", lab)
    wait_for_note(desk, lab, "7 messages came in the first second")
    assert "lab/queued (7)" in lab.notes.toPlainText()


def test_that_the_lab_says_when_no_subscription_has_anything_to_acknowledge_or_queue(
    desk: Desk, broker: Mosquitto
) -> None:
    lab = enter(desk, profile_of(broker, 5, subscriptions=("lab/#",)))
    rows = lab.facts.rows
    nothing = ("Subscriptions", "1, none with QoS 1 or 2: nothing is acknowledged or queued")
    desk.wait(lambda: nothing in rows(), "the hint")
    desk.click("Cut the connection", lab)
    wait_for_note(desk, lab, "cut without DISCONNECT")
    desk.click("Resume the session", lab)
    wait_for_note(desk, lab, "A broker queues for subscriptions with QoS 1 and 2.")
    from topicscope.connection.state import SubscriptionRequest

    desk.window.bridge.subscribe([SubscriptionRequest("lab/a", 2)])
    desk.wait(lambda: ("Subscriptions", "2, 1 of them with QoS 1 or 2") in rows(), "both")
    desk.window.bridge.unsubscribe(["lab/#", "lab/a"])
    desk.wait(lambda: "Subscriptions" not in dict(rows()), "none")


def test_that_disconnect_with_will_message_fires_it_and_says_so(
    desk: Desk, broker: Mosquitto, other: Watched
) -> None:
    other.subscribe("gone", qos=1)
    lab = enter(desk, profile_of(broker, 5))
    desk.click("Disconnect with a reason", lab)
    asked = dialog(desk, "Disconnect with a reason")
    desk.type("Reason String", "the lab")
    desk.click("Disconnect", asked)
    assert other.wait_for_messages(1)[0].endswith(b"without a word")
    wait_for_note(desk, lab, "Disconnect with Will Message (0x04)")


def test_that_before_mqtt_5_disconnect_with_a_reason_says_why_not(
    desk: Desk, broker: Mosquitto
) -> None:
    lab = enter(desk, profile_of(broker, 4, clean_start=True))
    card = lab.cards["disconnect"]
    assert not card.button.isEnabled()
    assert "MQTT 5" in card.reason()
    assert "keeps no session" in lab.cards["resume"].reason()


@BOTH
def test_that_a_second_client_takes_over_and_the_account_tells_it(
    desk: Desk, broker: Mosquitto, version: int
) -> None:
    lab = enter(desk, profile_of(broker, version, will=None))
    desk.click("Take the session over", lab)
    wait_for_note(desk, lab, "A second client connects as lab.")
    wait_for_note(desk, lab, "Second client: Connected")
    desk.wait(lambda: lab.notes.toPlainText().count("Connected") >= 2, "our own client again")


def test_that_production_is_asked_about_first(desk: Desk, broker: Mosquitto) -> None:
    lab = enter(desk, profile_of(broker, 5, kind="production", will=None))
    desk.click("Cut the connection", lab)
    question = dialog(desk, "Cut the connection to a production broker?")
    desk.click("Leave it", question)
    assert desk.window.bridge.state.phase.value == "connected"
    desk.click("Cut the connection", lab)
    desk.click("Cut it", dialog(desk, "Cut the connection to"))
    wait_for_note(desk, lab, "cut without DISCONNECT")


def test_that_a_stray_key_begins_no_experiment_in_a_lab_just_opened_and_nothing_is_cut_where_it_is_small(
    desk: Desk, broker: Mosquitto
) -> None:
    lab = enter(desk, profile_of(broker, 5))
    desk.click("Hold acknowledgements", lab)
    desk.wait(lambda: desk.says("0 held back now.", lab), "that it holds")
    lab.resize(lab.minimumSizeHint())
    desk.settle()
    for card in lab.cards.values():
        assert card.visibleRegion().boundingRect().width() in {0, card.width()}
    lab.close_button.setFocus()
    desk.click("Stop holding", lab)
    lab.close()
    desk.settle()
    desk.keys("Ctrl+Shift+L", desk.window.messages.messages.view)
    again = desk.window.findChildren(SessionLabWindow)[0]
    assert again.focusWidget() is again.close_button
    desk.keys("Space", again.close_button)
    desk.settle()
    assert desk.window.findChildren(SessionLabWindow) == []
    assert desk.window.bridge.state.phase.value == "connected"

"""The window of retained messages against a real Mosquitto, with a second client as witness."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.automation.retained.reading import read_retained
from topicscope.connection.state import PublishProgress
from topicscope.connection.timing import Timing
from topicscope.gui.dialogs.comparing.snapshots import CompareSnapshotsDialog
from topicscope.gui.dialogs.retained.dialog import RetainedMessagesWindow
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk
    from topicscope.mqtt.properties import PropertyList

MANY = 5_000
PATIENCE_MS = 90_000
# MQTT 5 has all that is to come back; 3.1.1 has less of the same.
EACH_OR_FIVE = pytest.mark.parametrize("version", [pytest.param(4, marks=pytest.mark.soak), 5])
PATIENT = Timing(connect_s=10, connack_s=10)
NEVER = [f"plant/live/{number}" for number in range(20)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    # Without this Mosquitto drops what a witness cannot take at once.
    with Mosquitto(folder, extra="max_queued_messages 0\nmax_inflight_messages 0\n") as broker:
        yield broker


def profile_of(broker: Mosquitto, name: str = "Lab", **settings: object) -> Profile:
    known: dict[str, object] = {"name": name, "host": "127.0.0.1", "port": broker.port}
    return Profile(**(known | settings))  # type: ignore[arg-type]


def messages(count: int, version: int) -> dict[str, tuple[bytes, int, PropertyList]]:
    """Return retained messages with every QoS, bytes of all kinds, and, with MQTT 5, properties."""
    made: dict[str, tuple[bytes, int, PropertyList]] = {}
    for number in range(count):
        properties: PropertyList = []
        if version == 5:
            properties = [
                (BY_KEY["content_type"].identifier, "text/x"),
                (USER_PROPERTY, ("number", str(number))),
                (USER_PROPERTY, ("number", "twice")),
            ]
        payload = os.urandom(12) + b"\x00\xff" if number % 3 else f"value {number}".encode()
        made[f"plant/kept/{number:05}"] = (payload, number % 3, properties)
    return made


def publish_all(client: Watched, kept: dict[str, tuple[bytes, int, PropertyList]]) -> None:
    """Publish, and wait until the broker has all: QoS 2 is only done with its last answer."""
    waiting = set()
    for topic, (payload, qos, properties) in kept.items():
        token = client.connection.publish(topic, payload, qos, True, properties)
        waiting |= {token} if qos else set()
    waiting.add(client.connection.publish("end", b"", 1))

    def are_answered() -> bool:
        events = [event for event in client.events if isinstance(event, PublishProgress)]
        return waiting <= {event.token for event in events if event.stage == "acknowledged"}

    client.wait_until(are_answered, "the last answer", 60)


def kept_by(broker: Mosquitto, version: int = 5) -> dict[bytes, tuple[bytes, int, object]]:
    """Ask the broker what it keeps, as somebody else would."""
    profile = profile_of(broker, protocol_version=version)
    found = read_retained(profile, {}, ["#"])
    return {
        topic: (message.payload, message.qos, sorted(message.properties, key=repr))
        for topic, message in found.messages.items()
    }


def open_window(desk: Desk) -> RetainedMessagesWindow:
    desk.keys("Ctrl+Shift+M", desk.window.messages.messages.view)
    found = desk.window.findChildren(RetainedMessagesWindow)
    assert found
    return found[0]


def dialog(desk: Desk, title: str) -> QDialog:
    def shown() -> list[QDialog]:
        dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]
        return [one for one in dialogs if one.isVisible() and title in one.windowTitle()]

    desk.wait(shown, f"a dialog “{title}”")
    return shown()[0]


def select_all(desk: Desk, window: RetainedMessagesWindow) -> None:
    desk.keys("Ctrl+A", window.view)


@EACH_OR_FIVE
def test_that_5000_are_cleared_and_undone_and_nobody_else_gets_anything(
    desk: Desk, broker: Mosquitto, version: int
) -> None:
    kept = messages(MANY, version)
    with Watched(PATIENT) as other:
        other.connect(profile_of(broker, protocol_version=version))
        publish_all(other, kept)
        before = kept_by(broker)
        assert len(before) == MANY
        desk.services.store.save(profile_of(broker, protocol_version=version))
        desk.window.connect_to(profile_of(broker, protocol_version=version))
        desk.wait_for_state("Connected")
        other.subscribe("#", qos=0)
        for topic in NEVER:
            other.connection.publish(topic, b"alive", 0)
        window = open_window(desk)
        desk.wait(lambda: window.model.total == MANY, "the list", PATIENCE_MS)
        desk.click("Read from the broker", window)
        desk.wait(
            lambda: "read from the broker at" in window.card.header.extra(), "the answer", 20_000
        )
        desk.wait(window.read_button.isEnabled)
        begin = len(other.received())
        select_all(desk, window)
        desk.click(f"Clear {MANY:,}…", window)
        plan = dialog(desk, "Clear retained messages")
        desk.click(f"Clear {MANY:,} topics", plan)
        desk.wait(
            lambda: desk.says(f"{MANY:,} retained messages cleared.", window),
            "the end of the clearing",
            PATIENCE_MS,
        )
        assert not kept_by(broker)
        other.wait_until(lambda: len(other.received()) >= begin + MANY, "the clearings", 30)
        cleared = {packet_topic(packet) for packet in other.received()[begin:]}
        assert cleared == {topic.encode() for topic in kept}
        assert not cleared & {topic.encode() for topic in NEVER}
        desk.click("Undo", window)
        desk.wait(
            lambda: desk.says(f"{MANY:,} retained messages brought back.", window),
            "the end of the undo",
            PATIENCE_MS,
        )
        assert kept_by(broker) == before


def packet_topic(packet: bytes) -> bytes:
    """Return the Topic Name of a PUBLISH shorter than 16 KiB."""
    at = 2 if packet[1] < 0x80 else 3
    length = int.from_bytes(packet[at : at + 2], "big")
    return packet[at + 2 : at + 2 + length]


FEW: dict[str, tuple[bytes, int, PropertyList]] = {
    "plant/a": (b"1", 1, []),
    "plant/b": (b"\x00\xff", 2, [(USER_PROPERTY, ("k", "v"))]),
    "other/c": (b"3", 0, []),
}


def begin(desk: Desk, broker: Mosquitto, **settings: object) -> RetainedMessagesWindow:
    """Keep a few messages, connect, and open the list as the broker tells it."""
    with Watched(PATIENT) as other:
        other.connect(profile_of(broker))
        publish_all(other, FEW)
    profile = profile_of(broker, **settings)
    desk.services.store.save(profile)
    desk.window.connect_to(profile)
    desk.wait_for_state("Connected")
    window = open_window(desk)
    desk.wait(lambda: window.model.total == len(FEW), "the list")
    desk.click("Read from the broker", window)
    desk.wait(lambda: "read from the broker at" in window.card.header.extra(), "the answer")
    desk.wait(window.read_button.isEnabled)
    return window


def begin_copy(desk: Desk, broker: Mosquitto, to: str) -> RetainedMessagesWindow:
    """Do the same, and ask for a copy of all of them to the connection of that name."""
    window = begin(desk, broker)
    select_all(desk, window)
    desk.click("Copy to a broker…", window)
    where = dialog(desk, "Copy retained messages")
    desk.choose("Connection to copy to", to)
    desk.click("Next…", where)
    desk.click("Copy 3 topics", dialog(desk, f"Copy to {to}"))
    return window


def test_that_only_what_is_below_a_topic_filter_is_read(desk: Desk, broker: Mosquitto) -> None:
    window = begin(desk, broker)
    desk.type("Topic Filter to read", "plant/#/x")
    assert not window.read_button.isEnabled()
    desk.type("Topic Filter to read", "plant/+", "Return")
    desk.wait(lambda: "plant/+ only" in window.card.header.extra(), "the answer")
    assert [row[0] for row in desk.rows("Retained messages")] == ["plant/a", "plant/b"]
    desk.wait(window.read_button.isEnabled)
    desk.click("Follow the capture", window)
    desk.wait(lambda: window.model.total == len(FEW), "the whole list")


def clear_all(desk: Desk, window: RetainedMessagesWindow) -> None:
    select_all(desk, window)
    desk.click("Clear 3…", window)
    desk.click("Clear 3 topics", dialog(desk, "Clear retained messages"))


def test_that_a_filter_narrows_the_list_and_only_what_is_selected_is_cleared(
    desk: Desk, broker: Mosquitto
) -> None:
    window = begin(desk, broker)
    for text, count in (("PLANT", 2), ("plant/+", 2), ("other/#", 1), ("nowhere", 0), ("", 3)):
        desk.type("Find in retained messages", text, "Return")
        desk.wait(lambda count=count: window.model.rowCount() == count, text)
    desk.type("Find in retained messages", "+/b", "Return")
    select_all(desk, window)
    desk.click("Clear 1…", window)
    desk.click("Clear 1 topic", dialog(desk, "Clear retained messages"))
    desk.wait(lambda: desk.says("1 retained message cleared.", window), "the end")
    assert sorted(kept_by(broker)) == [b"other/c", b"plant/a"]


def test_that_a_clearing_is_brought_back_after_a_restart(desk: Desk, broker: Mosquitto) -> None:
    before_window = begin(desk, broker)
    before = kept_by(broker)
    clear_all(desk, before_window)
    desk.wait(lambda: desk.says("3 retained messages cleared.", before_window), "the end")
    desk.restart()
    with Watched(PATIENT) as other:
        other.connect(profile_of(broker))
        publish_all(other, {"plant/a": (b"newer", 1, [])})
        desk.window.connect_to(profile_of(broker))
        desk.wait_for_state("Connected")
        window = open_window(desk)
        desk.wait(lambda: window.model.total == 1, "the newer one")
        window.card.tabs.setCurrentIndex(1)
        desk.wait(lambda: window.snapshots.table.rowCount() == 1, "the snapshot")
        desk.click_row("Snapshots of retained messages", 0)
        desk.click("Bring back…", window)
        plan = dialog(desk, "Bring back the snapshot")
        assert desk.says("Bring back 2 topics", plan)
        desk.click("Overwrite topics that are retained now", plan)
        desk.click("Bring back 3 topics", plan)
        desk.wait(lambda: desk.says("3 retained messages brought back.", window), "the end")
    assert kept_by(broker) == before


def test_that_messages_are_copied_to_another_profile_after_asking_on_production(
    desk: Desk, broker: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    with Mosquitto(folder) as second:
        desk.services.store.save(profile_of(second, "Second", kind="production"))
        desk.services.store.save(profile_of(second, "Third", read_only=True))
        window = begin(desk, broker)
        select_all(desk, window)
        desk.click("Copy to a broker…", window)
        where = dialog(desk, "Copy retained messages")
        desk.choose("Connection to copy to", "Third")
        assert desk.says("read-only", where)
        desk.choose("Connection to copy to", "Second")
        desk.click("Next…", where)
        desk.click("Copy 3 topics", dialog(desk, "Copy to Second"))
        desk.click("Copy them", dialog(desk, "Copy 3 retained messages to a production broker?"))
        desk.wait(lambda: desk.says("3 retained messages copied to Second.", window), "the end")
        assert kept_by(second) == kept_by(broker)


def test_that_a_copy_asks_for_a_password_that_nobody_knows(
    desk: Desk, broker: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    with Mosquitto(folder, users={"anna": "sesame"}) as second:
        guarded = profile_of(second, "Second", username="anna")
        desk.services.store.save(guarded)
        window = begin_copy(desk, broker, "Second")
        question = dialog(desk, "Log in")
        desk.type("Password", "sesame")
        desk.click("Connect", question)
        desk.wait(lambda: desk.says("3 retained messages copied to Second.", window), "the end")
        found = read_retained(guarded, {"secret": "sesame"}, ["#"])
        assert {topic.decode() for topic in found.messages} == set(FEW)


def test_that_a_copy_asks_again_for_a_password_that_was_refused(
    desk: Desk, broker: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    with Mosquitto(folder, users={"anna": "sesame"}) as second:
        guarded = profile_of(second, "Second", username="anna")
        desk.services.store.save(guarded)
        window = begin_copy(desk, broker, "Second")
        question = dialog(desk, "Log in")
        for wrong in ("open", "simsalabim"):
            desk.type("Password", wrong)
            desk.click("Connect", question)
            desk.wait(partial(_is_another, question), "the question again")
            question = dialog(desk, "Log in")
            assert desk.find(QLineEdit, "Password", question).text() == wrong
            assert any("refused" in words.lower() for words in desk.words(question))
        desk.type("Password", "sesame")
        desk.click("Connect", question)
        desk.wait(lambda: desk.says("3 retained messages copied to Second.", window), "the end")
        found = read_retained(guarded, {"secret": "sesame"}, ["#"])
        assert {topic.decode() for topic in found.messages} == set(FEW)


def _is_another(question: QDialog) -> bool:
    now = QApplication.activeModalWidget()
    return now is not None and now is not question and "Log in" in now.windowTitle()


def test_that_a_copy_that_cannot_connect_says_why(desk: Desk, broker: Mosquitto) -> None:
    desk.services.store.save(Profile(name="Nowhere", host="127.0.0.1", port=1))
    window = begin_copy(desk, broker, "Nowhere")
    desk.wait(lambda: desk.says("Nothing listens on 127.0.0.1:1", window), "why not")
    desk.wait(window.copy_button.isEnabled, "that one can try again")


def test_that_snapshots_are_kept_compared_exported_and_opened(
    desk: Desk, broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = begin(desk, broker)
    select_all(desk, window)
    desk.click("Take a snapshot", window)
    desk.wait(lambda: window.snapshots.table.rowCount() == 1, "the snapshot")
    with Watched(PATIENT) as other:
        other.connect(profile_of(broker))
        publish_all(other, {"plant/a": (b"changed", 1, []), "plant/new": (b"n", 1, [])})
    desk.wait(lambda: window.model.total == 4, "the new one")
    window.card.tabs.setCurrentIndex(1)
    desk.click_row("Snapshots of retained messages", 0)
    desk.click("Compare with now", window)
    compared = dialog(desk, "Compare retained messages")
    assert isinstance(compared, CompareSnapshotsDialog)
    tabs = compared.tabs
    desk.wait(lambda: [tabs.tabText(n) for n in range(3)] == ["Added 1", "Gone 0", "Changed 1"])
    tabs.setCurrentIndex(2)
    assert compared.model.table().splitlines()[1].startswith("plant/a\t1")
    compared.close()

    target = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    desk.click("Export…", window)
    written = tmp_path / "mine.retained.ndjson"
    desk.wait(written.exists, "the file")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(written), ""))
    desk.click("Open…", window)
    desk.wait(lambda: window.snapshots.table.rowCount() == 2, "the file in the list")
    window.snapshots.table.selectAll()
    desk.click("Delete…", window)
    desk.click("Delete", dialog(desk, "Delete 2 snapshots?"))
    desk.wait(lambda: window.snapshots.table.rowCount() == 0, "an empty list")
    written.write_bytes(b"no snapshot")
    desk.click("Open…", window)
    desk.wait(lambda: desk.says("This is no snapshot of retained messages.", window), "why not")


def test_that_a_cancelled_clearing_leaves_the_rest_and_undo_brings_back_what_went(
    desk: Desk, broker: Mosquitto
) -> None:
    kept = messages(3_000, 5)
    with Watched(PATIENT) as other:
        other.connect(profile_of(broker))
        publish_all(other, kept)
    before = kept_by(broker)
    desk.window.connect_to(profile_of(broker))
    desk.wait_for_state("Connected")
    window = open_window(desk)
    desk.wait(lambda: window.model.total == 3_000, "the list", PATIENCE_MS)
    desk.click("Read from the broker", window)
    desk.wait(lambda: "read from the broker at" in window.card.header.extra(), "the answer")
    desk.wait(window.read_button.isEnabled)
    select_all(desk, window)
    desk.click("Clear 3,000…", window)
    desk.click("Clear 3,000 topics", dialog(desk, "Clear retained messages"))
    desk.wait(lambda: desk.says("Cancel", window), "the progress")
    desk.click("Cancel", window)
    desk.wait(lambda: desk.says("; cancelled, ", window), "the end", PATIENCE_MS)
    assert 0 < len(kept_by(broker)) < 3_000
    desk.click("Undo", window)
    desk.wait(lambda: desk.says("brought back.", window), "the end of the undo", PATIENCE_MS)
    assert kept_by(broker) == before


def test_that_production_is_asked_about_and_read_only_offers_nothing(
    desk: Desk, broker: Mosquitto
) -> None:
    window = begin(desk, broker, kind="production", subscriptions=("plant/+", "other/+"))
    clear_all(desk, window)
    desk.click("Keep them", dialog(desk, "Clear 3 retained messages of a production broker?"))
    assert len(kept_by(broker)) == 3
    desk.window.connect_to(profile_of(broker, "Watch", read_only=True))
    desk.wait(lambda: desk.window.bridge.state.read_only, "the other profile")
    desk.wait_for_state("Connected")
    select_all(desk, window)
    assert not window.clear_button.isEnabled()

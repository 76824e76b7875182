"""The Broker tab against real brokers: Mosquitto as it is, with an access rule, without $SYS; the demo broker."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.refusing_sys import refusing_sys
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk
    from topicscope.gui.panes.broker import BrokerPane


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("broker")
    with Mosquitto(folder, extra="sys_interval 1") as broker:
        yield broker


def told(mosquitto: Mosquitto) -> dict[str, str]:
    """Return what mosquitto_sub prints of all that is retained below $SYS."""
    command = ["mosquitto_sub", "-p", str(mosquitto.port), "-t", "$SYS/#", "-v", "-W", "1"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    found: dict[str, str] = {}
    for text in lines:
        topic, _, value = text.partition(" ")
        if topic == "$SYS/broker/retained":
            topic, _, value = text.partition("count ")
            topic += "count"
        if topic == "$SYS/broker/shared_subscriptions/count" or topic not in found:
            found[topic] = value
    return found


def pane_of(desk: Desk) -> BrokerPane:
    pane: BrokerPane = desk.window.broker_status.pane
    return pane


def watch(desk: Desk) -> BrokerPane:
    desk.show_tab("Broker")
    desk.click("Watch the broker")
    return pane_of(desk)


def connect(desk: Desk, mosquitto: Mosquitto) -> None:
    desk.connect_to(f"mqtt://127.0.0.1:{mosquitto.port}")


def is_in_tree(desk: Desk) -> bool:
    view = desk.window.topics.view
    if not view.isVisible():
        return False
    root = QModelIndex()
    rows = range(view.model().rowCount())
    names = [str(view.model().index(row, 0).data()) for row in rows]
    return any(n.startswith("$SYS") and not view.isRowHidden(names.index(n), root) for n in names)


def test_that_figures_are_those_of_mosquitto_sub_and_nothing_else_is_cluttered(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto)
    pane = watch(desk)
    desk.wait_for_words("Mosquitto 2.")
    desk.wait(lambda: "messages_received" in pane.figures.rows, "the figures")
    desk.wait(lambda: pane.figures.tiles["publish_sent"].value.endswith("/s"), "rates")

    plain = told(mosquitto)
    assert plain["$SYS/broker/version"].split()[-1] in pane.header.name.text()
    steady = {
        "subscriptions": "$SYS/broker/subscriptions/count",
        "clients_maximum": "$SYS/broker/clients/maximum",
        "clients_disconnected": "$SYS/broker/clients/disconnected",
        "clients_expired": "$SYS/broker/clients/expired",
    }
    for name, topic in steady.items():
        entry = pane.feed.reader.tree.entries[topic.encode()]
        assert pane.figures.rows[name].value == entry.text
        assert topic in plain

    desk.wait(lambda: desk.ledger("hidden") > 20, "messages that are hidden")
    desk.show_tab("Messages")
    assert not any(topic.startswith("$SYS") for topic in desk.column("Topic"))
    assert not is_in_tree(desk)
    desk.show_tab("Broker")
    desk.click("Show $SYS topics in tree and table too")
    desk.wait(lambda: is_in_tree(desk), "the branch $SYS")
    desk.wait(lambda: desk.ledger("hidden") == 0)
    desk.click("Show $SYS topics in tree and table too")
    desk.wait(lambda: not is_in_tree(desk))


def test_that_rates_agree_with_what_is_published(desk: Desk, mosquitto: Mosquitto) -> None:
    connect(desk, mosquitto)
    pane = watch(desk)
    desk.wait_for_words("Mosquitto 2.")
    feeder = subprocess.Popen(
        ["mosquitto_pub", "-p", str(mosquitto.port), "-t", "load/x", "-l", "-q", "0"],
        stdin=subprocess.PIPE,
    )
    assert feeder.stdin is not None
    sent, begun = 0, time.monotonic()
    while (spent := time.monotonic() - begun) < 10:
        while sent < spent * 200:
            feeder.stdin.write(b"x\n")
            sent += 1
        feeder.stdin.flush()
        QApplication.processEvents()
        time.sleep(0.002)
    points = pane.feed.reader.rate_history.points("publish_received")
    feeder.stdin.close()
    feeder.wait(5)
    # Mosquitto tells every two seconds: the first round that began before the traffic is left out.
    rates = [point.value for point in points[-3:]]
    assert sum(rates) / len(rates) == pytest.approx(200, rel=0.05)


def test_that_watching_ends_with_the_same_button_and_is_remembered_by_the_profile(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    desk.click("Fill in the form…")
    desk.begin_form(f"mqtt://127.0.0.1:{mosquitto.port}", "Lab")
    desk.click("Save & Connect")
    desk.wait_for_state("Connected")
    pane = watch(desk)
    desk.wait_for_words("Mosquitto 2.")
    topic = b"$SYS/broker/clients/connected"
    desk.click("Every topic as it was told, in a tree beside the figures")
    desk.wait(lambda: pane.topics_model.index_of(topic).isValid(), "the topic")
    pane.topics.view.setCurrentIndex(pane.topics_model.index_of(topic))
    desk.click("Make this a tile")
    desk.wait_for_words("Your tiles")

    desk.restart()
    desk.click("Connect")
    desk.wait_for_state("Connected")
    desk.show_tab("Broker")
    desk.wait_for_words("Mosquitto 2.", "Watching", "Your tiles")
    assert not is_in_tree(desk)
    tile = pane_of(desk).figures.own.shown[topic.decode()]
    desk.focus(tile)
    QTest.keyClick(tile, Qt.Key.Key_Delete)
    desk.wait(lambda: not desk.says("Your tiles"))
    desk.click("Watch the broker")
    desk.wait_for_words("Not watching")

    desk.restart()
    desk.click("Connect")
    desk.wait_for_state("Connected")
    desk.show_tab("Broker")
    desk.wait_for_words("The broker's own voice")
    assert pane_of(desk).figures.own.tiles() == []


def test_that_a_report_goes_to_clipboard_and_file(
    desk: Desk, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    connect(desk, mosquitto)
    watch(desk)
    desk.wait_for_words("Mosquitto 2.")
    desk.choose_in_menu("Status report for a bug report", "Copy report as Markdown")
    assert QApplication.clipboard().text().startswith("# Broker status")
    desk.choose_in_menu("Status report for a bug report", "Copy report as JSON")
    assert json.loads(QApplication.clipboard().text())["dialect"] == "mosquitto"
    path = tmp_path / "reports" / "status.json"
    desk.window.broker_status.save(path)
    desk.wait_for_words("Status report saved in")
    assert json.loads(path.read_text())["broker"] == f"mqtt://127.0.0.1:{mosquitto.port}"
    blocked = tmp_path / "file"
    blocked.write_text("")
    desk.window.broker_status.save(blocked / "status.md")
    desk.wait_for_words("The report was not saved")


def test_that_history_opens_with_a_chart_and_closes_with_the_window(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto)
    pane = watch(desk)
    desk.wait(lambda: "clients_connected" in pane.figures.tiles, "the tile")
    pane.show_history("bytes_sent")
    from topicscope.gui.dialogs.status_history import StatusHistoryDialog

    (dialog,) = pane.findChildren(StatusHistoryDialog)
    desk.wait(lambda: dialog.chart.is_drawn, "the chart")
    desk.wait(lambda: "B/s" in dialog.chart.readout)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    dialog.grab()
    apply_theme(app, "light")


def test_that_a_refusal_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    with Mosquitto(tmp_path, extra=f"sys_interval 1\n{refusing_sys(tmp_path)}") as broker:
        connect(desk, broker)
        watch(desk)
        desk.wait_for_words("The broker refuses $SYS", "Not authorized, 0x87", "Try again")
        desk.click("Try again")
        desk.wait_for_words("The broker refuses $SYS")


@pytest.mark.parametrize("extra", ["sys_interval 0", "sys_interval 1\nacl_file {acl}"])
def test_that_silence_says_something_else(desk: Desk, tmp_path: Path, extra: str) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite plant/#\n")
    acl.chmod(0o700)
    with Mosquitto(tmp_path, extra=extra.format(acl=acl)) as broker:
        connect(desk, broker)
        pane = watch(desk)
        desk.wait_for_words("Waiting for the broker")
        desk.wait(lambda: pane._watch.waited_s is not None, "the grant")
        assert pane._watch._granted_at is not None
        pane._watch._granted_at -= 71
        pane._on_silence()
        desk.wait_for_words("The broker is silent", "sys_interval 0", "topic read $SYS/#")


def test_that_the_demo_broker_can_be_watched_by_command(desk: Desk) -> None:
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    desk.window.commands["watch_broker"].trigger()
    pane = pane_of(desk)
    assert pane.isVisible()
    desk.wait(lambda: "clients_connected" in pane.figures.tiles, "the figures")
    desk.wait_for_words("demo broker", "Watching")

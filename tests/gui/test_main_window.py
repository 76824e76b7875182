"""The window as a person meets it: the three doors, connecting, profiles, and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from tests.helpers.mosquitto import free_port
from topicscope.demo.server import BrokerThread
from topicscope.gui.models.messages.cell import RowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.window import Desk


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    with BrokerThread() as running:
        yield running


def url(broker: BrokerThread) -> str:
    return f"mqtt://127.0.0.1:{broker.port}"


def test_that_a_first_start_shows_three_doors(desk: Desk) -> None:
    for name in ("Try the demo", "Connect", "Fill in the form…", "Open a capture…"):
        desk.find(QAbstractButton, name)
    assert desk.window.windowTitle() == "Topicscope"


def test_that_the_demo_fills_tree_and_table(desk: Desk) -> None:
    desk.click("Try the demo")
    desk.wait_for_words("Demo plant", "Connected", "not encrypted")
    desk.wait(lambda: desk.ledger("received") > 100)
    desk.wait(lambda: desk.rows("Topics"))
    levels = {row[0] for row in desk.rows("Topics")}
    assert {"plant", "placeos", "homeassistant"} <= levels
    assert desk.rows("Subscriptions")[0][0] == "#"
    assert "R" in desk.column("R")


def test_that_a_pasted_address_is_connected_to(desk: Desk, broker: BrokerThread) -> None:
    desk.type("Address of the broker as a URL", url(broker))
    desk.click("Connect", within=desk.window.welcome)
    desk.wait_for_state("Connected")
    assert desk.window.windowTitle() == f"{url(broker)} — Topicscope"


def test_that_a_wrong_address_says_what_is_wrong_and_stays_on_the_page(desk: Desk) -> None:
    desk.type("Address of the broker as a URL", "gopher://old.example", "Return")
    assert desk.says("gopher", within=desk.window.welcome.url_field)
    desk.find(QAbstractButton, "Try the demo")


def test_that_the_form_saves_and_connects(desk: Desk, broker: BrokerThread) -> None:
    desk.click("Fill in the form…")
    desk.begin_form(url(broker), "Lab")
    desk.click("Save & Connect")
    desk.wait_for_words("Lab", "Connected")
    assert [p.name for p in desk.services.store.list().profiles] == ["Lab"]


def test_that_a_profile_is_there_after_a_restart(desk: Desk, broker: BrokerThread) -> None:
    desk.connect_to(url(broker))
    desk.restart()
    desk.find(QAbstractButton, url(broker))
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Connected")


def test_that_two_pasted_addresses_are_two_profiles(desk: Desk, broker: BrokerThread) -> None:
    other = free_port()
    desk.connect_to(url(broker))
    desk.restart()
    desk.type("Address of the broker as a URL", f"mqtt://127.0.0.1:{other}", "Return")
    desk.wait_for_words("Nothing listens")
    stored = desk.services.store.list().profiles
    assert {profile.port for profile in stored} == {broker.port, other}


def test_that_an_address_pasted_again_is_the_profile_it_was(
    desk: Desk, broker: BrokerThread
) -> None:
    desk.connect_to(url(broker))
    desk.restart()
    desk.connect_to(url(broker))
    assert len(desk.services.store.list().profiles) == 1


def test_that_the_password_of_an_address_is_not_offered_to_another(desk: Desk) -> None:
    desk.type(
        "Address of the broker as a URL", f"mqtt://me:canary@127.0.0.1:{free_port()}", "Return"
    )
    desk.wait_for_words("Nothing listens")
    desk.restart()
    desk.type("Address of the broker as a URL", f"mqtt://me@127.0.0.1:{free_port()}", "Return")
    desk.wait_for_words("Password")
    assert not desk.find(QLineEdit, "Password").text()
    desk.click("Connect", desk.modal())
    desk.wait_for_words("Nothing listens")
    assert not desk.window.connecting.active_secrets
    assert not any(
        b"canary" in path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()
    )


def test_that_a_profile_that_cannot_be_saved_is_told_and_still_connected_to(
    desk: Desk, broker: BrokerThread
) -> None:
    (desk.folder / "profiles").write_text("in the way")
    desk.connect_to(url(broker))
    desk.wait_for_words("was not saved")


def test_that_a_broken_profile_is_told(desk: Desk) -> None:
    folder = desk.folder / "profiles"
    folder.mkdir()
    (folder / "lab.json").write_text("{")
    desk.restart()
    desk.wait_for_words("lab.json")


def test_that_the_button_disconnects_and_connects_again(desk: Desk, broker: BrokerThread) -> None:
    desk.connect_to(url(broker))
    desk.click("Disconnect")
    desk.wait_for_state("Not connected")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Connected")
    desk.keys("Ctrl+D")
    desk.wait_for_state("Not connected")


def test_that_connecting_can_be_cancelled(desk: Desk) -> None:
    desk.type("Address of the broker as a URL", f"mqtt://127.0.0.1:{free_port()}", "Return")
    desk.wait_for_words("Nothing listens", "Retrying")
    desk.click("Cancel")
    desk.wait_for_state("Not connected")
    assert not desk.says("Nothing listens")


def test_that_a_window_can_be_closed_while_it_waits(desk: Desk) -> None:
    desk.type("Address of the broker as a URL", f"mqtt://127.0.0.1:{free_port()}", "Return")
    desk.wait_for_words("Retrying")
    desk.window.close()


def test_that_editing_a_connection_can_take_its_password_away(
    desk: Desk, broker: BrokerThread
) -> None:
    desk.connect_to(f"mqtt://me:secret@127.0.0.1:{broker.port}")
    assert desk.window.connecting.active_secrets == {"secret": "secret"}
    desk.keys("Ctrl+E")
    desk.show_tab("Login")
    field = desk.find(QLineEdit, "Password")
    desk.wait(field.text, "the password")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    desk.type("Password", "")
    desk.click("Save")
    desk.wait(lambda: not desk.key_store.entries)


def test_that_two_windows_are_two_connections(desk: Desk, broker: BrokerThread) -> None:
    first = desk.window
    desk.connect_to(url(broker))
    desk.keys("Ctrl+N")
    assert len(desk.windows) == 2
    desk.window = second = desk.windows[1]
    desk.connect_to(url(broker))
    desk.publish("between/windows", "hello")
    desk.wait(lambda: "between/windows" in desk.column("Topic"))
    second.close()
    desk.settle()
    desk.window = first
    desk.wait(lambda: "between/windows" in desk.column("Topic"))
    assert desk.says("Connected")


def test_that_notices_take_room_from_the_panes_and_do_not_make_the_window_grow(desk: Desk) -> None:
    window = desk.window
    window.resize(1280, 720)
    desk.keys("Ctrl+F", window)
    desk.wait(window.docking.isVisible)
    window.bar.notice.tell("error", "lab:1883 refused the connection.", "Check the port.", "Edit…")
    window.notice.tell("warning", "The capture could not be written to the disk.")
    window.recovery.notice.tell("info", "A capture was left by a crash.", "Recover it.", "Recover")
    for title in ("Messages", "Packets", "Broker", "Talkers", "Requests", "Automation"):
        desk.show_tab(title)
        desk.settle()
        assert (window.width(), window.height()) == (1280, 720), title
    window.on_messages.exporting.notice.tell("good", "Exported 1,000 messages.", "", "Show")
    desk.settle()
    assert window.minimumSizeHint().height() <= 800
    assert window.width() == 1280


def test_that_connecting_and_leaving_as_asked_are_told_as_news(
    desk: Desk, broker: BrokerThread
) -> None:
    desk.connect_to(url(broker))
    desk.click("Disconnect")
    desk.wait_for_state("Not connected")
    model = desk.window.messages.messages.model
    desk.wait(lambda: model.rowCount() == 3, "the end")
    rows = [model.row_text(row) for row in range(3)]
    assert rows[2].note == "Disconnected."
    assert [row.kind for row in rows] == [RowKind.NEWS] * 3

"""The connection doctor through the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.servers import FakeServer, read_http_head, websocket_answer
from topicscope.gui.dialogs.doctor.dialog import DoctorDialog
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.helpers.window import Desk


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def open_doctor(desk: Desk) -> DoctorDialog:
    """Choose the command and wait for the end of the examination."""
    desk.window.commands["doctor"].trigger()
    return examined(desk)


def examined(desk: Desk) -> DoctorDialog:
    """Wait for the doctor and for the end of its examination."""
    desk.wait(lambda: desk.window.findChild(DoctorDialog), "the doctor")
    dialog = desk.modal()
    assert isinstance(dialog, DoctorDialog)
    desk.wait(lambda: dialog.examination.state == "done", "the end")
    return dialog


def choose(desk: Desk, profile: Profile) -> None:
    stored = desk.services.store.save(profile)
    desk.read_profiles()
    desk.window.bar.set_current(stored)


def test_that_the_chosen_connection_is_examined(desk: Desk) -> None:
    choose(desk, Profile(name="gone", host="127.0.0.1", port=free_port()))
    dialog = open_doctor(desk)
    assert desk.says("The broker was not reached: TCP failed.")
    desk.keys("Escape", dialog)


def test_that_without_a_connection_the_doctor_says_what_to_do(desk: Desk) -> None:
    desk.window.commands["doctor"].trigger()
    desk.wait_for_words("Choose or make a connection first")


def test_that_an_offer_closes_the_doctor_and_connects_as_offered(
    desk: Desk, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, tls=True) as broker:
        profile = Profile(
            name="lab", host="localhost", port=broker.tls_port, ca_file=broker.ca_file
        )
        choose(desk, profile)
        dialog = open_doctor(desk)
        take_offer(dialog, "Switch TLS on")
        desk.wait_for_state("Connected")
        assert desk.services.store.list().profiles[0].tls


def take_offer(dialog: DoctorDialog, text: str) -> None:
    buttons = [
        button
        for row in dialog.steps.rows
        for button in row.findChildren(QPushButton)
        if button.text() == text
    ]
    assert buttons, [row.step for row in dialog.steps.rows]
    buttons[0].click()


def test_that_an_offered_path_is_taken(desk: Desk) -> None:
    def script(sock: socket.socket) -> None:
        request = read_http_head(sock)
        if request.startswith(b"GET /ws "):
            sock.sendall(websocket_answer(request))
        else:
            sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(script) as server:
        profile = Profile(
            name="lab", host="127.0.0.1", port=server.port, transport="websocket", path="/wrong"
        )
        choose(desk, profile)
        take_offer(open_doctor(desk), "Use the path /ws")
        desk.wait(lambda: desk.services.store.list().profiles[0].path == "/ws", "the path")


def test_that_an_offer_for_what_stands_in_the_form_changes_the_form(
    desk: Desk, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, tls=True) as broker:
        profile = Profile(name="lab", host="localhost", port=1, ca_file=broker.ca_file)
        choose(desk, profile)
        desk.window.commands["edit_connection"].trigger()
        form = desk.modal()
        desk.type("Address of the broker as a URL", f"mqtt://localhost:{broker.tls_port}")
        desk.click("Doctor…")
        take_offer(examined(desk), "Switch TLS on")
        assert desk.modal() is form
        desk.wait_for_words("changed as offered")
        desk.click("Save & Connect")
        desk.wait_for_state("Connected")
        stored = desk.services.store.list().profiles
        assert [(one.name, one.port, one.tls) for one in stored] == [("lab", broker.tls_port, True)]


def test_that_a_certificate_trusted_from_the_form_is_in_the_form(
    desk: Desk, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, tls=True) as broker:
        desk.click("Fill in the form…")
        form = desk.begin_form(f"mqtts://localhost:{broker.tls_port}", "lab")
        desk.click("Doctor…")
        take_offer(examined(desk), "Trust this certificate…")
        desk.click("Trust it for this connection")
        assert desk.modal() is form
        desk.click("Save & Connect")
        desk.wait_for_state("Connected")
        assert desk.services.store.list().profiles[0].pinned_certificate


def test_that_a_failure_offers_to_be_examined(desk: Desk) -> None:
    desk.type("Address of the broker as a URL", f"mqtt://127.0.0.1:{free_port()}", "Return")
    desk.wait(desk.window.bar.notice.isVisible, "the failure")
    desk.click("Examine…")
    dialog = examined(desk)
    assert "tcp" in {row.step.key for row in dialog.steps.rows if row.step.status == "failed"}
    desk.keys("Escape", dialog)


def test_that_the_menu_of_profiles_leads_to_the_doctor(desk: Desk) -> None:
    choose(desk, Profile(name="gone", host="127.0.0.1", port=free_port()))
    actions = {action.text(): action for action in desk.window.bar.profile_menu.actions()}
    assert "Import connections…" in actions
    actions["Connection doctor…"].trigger()
    desk.keys("Escape", examined(desk))


def test_that_two_wishes_open_one_doctor(desk: Desk) -> None:
    choose(desk, Profile(name="gone", host="127.0.0.1", port=free_port()))
    desk.window.commands["doctor"].trigger()
    dialog = open_doctor(desk)
    assert desk.window.findChildren(DoctorDialog) == [dialog]
    desk.keys("Escape", dialog)


def test_that_the_form_examines_what_stands_in_it(desk: Desk) -> None:
    choose(desk, Profile(name="gone", host="127.0.0.1", port=free_port()))
    desk.window.commands["edit_connection"].trigger()
    form = desk.modal()
    desk.click("Doctor…")
    dialog = examined(desk)
    assert dialog.isAncestorOf(dialog.steps)
    assert form.isVisible()
    desk.keys("Escape", dialog)
    desk.settle()
    assert desk.modal() is form
    desk.keys("Escape", form)

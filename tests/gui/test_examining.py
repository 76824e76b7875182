"""The connection doctor through the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from tests.helpers.mosquitto import Mosquitto, free_port
from topicscope.gui.dialogs.doctor.dialog import DoctorDialog
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
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
        buttons = [
            button
            for row in dialog.steps.rows
            for button in row.findChildren(QPushButton)
            if button.text() == "Switch TLS on"
        ]
        assert buttons, [row.step for row in dialog.steps.rows]
        buttons[0].click()
        desk.wait_for_state("Connected")
        assert desk.services.store.list().profiles[0].tls


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

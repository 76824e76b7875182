"""Logging in to a real Mosquitto: asked for what is missing, asked again when it was refused, kept where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk
    from topicscope.profiles.profile import Profile

CANARY = "right-canary"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that lets nobody in without the password."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder, users={"me": CANARY}) as broker:
        yield broker


def store(desk: Desk, broker: Mosquitto, **fields: object) -> Profile:
    profile = local_profile(broker.port, name="Lab", **fields)
    stored = desk.services.store.save(profile)
    desk.read_profiles()
    desk.window.bar.set_current(stored)
    return stored


def answer(desk: Desk, password: str) -> None:
    desk.wait_for_words("Log in to “Lab”")
    desk.type("Password", password, "Return")


def test_that_a_missing_password_is_asked_for_and_kept_in_the_key_store(
    desk: Desk, guarded: Mosquitto
) -> None:
    store(desk, guarded, username="me")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_words("Log in to “Lab”", "Kept in the key store of this system")
    answer(desk, CANARY)
    desk.wait_for_state("Connected")
    assert any(CANARY in text for text in desk.key_store.entries.values())
    # After a restart nobody is asked.
    desk.restart()
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Connected")
    files = (path for path in desk.folder.rglob("*.json") if path.is_file())
    assert not any(CANARY.encode() in path.read_bytes() for path in files)


def test_that_a_password_is_not_kept_when_that_is_not_wanted(
    desk: Desk, guarded: Mosquitto
) -> None:
    store(desk, guarded, username="me")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_words("Remember it")
    desk.find(QCheckBox, "Remember it").click()
    answer(desk, CANARY)
    desk.wait_for_state("Connected")
    assert not desk.key_store.entries
    desk.click("Disconnect")
    desk.wait_for_state("Not connected")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Connected")


def test_that_a_refused_password_is_asked_for_again_with_the_fields_as_they_were(
    desk: Desk, guarded: Mosquitto
) -> None:
    store(desk, guarded, username="me")
    desk.click("Connect", within=desk.window.bar)
    answer(desk, "wrong")
    desk.wait_for_words("refused the connection", "Give another password…", "Edit…")
    desk.wait_for_state("Not connected")
    desk.click("Give another password…", within=desk.window.bar)
    desk.wait_for_words("Log in to “Lab”", "refused the connection")
    assert desk.find(QLineEdit, "Password").text() == "wrong"
    assert desk.find(QLineEdit, "User name").text() == "me"
    answer(desk, CANARY)
    desk.wait_for_state("Connected")
    assert not desk.window.bar.notice.isVisible()
    assert any(CANARY in text for text in desk.key_store.entries.values())


def test_that_a_broker_that_wants_a_login_gets_one_with_a_user_name(
    desk: Desk, guarded: Mosquitto
) -> None:
    store(desk, guarded)
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_words("refused the connection")
    desk.click("Log in…", within=desk.window.bar)
    desk.wait_for_words("Log in to “Lab”")
    desk.type("User name", "me")
    answer(desk, CANARY)
    desk.wait_for_state("Connected")
    assert desk.services.store.list().profiles[0].username == "me"


def test_that_an_empty_password_is_left_out_and_not_asked_for_again(
    desk: Desk, guarded: Mosquitto
) -> None:
    store(desk, guarded, username="me")
    desk.click("Connect", within=desk.window.bar)
    answer(desk, "")
    desk.wait_for_words("refused the connection")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Not connected")
    desk.find(QPushButton, "Give another password…", desk.window.bar)


def test_that_a_question_can_be_declined(desk: Desk, guarded: Mosquitto) -> None:
    store(desk, guarded, username="me")
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_words("Log in to “Lab”")
    desk.click("Cancel", desk.modal())
    desk.wait_for_state("Not connected")
    assert not desk.key_store.entries


def test_that_the_password_of_a_pasted_address_goes_to_the_key_store(
    desk: Desk, guarded: Mosquitto
) -> None:
    desk.connect_to(f"mqtt://me:{CANARY}@127.0.0.1:{guarded.port}")
    desk.wait(lambda: desk.key_store.entries)
    desk.restart()
    desk.connect_to(f"mqtt://me@127.0.0.1:{guarded.port}")
    assert len(desk.services.store.list().profiles) == 1


def test_that_a_deleted_profile_takes_its_password_with_it(desk: Desk, guarded: Mosquitto) -> None:
    desk.connect_to(f"mqtt://me:{CANARY}@127.0.0.1:{guarded.port}")
    desk.wait(lambda: desk.key_store.entries)
    desk.window.commands["delete_connection"].trigger()
    desk.click("Delete", desk.modal())
    desk.wait(lambda: not desk.key_store.entries)

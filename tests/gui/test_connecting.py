"""Profiles in the menu of the bar: how one is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from tests.helpers.window import Desk


@pytest.fixture
def stored(desk: Desk) -> Desk:
    """A window that knows two profiles; the first is chosen."""
    for name in ("Lab", "Plant"):
        desk.services.store.save(Profile(name=name, host=f"{name.lower()}.local"))
    desk.services.passwords["Lab"] = "secret"
    desk.window.connecting.refresh_profiles()
    return desk


def names(desk: Desk) -> list[str]:
    return [profile.name for profile in desk.services.store.list().profiles]


def menu_texts(desk: Desk) -> list[str]:
    return [action.text() for action in desk.window.bar.profile_menu.actions()]


def choose(desk: Desk, text: str) -> None:
    actions = desk.window.bar.profile_menu.actions()
    next(action for action in actions if action.text() == text).trigger()


def test_that_a_stored_profile_is_deleted_after_one_question(stored: Desk) -> None:
    desk = stored
    choose(desk, "Delete…")
    assert desk.says("Delete “Lab”?")
    desk.click("Delete")
    desk.wait(lambda: names(desk) == ["Plant"], "the deletion")
    assert desk.window.bar.profile_button.full_text() == "Plant"
    assert "Lab" not in desk.services.passwords
    assert not any(text.startswith("Lab") for text in menu_texts(desk))
    desk.wait_for_words("“Lab” was deleted.")


def test_that_a_profile_is_kept_when_the_question_is_declined(stored: Desk) -> None:
    desk = stored
    choose(desk, "Delete…")
    desk.click("Keep it")
    desk.settle()
    assert names(desk) == ["Lab", "Plant"]
    assert desk.services.passwords == {"Lab": "secret"}


def test_that_the_last_profile_can_be_deleted(stored: Desk) -> None:
    desk = stored
    for _ in range(2):
        choose(desk, "Delete…")
        desk.click("Delete")
        desk.settle()
    assert names(desk) == []
    assert desk.window.bar.profile_button.full_text() == "Choose a broker"
    assert "Delete…" not in menu_texts(desk)


def test_that_what_is_not_stored_cannot_be_deleted(desk: Desk) -> None:
    desk.window.bar.set_current(Profile(name="Demo plant"))
    assert "Delete…" not in menu_texts(desk)
    desk.window.commands["delete_connection"].trigger()
    assert desk.says("not stored")

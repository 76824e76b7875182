from __future__ import annotations

from typing import Any

import pytest

from topicscope.profiles.profile import CURRENT_VERSION
from topicscope.profiles.upgrades import UPGRADES, NewerVersionError, upgrade


def rename_user(stored: dict[str, Any]) -> dict[str, Any]:
    stored["username"] = stored.pop("user")
    return stored


def seconds_to_minutes(stored: dict[str, Any]) -> dict[str, Any]:
    stored["minutes"] = stored.pop("seconds") // 60
    return stored


def test_that_every_older_version_has_an_upgrade_with_a_test() -> None:
    assert sorted(UPGRADES) == list(range(1, CURRENT_VERSION))
    for function in UPGRADES.values():
        assert f"test_that_{function.__name__}" in globals()


def test_that_upgrades_run_one_after_the_other() -> None:
    stored = {"version": 1, "user": "anna", "seconds": 120}
    upgraded = upgrade(stored, upgrades={1: rename_user, 2: seconds_to_minutes}, current=3)
    assert upgraded == {"version": 3, "username": "anna", "minutes": 2}


def test_that_a_profile_in_between_skips_the_steps_behind_it() -> None:
    upgraded = upgrade(
        {"version": 2, "seconds": 60}, upgrades={1: rename_user, 2: seconds_to_minutes}, current=3
    )
    assert upgraded == {"version": 3, "minutes": 1}


def test_that_a_newer_version_is_told_from_a_broken_one() -> None:
    with pytest.raises(NewerVersionError, match="form 9"):
        upgrade({"version": 9})
    with pytest.raises(ValueError, match="version"):
        upgrade({})

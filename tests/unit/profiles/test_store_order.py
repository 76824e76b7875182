from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore, file_name, unused_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path)


def listed(store: ProfileStore) -> list[str]:
    profiles = store.list().profiles
    return [f"{one.folder}/{one.name}" if one.folder else one.name for one in profiles]


def fill(store: ProfileStore, *names: str) -> None:
    for name in names:
        folder, _, last = name.rpartition("/")
        store.save(Profile(name=last, folder=folder))


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}


def test_that_folders_come_one_after_the_other_with_what_is_below_them(store: ProfileStore) -> None:
    fill(store, "plant/line 2/b", "Home/z", "plant/a", "top", "plant/line 10/c")
    assert listed(store) == ["top", "Home/z", "plant/a", "plant/line 10/c", "plant/line 2/b"]


def test_that_an_order_is_kept_and_new_profiles_come_behind_it(store: ProfileStore) -> None:
    fill(store, "a", "b", "c")
    store.move(["c", "a", "b"], "")
    assert listed(store) == ["c", "a", "b"]
    fill(store, "aa")
    assert listed(store) == ["c", "a", "b", "aa"]


def test_that_moved_profiles_come_first_and_others_follow_as_they_were(store: ProfileStore) -> None:
    fill(store, "x/1", "x/2", "3", "4")
    store.move(["4", "3", "never there", "4"], "x")
    assert listed(store) == ["x/4", "x/3", "x/1", "x/2"]


def test_that_moving_writes_only_what_stands_elsewhere_then(
    store: ProfileStore, tmp_path: Path
) -> None:
    fill(store, "a", "b", "c", "d")
    store.move(["a", "b", "c", "d"], "")
    before = times(tmp_path)
    store.move(["a", "b", "d", "c"], "")
    after = times(tmp_path)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {file_name("c"), file_name("d")}


def test_that_renaming_a_folder_takes_along_what_is_below_it(store: ProfileStore) -> None:
    fill(store, "plant/a", "plant/line/b", "planted/c")
    store.rename_folder("plant", "works")
    assert listed(store) == ["planted/c", "works/a", "works/line/b"]
    store.rename_folder("works", "")
    assert listed(store) == ["a", "line/b", "planted/c"]


def test_that_a_copy_has_a_name_and_an_identifier_of_its_own(store: ProfileStore) -> None:
    fill(store, "lab")
    (lab,) = store.list().profiles
    first, second = store.duplicate(lab), store.duplicate(lab)
    assert [first.name, second.name] == ["lab (2)", "lab (3)"]
    assert len({lab.identifier, first.identifier, second.identifier}) == 3
    assert store.list().profiles == [lab, first, second]


def test_that_an_identifier_stays_through_changes_and_renaming(
    store: ProfileStore, tmp_path: Path
) -> None:
    first = store.save(Profile(name="lab"))
    second = store.save(msgspec.structs.replace(first, port=2))
    third = store.save(msgspec.structs.replace(second, name="works"))
    assert first.identifier == second.identifier == third.identifier
    assert {path.name for path in tmp_path.iterdir()} == {
        ".lock",
        file_name("works"),
        f"{file_name('works')}.bak",
    }
    assert store.list().profiles == [third]


def test_that_a_file_with_a_name_of_its_users_keeps_it(store: ProfileStore, tmp_path: Path) -> None:
    lab = store.save(Profile(name="lab"))
    (tmp_path / file_name("lab")).rename(tmp_path / "mine.json")
    store.list()
    store.save(msgspec.structs.replace(lab, name="works"))
    assert [path.name for path in tmp_path.glob("*.json")] == ["mine.json"]


def test_that_a_copied_file_does_not_share_the_identifier(
    store: ProfileStore, tmp_path: Path
) -> None:
    lab = store.save(Profile(name="lab"))
    (tmp_path / "Copy of lab.json").write_bytes((tmp_path / file_name("lab")).read_bytes())
    first, second = store.list().profiles
    assert (first, second.identifier) == (lab, "")
    stored = store.save(second)
    assert stored.identifier not in {"", lab.identifier}
    assert stored.name == "lab (Copy of lab)"
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_that_an_unused_name_counts_upwards() -> None:
    assert unused_name("lab", []) == "lab"
    assert unused_name("lab", ["lab", "lab (2)"]) == "lab (3)"

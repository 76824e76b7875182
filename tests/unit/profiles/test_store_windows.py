"""Two stores of one folder: as two windows in two processes have them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from topicscope.profiles import folder_lock
from topicscope.profiles.files import StoreError
from topicscope.profiles.folder_lock import FolderLock
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ChangedElsewhereError, ProfileStore, file_name

APP = Path(__file__).parents[3] / "app"


@pytest.fixture
def ours(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path)


@pytest.fixture
def theirs(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path)


def changed(profile: Profile, **changes: object) -> Profile:
    return msgspec.structs.replace(profile, **changes)


def ports(store: ProfileStore) -> dict[str, int]:
    return {one.name: one.port for one in store.list().profiles}


def test_that_different_profiles_of_two_windows_are_all_kept(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab, works = ours.save(Profile(name="lab")), ours.save(Profile(name="works"))
    theirs.list()
    theirs.save(changed(lab, port=1))
    ours.save(changed(works, port=2))
    assert ports(ours) == ports(theirs) == {"lab": 1, "works": 2}


def test_that_what_another_window_has_changed_meanwhile_is_kept_beside_ours(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab"))
    theirs.list()
    theirs.save(changed(lab, port=1))
    with pytest.raises(ChangedElsewhereError, match="changed by another window") as caught:
        ours.save(changed(lab, port=2))
    assert ports(ours) == {"lab": 1, "lab (2)": 2}
    assert caught.value.stored.name == "lab (2)"
    assert caught.value.stored.identifier != lab.identifier


def test_that_a_list_read_in_between_does_not_hide_the_change(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab"))
    theirs.list()
    theirs.save(changed(lab, port=1))
    ours.list()
    with pytest.raises(ChangedElsewhereError):
        ours.save(changed(lab, port=2), before=lab)


def test_that_the_same_change_in_both_windows_is_none(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab"))
    theirs.list()
    theirs.save(changed(lab, port=1))
    assert ours.save(changed(lab, port=1)).port == 1
    assert ports(ours) == {"lab": 1}


def test_that_another_order_is_no_change_and_stays(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab, works = ours.save(Profile(name="lab")), ours.save(Profile(name="works"))
    theirs.move(["works", "lab"], "plant")
    stored = ours.save(changed(lab, port=7))
    assert (stored.folder, stored.position, stored.port) == ("plant", 1, 7)
    assert ours.list().profiles == [changed(works, folder="plant", position=0), stored]


def test_that_a_new_order_does_not_hide_what_another_window_has_changed(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab"))
    theirs.list()
    theirs.save(changed(lab, port=1))
    ours.move(["lab"], "plant")
    with pytest.raises(ChangedElsewhereError):
        ours.save(changed(lab, port=2))


def test_that_two_new_profiles_of_one_name_are_both_kept(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    ours.save(Profile(name="lab", port=1))
    with pytest.raises(ChangedElsewhereError):
        theirs.save(Profile(name="lab", port=2))
    assert ports(ours) == {"lab": 1, "lab (2)": 2}


def test_that_renaming_to_a_name_of_another_window_keeps_both(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab", port=1))
    theirs.save(Profile(name="works", port=2))
    with pytest.raises(ChangedElsewhereError, match="called “works” already"):
        ours.save(changed(lab, name="works", port=3))
    assert ports(ours) == {"lab": 1, "works": 2, "works (2)": 3}


def test_that_a_profile_which_another_window_has_deleted_can_be_saved_again(
    ours: ProfileStore, theirs: ProfileStore
) -> None:
    lab = ours.save(Profile(name="lab"))
    theirs.delete("lab")
    assert ours.save(changed(lab, port=2)).identifier == lab.identifier
    assert ports(theirs) == {"lab": 2}


SCRIPT = """
import sys
from pathlib import Path
import msgspec
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ChangedElsewhereError, ProfileStore
store, me = ProfileStore(Path(sys.argv[1])), sys.argv[2]
for number in range(12):
    store.save(Profile(name=f"{me}{number}"))
    try:
        store.save(Profile(name="shared", username=f"{me}{number}"))
    except ChangedElsewhereError:
        pass
    names = [one.name for one in store.list().profiles]
    store.move(names[:3], "front")
"""


def test_that_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), name], env={"PYTHONPATH": str(APP)}
        )
        for name in ("a", "b")
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    listed = ProfileStore(tmp_path).list()
    names = [one.name for one in listed.profiles]
    assert listed.problems == []
    assert {f"{name}{number}" for name in "ab" for number in range(12)} < set(names)
    assert len({one.identifier for one in listed.profiles}) == len(names) == len(set(names))
    # Each process wrote “shared” last or found it changed: whichever came last of both is there.
    shared = {one.username for one in listed.profiles if one.name.startswith("shared")}
    assert shared & {"a11", "b11"}
    assert list(tmp_path.glob("*.tmp")) == []


ENDLESS = """
import sys
from pathlib import Path
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore
store = ProfileStore(Path(sys.argv[1]))
store.list()
print("begins", flush=True)
number = 0
while True:
    number += 1
    store.save(Profile(name="lab", username=f"{number}" * (number % 500)))
"""


def test_that_a_process_killed_while_it_saves_leaves_a_whole_profile_and_no_lock(
    ours: ProfileStore, tmp_path: Path
) -> None:
    ours.save(Profile(name="lab"))
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(tmp_path)],
            env={"PYTHONPATH": str(APP)},
            stdout=subprocess.PIPE,
        ) as running:
            assert running.stdout is not None
            running.stdout.readline()
            time.sleep(0.1)
            running.kill()
        listed = ours.list()
        assert [one.name for one in listed.profiles] == ["lab"]
        assert listed.problems == []
        ours.save(changed(listed.profiles[0], username="mine"))


def test_that_a_window_which_does_not_finish_is_said_after_a_while(
    ours: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "LONGEST_WAIT_S", 0.05)
    lab = ours.save(Profile(name="lab"))
    with FolderLock(tmp_path), pytest.raises(StoreError, match="another window is writing"):
        ours.save(changed(lab, port=2))
    assert ports(ours) == {"lab": lab.port}


def test_that_broken_files_are_set_aside_once_even_without_the_lock(
    ours: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "LONGEST_WAIT_S", 0.05)
    ours.save(Profile(name="good"))
    bad = tmp_path / file_name("bad")
    bad.write_bytes(b"{")
    with FolderLock(tmp_path):
        (problem,) = ours.list().problems
    assert problem.set_aside is None
    assert bad.exists()
    (problem,) = ours.list().problems
    assert problem.set_aside is not None

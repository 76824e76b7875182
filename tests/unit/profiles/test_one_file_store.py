from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from topicscope.profiles import filters, topic_templates
from topicscope.profiles.files import StoreError
from topicscope.profiles.filters import ColourRule, FilterBook, SavedFilter, filter_store
from topicscope.profiles.folder_lock import FILE_NAME as LOCK
from topicscope.profiles.one_file_store import LARGEST_FILE, OneFileStore
from topicscope.profiles.topic_templates import StoredNameRule, TopicNaming, topic_name_store

if TYPE_CHECKING:
    from collections.abc import Callable

APP = Path(__file__).parents[3] / "app"


@dataclass(frozen=True)
class Case:
    make: Callable[[Path], OneFileStore[Any]]
    file_name: str
    filled: Any
    line: str
    upgrades: dict[int, Any]
    broken: bytes

    @property
    def empty(self) -> Any:
        return type(self.filled)()


CASES = {
    "filters": Case(
        filter_store,
        filters.FILE_NAME,
        FilterBook(
            saved=(SavedFilter(name="hot", filter="json.value > 80", colour="red"),),
            rules=(ColourRule(filter="retain", colour="violet", name="kept", enabled=False),),
            history=('topic ~ "a/#"', "qos == 1"),
        ),
        '      "filter": "json.value > 80",',
        filters.UPGRADES,
        b'{"version": 1, "rules": [{"filter": "retain", "colour": "plaid"}]}',
    ),
    "topic names": Case(
        topic_name_store,
        topic_templates.FILE_NAME,
        TopicNaming(
            templates=("site/<building>/<room>/#", "site/<building>"),
            name_rules=(StoredNameRule("site/<id>/info", path="meta.title"),),
            conventions_off=("tasmota",),
        ),
        '    "site/<building>/<room>/#",',
        topic_templates.UPGRADES,
        b'{"version": 1, "name_rules": [{"topic": "a/<id>", "kind": "magic"}]}',
    ),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "settings"


@pytest.fixture
def path(case: Case, folder: Path) -> Path:
    return folder / case.file_name


@pytest.fixture
def store(case: Case, folder: Path) -> OneFileStore[Any]:
    return case.make(folder)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {LOCK}


def test_that_without_a_file_there_is_a_fresh_value(case: Case, store: OneFileStore[Any]) -> None:
    loaded = store.load()
    assert (loaded.value, loaded.problem, loaded.found) == (case.empty, None, False)


def test_that_reading_makes_no_folder(store: OneFileStore[Any], folder: Path) -> None:
    store.load()
    assert not folder.exists()


def test_that_what_was_saved_comes_back(case: Case, store: OneFileStore[Any], folder: Path) -> None:
    store.save(case.empty)
    assert names(folder) == {case.file_name}
    store.save(case.filled)
    assert store.load().value == case.filled
    assert names(folder) == {case.file_name, f"{case.file_name}.bak"}


def test_that_all_fields_are_tried_above(case: Case) -> None:
    for field in msgspec.structs.fields(case.filled):
        assert field.name == "version" or getattr(case.filled, field.name) != field.default


def test_that_the_file_can_be_read_by_people_and_is_theirs_alone(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    store.save(case.empty)
    store.save(case.filled)
    assert case.line in path.read_text(encoding="utf-8").splitlines()
    assert json.loads(path.read_bytes())["version"] == case.filled.version
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"version": "1"}',
        b"[" * 100_000,
        b" " * (LARGEST_FILE + 1),
        None,
    ],
)
def test_that_a_broken_file_is_set_aside_with_its_reason(
    case: Case, store: OneFileStore[Any], path: Path, content: bytes | None
) -> None:
    content = case.broken if content is None else content
    path.parent.mkdir()
    path.write_bytes(content)
    loaded = store.load()
    assert (loaded.value, loaded.state) == (case.empty, "broken")
    assert loaded.problem is not None
    assert loaded.problem.reason
    assert loaded.problem.set_aside is not None
    assert loaded.problem.set_aside.read_bytes() == content
    assert store.load().problem is None
    store.save(case.filled)
    assert store.load().value == case.filled


def test_that_behind_a_broken_file_stands_what_it_held_before(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    store.save(case.filled)
    store.save(case.empty)
    path.write_bytes(b"")
    loaded = store.load()
    assert (loaded.value, loaded.state) == (case.filled, "recovered")
    assert "what it held before" in str(loaded.problem)
    again = store.load()
    assert (again.value, again.problem) == (case.filled, None)


def test_that_a_backup_of_a_deleted_file_is_not_that_of_a_new_one(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    store.save(case.filled)
    store.save(case.empty)
    path.unlink()
    assert store.load().state == "missing"
    store.save(case.empty)
    path.write_bytes(b"")
    assert store.load().state == "broken"


def test_that_a_broken_backup_of_a_broken_file_is_nothing(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    store.save(case.filled)
    store.save(case.empty)
    for one in (path, path.with_name(f"{path.name}.bak")):
        one.write_bytes(b"{")
    assert store.load().state == "broken"


def test_that_a_file_of_a_newer_version_is_neither_read_nor_lost(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 99}')
    assert "newer Topicscope" in str(store.load().problem)
    with pytest.raises(StoreError, match="would be lost"):
        store.save(case.filled)
    assert path.read_text() == '{"version": 99}'


def test_that_what_others_have_added_is_kept(
    case: Case, store: OneFileStore[Any], path: Path
) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 1, "mine": {"lvl": "red"}}')
    store.save(case.filled)
    assert json.loads(path.read_bytes())["mine"] == {"lvl": "red"}
    assert store.load().value == case.filled


def test_that_a_folder_which_cannot_be_written_is_said(case: Case, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = case.make(tmp_path / "file" / "settings")
    with pytest.raises(StoreError, match="were not saved"):
        store.save(case.filled)
    assert store.load().problem is not None


def test_that_half_a_surrogate_pair_is_said(store: OneFileStore[Any], case: Case) -> None:
    field = msgspec.structs.fields(case.filled)[-1].name
    with pytest.raises(StoreError, match="were not saved"):
        store.save(msgspec.structs.replace(case.filled, **{field: ("\ud800",)}))


def test_that_every_older_version_has_an_upgrade_with_a_test(case: Case) -> None:
    assert sorted(case.upgrades) == list(range(1, case.filled.version))
    for function in case.upgrades.values():
        assert f"test_that_{function.__name__}" in globals()


def test_that_two_processes_change_a_file_one_after_the_other(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from topicscope.profiles.filters import SavedFilter, filter_store\n"
        "store = filter_store(Path(sys.argv[1]))\n"
        "for n in range(25):\n"
        "    new = SavedFilter(name=f'{sys.argv[2]}{n}', filter='retain')\n"
        "    store.change(lambda book: book.with_saved(new))\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), name], env={"PYTHONPATH": str(APP)}
        )
        for name in ("a", "b")
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    saved = filter_store(tmp_path).load().value.saved
    assert {one.name for one in saved} == {f"{name}{n}" for name in "ab" for n in range(25)}

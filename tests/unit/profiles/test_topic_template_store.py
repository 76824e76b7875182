from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from topicscope.profiles.store import StoreError
from topicscope.profiles.topic_template_store import (
    FILE_NAME,
    LARGEST_FILE,
    UPGRADES,
    TopicTemplateStore,
)
from topicscope.profiles.topic_templates import CURRENT_VERSION, StoredNameRule, TopicNaming

if TYPE_CHECKING:
    from pathlib import Path

NAMING = TopicNaming(
    templates=("site/<building>/<room>/#", "site/<building>"),
    name_rules=(StoredNameRule("site/<id>/info", path="meta.title"),),
    conventions_off=("tasmota",),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "settings"


@pytest.fixture
def store(folder: Path) -> TopicTemplateStore:
    return TopicTemplateStore(folder)


def test_that_without_a_file_the_conventions_hold(store: TopicTemplateStore) -> None:
    loaded = store.load()
    assert loaded.problem is None
    assert loaded.naming == TopicNaming()
    assert loaded.naming.all_templates()


def test_that_what_was_saved_comes_back(store: TopicTemplateStore, folder: Path) -> None:
    store.save(TopicNaming())
    store.save(NAMING)
    assert store.load().naming == NAMING
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_that_all_fields_are_tried_above() -> None:
    for field in msgspec.structs.fields(TopicNaming):
        assert field.name == "version" or getattr(NAMING, field.name) != field.default


def test_that_the_file_can_be_read_by_people_and_is_theirs_alone(
    store: TopicTemplateStore, folder: Path
) -> None:
    store.save(NAMING)
    path = folder / FILE_NAME
    lines = path.read_text(encoding="utf-8").splitlines()
    assert '    "site/<building>/<room>/#",' in lines
    assert json.loads(path.read_bytes())["version"] == CURRENT_VERSION
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"version": "1"}',
        b'{"version": 1, "templates": "a"}',
        b'{"version": 1, "name_rules": [{"topic": "a/<id>", "kind": "magic"}]}',
        b"[" * 100_000,
        b'{"version": 1, "x": "' + b"x" * LARGEST_FILE + b'"}',
    ],
)
def test_that_a_broken_file_is_set_aside_with_its_reason(
    store: TopicTemplateStore, folder: Path, content: bytes
) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)
    loaded = store.load()
    assert loaded.naming == TopicNaming()
    assert loaded.problem is not None
    assert loaded.problem.reason
    assert loaded.problem.set_aside is not None
    assert loaded.problem.set_aside.read_bytes() == content
    store.save(NAMING)
    assert store.load().naming == NAMING


def test_that_an_invalid_template_in_the_file_is_kept_and_told(store: TopicTemplateStore) -> None:
    store.save(TopicNaming(templates=("a/<b", "a/<b>")))
    naming = store.load().naming
    assert naming.templates == ("a/<b", "a/<b>")
    assert naming.all_templates()[0].text == "a/<b>"
    (problem,) = naming.problems()
    assert problem.startswith("“a/<b”: Level 2")


def test_that_a_file_of_a_newer_version_is_neither_read_nor_lost(
    store: TopicTemplateStore, folder: Path
) -> None:
    folder.mkdir()
    path = folder / FILE_NAME
    path.write_text('{"version": 99}')
    loaded = store.load()
    assert "newer Topicscope" in str(loaded.problem)
    with pytest.raises(StoreError, match="would be lost"):
        store.save(NAMING)
    assert path.read_text() == '{"version": 99}'


def test_that_what_a_later_version_has_added_is_kept(
    store: TopicTemplateStore, folder: Path
) -> None:
    folder.mkdir()
    path = folder / FILE_NAME
    path.write_text('{"version": 1, "colours": {"lvl": "red"}}')
    store.save(NAMING)
    assert json.loads(path.read_bytes())["colours"] == {"lvl": "red"}
    assert store.load().naming == NAMING


def test_that_a_folder_which_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = TopicTemplateStore(tmp_path / "file" / "settings")
    with pytest.raises(StoreError, match="were not saved"):
        store.save(NAMING)
    assert store.load().problem is not None


def test_that_every_older_version_has_an_upgrade_with_a_test() -> None:
    assert sorted(UPGRADES) == list(range(1, CURRENT_VERSION))
    for function in UPGRADES.values():
        assert f"test_that_{function.__name__}" in globals()

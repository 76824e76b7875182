from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from topicscope.profiles.filters import (
    COLOURS,
    CURRENT_VERSION,
    FILE_NAME,
    LARGEST_FILE,
    LONGEST_HISTORY,
    UPGRADES,
    ColourRule,
    FilterBook,
    FilterStore,
    SavedFilter,
)
from topicscope.profiles.store import StoreError

if TYPE_CHECKING:
    from pathlib import Path

BOOK = FilterBook(
    saved=(SavedFilter(name="hot", filter="json.value > 80", colour="red"),),
    rules=(ColourRule(filter="retain", colour="violet", name="kept", enabled=False),),
    history=('topic ~ "a/#"', "qos == 1"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "settings"


@pytest.fixture
def store(folder: Path) -> FilterStore:
    return FilterStore(folder)


def test_that_without_a_file_there_is_nothing(store: FilterStore) -> None:
    loaded = store.load()
    assert (loaded.book, loaded.problem) == (FilterBook(), None)


def test_that_what_was_saved_comes_back(store: FilterStore, folder: Path) -> None:
    store.save(FilterBook())
    store.save(BOOK)
    assert store.load().book == BOOK
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_that_all_fields_are_tried_above() -> None:
    for thing in (BOOK, BOOK.saved[0], BOOK.rules[0]):
        for field in msgspec.structs.fields(thing):
            assert field.name == "version" or getattr(thing, field.name) != field.default


def test_that_the_file_can_be_read_by_people_and_is_theirs_alone(
    store: FilterStore, folder: Path
) -> None:
    store.save(BOOK)
    path = folder / FILE_NAME
    assert '      "filter": "json.value > 80",' in path.read_text(encoding="utf-8").splitlines()
    assert json.loads(path.read_bytes())["version"] == CURRENT_VERSION
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"version": 1, "saved": "a"}',
        b'{"version": 1, "rules": [{"filter": "retain", "colour": "plaid"}]}',
        b'{"version": 1, "rules": [{"name": "no filter"}]}',
        b" " * (LARGEST_FILE + 1),
    ],
)
def test_that_a_broken_file_is_set_aside_with_its_reason(
    store: FilterStore, folder: Path, content: bytes
) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)
    loaded = store.load()
    assert loaded.book == FilterBook()
    assert loaded.problem is not None
    assert loaded.problem.set_aside is not None
    assert loaded.problem.set_aside.read_bytes() == content
    assert store.load().problem is None


def test_that_a_file_of_a_newer_version_is_left_alone(store: FilterStore, folder: Path) -> None:
    folder.mkdir()
    content = b'{"version": 99, "saved": []}'
    (folder / FILE_NAME).write_bytes(content)
    loaded = store.load()
    assert loaded.problem is not None
    assert "newer" in str(loaded.problem)
    with pytest.raises(StoreError, match="would be lost"):
        store.save(BOOK)
    assert (folder / FILE_NAME).read_bytes() == content


def test_that_keys_of_others_stay_in_the_file(store: FilterStore, folder: Path) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b'{"version": 1, "mine": [1]}')
    store.save(BOOK)
    assert json.loads((folder / FILE_NAME).read_bytes())["mine"] == [1]


def test_that_every_older_version_has_an_upgrade() -> None:
    assert set(UPGRADES) == set(range(1, CURRENT_VERSION))


def test_that_the_history_is_newest_first_without_doubles_and_short() -> None:
    book = FilterBook()
    for number in range(LONGEST_HISTORY + 10):
        book = book.with_applied(f"qos == {number}")
    book = book.with_applied("  qos == 20\n").with_applied(" ")
    assert book.history[:2] == ("qos == 20", f"qos == {LONGEST_HISTORY + 9}")
    assert len(book.history) == LONGEST_HISTORY
    assert len(set(book.history)) == LONGEST_HISTORY


def test_that_a_saved_filter_takes_the_place_of_one_of_its_name() -> None:
    other = SavedFilter(name="cold", filter="json.value < 2")
    newer = SavedFilter(name="hot", filter="json.value > 90", colour="pink")
    book = BOOK.with_saved(other).with_saved(newer)
    assert book.saved == (newer, other)
    assert book.without_saved("hot").saved == (other,)


def test_that_there_are_as_many_colours_as_a_theme_has_series() -> None:
    assert len(COLOURS) == len(set(COLOURS)) == 8

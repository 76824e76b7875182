"""The tree of profiles keeps the rules of item models while it changes, and moves what is dragged."""

from __future__ import annotations

import random

import msgspec
import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from topicscope.gui.models.connections.profile_tree import (
    MARKS_ROLE,
    MIME_TYPE,
    PROFILE_ROLE,
    SEARCH_ROLE,
    ProfileTreeModel,
    profile_key,
)
from topicscope.profiles.profile import Profile

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
EDIT, DISPLAY = Qt.ItemDataRole.EditRole, Qt.ItemDataRole.DisplayRole
MOVE = Qt.DropAction.MoveAction


def made(number: int, folder: str = "", position: int = 0) -> Profile:
    return Profile(identifier=f"{number:016x}", name=f"P{number}", folder=folder, position=position)


@pytest.fixture
def model() -> ProfileTreeModel:
    tree = ProfileTreeModel()
    tree.set_profiles(
        [made(1), made(2, position=1), made(3, "plant"), made(4, "plant/line 1"), made(5, "attic")]
    )
    return tree


def words(model: ProfileTreeModel, parent: QModelIndex | None = None) -> list[object]:
    """Return the names of rows, with those inside as lists behind them."""
    found: list[object] = []
    at = parent or QModelIndex()
    for row in range(model.rowCount(at)):
        index = model.index(row, 0, at)
        found.append(index.data(DISPLAY))
        if model.rowCount(index):
            found.append(words(model, index))
    return found


def test_that_profiles_stand_before_folders_and_folders_by_name(model: ProfileTreeModel) -> None:
    assert words(model) == ["P1", "P2", "attic", ["P5"], "plant", ["P3", "line 1", ["P4"]]]
    assert model.folders() == ["attic", "plant", "plant/line 1"]


def test_that_the_model_keeps_the_rules_while_profiles_come_go_and_move() -> None:
    dice = random.Random(4)
    model, proxy = ProfileTreeModel(), QSortFilterProxyModel()
    testers = [QAbstractItemModelTester(model, FATAL)]
    proxy.setRecursiveFilteringEnabled(True)
    proxy.setFilterRole(SEARCH_ROLE)
    proxy.setFilterFixedString("P1")
    proxy.setSourceModel(model)
    testers.append(QAbstractItemModelTester(proxy, FATAL))
    folders = ["", "a", "a/b", "a/b/c", "d"]
    for _ in range(60):
        profiles = [
            made(number, dice.choice(folders), dice.randrange(5))
            for number in dice.sample(range(30), dice.randrange(20))
        ]
        model.set_profiles(profiles)
        assert sorted(one.name for one in model.profiles()) == sorted(p.name for p in profiles)
        if profiles:
            keys = [profile_key(one) for one in dice.sample(profiles, min(2, len(profiles)))]
            model.move(keys, dice.choice(folders), dice.randrange(-1, 4))
            assert sorted(one.name for one in model.profiles()) == sorted(p.name for p in profiles)
    assert len(testers) == 2


def test_that_a_row_which_moves_in_its_folder_stays_the_same_row(model: ProfileTreeModel) -> None:
    kept = QPersistentModelIndex(model.index_of(profile_key(made(1))))
    model.set_profiles([made(1, position=2), made(2, position=1), made(3, "plant")])
    assert kept.row() == 1
    assert kept.data(DISPLAY) == "P1"


def test_that_what_is_dragged_between_rows_stands_there_and_is_told(
    model: ProfileTreeModel,
) -> None:
    told: list[list[Profile]] = []
    model.moved.connect(told.append)
    data = model.mimeData([model.index_of(profile_key(made(5)))])
    assert data.hasFormat(MIME_TYPE)
    assert model.dropMimeData(data, MOVE, 1, 0, QModelIndex())
    assert words(model)[:3] == ["P1", "P5", "P2"]
    assert "attic" not in words(model)
    assert {one.name: (one.folder, one.position) for one in told[0]} == {
        "P5": ("", 1),
        "P2": ("", 2),
    }


def test_that_a_folder_is_dragged_whole_but_never_into_itself(model: ProfileTreeModel) -> None:
    data = model.mimeData([model.index_of_folder("plant")])
    assert not model.dropMimeData(data, MOVE, -1, 0, model.index_of_folder("plant/line 1"))
    assert model.dropMimeData(data, MOVE, -1, 0, model.index_of_folder("attic"))
    assert words(model) == ["P1", "P2", "attic", ["P5", "plant", ["P3", "line 1", ["P4"]]]]


def test_that_nothing_is_dropped_on_a_profile_or_from_elsewhere(model: ProfileTreeModel) -> None:
    data = model.mimeData([model.index_of(profile_key(made(1)))])
    assert not model.dropMimeData(data, MOVE, -1, 0, model.index_of(profile_key(made(2))))
    data.setData(MIME_TYPE, b"[1, {")
    assert not model.dropMimeData(data, MOVE, 0, 0, QModelIndex())


def test_that_a_folder_is_renamed_with_all_below_it(model: ProfileTreeModel) -> None:
    told: list[list[Profile]] = []
    model.moved.connect(told.append)
    assert model.setData(model.index_of_folder("plant"), "works", EDIT)
    assert words(model)[-2:] == ["works", ["P3", "line 1", ["P4"]]]
    assert {one.folder for one in told[0]} == {"works", "works/line 1"}
    assert not model.setData(model.index_of_folder("works"), "  ", EDIT)
    assert not model.setData(model.index_of(profile_key(made(1))), "other", EDIT)


def test_that_a_row_steps_up_and_down_within_its_folder(model: ProfileTreeModel) -> None:
    assert model.step(model.index_of(profile_key(made(1))), 1)
    assert words(model)[:2] == ["P2", "P1"]
    assert not model.step(model.index_of(profile_key(made(1))), 1)
    assert model.step(model.index_of(profile_key(made(1))), -1)
    assert words(model)[:2] == ["P1", "P2"]


def test_that_marks_and_tooltip_say_what_is_risky(model: ProfileTreeModel) -> None:
    risky = msgspec.structs.replace(
        made(1), tls=True, insecure=True, kind="production", read_only=True, name="<b>x</b>"
    )
    model.set_profiles([risky])
    index = model.index(0, 0)
    assert [name for name, _ in index.data(MARKS_ROLE)] == ["triangle-alert", "eye", "factory"]
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(PROFILE_ROLE) == risky

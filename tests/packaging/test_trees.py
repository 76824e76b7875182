"""Trees and archives: the same bytes of the same input, whatever machine and day it is."""

from __future__ import annotations

import os
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

EPOCH = 1_700_000_000


@pytest.fixture(scope="module")
def trees() -> ModuleType:
    return load("common/trees.py")


def _tree(folder: Path, mode: int, time: int) -> Path:
    """Lay out the same files, each time with other modes and times."""
    (folder / "sub").mkdir(parents=True)
    (folder / "program").write_bytes(b"\x7fELF program")
    (folder / "script").write_text("#!/bin/sh\n")
    (folder / "sub/library.so").write_bytes(b"\x7fELF library")
    (folder / "sub/text").write_text("text")
    (folder / "link").symlink_to("sub/text")
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(mode)
        os.utime(path, (time, time), follow_symlinks=False)
    return folder


def test_that_the_same_files_make_the_same_archive(trees: ModuleType, tmp_path: Path) -> None:
    made = []
    for name, mode, time in (("a", 0o755, 1), ("b", 0o700, 2_000_000_000)):
        folder = _tree(tmp_path / name / "topicscope", mode, time)
        trees.settle(folder, EPOCH)
        trees.make_tar_xz(folder, tmp_path / f"{name}.tar.xz", EPOCH)
        made.append((tmp_path / f"{name}.tar.xz").read_bytes())
    assert made[0] == made[1]


def test_that_an_archive_is_of_root_and_only_programs_can_be_run(
    trees: ModuleType, tmp_path: Path
) -> None:
    folder = _tree(tmp_path / "topicscope", 0o777, 1)
    trees.settle(folder, EPOCH)
    trees.make_tar_xz(folder, tmp_path / "a.tar.xz", EPOCH)
    with tarfile.open(tmp_path / "a.tar.xz") as archive:
        members = {member.name: member for member in archive}
    assert {(one.uid, one.gid, one.mtime) for one in members.values()} == {(0, 0, EPOCH)}
    runnable = [name for name, one in members.items() if one.isfile() and one.mode == 0o755]
    assert runnable == ["topicscope/program", "topicscope/script"]
    assert members["topicscope/sub/library.so"].mode == 0o644
    assert members["topicscope/link"].linkname == "sub/text"


def test_that_a_compressed_file_tells_neither_its_name_nor_its_time(
    trees: ModuleType, tmp_path: Path
) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).write_text("the same")
        made.append(trees.compress(tmp_path / name))
        assert not (tmp_path / name).exists()
    assert made[0].read_bytes() == made[1].read_bytes()

"""What ran is remembered for the next start, and starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.automation.running_store import Running, running_store

if TYPE_CHECKING:
    from pathlib import Path


def test_that_what_ran_is_read_back(tmp_path: Path) -> None:
    running_store(tmp_path).save(Running(identifiers=("a", "b")))
    assert running_store(tmp_path).load().value.identifiers == ("a", "b")


def test_that_a_broken_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_bytes(b"\xff{")
    stored = running_store(tmp_path).load()
    assert stored.value.identifiers == ()
    assert stored.problem is not None

"""The script that tries packages, as far as it goes without one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="module")
def smoke_test() -> ModuleType:
    return load("smoke_test.py")


def test_that_a_package_that_was_not_made_is_told_in_words(
    smoke_test: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["smoke_test.py", str(tmp_path / "topicscope*")])
    with pytest.raises(SystemExit) as ended:
        smoke_test.main()
    assert ended.value.code == 2
    assert "make package makes packages" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no root on Windows")
def test_that_a_debian_package_is_left_out_without_rights(
    smoke_test: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = tmp_path / "topicscope_1.0_amd64.deb"
    package.touch()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(
        sys, "argv", ["smoke_test.py", str(package), "--pictures", str(tmp_path / "pictures")]
    )
    assert smoke_test.main() == 0
    assert "is left out" in capsys.readouterr().err

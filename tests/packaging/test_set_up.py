"""The script that sets a machine up, with stand-ins for the tools that would change this one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import PACKAGING, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
AS_THE_SYSTEMS = f"""exec {sys.executable} -c "import sys; sys.base_prefix = '/usr'
$2"
"""
"""Python as the system brings it; run only with ``-c``."""


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def set_up(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that sets a checkout up as somebody without rights."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "checkout/packaging").mkdir(parents=True)
    shutil.copy(PACKAGING / "set_up.sh", tmp_path / "checkout/packaging/set_up.sh")
    _program(programs, "id", "echo 1000")
    _program(programs, "apt-get", "exit 1")

    def set_up(purpose: str, *libraries: str, **more: str) -> subprocess.CompletedProcess[str]:
        _program(programs, "ldconfig", f"echo '{' '.join(libraries)}'")
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), **more}
        script = tmp_path / "checkout/packaging/set_up.sh"
        return subprocess.run(
            [script, purpose], env=environment, capture_output=True, text=True, check=False
        )

    return set_up


def test_that_who_has_no_rights_is_given_the_line_that_installs_what_is_missing(
    set_up: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = set_up("run")
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1].split()
    assert line[:4] == ["sudo", "apt-get", "update", "&&"]
    assert {"libegl1", "libxcb-cursor0"} <= set(line)
    assert not (tmp_path / "checkout/.venv").exists()


def test_that_packages_need_the_interpreter_as_a_library_and_wayland_too(
    set_up: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    _program(tmp_path / "programs", "python3", AS_THE_SYSTEMS)
    needed = {f"lib{PYTHON}", "libwayland-client0"}
    assert needed <= set(set_up("package").stderr.split())
    assert not needed & set(set_up("run").stderr.split())
    there = set_up("package", f"lib{PYTHON}.so.1.0", "libwayland-client.so.0").stderr.split()
    assert not needed & set(there)
    assert "libegl1" in there


def test_that_an_interpreter_of_another_place_brings_its_library_itself(
    set_up: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    _program(tmp_path / "programs", "python3", AS_THE_SYSTEMS.replace("'/usr'", "'/opt/python'"))
    done = set_up("package")
    assert "libegl1" in done.stderr
    assert f"lib{PYTHON}" not in done.stderr.split()


def test_that_trying_packages_needs_a_screen_unless_there_is_one(
    set_up: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nothing of this machine but what the script itself runs.
    _program(tmp_path / "programs", "python3", f'exec {sys.executable} "$@"')
    for name in ("dirname", "sh", "uname"):
        (tmp_path / "programs" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    assert "xvfb" in set_up("smoke").stderr.split()
    assert "xvfb" not in set_up("smoke", DISPLAY=":0").stderr.split()
    assert "debootstrap" not in set_up("smoke").stderr.split()
    _program(tmp_path / "programs", "id", "echo 0")
    assert "debootstrap" in set_up("smoke").stdout.split()


def test_that_packages_are_made_without_installing_what_they_do_not_need(
    set_up: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    _program(tmp_path / "programs", "uname", "echo Another")
    done = set_up("package")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    python = tmp_path / "checkout/.venv/bin/python"
    done = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    assert "numpy" not in done.stdout
    assert not list((tmp_path / "checkout/.venv").glob(".set-up-*"))


def test_that_the_readme_names_the_libraries_that_the_window_asks_for() -> None:
    # Where they are missing the window says that the README names them.
    script = (PACKAGING / "set_up.sh").read_text(encoding="utf-8")
    libraries = re.search(r'^LIBRARIES="([^"]+)"', script, re.MULTILINE)
    assert libraries
    packages = {pair.partition(":")[2] for pair in libraries[1].split()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    line = re.search(r"`sudo apt install (libegl1 [^`]+)`", readme)
    assert line
    assert set(line[1].split()) == packages

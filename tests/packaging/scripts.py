"""The scripts of packaging/, loaded as modules: their folder is no package and must not stay on the path."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def load(path: str) -> ModuleType:
    """Return a script, by its path in packaging/, as a module."""
    known = list(sys.path)
    spec = importlib.util.spec_from_file_location(
        f"packaging_script_{Path(path).stem}", PACKAGING / path
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path[:0] = map(str, ((PACKAGING / path).parent, PACKAGING / "common", PACKAGING))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = known
    return module


def tool(name: str) -> str:
    """Return where a program is, or skip the test."""
    if found := shutil.which(name):
        return found
    pytest.skip(f"{name} is not installed")


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program, and fail with what it said when it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, **options
    )  # type: ignore[call-overload]
    assert done.returncode == 0, (
        f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    )
    return done  # type: ignore[no-any-return]

"""The workflows that test and package on all systems, and the scripts of packaging."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import PACKAGING, ROOT, run, tool

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SCRIPTS = sorted([*PACKAGING.rglob("*.sh"), PACKAGING / "appimage/AppRun", ROOT / ".ci/run"])

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="the source archive holds no workflows")


def test_that_actionlint_finds_nothing() -> None:
    run(tool("actionlint"), *WORKFLOWS, cwd=ROOT)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_that_shellcheck_finds_nothing(path: Path) -> None:
    run(tool("shellcheck"), path)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_that_actions_are_pinned_and_rights_are_the_least(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", one)] == []
    assert re.search(r"^permissions:\n  contents: read\n", text, re.MULTILINE)
    written = re.findall(r"^ *[\w-]+: write$", text, re.MULTILINE)
    assert written in ([], ["      contents: write"])
    assert text.count("actions/checkout") == text.count("persist-credentials: false")
    assert text.count("runs-on:") == text.count("timeout-minutes:")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_that_no_secret_and_nothing_of_an_event_is_put_into_a_command(path: Path) -> None:
    # A step gets them as variables; in the text of a command they could be printed, or be run.
    for line in path.read_text(encoding="utf-8").splitlines():
        if "${{ secrets." in line or "${{ github.event" in line or "github.ref_name" in line:
            assert re.fullmatch(r"\s+[A-Z_]+: \$\{\{ [\w.]+( != '')? \}\}", line), line


def test_that_every_kind_of_package_tests_itself_before_it_is_uploaded() -> None:
    text = (ROOT / ".github/workflows/packages.yml").read_text(encoding="utf-8")
    jobs = re.split(r"^  (?=[a-z]+:$)", text.partition("\njobs:\n")[2], flags=re.MULTILINE)
    building = [job for job in jobs if "upload-artifact" in job]
    assert len(building) == 4
    for job in building:
        assert job.index("--selftest") < job.rindex("upload-artifact")
    assert text.count("--selftest") >= 7

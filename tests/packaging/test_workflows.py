"""The workflows that test and package on all systems, and the scripts of packaging."""

from __future__ import annotations

import re
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import PACKAGING, ROOT, run, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SCRIPTS = sorted([*PACKAGING.rglob("*.sh"), PACKAGING / "appimage/AppRun", ROOT / ".ci/run"])
RECIPES = sorted(
    path
    for path in [*PACKAGING.rglob("*"), *WORKFLOWS]
    if path.suffix in {".py", ".sh", ".nsi", ".nsh", ".json", ".spec", ".yml"}
)
NAMED_FILE = re.compile(
    r"(?<![\w/.*${-])(?:packaging|resources|tests)/[\w/.-]+\.(?:py|sh|spec|json|svg|plist)\b"
)

by_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="the source archive holds no workflows")


def _commands(path: Path) -> Iterator[str]:
    """Give what the steps of a workflow hand to bash."""
    for step in re.split(
        r"^ +- (?=name:|uses:)", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )[1:]:
        found = re.search(r"^( +)run: (?:\|\n((?:\1  .*\n|\n)+)|(.+)\n)", step, re.MULTILINE)
        if found and "shell: pwsh" not in step:
            yield textwrap.dedent(found[2] or found[3])


def test_that_actionlint_finds_nothing() -> None:
    run(tool("actionlint"), *WORKFLOWS, cwd=ROOT)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_that_shellcheck_finds_nothing(path: Path) -> None:
    run(tool("shellcheck"), path)


@by_workflow
def test_that_shellcheck_finds_nothing_in_the_steps_of(path: Path) -> None:
    commands = list(_commands(path))
    assert len(commands) > 4
    # Each in a shell of its own, which for some is more than they need.
    text = "#!/bin/bash -e\n" + "\n".join(f"(\n{command}\n)" for command in commands)
    done = subprocess.run(
        [tool("shellcheck"), "--exclude=SC2234", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@by_workflow
def test_that_actions_are_pinned_and_rights_are_the_least(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert used
    # A tag can be moved to other code, a commit cannot.
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [one for one in used if not pinned.fullmatch(one)] == []
    assert re.search(r"^permissions:\n  contents: read\n", text, re.MULTILINE)
    written = re.findall(r"^ *[\w-]+: write$", text, re.MULTILINE)
    assert written in ([], ["      contents: write"])
    assert text.count("actions/checkout") == text.count("persist-credentials: false")
    assert text.count("runs-on:") == text.count("timeout-minutes:")


@by_workflow
def test_that_no_secret_and_nothing_of_an_event_is_put_into_a_command(path: Path) -> None:
    # A step gets them as variables; in the text of a command they could be printed, or be run.
    for line in path.read_text(encoding="utf-8").splitlines():
        if "${{ secrets." in line or "${{ github.event" in line or "github.ref_name" in line:
            assert re.fullmatch(r"\s+[A-Z_]+: \$\{\{ [\w.]+( != '')? \}\}", line), line


@by_workflow
def test_that_a_workflow_calls_only_targets_of_make_that_there_are(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in _commands(path):
        for target in re.findall(r"^make (?:--\S+ )*(\S+)", command, re.MULTILINE):
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_that_every_file_that_a_recipe_names_is_there(path: Path) -> None:
    named = NAMED_FILE.findall(path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_that_tests_and_packages_are_run_on_all_three_systems() -> None:
    tests, packages = (
        (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
        for name in ("tests.yml", "packages.yml")
    )
    systems = re.search(r"^ +system: \[(.+)\]", tests, re.MULTILINE)
    assert systems
    for name in ("ubuntu", "windows", "macos"):
        assert name in systems[1]
        assert re.search(rf"(?:runs-on|system): {name}-", packages)
    assert "run: make test" in tests
    assert 'tags: ["v*"]' in packages


def test_that_every_kind_of_package_is_tried_before_it_is_uploaded() -> None:
    text = (ROOT / ".github/workflows/packages.yml").read_text(encoding="utf-8")
    jobs = re.split(r"^  (?=[a-z]+:$)", text.partition("\njobs:\n")[2], flags=re.MULTILINE)
    building = [job for job in jobs if "upload-artifact" in job]
    assert len(building) == 4
    for job in building:
        tried = [job.find("packaging/smoke_test.py"), job.find("--selftest")]
        assert max(tried) >= 0
        assert max(tried) < job.rindex("upload-artifact")
    for kind in (".whl", ".tar.xz", ".deb", "topicscope-cli.exe", "MacOS/topicscope"):
        assert re.search(rf"packaging/smoke_test\.py \S*{re.escape(kind)}", text), kind

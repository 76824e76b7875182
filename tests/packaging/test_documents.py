"""Manual page and completions, made of the parsers of the command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import topicscope
from tests.helpers.mosquitto import require_program
from tests.packaging.scripts import load, run

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture(scope="module")
def documents() -> ModuleType:
    return load("common/documents.py")


@pytest.fixture(scope="module")
def folder(documents: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    documents.write_all(folder, topicscope.__version__, "2026-11-21")
    return folder


def _completed(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last word."""
    script = (
        f"source {folder}/topicscope.bash; COMP_WORDS=(topicscope {' '.join(map(repr, words))});"
        f" COMP_CWORD={len(words)}; _topicscope; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    return run("bash", "-c", script, cwd=folder).stdout.split()


def test_that_every_command_that_the_program_has_is_described(documents: ModuleType) -> None:
    from topicscope.cli.window import _COMMANDS

    named = {line.split()[0] for line in _COMMANDS.splitlines() if line.startswith("  ")}
    assert {command.name for command in documents.commands()} - {""} == named


def test_that_every_option_and_argument_says_what_it_is(documents: ModuleType) -> None:
    silent = [
        f"{command.name} {action.option_strings or action.dest}"
        for command in documents.commands()
        for action in command.parser._actions
        if not action.help
    ]
    assert silent == []


def test_that_the_manual_is_typeset_without_a_warning_and_names_all_options(
    folder: Path, documents: ModuleType
) -> None:
    groff = require_program("groff", "groff-base")
    done = run(groff, "-man", "-ww", "-Tutf8", "-P-cbu", "-rLL=200n", folder / "topicscope.1")
    assert done.stderr == ""
    text = done.stdout.replace("\N{HYPHEN}", "-").replace("\N{MINUS SIGN}", "-")
    for command in documents.commands():
        assert f"topicscope {command.name}".strip() in text
        for action in command.options:
            for flag in action.option_strings:
                assert flag in text, f"{command.name} {flag}"
    assert topicscope.__version__ in text
    assert "%(" not in text


def test_that_bash_completes_commands_options_and_files(folder: Path) -> None:
    (folder / "recorded.pcapng").touch()
    assert _completed(folder, "re") == ["record", "read", "recorded.pcapng"]
    assert _completed(folder, "record", "--dur") == ["--duration"]
    assert _completed(folder, "read", "rec") == ["recorded.pcapng"]
    assert "--demo" in _completed(folder, "--")


@pytest.mark.parametrize(("shell", "name"), [("zsh", "_topicscope"), ("fish", "topicscope.fish")])
def test_that_other_shells_read_their_completion(folder: Path, shell: str, name: str) -> None:
    if not (program := shutil.which(shell)):
        pytest.skip(f"{shell} is not installed")
    run(program, "-n", folder / name)


def test_that_the_same_program_makes_the_same_documents(folder: Path, tmp_path: Path) -> None:
    script = load("common/documents.py").__file__
    assert script
    subprocess.run([sys.executable, script, tmp_path, "2026-11-21"], check=True)
    for path in folder.iterdir():
        if path.suffix != ".pcapng":
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()

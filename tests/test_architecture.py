"""What a machine can check of the house rules: size budgets, floors, start-up cost, pins, plain text."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "app" / "topicscope"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FILE_LINES = 500
FUNCTION_LINES = 60
CLASS_METHODS = 25
MAIN_WINDOW_LINES = 400


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def definitions(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name_of)
def test_that_files_functions_and_classes_stay_within_their_budgets(path: Path) -> None:
    limit = MAIN_WINDOW_LINES if path.name == "main_window.py" else FILE_LINES
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= limit, f"{lines} lines"
    for node in definitions(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{node.name} has {length} lines"
        elif isinstance(node, ast.ClassDef):
            methods = sum(
                isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body
            )
            is_test = path.is_relative_to(ROOT / "tests")
            assert is_test or methods <= CLASS_METHODS, f"{node.name} has {methods} methods"


def test_that_the_floors_hold() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


HTML_SETTERS = re.compile(
    r"\.(setHtml|insertHtml|appendHtml|toHtml|setMarkdown|setTextFormat\(Qt\.TextFormat\.(Rich|Auto)Text)\b"
)
RICH_WIDGETS = re.compile(r"\bimport\b.*\b(QTextBrowser|QTextEdit|QWebEngine\w*)\b")


@pytest.mark.parametrize("path", sorted((PACKAGE / "gui").rglob("*.py")), ids=name_of)
def test_that_the_window_uses_no_widget_or_setter_that_reads_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not HTML_SETTERS.search(text)
    assert not RICH_WIDGETS.search(text)


@pytest.mark.parametrize("path", sorted((PACKAGE / "gui").rglob("*.py")), ids=name_of)
def test_that_no_lambda_is_connected_to_a_signal(path: Path) -> None:
    for node in definitions(path):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "connect"
        ):
            assert not any(isinstance(argument, ast.Lambda) for argument in node.args), (
                f"line {node.lineno}"
            )


HEAVY = (
    "pyqtgraph",
    "keyring",
    "google.protobuf",
    "cryptography",
    "paho",
    "wsproto",
    "qasync",
    "rich",
)


def test_that_importing_the_application_stays_light() -> None:
    program = "import sys, topicscope.application; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PYTHONPATH": str(ROOT / "app"),
            "QT_QPA_PLATFORM": "offscreen",
            "PATH": "/usr/bin:/bin",
        },
    )
    loaded = set(done.stdout.split())
    assert not loaded.intersection(HEAVY)


def test_that_the_command_line_runs_where_qt_cannot_be_imported() -> None:
    program = (
        "import sys\n"
        "for name in ('PySide6', 'shiboken6', 'qasync'): sys.modules[name] = None\n"
        "from topicscope.cli.main import run\n"
        "sys.exit(run(['--version']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "app"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert "Topicscope" in done.stdout


def test_that_signals_and_slots_leave_the_reference_counts_of_none_and_true_alone() -> None:
    """PySide6 6.12.0 below Python 3.12 drops one at each call, and aborts the process after minutes."""
    program = (
        "import sys\n"
        "from PySide6.QtCore import QObject, Signal\n"
        "class Sender(QObject):\n"
        "    sent = Signal()\n"
        "sender = Sender()\n"
        "before = sys.getrefcount(True), sys.getrefcount(None)\n"
        "for _ in range(300):\n"
        "    sender.sent.emit()\n"
        "    sender.setObjectName('x')\n"
        "after = sys.getrefcount(True), sys.getrefcount(None)\n"
        "sys.exit(max(abs(a - b) for a, b in zip(before, after)) > 20)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_that_the_pin_keeps_pyside_6_12_out_below_python_3_12() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "PySide6-Essentials>=6.8,<6.12; python_version < '3.12'" in text


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no git checkout")
def test_that_the_top_level_holds_only_what_was_agreed() -> None:
    agreed = {
        "pyproject.toml",
        "app",
        "resources",
        "tests",
        "packaging",
        "README.md",
        "Makefile",
        "LICENSE",
    }
    agreed |= {"CHANGELOG.md"}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= agreed

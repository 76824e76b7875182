"""``topicscope --selftest``: whether this installation has all its parts and they work together here."""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from topicscope.cli.exit_codes import DONE, FAILED, CommandFailed
from topicscope.cli.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LONGEST_S = 120.0
"""A part that hangs must not hang what builds or installs Topicscope."""

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
_ASCII = str.maketrans({"✓": "+", "✗": "x", "–": "-", "—": "-", "…": "~"})


class Outcome(NamedTuple):
    """What came of one check; `text` says what was found or why it failed."""

    name: str
    is_good: bool
    seconds: float
    text: str


def selftest(arguments: Sequence[str]) -> int:
    """Check every part, print a table, and return 0 when all are good."""
    options = _parser().parse_args(arguments)
    if options.json:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    faulthandler.dump_traceback_later(_LONGEST_S, exit=True)
    outcomes = []
    try:
        with _own_folders() as folder:
            from topicscope.cli.selftest_checks import Bench

            with Bench(folder) as bench:
                for name, check in bench.checks():
                    outcomes.append(_run(name, check))
                    if not options.json:
                        _print(_line(outcomes[-1]))
    finally:
        faulthandler.cancel_dump_traceback_later()
    failed = sum(not one.is_good for one in outcomes)
    if options.json:
        _print_json(outcomes)
    else:
        seconds = sum(one.seconds for one in outcomes)
        result = (
            f"{failed} of {len(outcomes)} failed" if failed else f"all {len(outcomes)} are good"
        )
        _print(f"\nTopicscope {versions()['Topicscope']}: {result}, {seconds:.1f} s.")
    return FAILED if failed else DONE


def _run(name: str, check: Callable[[], str]) -> Outcome:
    began = time.perf_counter()
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            text = check()
        is_good = True
    except CommandFailed as failure:
        is_good, text = False, str(failure)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever is wrong with a part goes into the table
        is_good, text = False, f"{type(error).__name__}: {error}".partition("\n")[0]
    if not is_good and (last := said.getvalue().strip()):
        text = f"{text} ({last.splitlines()[-1]})"
    return Outcome(name, is_good, time.perf_counter() - began, text)


def _line(outcome: Outcome) -> str:
    mark = "✓" if outcome.is_good else "✗"
    return f"{mark} {outcome.name:<20}{outcome.seconds:6.2f} s  {outcome.text}"


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(_ASCII).encode("ascii", "backslashreplace").decode()
    print(line, flush=True)


def _print_json(outcomes: Sequence[Outcome]) -> None:
    import json

    print(
        json.dumps(
            {
                "versions": versions(),
                "good": all(one.is_good for one in outcomes),
                "checks": [one._asdict() for one in outcomes],
            }
        )
    )


@contextlib.contextmanager
def _own_folders() -> Iterator[Path]:
    """Keep the user's settings, profiles and captures out of it, and draw no window on the screen."""
    changed = (*_FOLDERS, "QT_QPA_PLATFORM")
    before = {name: os.environ.get(name) for name in changed}
    with tempfile.TemporaryDirectory(
        prefix="topicscope-selftest-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        for variable in _FOLDERS:
            os.environ[variable] = str(folder / variable.lower())
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        try:
            yield folder
        finally:
            for variable, value in before.items():
                if value is None:
                    os.environ.pop(variable, None)
                else:
                    os.environ[variable] = value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope",
        description="Check that this installation has all its parts and that they work here. "
        "Nothing is sent beyond this machine, and no file of yours is touched.",
        epilog="Exit codes: 0 all is good, 1 something is not.",
    )
    parser.add_argument("--selftest", action="store_true", help="check every part")
    parser.add_argument("--json", action="store_true", help="print one document, not a table")
    return parser

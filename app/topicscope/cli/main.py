"""Finding the command that the arguments name, and what is common to the ends of all."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from topicscope.cli.exit_codes import DONE, FAILED, USAGE, CommandFailed
from topicscope.cli.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C has ended before it could finish."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 usage, 3 no connection."""
    try:
        code = _command(arguments)(arguments)
        sys.stdout.flush()
    except CommandFailed as failure:
        say(f"topicscope: {failure}")
        return failure.code
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Who reads us (`head`) has seen enough; keep the interpreter from saying so at its end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        say(f"topicscope: {error}")
        return FAILED
    return code


def _command(  # noqa: PLR0911 - one a command
    arguments: Sequence[str],
) -> Callable[[Sequence[str]], int]:
    """Import only what this command needs: each start pays for its imports."""
    name = arguments[0] if arguments else ""
    if name == "record":
        from topicscope.cli.record import record

        return record
    if name == "read":
        from topicscope.cli.read import read

        return read
    if name == "doctor":
        from topicscope.cli.doctor import doctor

        return doctor
    if name == "status":
        from topicscope.cli.status import status

        return status
    if name == "broker":
        from topicscope.cli.broker import broker

        return broker
    if name == "convert":
        from topicscope.cli.convert import convert

        return convert
    if "--selftest" in arguments:
        from topicscope.cli.selftest import selftest

        return selftest
    from topicscope.cli.window import window

    return window

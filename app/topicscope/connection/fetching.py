"""Fetching a fresh token before each dial: from a program, a file or an environment variable.

The program runs without a shell and in a group of its own, so that it ends with all its children
when its time is over or nobody waits any more. What it prints is a secret: it is never logged, and
of its complaints one line is shown, with everything masked that could be a token.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from topicscope.connection.outcomes import ended, shown_text

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

_log = logging.getLogger(__name__)

LIMIT_S: Final = 30.0
"""How long a token command may take."""
LARGEST_OUTPUT: Final = 64 * 1024
"""Most bytes that are read as a token."""

_POLL_S: Final = 0.02
_LAST_WORDS_S: Final = 0.5
"""How long we read on when the program has ended but a child of it holds its output open."""
_PORTION: Final = 4096
_COMPLAINT: Final = 160

_SCHEME_SECRET: Final = re.compile(r"(\b(?:bearer|basic)\s+)\S+", re.IGNORECASE)
# Not behind “/” or “-”: a program called …/get-token says “get-token: …” and means no token.
_NAMED_SECRET: Final = re.compile(
    r"((?<![\w/-])[\w-]*(?:token|secret|passw\w*|pwd|key|jwt|auth\w*|sig)[\"']?\s*[=:]\s*[\"']?)"
    r"(?!(?:bearer|basic)\s)[^\s\"',;&]+",
    re.IGNORECASE,
)
_LONG_RUN: Final = re.compile(r"[A-Za-z0-9+/_=.~-]{16,}")
_PATH: Final = re.compile(r"[.~]{0,2}(?:/[\w.-]{1,40}){2,}/?")
_MASK: Final = "••••"


def fetch_secret(profile: Profile, abort: threading.Event, limit_s: float = LIMIT_S) -> str:
    """Fetch the secret that `profile.secret_source` names; blocks until it is there.

    Once `abort` is set a running command is killed and ConnectionEnded says “cancelled”.
    Raises ConnectionEnded with the sentence when there is no secret to be had.
    """
    reference = profile.secret_reference.strip()
    if profile.secret_source == "command":
        return _from_command(reference, abort, limit_s)
    if profile.secret_source == "file":
        return _from_file(reference)
    if profile.secret_source == "environment":
        return _from_environment(reference)
    raise ValueError("a stored secret is not fetched")


def masked(text: str) -> str:
    """Return a text with everything hidden in it that could be a token, a key or a password."""
    for pattern in (_SCHEME_SECRET, _NAMED_SECRET):
        text = pattern.sub(rf"\1{_MASK}", text)
    return _LONG_RUN.sub(_masked_run, text)


# --- file and environment ---


def _from_file(name: str) -> str:
    if not name:
        raise ended("token-file", path="", problem="has no name")
    path = Path(name)
    with contextlib.suppress(RuntimeError):
        path = path.expanduser()
    shown = shown_text(name)
    try:
        # A pipe or device could block for ever, or have no end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ended("token-file", path=shown, problem="is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST_OUTPUT + 1)
    except FileNotFoundError:
        raise ended("token-file", path=shown, problem="is not there") from None
    except (OSError, ValueError) as error:
        detail = (getattr(error, "strerror", None) or "not a file name").lower()
        raise ended("token-file", path=shown, problem=f"cannot be read: {detail}") from error
    if len(data) > LARGEST_OUTPUT:
        raise ended("token-file", path=shown, problem="is larger than 64 KiB")
    secret = _first_line(data)
    if secret is None:
        raise ended("token-file", path=shown, problem="is not text in UTF-8")
    if not secret:
        raise ended("token-file", path=shown, problem="is empty")
    return secret


def _from_environment(name: str) -> str:
    if not name:
        raise ended("token-variable", variable="", problem="has no name")
    secret = os.environ.get(name, "").strip()
    if not secret:
        problem = "is empty" if name in os.environ else "is not set"
        raise ended("token-variable", variable=shown_text(name), problem=problem)
    return secret


# --- command ---


class _Reader:
    """Takes in one stream of the program on a thread of its own, up to a limit."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.data = bytearray()
        self.too_much = False
        self._stream = stream
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def at_end(self) -> bool:
        """Whether all is read."""
        return not self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait for the end of the stream."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._stream as stream, contextlib.suppress(OSError, ValueError):
            while portion := stream.read(_PORTION):
                room = LARGEST_OUTPUT - len(self.data)
                self.data += portion[:room]
                # Read on all the same: a full pipe would hold the program up.
                self.too_much = self.too_much or len(portion) > room


def _from_command(command: str, abort: threading.Event, limit_s: float) -> str:
    process = _start(command)
    assert process.stdout is not None
    assert process.stderr is not None
    output = _Reader(process.stdout, "topicscope-token-output")
    complaints = _Reader(process.stderr, "topicscope-token-errors")
    done = False
    try:
        _wait(process, output, abort, limit_s)
        done = True
    finally:
        if not done:
            _kill(process)
        for reader in (output, complaints):
            reader.join(_LAST_WORDS_S)
    return _judged(process.returncode, output, bytes(complaints.data))


def _judged(status: int, output: _Reader, complaints: bytes) -> str:
    if output.too_much:
        raise ended("token-command", problem="printed more than 64 KiB")
    if status != 0:
        how = f"was ended by signal {-status}" if status < 0 else f"failed with status {status}"
        raise ended("token-command", problem=how + _complaint(complaints))
    secret = _first_line(bytes(output.data))
    if secret is None:
        raise ended("token-command", problem="printed what is not text in UTF-8")
    if not secret:
        raise ended("token-command", problem="printed nothing" + _complaint(complaints))
    return secret


def _start(command: str) -> subprocess.Popen[bytes]:
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError as error:
        problem = f"cannot be read: {str(error).lower()}"
        raise ended("token-command", problem=problem) from None
    if not words:
        raise ended("token-command", problem="is empty")
    program = shown_text(words[0])
    try:
        return _open(command, [os.path.expanduser(words[0]), *words[1:]])  # noqa: PTH111
    except FileNotFoundError:
        raise ended("token-command", problem=f"was not found: {program}") from None
    except (OSError, ValueError) as error:
        detail = (getattr(error, "strerror", None) or "not a command line").lower()
        raise ended("token-command", problem=f"cannot be run: {program}: {detail}") from error


def _open(command: str, words: list[str]) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        # Windows takes a command line as one text: backslashes are no escapes there.
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            creationflags=flags,
        )
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )


def _wait(
    process: subprocess.Popen[bytes], output: _Reader, abort: threading.Event, limit_s: float
) -> None:
    """Wait for the end of the program; raises ConnectionEnded when it must be killed instead."""
    deadline = time.monotonic() + limit_s
    while process.poll() is None:
        if abort.wait(_POLL_S):
            raise ended("cancelled")
        if output.too_much:
            raise ended("token-command", problem="printed more than 64 KiB")
        if time.monotonic() > deadline:
            raise ended("token-command", problem=f"did not end within {limit_s:g} s")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                capture_output=True,
                check=False,
            )
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        _log.warning("a token command does not end though it was killed")


def _first_line(data: bytes) -> str | None:
    """Return the first line that is not empty, without white space around it; None: not UTF-8."""
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    return text.splitlines()[0].strip() if text else ""


def _complaint(data: bytes) -> str:
    text = data.decode(errors="replace").strip()
    line = text.splitlines()[0].strip() if text else ""
    # Mask first: the half of a token that a cut leaves might not look like one.
    return f": {shown_text(masked(line), _COMPLAINT).rstrip('.')}" if line else ""


def _masked_run(match: re.Match[str]) -> str:
    run = match[0]
    mixed = any(sign.isdigit() for sign in run) and any(sign.isalpha() for sign in run)
    if not mixed and len(run) < 40:
        return run
    if _PATH.fullmatch(run) and not any(_random(part) for part in run.split("/")):
        return run
    return _MASK


def _random(part: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return len(part) >= 8 and all(any(kind(sign) for sign in part) for kind in kinds)

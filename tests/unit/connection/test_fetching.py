"""Tokens from programs, files and variables; the programs are real ones."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.connection.fetching import fetch_secret, masked
from topicscope.connection.outcomes import ConnectionEnded, Retry
from topicscope.profiles.profile import Profile, SecretSource

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")


def fetched(
    source: SecretSource,
    reference: str,
    limit_s: float = 20.0,
    abort: threading.Event | None = None,
) -> str:
    profile = Profile(secret_source=source, secret_reference=reference)
    return fetch_secret(profile, abort or threading.Event(), limit_s)


def failure(source: SecretSource, reference: str, limit_s: float = 20.0) -> str:
    with pytest.raises(ConnectionEnded) as caught:
        fetched(source, reference, limit_s)
    assert caught.value.outcome.reason == "token"
    assert caught.value.outcome.remedy
    return caught.value.outcome.text


def shell(script: str) -> str:
    return f"sh -c {shlex.quote(script)}"


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


# --- command ---


def test_that_a_command_gives_what_it_prints_without_white_space() -> None:
    assert fetched("command", f"echo '  {JWT} '") == JWT
    assert fetched("command", shell(f"echo; echo {JWT}; echo second")) == JWT


def test_that_no_shell_reads_the_command() -> None:
    assert fetched("command", "echo $HOME;ls") == "$HOME;ls"


def test_that_a_program_of_the_home_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "get-token"
    program.write_text("#!/bin/sh\necho token-$1\n")
    program.chmod(0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetched("command", "~/get-token one") == "token-one"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "The token command is empty."),
        ("echo 'open", "The token command cannot be read: no closing quotation."),
        ("no-such-program-here x", "The token command was not found: no-such-program-here."),
        ("/etc", "The token command cannot be run: /etc: permission denied."),
        ("true", "The token command printed nothing."),
        (shell("exit 3"), "The token command failed with status 3."),
        (shell("echo 'not logged in.' >&2; exit 1"), "failed with status 1: not logged in."),
        (shell("echo 'no session' >&2"), "The token command printed nothing: no session."),
        (shell("kill -9 $$"), "The token command was ended by signal 9."),
        (shell(r"printf '\377\376x'"), "The token command printed what is not text in UTF-8."),
    ],
)
def test_that_a_command_that_fails_says_why(command: str, words: str) -> None:
    assert failure("command", command).endswith(words)


def test_that_a_complaint_is_one_short_line_in_which_no_token_shows() -> None:
    text = failure(
        "command", shell(f"echo 'refused {JWT} {'word ' * 99}' >&2; echo more >&2; false")
    )
    assert JWT not in text
    assert JWT[:20] not in text
    assert "more" not in text
    assert "refused ••••" in text
    assert len(text) < 260


def test_that_what_a_failing_command_printed_is_not_told() -> None:
    assert JWT not in failure("command", shell(f"echo {JWT}; exit 1"))


def test_that_a_command_has_nothing_to_read_and_cannot_wait_for_typing() -> None:
    assert failure("command", "cat") == "The token command printed nothing."


def test_that_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $! $$ > {pids}; trap '' TERM; wait; sleep 60"
    began = time.monotonic()
    assert failure("command", shell(script), 0.5) == ("The token command did not end within 0.5 s.")
    assert time.monotonic() - began < 5
    assert [pid for pid in map(int, pids.read_text().split()) if is_alive(pid)] == []


def test_that_a_command_is_killed_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    pids, abort = tmp_path / "pids", threading.Event()
    threading.Timer(0.4, abort.set).start()
    began = time.monotonic()
    with pytest.raises(ConnectionEnded) as caught:
        fetched("command", shell(f"echo $$ > {pids}; exec sleep 60"), abort=abort)
    assert caught.value.outcome.reason == "cancelled"
    assert time.monotonic() - began < 5
    assert not is_alive(int(pids.read_text()))


def test_that_a_command_that_prints_without_end_is_stopped() -> None:
    assert failure("command", "yes") == "The token command printed more than 64 KiB."
    code = "print('x' * 70_000)"
    assert failure("command", python(code)) == "The token command printed more than 64 KiB."


def test_that_many_complaints_do_not_hold_a_command_up() -> None:
    code = "import sys; sys.stderr.write('warning\\n' * 50_000); print('token')"
    assert fetched("command", python(code)) == "token"


def test_that_a_helper_left_behind_does_not_hold_the_token_back(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    try:
        began = time.monotonic()
        assert fetched("command", shell(f"sleep 30 & echo $! > {pids}; echo token")) == "token"
        assert time.monotonic() - began < 5
    finally:
        os.kill(int(pids.read_text()), 9)


def test_that_a_command_may_work_the_next_time() -> None:
    with pytest.raises(ConnectionEnded) as caught:
        fetched("command", "false")
    assert caught.value.outcome.retry is Retry.UNLESS_FIRST


# --- file ---


def test_that_a_file_gives_its_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_bytes(b"\xef\xbb\xbf" + JWT.encode() + b"\r\n\r\n")
    assert fetched("file", str(tmp_path / "token")) == JWT
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetched("file", "~/token") == JWT


def test_that_a_file_that_is_no_token_says_why(tmp_path: Path) -> None:
    def words(name: str) -> str:
        return failure("file", str(tmp_path / name)).removeprefix(f"The token file {tmp_path}/")

    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "large").write_bytes(b"x" * 65_537)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")
    assert words("absent") == "absent is not there."
    assert words("empty") == "empty is empty."
    assert words("large") == "large is larger than 64 KiB."
    assert words("binary") == "binary is not text in UTF-8."
    assert words("pipe") == "pipe is not a file."
    assert words("").endswith(" is not a file.")
    assert failure("file", "") == "The token file  has no name."
    assert failure("file", "a\0b").endswith(" cannot be read: not a file name.")


# --- environment ---


def test_that_a_variable_gives_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPICSCOPE_TEST_TOKEN", f" {JWT}\n")
    assert fetched("environment", "TOPICSCOPE_TEST_TOKEN") == JWT
    monkeypatch.setenv("TOPICSCOPE_TEST_TOKEN", "")
    assert "is empty" in failure("environment", "TOPICSCOPE_TEST_TOKEN")
    monkeypatch.delenv("TOPICSCOPE_TEST_TOKEN")
    assert "TOPICSCOPE_TEST_TOKEN is not set" in failure("environment", "TOPICSCOPE_TEST_TOKEN")
    assert "has no name" in failure("environment", " ")


def test_that_a_stored_secret_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="stored"):
        fetched("stored", "")


# --- masks ---


@pytest.mark.parametrize(
    "text",
    [
        "no such host: sso.example.com",
        "/home/ada/bin/get-token: line 3: aws: command not found",
        "could not read ~/.config/tool/credentials.json",
        "HTTP 401 Unauthorized",
        "Session expired at 2026-11-21",
    ],
)
def test_that_plain_words_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"bad token {JWT}",
        "Authorization: Bearer canary",
        "password=canary",
        'config: {"client_secret": "canary"}',
        "GET https://example.com/?access_token=canary&x=1",
        "AccountKey=canary9canary9canary9==",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY was refused",
        "/aB3canary9xQ/zZ9canaryYw0/Kk2",
    ],
)
def test_that_what_could_be_a_secret_is_masked(text: str) -> None:
    assert "canary" not in masked(text)
    assert "wJalr" not in masked(text)
    assert "eyJ" not in masked(text)
    assert "••••" in masked(text)


@given(st.text())
def test_that_any_text_can_be_masked(text: str) -> None:
    masked(text)

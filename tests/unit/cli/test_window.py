from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from topicscope.cli.exit_codes import USAGE, CommandFailed
from topicscope.cli.window import _parser, window_options
from topicscope.profiles.launch import WindowOptions


def options(*arguments: str) -> WindowOptions:
    return window_options(_parser().parse_args(arguments))


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandFailed) as caught:
        options(*arguments)
    assert caught.value.code == USAGE
    return str(caught.value)


def test_that_no_arguments_ask_for_nothing() -> None:
    assert options() == WindowOptions()


def test_that_an_address_becomes_a_profile_with_its_password_apart() -> None:
    opened = options("mqtts://anna:canary@broker", "--subscribe", "a/#", "$SYS/#")
    assert opened.profile is not None
    assert opened.profile.url == "mqtts://broker:8883"
    assert opened.profile.username == "anna"
    assert opened.secrets == {"secret": "canary"}
    assert opened.subscribe == ("a/#", "$SYS/#")
    assert "canary" not in repr(opened)


def test_that_the_options_of_a_connection_reach_the_profile() -> None:
    opened = options(
        "wss://broker",
        *("--username", "anna", "--ca", "ca.pem", "--cert", "c.pem", "--key", "k.pem"),
        *("--insecure", "--alpn", "mqtt", "--alpn", "x", "--header", "X-Room: 7 a"),
        *("--protocol", "3.1.1", "--client-id", "me"),
    )
    profile = opened.profile
    assert profile is not None
    assert (profile.username, profile.protocol_version, profile.client_identifier) == (
        "anna",
        4,
        "me",
    )
    assert (profile.ca_file, profile.certificate_file, profile.key_file) == (
        "ca.pem",
        "c.pem",
        "k.pem",
    )
    assert (profile.insecure, profile.alpn) == (True, ("mqtt", "x"))
    assert profile.headers == (("X-Room", "7 a"),)


def test_that_a_file_is_told_from_an_address(tmp_path: Path) -> None:
    capture = tmp_path / "lab.pcapng"
    capture.write_bytes(b"")
    assert options(str(capture)).file == capture
    assert options("broker.example").file is None
    plain = tmp_path / "capture"
    plain.write_bytes(b"")
    assert options(str(plain)).file == plain


def test_that_the_options_by_itself_are_read() -> None:
    opened = options(
        *("--demo", "--after", "2.5", "--screenshot", "a.png", "--size", "1280x800"),
        *("--theme", "dark", "--report", "r.json"),
    )
    assert opened == WindowOptions(
        demo=True,
        after=2.5,
        screenshot=Path("a.png"),
        size=(1280, 800),
        theme="dark",
        report=Path("r.json"),
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mqtt://broker:0"], "Port"),
        (["amqp://broker"], "Scheme"),
        (["missing.pcapng"], "no file"),
        (["--screenshot", "a.png"], "--after"),
        (["--report", "a.json"], "--after"),
        (["--demo", "mqtt://broker"], "--demo"),
        (["mqtt://broker", "--subscribe", "a/#/b"], "must be the last level"),
        (["mqtt://broker", "--ca", "a.pem"], "--ca needs TLS"),
        (["mqtt://broker", "--insecure"], "--insecure needs TLS"),
        (["mqtt://broker", "--header", "a: b"], "WebSocket"),
        (["ws://broker", "--header", "no colon"], "Name: value"),
        (["ws://broker", "--header", "Bad Name: b"], "Headers"),
        (["mqtts://broker", "--key", "k.pem"], "Key"),
        (["--username", "anna"], "need an address"),
    ],
)
def test_that_what_does_not_go_together_is_refused_in_words(
    arguments: list[str], words: str
) -> None:
    assert words in refusal(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [["--size", "big"], ["--size", "0x5"], ["--after", "-1"], ["--after", "x"], ["--theme", "red"]],
)
def test_that_bad_values_are_refused_by_the_parser(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        options(*arguments)
    assert caught.value.code == USAGE
    assert capsys.readouterr().err


def test_that_a_password_is_read_from_one_line_of_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pass word \r\nnext line\n"))
    assert options("mqtt://anna@localhost", "--password-stdin").secrets == {"secret": "pass word "}
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "--password-stdin" in refusal("mqtt://anna@localhost", "--password-stdin")
    assert capsys.readouterr().err == ""


def test_that_a_password_sent_unencrypted_to_elsewhere_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options("mqtt://anna:canary@broker.example")
    told = capsys.readouterr().err
    assert "broker.example unencrypted" in told
    assert "canary" not in told


def test_that_help_names_every_command() -> None:
    text = _parser().format_help()
    assert isinstance(_parser(), argparse.ArgumentParser)
    for command in ("record", "read", "broker", "--demo", "--screenshot", "mqtt+unix"):
        assert command in text

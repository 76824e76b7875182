"""Options that say what an address cannot, and the words where they do not go together."""

from __future__ import annotations

import argparse
import io
from typing import TYPE_CHECKING

import pytest

from topicscope.cli.connecting import (
    Target,
    add_connection_options,
    has_connection_options,
    target,
)
from topicscope.cli.exit_codes import USAGE, CommandFailed
from topicscope.profiles.profile import Proxy, Will

if TYPE_CHECKING:
    from pathlib import Path

FINGERPRINT = "ab:" * 31 + "CD"


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_connection_options(parser)
    return parser.parse_args(arguments)


def read(url: str, *arguments: str) -> Target:
    return target(url, options(*arguments))


def test_that_an_address_alone_has_no_options() -> None:
    assert not has_connection_options(options())
    assert has_connection_options(options("--keep-alive", "0"))
    assert has_connection_options(options("--will-payload", ""))
    assert read("mqtt://localhost").secrets == {}


def test_that_each_option_finds_its_field() -> None:
    profile = read(
        "wss://h/mqtt",
        *("--pin", FINGERPRINT, "--server-name", "broker.example", "--key-log", "keys"),
        *("--sub-protocol", "mqttv3.1", "--keep-alive", "5", "--session-expiry", "600"),
        *("--user-property", "a=b=c", "--user-property", "d=", "--cert", "c.p12"),
        *("--will-topic", "gone", "--will-payload", "bye", "--will-qos", "1", "--will-retain"),
        *("--token-command", "print-token --now", "--login", "token-as-user-name"),
    ).profile
    assert profile.pinned_certificate == "ab" * 31 + "cd"
    assert profile.server_name == "broker.example"
    assert profile.tls_key_log_file == "keys"
    assert profile.sub_protocol == "mqttv3.1"
    assert profile.keep_alive == 5
    assert (profile.clean_start, profile.session_expiry_interval) == (False, 600)
    assert profile.user_properties == (("a", "b=c"), ("d", ""))
    assert profile.will == Will(topic="gone", payload="bye", qos=1, retain=True)
    assert (profile.secret_source, profile.secret_reference) == ("command", "print-token --now")
    assert profile.login == "token_as_user_name"
    assert read("mqtt://localhost", "--read-only").profile.read_only
    assert read("mqtts://h", "--token-file", "f").profile.secret_source == "file"
    assert read("mqtts://h", "--token-env", "TOKEN").profile.secret_source == "environment"


@pytest.mark.parametrize(
    ("text", "proxy", "password"),
    [
        ("socks5://p.example", Proxy(host="p.example", port=1080), None),
        ("SOCKS5://p.example:9", Proxy(host="p.example", port=9), None),
        ("http://[::1]:3128", Proxy(kind="http", host="::1", port=3128), None),
        ("http://p.example/", Proxy(kind="http", host="p.example", port=8080), None),
        (
            "socks5://ada%40home:c%40nary@p.example",
            Proxy(host="p.example", username="ada@home"),
            "c@nary",
        ),
    ],
)
def test_that_a_proxy_is_read_and_its_password_kept_apart(
    text: str, proxy: Proxy, password: str | None
) -> None:
    broker = read("mqtt://localhost", "--proxy", text)
    assert broker.profile.proxy == proxy
    assert broker.secrets.get("proxy_password") == password
    assert "c@nary" not in repr(broker)


def test_that_a_password_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("right\n"))
    broker = read("mqtt://ada@localhost", "--password-stdin")
    assert broker.secrets == {"secret": "right"}


def test_that_a_pass_phrase_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "phrase"
    path.write_text("open sesame \nnever read\n", encoding="utf-8")
    broker = read("mqtts://h", "--cert", "c.p12", "--passphrase-file", str(path))
    assert broker.secrets == {"passphrase": "open sesame "}
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandFailed, match="not UTF-8"):
        read("mqtts://h", "--cert", "c.p12", "--passphrase-file", str(path))


@pytest.mark.parametrize(
    ("url", "arguments", "words"),
    [
        ("mqtt://h", ("--passphrase-file", "f"), "--passphrase-file needs TLS"),
        ("mqtts://h", ("--passphrase-file", "f"), "--passphrase-file needs --cert"),
        (
            "mqtts://h",
            ("--cert", "c", "--passphrase-file", "/no/such"),
            "/no/such: No such file or directory.",
        ),
        ("mqtt://h", ("--pin", FINGERPRINT), "--pin needs TLS"),
        ("mqtt://h", ("--server-name", "x"), "--server-name needs TLS"),
        ("mqtt://h", ("--key-log", "x"), "--key-log needs TLS"),
        ("mqtt://h", ("--header", "a: b"), "--header needs a WebSocket"),
        ("mqtts://h", ("--sub-protocol", "x"), "--sub-protocol needs a WebSocket"),
        ("mqtts://h", ("--pin", "abc"), "64 hexadecimal digits"),
        ("mqtts://h", ("--pin", FINGERPRINT, "--insecure"), "--pin and --insecure"),
        ("mqtts://h", ("--pin", FINGERPRINT, "--ca", "f"), "--pin and --ca"),
        ("mqtt://h", ("--will-payload", "x"), "--will-payload needs --will-topic"),
        ("mqtt://h", ("--will-retain",), "--will-retain needs --will-topic"),
        ("mqtt://h", ("--will-topic", "a", "--read-only"), "--read-only and --will-topic"),
        ("mqtt://h", ("--session-expiry", "1", "--protocol", "3.1.1"), "needs MQTT 5"),
        ("mqtt://h", ("--user-property", "a=b", "--protocol", "3.1"), "needs MQTT 5"),
        ("mqtt://h", ("--user-property", "a"), "KEY=VALUE"),
        ("mqtt://h", ("--header", "a"), "--header needs"),
        ("ws://h", ("--header", "a"), "'Name: value'"),
        ("mqtt://h", ("--keep-alive", "70000"), "Keep alive"),
        ("mqtt://h", ("--token-file", "f", "--password-stdin"), "do not go together"),
        ("mqtt://h", ("--token-file", "f", "--token-env", "x"), "do not go together"),
        ("mqtt://h", ("--proxy", "p.example"), "--proxy is written"),
        ("mqtt://h", ("--proxy", "ftp://p.example"), "--proxy is written"),
        ("mqtt://h", ("--proxy", "socks5://"), "no host and port"),
        ("mqtt://h", ("--proxy", "socks5://p:canary@h:x"), "no host and port"),
        ("mqtt+unix:///run/mqtt", ("--proxy", "socks5://p"), "--proxy needs a network"),
    ],
)
def test_that_an_option_without_use_is_refused_in_words(
    url: str, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandFailed) as failed:
        read(url, *arguments)
    assert failed.value.code == USAGE
    assert words in str(failed.value)
    assert "canary" not in str(failed.value)


def test_that_a_secret_that_goes_out_unencrypted_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    read("mqtt://broker.example", "--token-env", "TOKEN")
    assert "unencrypted" in capsys.readouterr().err
    read("mqtt://localhost", "--token-env", "TOKEN")
    assert capsys.readouterr().err == ""

"""Secrets on the window's side: what is asked for, where it is kept, what an address brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.certificates import Authority
from tests.helpers.window import MemoryKeyStore
from topicscope.connection.server_told import ServerTold
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import tasks
from topicscope.gui.asked_secrets import missing_secrets
from topicscope.gui.controllers.connection.profile_library import known_or_named
from topicscope.gui.secrets import WHERE, SecretKeeper
from topicscope.gui.server_words import server_rows
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.key_store import FILE_NAME, SecretStore
from topicscope.profiles.profile import Profile, Proxy

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path
    from typing import Any

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

STORED = Profile(name="Lab", identifier="0123456789abcdef", username="me")


@pytest.fixture
def looping(qapp: QApplication) -> Iterator[None]:
    with tasks.event_loop(qapp):
        yield


def done(qtbot: QtBot, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Wait for a coroutine and return what it returns."""
    task = tasks.spawn(coroutine)
    assert task is not None
    qtbot.waitUntil(task.done)
    return task.result()


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, []),
        ({"username": "me"}, ["secret"]),
        ({"login": "api_key"}, ["secret"]),
        ({"login": "token_as_user_name", "secret_source": "command"}, []),
        ({"authentication_method": "SCRAM-SHA-256"}, ["secret"]),
        ({"proxy": Proxy(host="proxy", username="me")}, ["proxy_password"]),
        ({"tls": True, "certificate_file": "mine.p12"}, ["passphrase"]),
        (
            {"transport": "websocket", "headers": (("Authorization", ""), ("X-Shown", ""))},
            ["header Authorization"],
        ),
    ],
)
def test_that_only_what_is_needed_and_not_known_is_asked_for(
    fields: dict[str, Any], names: list[str]
) -> None:
    profile = Profile(**fields)
    asked = missing_secrets(profile, {})
    assert [one.name for one in asked] == names
    assert missing_secrets(profile, dict.fromkeys(names, "known")) == ()


def test_that_the_pass_phrase_of_a_locked_key_is_asked_for(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    locked, open_one = authority.issue("locked", passphrase=b"x"), authority.issue("open")
    for pair, names in ((locked, ["passphrase"]), (open_one, [])):
        profile = Profile(tls=True, certificate_file=str(pair.certificate), key_file=str(pair.key))
        assert [one.name for one in missing_secrets(profile, {})] == names


@pytest.mark.usefixtures("looping")
def test_that_secrets_are_kept_in_the_key_store_and_known_from_then_on(
    qtbot: QtBot, tmp_path: Path
) -> None:
    entries = MemoryKeyStore()
    keeper = SecretKeeper(SecretStore(tmp_path, entries))
    assert done(qtbot, keeper.write(STORED, {"secret": "canary"})) == "key store"
    assert keeper.where() == WHERE["key store"]
    assert keeper.known(STORED) == {"secret": "canary"}
    other = SecretKeeper(SecretStore(tmp_path, entries))
    assert other.known(STORED) == {}
    assert done(qtbot, other.read(STORED)) == {"secret": "canary"}
    done(qtbot, other.delete(STORED))
    assert not entries.entries
    assert done(qtbot, other.read(STORED)) == {}


@pytest.mark.usefixtures("looping")
def test_that_without_a_key_store_a_file_is_used_only_when_somebody_allows_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    keeper = SecretKeeper(SecretStore(tmp_path))
    with qtbot.waitSignal(keeper.where_changed):
        assert keeper.where() == ""
    assert keeper.where() == WHERE["memory"]
    assert done(qtbot, keeper.write(STORED, {"secret": "canary"})) == "memory"
    assert not list(tmp_path.glob("*.json"))
    done(qtbot, keeper.allow_file(True))
    assert keeper.where() == WHERE["file"]
    assert b"canary" in (tmp_path / FILE_NAME).read_bytes()
    done(qtbot, keeper.allow_file(False))
    assert not (tmp_path / FILE_NAME).exists()
    assert keeper.known(STORED) == {"secret": "canary"}


@pytest.mark.usefixtures("looping")
def test_that_the_secrets_of_what_is_not_stored_stay_in_memory(
    qtbot: QtBot, tmp_path: Path
) -> None:
    entries = MemoryKeyStore()
    keeper = SecretKeeper(SecretStore(tmp_path, entries))
    assert done(qtbot, keeper.write(Profile(host="a"), {"secret": "canary"})) == "memory"
    assert keeper.known(Profile(host="a")) == {"secret": "canary"}
    assert keeper.known(Profile(host="b")) == {}
    assert not entries.entries


def test_that_a_pasted_address_brings_login_filters_and_identifier_to_a_known_profile() -> None:
    known = Profile(name="Lab", identifier="0123456789abcdef", keep_alive=30)
    address = Profile(
        login="token_as_user_name", subscriptions=("a/#",), client_identifier="viewer"
    )
    found = known_or_named(address, [known])
    assert (found.name, found.identifier, found.keep_alive) == ("Lab", known.identifier, 30)
    assert (found.login, found.subscriptions) == ("token_as_user_name", ("a/#",))
    assert found.client_identifier == "viewer"
    assert known_or_named(Profile(), [known]) == known
    assert known_or_named(Profile(host="b"), [known]).name == "mqtt://b:1883"


def test_that_what_a_server_said_is_put_into_words() -> None:
    told = ServerTold(
        session_present=True,
        server_keep_alive=0,
        session_expiry_interval=0xFFFFFFFF,
        maximum_qos=1,
        retain_available=False,
        reason_string="<b>\u202ehello</b>",
        user_properties=(("region", "eu"),),
    )
    state = ConnectionState(
        phase=Phase.CONNECTED, server=told, protocol_version=ProtocolVersion.MQTT_5
    )
    words = {name: text for name, text, _ in server_rows(state)}
    assert words["Session"].startswith("present")
    assert (words["Keep Alive"], words["Session Expiry"]) == ("off", "never")
    assert (words["Maximum QoS"], words["Retained messages"]) == ("1", "not available")
    assert "\u202e" not in words["Reason String"]
    assert words["User Property"] == "region: eu"
    assert server_rows(ConnectionState()) == []


def test_that_an_old_version_has_no_limits_to_tell() -> None:
    state = ConnectionState(
        phase=Phase.CONNECTED,
        server=ServerTold(),
        protocol_version=ProtocolVersion.MQTT_3_1_1,
    )
    assert [name for name, _, _ in server_rows(state)] == ["Session", "Limits"]

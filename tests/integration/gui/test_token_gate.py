"""A WebSocket behind a path with a token as user name, as SERMAS and its like have it, through the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.token_gate import TokenGate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TokenGate]:
    """A gate before a Mosquitto."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder) as broker, TokenGate(broker.port, "/api/mqtt") as gate:
        yield gate


def fill_in(desk: Desk, gate: TokenGate, token: str) -> None:
    """Make a connection of the address as it is printed, and a token."""
    desk.click("Fill in the form…")
    desk.begin_form(gate.printed_url, "SERMAS")
    desk.show_tab("Login")
    desk.choose("Kind of login", "Token as user name")
    desk.type("Token", token)


def test_that_a_printed_address_and_a_token_as_user_name_connect(
    desk: Desk, gate: TokenGate
) -> None:
    token = gate.token(400)
    fill_in(desk, gate, token)
    desk.wait_for_words("Token expires in 6 min", "from auth.sermas.local", "for observer")
    desk.click("Save & Connect")
    desk.wait_for_state("Connected")
    assert gate.logins == [(token, "-")]
    stored = desk.services.store.list().profiles[0]
    assert stored.url == gate.printed_url.replace("http", "ws", 1)
    assert stored.username == ""
    # What is published comes back through gate and broker.
    desk.publish("plant/line1", "21.5")
    desk.wait(lambda: "21.5" in desk.column("Payload"), "the message")
    # The last ten minutes are counted down.
    desk.wait_for_words("Token 6:")
    shown = [text for text in desk.words() if "Token 6:" in text]
    desk.wait(lambda: not any(text in desk.words() for text in shown), "the next second")
    # What a profile keeps is no token: it is in the key store.
    assert any(token in text for text in desk.key_store.entries.values())
    desk.restart()
    desk.click("Connect", within=desk.window.bar)
    desk.wait_for_state("Connected")
    assert gate.logins[1] == (token, "-")


def test_that_an_expired_token_is_said_and_nothing_is_dialed(desk: Desk, gate: TokenGate) -> None:
    fill_in(desk, gate, gate.token(-10_800))
    desk.wait_for_words("Token expired 3 h ago")
    desk.click("Save & Connect")
    desk.wait_for_words("The token expired 3 h ago", "Give a new token…")
    desk.wait_for_state("Not connected")
    assert gate.accepted == 0
    desk.click("Give a new token…")
    desk.wait_for_words("Log in to “SERMAS”")
    desk.type("Token", gate.token(), "Return")
    desk.wait_for_state("Connected")
    assert gate.accepted == 1


def test_that_a_token_the_gate_did_not_sign_is_tried_once(desk: Desk, gate: TokenGate) -> None:
    fill_in(desk, gate, gate.token(key=b"another key"))
    desk.click("Save & Connect")
    desk.wait_for_words("refused the connection", "Give a new token…")
    desk.wait_for_state("Not connected")
    assert gate.reasons == ["signature"]


def test_that_the_preset_of_sermas_needs_no_more_than_the_token(
    desk: Desk, gate: TokenGate
) -> None:
    desk.click("Fill in the form…")
    desk.type("Search brokers", "SERMAS")
    desk.click("Begin with this")
    desk.type("Address of the broker as a URL", gate.printed_url)
    desk.show_tab("Login")
    desk.type("Token", gate.token())
    desk.click("Save & Connect")
    desk.wait_for_state("Connected")
    assert gate.logins[0][1] == "sermas"


def test_that_a_wrong_path_is_named(desk: Desk, gate: TokenGate) -> None:
    fill_in(desk, gate, gate.token())
    desk.type("Address of the broker as a URL", gate.printed_url.replace("/api", ""))
    desk.click("Save & Connect")
    desk.wait_for_words("404")
    assert gate.logins == []

"""A line with an address in it: in clear until there is a secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from topicscope.gui.widgets.fields.url_field import UrlField
from topicscope.profiles.secrets import has_token

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MASKED = QLineEdit.EchoMode.Password
CLEAR = QLineEdit.EchoMode.Normal
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"


def test_that_a_token_in_an_address_is_masked_while_it_is_typed_and_shown_by_the_eye(
    qtbot: QtBot,
) -> None:
    field = UrlField()
    qtbot.addWidget(field)
    field.show()
    QTest.keyClicks(field.edit, "wss://b.local/mqtt?token=")
    assert field.edit.echoMode() == CLEAR
    assert not field.edit.reveal_action.isVisible()
    QTest.keyClicks(field.edit, "canary")
    assert field.edit.echoMode() == MASKED
    assert field.edit.text() == "wss://b.local/mqtt?token=canary"
    profile = field.profile()
    assert profile is not None
    assert profile.path == "/mqtt?token=canary"
    field.edit.reveal_action.trigger()
    assert field.edit.echoMode() == CLEAR
    QTest.keyClicks(field.edit, "2")
    assert field.edit.echoMode() == CLEAR
    field.edit.clear()
    field.edit.setText("wss://b.local/mqtt?token=other")
    assert field.edit.echoMode() == MASKED


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("/mqtt?token=abc", True),
        ("/mqtt?x=1&access_key=abc", True),
        (f"/mqtt?x={JWT}", True),
        (f"mqtt://{JWT}:x@b.local", True),
        ("mqtt://b.local?username=me&password=x", True),
        ("/mqtt?x=1", False),
        ("/mqtt?token=", False),
        ("mqtt://me@b.local/a/b", False),
        ("", False),
    ],
)
def test_that_an_address_is_known_to_hold_a_secret_by_its_query_or_token(
    text: str, *, secret: bool
) -> None:
    assert has_token(text) is secret


@given(st.text())
def test_that_any_text_is_judged(text: str) -> None:
    assert has_token(text) in {True, False}

"""The payload editor: formats, conversion between them, JSON on lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.payload.editor import KINDS, PayloadEditor
from topicscope.payload.compose import encode_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def editor(qtbot: QtBot, qapp: QApplication) -> Iterator[PayloadEditor]:
    apply_theme(qapp, "light")
    made = PayloadEditor()
    qtbot.addWidget(made)
    qtbot.addWidget(made.format_choice)
    qtbot.addWidget(made.format_button)
    yield made
    qapp.setStyleSheet("")


def choose(editor: PayloadEditor, kind: str) -> str:
    editor.format_choice.setCurrentIndex(KINDS.index(kind))
    return editor.text()


def test_that_another_format_shows_the_same_bytes(editor: PayloadEditor) -> None:
    editor.set_text("grün", "text")
    assert choose(editor, "hex") == "67 72 c3 bc 6e"
    assert choose(editor, "base64") == "Z3LDvG4="
    assert choose(editor, "text") == "grün"


def test_that_a_value_stays_between_json_cbor_and_messagepack(editor: PayloadEditor) -> None:
    editor.set_text('{"a": 1}', "json")
    assert choose(editor, "cbor") == '{"a": 1}'
    assert choose(editor, "hex") == "a1 61 61 01"
    assert choose(editor, "cbor").replace("\n", "").replace(" ", "") == '{"a":1}'
    assert choose(editor, "messagepack").replace("\n", "").replace(" ", "") == '{"a":1}'
    assert choose(editor, "hex") == "81 a1 61 01"


def test_that_bytes_that_are_no_text_stay_hex_and_it_is_said_why(
    editor: PayloadEditor, qtbot: QtBot
) -> None:
    editor.set_text("00 ff", "hex")
    with qtbot.waitSignal(editor.said) as told:
        choose(editor, "text")
    assert told.args == ["The format stays Hex. Not UTF-8: byte 0xff at offset 1; edit it as hex."]
    assert editor.kind == "hex"
    assert editor.format_choice.currentText() == "Hex"


def test_that_words_that_are_no_json_yet_can_be_made_json(editor: PayloadEditor) -> None:
    editor.set_text("hello", "text")
    assert choose(editor, "json") == "hello"
    assert choose(editor, "hex") == "68 65 6c 6c 6f"
    assert choose(editor, "json") == "hello"


def test_that_variables_are_never_turned_into_bytes(editor: PayloadEditor) -> None:
    editor.set_text("{{now}}", "text")
    assert choose(editor, "hex") == "{{now}}"


def test_that_a_file_has_a_field_of_its_own_and_the_text_waits(editor: PayloadEditor) -> None:
    editor.set_text("text", "text")
    assert choose(editor, "file") == ""
    editor.file_field.set_text("/tmp/a")
    assert editor.text() == "/tmp/a"
    assert choose(editor, "text") == "text"


def test_that_json_is_put_on_lines_and_that_can_be_undone(
    editor: PayloadEditor, qtbot: QtBot
) -> None:
    editor.set_text('{"b":1.10,"a":[1,2]}', "json")
    assert not editor.format_button.isHidden()
    editor.put_on_lines()
    assert editor.text().startswith('{\n  "b": 1.10')
    editor.edit.undo()
    assert editor.text() == '{"b":1.10,"a":[1,2]}'
    editor.set_text("{", "json")
    with qtbot.waitSignal(editor.said) as told:
        editor.put_on_lines()
    assert told.args is not None
    assert told.args[0].startswith("Not JSON")
    choose(editor, "hex")
    assert editor.format_button.isHidden()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=40) | st.text(max_size=30).map(str.encode))
def test_that_filling_in_keeps_every_byte(editor: PayloadEditor, payload: bytes) -> None:
    editor.fill(payload)
    text = editor.text()
    assert (encode_payload(text, editor.kind) if text else b"") == payload


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30), ways=st.lists(st.sampled_from(KINDS), max_size=5))
def test_that_no_text_makes_a_change_of_the_format_fail(
    editor: PayloadEditor, text: str, ways: list[str]
) -> None:
    editor.set_text(text, "text")
    for kind in ways:
        choose(editor, kind)
    assert editor.format_choice.currentIndex() == KINDS.index(editor.kind)


def test_that_arrow_keys_pass_from_json_to_cbor_and_messagepack(
    editor: PayloadEditor, qtbot: QtBot
) -> None:
    editor.set_text('{"a": 1}', "json")
    for kind in ("cbor", "messagepack", "hex", "base64"):
        qtbot.keyClick(editor.format_choice, Qt.Key.Key_Down)
        assert editor.kind == kind
    assert editor.text() == "gaFhAQ=="

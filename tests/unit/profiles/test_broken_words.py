"""What is wrong with a file, in words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.broken_words import broken_reason, broken_words
from topicscope.profiles.profile import Profile


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"host": 5}, "host: text was expected, not a whole number"),
        ({"will": {"topic": 7}}, "will.topic: text was expected, not a whole number"),
        ({"kind": "x"}, "kind: 'x' is none of the values that are known here"),
        ({"will": {"qos": 1}}, "will: “topic” is missing"),
        ({"headers": [["a"]]}, "headers[0]: 2 parts were expected, not 1"),
        ({"proxy": 3}, "proxy: an object or nothing was expected, not a whole number"),
    ],
)
def test_that_a_wrong_value_is_told_with_its_place(stored: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(stored, Profile)
    assert broken_reason(raised.value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "it ends too early, or is empty"),
        (b'{"a":', "it ends too early, or is empty"),
        (b"{a}", "it is not JSON: object keys must be strings (byte 1)"),
        (b"[]", "an object was expected, not a list"),
    ],
)
def test_that_what_is_no_json_is_told(text: bytes, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        msgspec.json.decode(text, type=dict)
    assert broken_reason(raised.value) == words


@given(st.text())
def test_that_no_text_of_an_error_breaks_it(text: str) -> None:
    place, words = broken_words(ValueError(text))
    assert words or not text or place

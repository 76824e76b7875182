"""What is wrong with a file that somebody has edited by hand, in words instead of those of the decoder."""

from __future__ import annotations

import re
from typing import Final

_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_EXPECTED: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_SENTENCES: Final = (
    (re.compile(r"Expected `array` of length (\d+), got (\d+)"), "{} parts were expected, not {}"),
    (
        re.compile(r"Invalid enum value (.{,80}).*", re.DOTALL),
        "{} is none of the values that are known here",
    ),
    (re.compile(r"Object missing required field `([^`]*)`"), "“{}” is missing"),
    (re.compile(r"JSON is malformed: (.+)", re.DOTALL), "it is not JSON: {}"),
    (re.compile(r"Input data was truncated"), "it ends too early, or is empty"),
)
_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def broken_words(error: Exception) -> tuple[str, str]:
    """Return the place in a file and what is wrong there; the place is empty where it is the whole."""
    text = str(error) or type(error).__name__
    place = ""
    if match := _PLACE.search(text):
        place, text = match[1], text[: match.start()]
    return place, _in_words(text)


def broken_reason(error: Exception) -> str:
    """Return both as one phrase."""
    place, words = broken_words(error)
    return f"{place}: {words}" if place else words


def _in_words(text: str) -> str:
    if match := _EXPECTED.fullmatch(text):
        return f"{_kinds(match[1])} was expected, not {_kinds(match[2])}"
    for pattern, sentence in _SENTENCES:
        if match := pattern.fullmatch(text):
            return sentence.format(*match.groups())
    return text


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))

"""What can be wrong with one text or number of a profile, in words that follow the name of the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_STRING = 65_535
"""Longest UTF-8 Encoded String, and longest Binary Data, in bytes (MQTT 5.0 sections 1.5.4 and 1.5.6)."""

_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def host_problem(host: str, what: str) -> str | None:
    """Say what is wrong with a host name or address; `what` names it where it is missing."""
    if not host:
        return f"{what} is missing."
    if _SPACE_OR_CONTROL.search(host):
        return "a host name has no spaces or control characters."
    if _SURROGATE.search(host):
        return "half of a surrogate pair is not allowed in a host name."
    if any(mark in host for mark in "/@[]?#"):
        return "only the name or address belongs here, not a URL."
    return None


def range_problem(value: int, least: int, most: int, unit: str = "") -> str | None:
    """Say that a number is not within its limits, both of which are allowed."""
    if least <= value <= most:
        return None
    return f"{value}{unit} is not between {least} and {most}."


def string_problem(text: str) -> str | None:
    """Say why a text cannot be a UTF-8 Encoded String (section 1.5.4)."""
    return "NUL is not allowed in a string of MQTT." if "\0" in text else binary_problem(text)


def binary_problem(text: str) -> str | None:
    """Say why the UTF-8 of a text cannot be Binary Data (section 1.5.6)."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return "half of a surrogate pair is not allowed in a string of MQTT."
    if length > LONGEST_STRING:
        return f"{length:,} bytes are more than the 65,535 that MQTT can carry."
    return None


def file_problem(path: str) -> str | None:
    """Say why a text, which may be empty, is no file name on any system."""
    if "\0" in path:
        return "the file name has a NUL in it."
    return "the file name has half of a surrogate pair in it." if _SURROGATE.search(path) else None


def user_property_problem(properties: Iterable[tuple[str, str]]) -> str | None:
    """Say what is wrong with User Properties: each part is a UTF-8 Encoded String (section 1.5.7)."""
    parts = (part for pair in properties for part in pair)
    return next((problem for part in parts if (problem := string_problem(part))), None)

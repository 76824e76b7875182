"""Taking values of any type out of what a file holds, and noting each that is not what it should be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.profiles.importers.reading import inside

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TEXT = 65_535
"""Longest text in bytes that a field of MQTT can carry (section 1.5.4)."""

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0", ""}


@dataclass(slots=True)
class Notes:
    """Words about one connection, as they come up."""

    taken: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    check: list[str] = field(default_factory=list)


class Record:
    """The named values of a connection; what was asked for is remembered.

    A value of a wrong type counts as absent, and a sentence with its place goes to the notes.
    No such sentence quotes a text: it may be a password.
    """

    def __init__(self, values: Mapping[str, object], place: str, notes: Notes) -> None:
        self._values = values
        self._asked: set[str] = set()
        self.place = place
        self.notes = notes

    def __contains__(self, key: str) -> bool:
        return _matters(self._values.get(key))

    def text(self, key: str) -> str:
        """Return a text, empty where there is none."""
        value = self._get(key)
        if isinstance(value, bool) or value is None:
            if value is not None:
                self._wrong(key, "is true or false, not text")
            return ""
        if isinstance(value, int | float):
            return str(value)
        if not isinstance(value, str):
            self._wrong(key, f"is {_kind(value)}, not text")
            return ""
        return value if self._is_sound(key, value) else ""

    def number(self, key: str, lowest: int, highest: int) -> int | None:
        """Return a whole number within bounds, or None."""
        value = self._get(key)
        if value is None or value == "":
            return None
        number = _whole(value)
        if number is None:
            self._wrong(key, "is not a whole number")
        elif not lowest <= number <= highest:
            self._wrong(key, f"{str(number)[:20]} is not between {lowest:,} and {highest:,}")
        else:
            return number
        return None

    def flag(self, key: str) -> bool | None:
        """Return whether something is so, or None where nothing is said; ``"false"`` is False."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and value in {0, 1}:
            return bool(value)
        if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
            return value.strip().lower() in _TRUE
        self._wrong(key, "is not true or false")
        return None

    def record(self, key: str) -> Record:
        """Return an object in this one, empty where there is none."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            self._wrong(key, f"is {_kind(value)}, not an object")
        return Record(value if isinstance(value, dict) else {}, self.at(key), self.notes)

    def items(self, key: str) -> list[object]:
        """Return a list, empty where there is none."""
        value = self._get(key)
        if value is None or value == "":
            return []
        if not isinstance(value, list):
            self._wrong(key, f"is {_kind(value)}, not a list")
            return []
        return value

    def raw(self, key: str) -> object:
        """Return a value as it stands."""
        return self._get(key)

    def at(self, key: str) -> str:
        """Return the place of a key in the file."""
        return inside(self.place, key)

    def skip(self, *keys: str) -> None:
        """Leave out values that mean nothing here without a word."""
        self._asked.update(keys)

    def leave(self, words: str, *keys: str) -> None:
        """Leave out values and say so, where there are any."""
        self._asked.update(keys)
        if any(key in self for key in keys):
            self.notes.ignored.append(words)

    def note_the_rest(self) -> None:
        """Say what nobody has asked for."""
        rest = [key for key in self._values if key not in self._asked and key in self]
        self.notes.ignored += [f"“{key[:60]}”" for key in rest[:20]]
        if len(rest) > 20:
            self.notes.ignored.append(f"{len(rest) - 20} more values")

    def _get(self, key: str) -> object:
        self._asked.add(key)
        return self._values.get(key)

    def _is_sound(self, key: str, value: str) -> bool:
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            self._wrong(key, "has half of a surrogate pair in it")
            return False
        if length > LONGEST_TEXT:
            self._wrong(key, f"{length:,} bytes are more than MQTT can carry")
        elif "\0" in value:
            self._wrong(key, "has a NUL in it")
        else:
            return True
        return False

    def _wrong(self, key: str, reason: str) -> None:
        self.notes.check.append(f"{self.at(key)}: {reason}; it was not taken.")


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    return None


def _matters(value: object) -> bool:
    """Tell whether a value says something; nothing, false, zero and empty ones do not."""
    return bool(value)


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bytes):
        return "binary"
    return "a number" if isinstance(value, int | float) else "a text"

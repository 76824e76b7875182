"""Charts offered where a number is seen: on a line of a decoded payload, and as a list of all its numbers."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from topicscope.broker_status.numbers import read_number
from topicscope.gui.icons import icon
from topicscope.gui.widgets.filter.gestures import JsonFilterMenu
from topicscope.payload.json_place import JsonPlace, place_at, scalars
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

    from topicscope.payload.json_path import Path

MOST_OFFERED: Final = 24
_LOOKED_THROUGH: Final = 4 * MOST_OFFERED
"""Values of a payload that are looked at for numbers."""
_LONGEST: Final = 48
_LONGEST_NUMBER: Final = 64
_SWITCH: Final = frozenset({"true", "false"})


def field_words(path: Path) -> str:
    """Name a place in a payload as the display filter does; the empty path is the payload itself."""
    if not path:
        return "payload"
    from topicscope.query import json_field

    return json_field(path)


def is_number(value: object) -> bool:
    """Say whether a value can be drawn: a number, true or false, or a text that is a number with or without a unit."""
    if isinstance(value, str):
        return (
            len(value) <= _LONGEST_NUMBER
            and read_number(value.encode(errors="replace")) is not None
        )
    return isinstance(value, int | float)


def numbers_in(text: str, *, structured: bool) -> Iterator[JsonPlace]:
    """Yield the numbers of a payload as it is shown, in their order; a few, of the beginning of a large one."""
    if structured:
        places = islice(scalars(text), _LOOKED_THROUGH)
        yield from islice((one for one in places if is_number(one.value)), MOST_OFFERED)
    elif is_number(text) or text in _SWITCH:
        yield JsonPlace((), is_scalar=True, value=text.strip())


class FieldMenu(JsonFilterMenu):
    """The menu of a readable payload: copy, filter, and chart the number at the pointer."""

    chart_asked = Signal(object)
    """A `Path`."""

    def menu(self, position: int) -> QMenu:
        """Return the menu for a place in the text; it deletes itself when closed."""
        menu = super().menu(position)
        text = self._view.toPlainText()
        bare = next(numbers_in(text, structured=False), None)
        place = place_at(text, position) if self.enabled else bare
        if place is not None and place.is_scalar and is_number(place.value):
            menu.addSeparator()
            action = menu.addAction(icon("chart-line"), "Chart this value…")
            action.triggered.connect(partial(self._ask, place.path))
        return menu

    def _ask(self, path: Path, _checked: bool = False) -> None:
        self.chart_asked.emit(path)


class NumbersMenu(QMenu):
    """All numbers of a payload, each to be charted; it deletes itself when closed."""

    chart_asked = Signal(object)
    """A `Path`."""

    def __init__(self, places: Iterator[JsonPlace], parent: QWidget) -> None:
        super().__init__(parent)
        for place in places:
            action = self.addAction(icon("chart-line"), _entry(place))
            action.triggered.connect(partial(self._ask, place.path))
        if self.isEmpty():
            self.addAction("No number in this payload").setEnabled(False)

    def _ask(self, path: Path, _checked: bool = False) -> None:
        self.chart_asked.emit(path)


def _entry(place: JsonPlace) -> str:
    name, value = escape(field_words(place.path)), escape(str(place.value))
    if len(name) > _LONGEST:
        name = f"…{name[-_LONGEST:]}"
    return f"{name}\t{value[:_LONGEST]}".replace("&", "&&")

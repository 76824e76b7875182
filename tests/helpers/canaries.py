"""Secrets that give themselves away wherever they are written down, and the search for them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORD: Final = "canary"
"""Stands in every secret of such a test, and in nothing else."""

_ROLES: Final = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)
_MOST_ROWS, _DEEPEST = 300, 8


def written_forms(word: str) -> tuple[bytes, ...]:
    """Return how a word may be written: plain, in UTF-16, hexadecimal, and in Base64 wherever it begins."""
    data = word.encode()
    forms = {data, word.encode("utf-16-le"), data.hex().encode(), data.hex(" ").encode()}
    for before in range(3):
        text = base64.b64encode(b"x" * before + data + b"xx")
        # What its neighbours have a part in may be anything.
        forms.add(text[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    return tuple(form.lower() for form in forms if b"=" not in form)


FORMS: Final = (
    *written_forms(WORD),
    # Made of secrets, and as good as these for an hour.
    b"x-amz-signature=",
    b"sharedaccesssignature sr",
)


def leak_in(data: bytes) -> str:
    """Return the form in which a secret stands there, with what is around it, or nothing."""
    lower = data.lower()
    for form in FORMS:
        place = lower.find(form)
        if place >= 0:
            return repr(data[max(0, place - 60) : place + 60])
    return ""


def leaks_below(folder: Path) -> list[str]:
    """Return the files with a secret in them or in their names."""
    found: list[str] = []
    for path in folder.rglob("*"):
        place = leak_in(str(path.relative_to(folder)).encode())
        if path.is_file():
            place = place or leak_in(path.read_bytes())
        if place:
            found.append(f"{path}: {place}")
    return found


def shown_texts() -> Iterator[str]:
    """Yield every text of every widget that there is: shown, to be shown, in tooltips and for screen readers."""
    for widget in QApplication.allWidgets():
        yield from _texts_of(widget)
    yield QApplication.clipboard().text()


def _texts_of(widget: QWidget) -> Iterator[str]:
    yield widget.windowTitle()
    yield widget.toolTip()
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.displayText()
        yield widget.placeholderText()
    elif isinstance(widget, QPlainTextEdit):
        yield widget.toPlainText()
    elif isinstance(widget, QTabBar):
        for index in range(widget.count()):
            yield widget.tabText(index)
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _cells(widget.model(), QModelIndex(), 0)


def _cells(model: QAbstractItemModel, parent: QModelIndex, depth: int) -> Iterator[str]:
    for row in range(min(model.rowCount(parent), _MOST_ROWS)):
        # A list has one column, and keeps the method that says so to itself.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            index = model.index(row, column, parent)
            for role in _ROLES:
                text = model.data(index, role)
                if isinstance(text, str):
                    yield text
        if depth < _DEEPEST:
            yield from _cells(model, model.index(row, 0, parent), depth + 1)

"""Dynamic properties that the style sheet reads: what kind of thing a widget is, and its tone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def set_kind(widget: QWidget, kind: str) -> None:
    """Say what kind of thing a widget is (``card``, ``primary``, ``link``…); see ``topicscope.qss``."""
    _set(widget, "kind", kind)


def set_tone(widget: QWidget, tone: str) -> None:
    """Give a label or notice its tone: ``dim``, ``good``, ``warning``, ``error``, ``accent`` or none."""
    _set(widget, "tone", tone)


def set_validity(widget: QWidget, valid: bool | None) -> None:
    """Frame a field green or red, or as always when there is nothing to judge (None)."""
    _set(widget, "valid", "" if valid is None else "yes" if valid else "no")


def _set(widget: QWidget, name: str, value: str) -> None:
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        # Qt will read it before the first painting; polishing now would lose a font set later.
        return
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()

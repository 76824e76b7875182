"""Proposals for a Topic Name while it is typed: topics of the capture, and those published to before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QStringListModel, Slot
from PySide6.QtWidgets import QCompleter, QLineEdit

from topicscope.gui.theme import mono_font

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PROPOSALS: Final = 12
NAMES_LOOKED_AT: Final = 20_000
"""Topic Names that are searched at each key."""


class TopicCompleter(QObject):
    """Proposes topics that begin with what is typed, then those that contain it; those of the history come first."""

    def __init__(
        self,
        edit: QLineEdit,
        captured: Callable[[], Sequence[bytes]],
        published: Callable[[], Sequence[str]],
    ) -> None:
        super().__init__(edit)
        self._edit = edit
        self._captured = captured
        self._published = published
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        popup = completer.popup()
        if popup is not None:
            popup.setFont(mono_font())
        edit.setCompleter(completer)
        edit.textEdited.connect(self._on_typed)

    def proposals(self) -> list[str]:
        """Return what is proposed now."""
        return self._model.stringList()

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        wanted = text.encode(errors="replace")
        published = [topic.encode(errors="replace") for topic in self._published()]
        captured = self._captured()[:NAMES_LOOKED_AT]
        found: dict[bytes, None] = {}
        for names in (published, captured):
            _take(found, (name for name in names if name.startswith(wanted)))
        if len(wanted) > 1:
            for names in (published, captured):
                _take(found, (name for name in names if wanted in name))
        texts = (name.decode(errors="replace") for name in found)
        self._model.setStringList([one for one in texts if one.isprintable() and one != text])


def _take(found: dict[bytes, None], names: Iterable[bytes]) -> None:
    for name in names:
        if len(found) >= PROPOSALS:
            return
        found[name] = None

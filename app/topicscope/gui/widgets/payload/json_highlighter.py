"""Colours for JSON: one compiled expression, asked once a line."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from topicscope.gui.theme import colour, notifier

LONGEST_HIGHLIGHTED: Final = 512 * 1024
"""Longer texts, in characters, stay uncoloured: 1.7 million took 0.8 s."""

_TOKEN = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))
    | (?P<string>"(?:[^"\\]|\\.)*"?|h'[0-9a-f…]*')
    | (?P<number>-?[0-9][0-9.eE+-]*)
    | (?P<word>\b(?:true|false|null|undefined|NaN|Infinity)\b)
    | (?P<mark>[{}\[\],:]+)""",
    re.VERBOSE,
)


class JsonHighlighter(QSyntaxHighlighter):
    """Colours keys, strings, numbers and words while it is switched on."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._enabled = False
        self._formats: dict[str, QTextCharFormat] = {}
        self._make_formats()
        notifier().theme_changed.connect(self._on_theme_changed)

    def set_enabled(self, *, enabled: bool) -> None:
        """Colour the lines that are shown from now on, or leave them plain."""
        self._enabled = enabled

    @Slot()
    def _on_theme_changed(self) -> None:
        self._make_formats()
        if self._enabled:
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        if not self._enabled:
            return
        for token in _TOKEN.finditer(text):
            start, end = token.span()
            self.setFormat(start, end - start, self._formats[token.lastgroup or "mark"])

    def _make_formats(self) -> None:
        for kind in ("key", "string", "number", "word", "mark"):
            made = QTextCharFormat()
            made.setForeground(colour(f"syntax_{kind}"))
            self._formats[kind] = made

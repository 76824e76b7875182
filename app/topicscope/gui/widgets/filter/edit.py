"""The field for a display filter: judged while it is typed, with proposals, history, and the place of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.gui.widgets.filter.proposals import FilterProposals
from topicscope.gui.widgets.style import set_validity
from topicscope.mqtt.topics import topic_filter_problem
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.query import Completion, FilterError

FILTER_LENGTH: Final = 10_000
_ENTER: Final = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_STEPS: Final = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -8,
    Qt.Key.Key_PageDown: 8,
}
_WILD: Final = "/+#"
_WHERE_TO_LOOK: Final = "Arrow keys choose where to look for it"


class FilterHelpers:
    """What the field asks others: what is wrong, what may come next, what was applied before."""

    def __init__(
        self,
        problem: Callable[[str], FilterError | None],
        complete: Callable[[str, int], Sequence[Completion]],
        history: Callable[[], Sequence[str]],
    ) -> None:
        self.problem = problem
        self.complete = complete
        self.history = history


class FilterEdit(QLineEdit):
    """A line for one display filter."""

    submitted = Signal(str)
    """Enter was pressed on a filter that makes sense, or on nothing."""
    judged = Signal()
    """Another text was judged."""
    left = Signal()
    """Escape: the person wants to go back."""

    def __init__(self, helpers: FilterHelpers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._helpers = helpers
        self._problem: FilterError | None = None
        self._offer = ""
        self._in_history = -1
        self._typing = False
        self._being_put = False
        self.setFont(mono_font())
        self.setMaxLength(FILTER_LENGTH)
        self.setAccessibleName("Display filter")
        self.setPlaceholderText(
            'Display filter: topic ~ "plant/+/temperature" and json.value > 80 — or just plant/+/#'
        )
        self.proposals = FilterProposals(self)
        self.proposals.chosen.connect(self._accept)
        self.textChanged.connect(self._on_text_changed)
        self.textEdited.connect(self._on_text_edited)

    # Properties

    @property
    def problem(self) -> str:
        """What is wrong with the text and where, or an empty text."""
        if self._problem is None or self._offer:
            return ""
        return f"Column {self._problem.position + 1}: {self._problem.message}"

    @property
    def offer(self) -> str:
        """The filter meant by a bare Topic Filter, or an empty text."""
        return self._offer

    @property
    def needs_choice(self) -> bool:
        """Whether it is one word that may be looked for in several ways, so that Enter cannot know."""
        return bool(self._offer) and not _looks_like_topic(self.text())

    # Methods

    def judge(self) -> None:
        """Look again at what is written: what the filter must know has changed."""
        text = self.text()
        self._problem = self._helpers.problem(text) if text.strip() else None
        self._offer = _meant(text) if self._problem else ""
        neutral = not text.strip() or bool(self._offer)
        set_validity(self, None if neutral else self._problem is None)
        said = f"Enter filters by {self._offer}" if self._offer else self.problem
        if self.needs_choice:
            said = _WHERE_TO_LOOK
        self.setToolTip(plain_tooltip(said))
        self.setAccessibleDescription(said)
        self.update()
        self.judged.emit()

    def put(self, text: str) -> None:
        """Replace the text as if it had been typed, so that it can be undone."""
        if text != self.text():
            self._being_put = True
            self.selectAll()
            self.insert(text)
            self._being_put = False
        self.proposals.hide()

    def propose(self) -> None:
        """Show what may be typed at the cursor."""
        self._show_proposals(self.problem, always=False)

    # Slots

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self.judge()
        if self._typing:
            self._typing = False
            if text.strip():
                self.propose()
            else:
                self.proposals.hide()

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        # Qt says this before it says that the text is another, and for what is put in, too.
        if not self._being_put:
            self._in_history = -1
            self._typing = True

    @Slot(object)
    def _accept(self, proposal: Completion) -> None:
        text = proposal.text
        if proposal.kind in {"field", "operator", "word", "json", "level"} and text[-1] not in ".{":
            text += " "
        self.setSelection(proposal.begin, max(proposal.end, self.cursorPosition()) - proposal.begin)
        self.insert(text)
        self.setFocus()
        if proposal.kind in {"value", "filter", "subscription"}:
            self.proposals.hide()
        else:
            self.propose()

    # Qt overrides

    def event(self, event: QEvent) -> bool:
        """Keep the keys that elsewhere mean a command, or the next widget."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and _is_propose(event):
                event.accept()
                return True
            takes_tab = event.key() == Qt.Key.Key_Tab and self.proposals.has_proposals
            if event.type() == QEvent.Type.KeyPress and takes_tab:
                proposal = self.proposals.selected or self.proposals.first
                if proposal is not None:
                    self._accept(proposal)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Apply, propose, go through the list or the history, or leave."""
        key = event.key()
        if _is_propose(event):
            self.propose()
        elif key in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._enter()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in _STEPS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._step(_STEPS[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the list away."""
        super().focusOutEvent(event)
        self.proposals.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the list away."""
        super().hideEvent(event)
        self.proposals.hide()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Take the list away: it stands in the wrong place now."""
        super().moveEvent(event)
        self.proposals.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline the place where it goes wrong."""
        super().paintEvent(event)
        if self._problem is None or self._offer or not self.text():
            return
        advance = self._advance()
        left = self.cursorRect().center().x() + advance * (
            self._problem.position - self.cursorPosition()
        )
        if not 0 <= left <= self.width() - advance:
            return
        painter = QPainter(self)
        painter.setPen(QPen(colour("error"), 2))
        below = self.height() / 2 + self.fontMetrics().ascent() / 2 + 2.5
        painter.drawLine(QPointF(left + 1, below), QPointF(left + advance, below))
        painter.end()

    # Private

    def _advance(self) -> float:
        return float(self.fontMetrics().horizontalAdvance("0"))

    def _enter(self) -> None:
        selected = self.proposals.selected
        if selected is not None:
            self._accept(selected)
            return
        if self._offer and _looks_like_topic(self.text()):
            self.put(self._offer)
        if self._problem is not None:
            self._show_proposals(self.problem or _WHERE_TO_LOOK, always=True)
            return
        self.proposals.hide()
        self._in_history = -1
        self.submitted.emit(self.text())

    def _show_proposals(self, reason: str, *, always: bool) -> None:
        """Show what may be typed, and a reason where there is nothing, or always."""
        text, at = self.text(), self.cursorPosition()
        found = list(self._helpers.complete(text, at)) if text.strip() or not text else []
        if self._offer:
            # A word alone is more likely to become the name of a field.
            ways = _ways_to_look(text, self._offer)
            found = [*ways, *found] if _looks_like_topic(text) else [*found, *ways]
        begin = found[0].begin if found else at
        left = self.cursorRect().center().x() + round((begin - at) * self._advance())
        tone = "dim" if reason == _WHERE_TO_LOOK else "error"
        said = reason if always or not found else ""
        self.proposals.show_all(found, said, left - 2 * 8, tone)

    def _escape(self) -> None:
        if self.proposals.isVisible():
            self.proposals.hide()
        else:
            self.left.emit()

    def _step(self, rows: int) -> None:
        if self.proposals.has_proposals:
            self.proposals.move_by(rows)
            return
        if self.text() and self._in_history < 0:
            self.propose()
            return
        history = self._helpers.history()
        self._in_history = max(
            -1, min(self._in_history + (1 if rows < 0 else -1), len(history) - 1)
        )
        self.put(history[self._in_history] if self._in_history >= 0 else "")


def _is_propose(event: QKeyEvent) -> bool:
    held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
    return bool(held) and event.key() == Qt.Key.Key_Space


def _looks_like_topic(text: str) -> bool:
    return any(character in text for character in _WILD)


def _meant(text: str) -> str:
    """Return the filter that a bare Topic Filter stands for; empty where the text is none."""
    text = text.strip()
    if any(character.isspace() or character in "\"'(){}=<>~" for character in text):
        return ""
    if topic_filter_problem(text) is not None:
        return ""
    from topicscope.query import for_value

    return for_value("topic", text, "~")


def _ways_to_look(text: str, offer: str) -> list[Completion]:
    """Return the filters that a text alone may stand for, as a whole."""
    from topicscope.query import Completion, for_value

    word = text.strip()
    ways = [(offer, f"Messages on topics that match {escape(word)}")]
    if not _looks_like_topic(text):
        ways += [
            (for_value("topic", word, "contains"), f"Topics with {escape(word)} in them"),
            (for_value("payload", word, "contains"), f"Payloads with {escape(word)} in them"),
        ]
    return [Completion(way, "filter", said, 0, len(text)) for way, said in ways]

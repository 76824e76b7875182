"""What levels and ids of topics are called: keeps level names and friendly names true for the window's capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from topicscope.capture.friendly_names import FriendlyNames
from topicscope.capture.level_names import LevelNames
from topicscope.capture.name_readers import name_rule
from topicscope.payload import safe_topic

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.gui.library.names import NameLibrary
    from topicscope.mqtt.topic_templates import TopicTemplates
    from topicscope.profiles.topic_templates import TopicNaming

BUDGET_S: Final = 0.005
"""Of a frame of 16 ms, what names may take at a time."""
INTERVAL_MS: Final = 250
GO_ON_MS: Final = 20
"""How soon it goes on when topics are left over."""


class Naming(QObject):
    """Owns the templates and rules of the user, and what follows from them for one capture.

    No timer runs unless something has come. `level_names` and `friendly_names` are other objects after `replaced`.
    """

    replaced = Signal()
    """Templates, rules or the capture are others: take `level_names`, `friendly_names` and `templates` anew."""
    changed = Signal()
    """Names have come, changed or gone, or another template is in use: show them again."""

    def __init__(
        self, library: NameLibrary, log: CaptureLog, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._log = log
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setObjectName("naming")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)
        library.changed.connect(self._on_library_changed)
        self._build()

    # Properties

    @property
    def naming(self) -> TopicNaming:
        """The templates and rules as they are stored."""
        return self._library.naming

    @property
    def problem(self) -> str:
        """Why the stored templates could not be read, or an empty text."""
        return self._library.problem

    @property
    def log(self) -> CaptureLog:
        """The capture whose topics are named."""
        return self._log

    @property
    def level_names(self) -> LevelNames:
        """The levels of the topics of this capture."""
        return self._level_names

    @property
    def friendly_names(self) -> FriendlyNames:
        """The names that metadata gives to ids."""
        return self._friendly_names

    @property
    def templates(self) -> TopicTemplates:
        """The templates in the order in which they are tried; never changes, so threads may share it."""
        return self._level_names.templates

    # Methods

    def level_columns(self) -> tuple[str, ...]:
        """Return the level names that topics of this capture have, in order."""
        return self._level_names.names_in_use

    def value(self, topic_id: int, name: str) -> bytes | None:
        """Return the level of a topic that has this name; None when none has."""
        return self._level_names.value(topic_id, name)

    def level_of(self, name: str, topic: bytes) -> str | None:
        """Return a level of a Topic Name by its name, as the display filter asks for it."""
        return self._level_names.templates.level_of(name, topic)

    def friendly_name(self, level: bytes) -> str | None:
        """Return what an id is called, wherever it is a level."""
        return self._friendly_names.name_for_level(level)

    def describe(self, topic: bytes) -> list[str]:
        """Return a line for each level that has a name of either kind, such as ``sys: sys-1 · Foyer``."""
        levels = topic.split(b"/")
        index = self.templates.index_of(topic)
        level_names = self.templates.templates[index].level_names if index >= 0 else ()
        lines: list[str] = []
        for at, level in enumerate(levels):
            called = level_names[at] if at < len(level_names) else None
            friendly = self._friendly_names.name_for_level(level)
            if called is None and friendly is None:
                continue
            text = safe_topic(level)
            front = f"{called}: {text}" if called else text
            lines.append(f"{front} · {friendly}" if friendly else front)
        whole = self._friendly_names.name_for_path(topic)
        if whole is not None and whole != self._friendly_names.name_for_level(levels[-1]):
            lines.append(whole)
        return lines

    def save(self, naming: TopicNaming) -> None:
        """Name levels like this from now on in all windows; raises `StoreError` when it cannot be remembered."""
        self._library.save(naming)

    # Slots

    @Slot()
    def wake(self) -> None:
        """Look at what has come; at once after a pause."""
        if not self._timer.isActive():
            elapsed = self._since.elapsed() if self._since.isValid() else INTERVAL_MS
            self._timer.start(max(0, INTERVAL_MS - elapsed))

    @Slot(object)
    def set_log(self, log: CaptureLog) -> None:
        """Name the topics of another capture; names outlive clearing, but not another file or broker."""
        self._log = log
        self._level_names = LevelNames(log.topics, self.templates.templates)
        self._in_use: tuple[str, ...] = ()
        self._known = 0
        if not log.epoch:
            self._friendly_names.clear()
        self.replaced.emit()
        self.wake()

    @Slot()
    def _on_library_changed(self) -> None:
        self._build()
        self._wake()

    @Slot()
    def _on_due(self) -> None:
        self._since.start()
        version = self._friendly_names.version
        left = self._level_names.update(BUDGET_S / 2)
        done = self._friendly_names.update(self._log, BUDGET_S / 2)
        in_use = self._level_names.names_in_use
        known = len(self._log.topics) - left
        if (in_use, known) != (
            self._in_use,
            self._known,
        ) or version != self._friendly_names.version:
            self._in_use, self._known = in_use, known
            self.changed.emit()
        # Topics without a node wait for the tree, which is not ours to grow.
        if not done or left > self._log.topics.pending:
            self._timer.start(GO_ON_MS)
        elif left:
            self._timer.start(INTERVAL_MS)

    # Private

    def _wake(self) -> None:
        self._since.invalidate()
        self._timer.stop()
        self.wake()

    def _build(self) -> None:
        naming = self._library.naming
        self._level_names = LevelNames(self._log.topics, naming.all_templates())
        self._friendly_names = FriendlyNames(
            name_rule(rule.topic, rule.kind, rule.path) for rule in naming.all_name_rules()
        )
        self._in_use = ()
        self._known = 0
        self.replaced.emit()

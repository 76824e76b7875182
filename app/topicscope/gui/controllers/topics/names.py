"""What topics are called in one window: handed to the tree, the table and the filter, and edited by a person."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.controllers.topics.naming import Naming
from topicscope.gui.dialogs.topic_templates import TopicTemplatesDialog
from topicscope.gui.models.messages.columns import Column
from topicscope.payload import safe_topic
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.messages.filtering import Filtering
    from topicscope.gui.library.names import NameLibrary
    from topicscope.gui.models.messages.cell import Cell
    from topicscope.gui.panes.subscriptions import SubscriptionsPane
    from topicscope.gui.panes.topics import TopicsPane
    from topicscope.gui.widgets.messages.view import MessageView
    from topicscope.profiles.topic_templates import TopicNaming


class TopicNames(QObject):
    """Keeps a `Naming` true for the capture of a window, and everybody in it up to date with it."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(self, library: NameLibrary, bridge: ConnectionBridge, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.naming = Naming(library, bridge.log, self)
        self._columns: tuple[str, ...] = ()
        bridge.appended.connect(self.naming.wake)
        bridge.log_replaced.connect(self.naming.set_log)

    # Methods

    def hand_to(
        self,
        topics: TopicsPane,
        table: MessageView,
        filtering: Filtering,
        subscriptions: SubscriptionsPane,
    ) -> None:
        """Let tree, table and filter know names, and the filter the subscriptions too."""
        naming = self.naming
        filtering.know(
            subscriptions=subscriptions.identifiers,
            level_names=self._level_names,
            level_of=naming.level_of,
        )
        naming.replaced.connect(filtering.forget_names)
        for signal in (naming.replaced, naming.changed):
            signal.connect(partial(_hand_to_tree, naming, topics))
            signal.connect(partial(self._hand_to_table, table))
        topics.view.actions_of_node.name_levels_requested.connect(self.edit_for)
        _hand_to_tree(naming, topics)
        self._hand_to_table(table)

    def tell_problem(self) -> None:
        """Say what is wrong with the stored names, if anything is."""
        if self.naming.problem:
            self.told.emit("error", self.naming.problem)

    # Slots

    @Slot()
    def edit(self) -> TopicTemplatesDialog:
        """Show templates and rules in a dialog."""
        naming = self.naming
        dialog = TopicTemplatesDialog(
            naming.naming, partial(_names, naming), naming.friendly_name, self._window
        )
        dialog.saved.connect(self._on_saved)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    @Slot(object)
    def edit_for(self, topic: bytes) -> None:
        """Show templates and rules, and begin a template from a topic."""
        self.edit().add_for_topic(topic)

    @Slot(object)
    def _on_saved(self, naming: TopicNaming) -> None:
        try:
            self.naming.save(naming)
        except StoreError as error:
            self.told.emit("error", str(error))

    # Private

    def _hand_to_table(self, table: MessageView) -> None:
        naming = self.naming
        names = naming.level_columns()
        if names != self._columns:
            self._columns = names
            table.set_more_columns(level_columns(naming))
        table.set_topic_words(naming.describe)

    def _level_names(self) -> Sequence[str]:
        return self.naming.templates.names


def level_columns(naming: Naming) -> list[Column]:
    """Return a column for each level that has a name in this capture; they stand behind the topic."""
    columns: list[Column] = []
    after = "topic"
    for name in naming.level_columns():
        key = f"level.{name}"
        meaning = f"The level <{name}> of the Topic Name, and what it is called"
        text = partial(_level_text, naming, name)
        columns.append(
            Column(key, name, f"Level {name}", meaning, 12, text, chosen=False, after=after)
        )
        after = key
    return columns


def _level_text(naming: Naming, name: str, cell: Cell) -> str:
    value = naming.value(cell.topic_id, name) if cell.topic_id >= 0 else None
    if value is None:
        return ""
    called = naming.friendly_name(value)
    text: str = safe_topic(value)
    return f"{called} · {text}" if called else text


def _names(naming: Naming) -> list[bytes]:
    return naming.log.topics.names


def _hand_to_tree(naming: Naming, topics: TopicsPane) -> None:
    topics.set_naming(naming.level_names, naming.friendly_names)

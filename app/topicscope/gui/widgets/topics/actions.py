"""What can be done with a node of the topic tree."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topics.tree import MORE
from topicscope.gui.text import count_of, format_count
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.messages.clipboard import copy_topic
from topicscope.gui.widgets.topics.branches import ROWS_BELOW
from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Container

    from PySide6.QtWidgets import QTreeView

    from topicscope.gui.models.topics.tree import TopicTreeModel
    from topicscope.gui.widgets.topics.branches import Branches


LEVELS_OFFERED = 9


def filter_of(path: bytes, *, is_branch: bool) -> str | None:
    """Return the Topic Filter of a node, and of all below a branch; None where no filter can say it."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return None
    if "+" in text or "#" in text:
        return None
    text = f"{text}/#" if is_branch else text
    return None if topic_filter_problem(text) else text


class TopicActions(QObject):
    """Acts on the current node of a tree."""

    filter_requested = Signal(str)
    """A Topic Filter that sees only what somebody wants to see."""
    narrowed = Signal(str, str)
    """How to join a display filter with the one in force, `and` or `and not`, and that filter."""
    subscribe_requested = Signal(str)
    publish_requested = Signal(object)
    """A Topic Name, in bytes, that somebody wants to publish to."""
    clear_requested = Signal(object)
    """A Topic Name, in bytes: what is retained there and below should be cleared."""
    pin_toggled = Signal(object)
    """A Topic Name, in bytes, that is to be pinned, or no longer."""
    name_levels_requested = Signal(object)
    """A Topic Name, in bytes, whose levels are to be named."""
    told = Signal(str, str)
    """A tone and a sentence for the notice."""

    def __init__(self, view: QTreeView, model: TopicTreeModel, branches: Branches) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._branches = branches
        self.pins: Container[bytes] = ()

    def current_node(self) -> int:
        """Return the current node; the root when there is none, or it is a row "… more"."""
        node = self._model.node(self._view.currentIndex())
        return ROOT if node & MORE else node

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current node; it deletes itself when closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        node = self.current_node()
        branch = node != ROOT and self._model.has_nodes_below(node)
        sayable = self._filter() is not None
        name = "this branch" if branch else "this topic"
        publishable = node != ROOT and topic_name_problem(self._model.topics.path(node)) is None
        add_action(menu, "Copy topic", "copy", self.copy_topic, enabled=node != ROOT)
        add_action(menu, f"Show only {name}", "list-filter", self.request_filter, enabled=sayable)
        for words, joint in ((f"… and only {name}", "and"), (f"Hide {name}", "and not")):
            icon_name = "eye-off" if joint == "and not" else ""
            narrow = partial(self.request_narrowing, joint)
            add_action(menu, words, icon_name, narrow, enabled=sayable)
        add_action(menu, f"Subscribe to {name}", "rss", self.request_subscribe, enabled=sayable)
        add_action(menu, "Publish to this topic", "send", self.request_publish, enabled=publishable)
        self._add_clear(menu, node)
        menu.addSeparator()
        pinned = node != ROOT and self._model.topics.path(node) in self.pins
        words = f"Unpin {name}" if pinned else f"Pin {name}"
        add_action(menu, words, "pin", self.toggle_pin, enabled=node != ROOT)
        add_action(menu, "Name topic levels…", "pencil", self.name_levels, enabled=node != ROOT)
        menu.addSeparator()
        add_action(menu, "Expand all below", "chevrons-down", self.expand_below, enabled=branch)
        levels = menu.addMenu("Expand to level")
        for depth in range(1, LEVELS_OFFERED + 1):
            action = levels.addAction(f"Level {depth}\tCtrl+{depth}")
            action.triggered.connect(partial(self.expand_to, depth))
        add_action(menu, "Collapse all", "", self._view.collapseAll)
        return menu

    @Slot()
    def copy_topic(self) -> None:
        """Copy the Topic Name down to the current node."""
        node = self.current_node()
        if node != ROOT:
            copy_topic(self._model.topics.path(node))

    @Slot()
    def request_filter(self) -> None:
        """Ask to see only the current node and what is below."""
        if (text := self._filter()) is not None:
            self.filter_requested.emit(text)

    @Slot()
    def request_narrowing(self, joint: str, _checked: bool = False) -> None:
        """Ask to join the current node and what is below with the display filter in force."""
        from topicscope.query import for_value

        if (text := self._filter()) is not None:
            self.narrowed.emit(joint, for_value("topic", text, "~"))

    @Slot()
    def request_subscribe(self) -> None:
        """Ask to subscribe to the current node and what is below."""
        if (text := self._filter()) is not None:
            self.subscribe_requested.emit(text)

    @Slot()
    def request_publish(self) -> None:
        """Ask to publish to the topic of the current node."""
        node = self.current_node()
        if node != ROOT:
            self.publish_requested.emit(self._model.topics.path(node))

    @Slot()
    def name_levels(self) -> None:
        """Ask to name the levels of the current node, or of a topic below it."""
        topics, node = self._model.topics, self.current_node()
        while node != ROOT and topics.topic_of_node(node) < 0 and topics.has_children(node):
            node = topics.children(node)[0]
        if node != ROOT:
            self.name_levels_requested.emit(topics.path(node))

    @Slot()
    def request_clear(self) -> None:
        """Ask to clear what is retained at the current node and below."""
        node = self.current_node()
        if node != ROOT:
            self.clear_requested.emit(self._model.topics.path(node))

    @Slot()
    def toggle_pin(self) -> None:
        """Pin the current node, or let it go."""
        node = self.current_node()
        if node != ROOT:
            self.pin_toggled.emit(self._model.topics.path(node))

    @Slot()
    def expand_to(self, depth: int, _checked: bool = False) -> None:
        """Show so many levels of the whole tree, and no deeper."""
        node = self.current_node()
        all_open = self._branches.open_to(depth)
        while node != ROOT and self._model.topics.depth(node) > depth:
            node = self._model.topics.parent(node)
        if node in self._model.shown:
            self._view.setCurrentIndex(self._model.index_of(node))
        if not all_open:
            rows = format_count(ROWS_BELOW)
            self.told.emit("info", f"Only branches of {rows} rows in all are opened at once.")

    @Slot()
    def expand_below(self) -> None:
        """Open the current node and all below it, as far as rows allow."""
        node = self.current_node()
        if node != ROOT:
            self._branches.open_below(node)

    def _add_clear(self, menu: QMenu, node: int) -> None:
        """Offer to clear what is retained, with the number of topics."""
        topics = self._model.topics
        below = topics.retained.below(topics.path(node), topics.names) if node != ROOT else []
        alone = below == [topics.topic_of_node(node)]
        words = "Clear retained" if alone else f"Clear {count_of(len(below), 'retained topic')}…"
        if below:
            add_action(menu, words, "trash-2", self.request_clear)
        else:
            add_action(menu, "Clear retained", "trash-2", self.request_clear, enabled=False)

    def _filter(self) -> str | None:
        node = self.current_node()
        if node == ROOT:
            return None
        path = self._model.topics.path(node)
        # In a search the branch is still the whole branch: a filter cannot say less.
        return filter_of(path, is_branch=self._model.topics.has_children(node))

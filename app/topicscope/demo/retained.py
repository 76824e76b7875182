"""Retained messages, as a tree of topic levels, so that a new subscription finds its own quickly (section 3.3.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.demo.message import Message

_SINGLE = "+"
_MULTI = "#"


class _Node:
    __slots__ = ("children", "message")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.message: Message | None = None


class RetainedMessages:
    """The last retained message of each topic; an empty payload takes it away."""

    def __init__(self) -> None:
        self._root = _Node()
        self.count = 0
        self.payload_bytes = 0

    def store(self, message: Message) -> None:
        """Keep `message` as the retained one of its topic, or clear the topic when its payload is empty."""
        if not message.payload:
            self.clear(message.topic)
            return
        node = self._root
        for level in message.topic.split("/"):
            node = node.children.setdefault(level, _Node())
        if node.message is None:
            self.count += 1
        else:
            self.payload_bytes -= len(node.message.payload)
        self.payload_bytes += len(message.payload)
        node.message = message

    def clear(self, topic: str) -> None:
        """Forget the retained message of `topic`, if there is one."""
        levels = topic.split("/")
        path = [self._root]
        for level in levels:
            child = path[-1].children.get(level)
            if child is None:
                return
            path.append(child)
        message = path[-1].message
        if message is None:
            return
        path[-1].message = None
        self.count -= 1
        self.payload_bytes -= len(message.payload)
        for depth in range(len(levels), 0, -1):
            if path[depth].children or path[depth].message:
                break
            del path[depth - 1].children[levels[depth - 1]]

    def matching(self, levels: list[str], now: float) -> list[Message]:
        """List the retained messages under a Topic Filter given by its levels, without expired ones."""
        found = list(_search(self._root, levels))
        for message in found:
            if message.is_expired(now):
                self.clear(message.topic)
        return [message for message in found if not message.is_expired(now)]


def _search(root: _Node, levels: list[str]) -> Iterator[Message]:
    """Walk without recursion: a topic of 65,535 bytes may have as many levels."""
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        if depth == len(levels):
            if node.message is not None:
                yield node.message
            continue
        level = levels[depth]
        if level == _MULTI:
            yield from _everything(node, at_root=depth == 0)
        elif level == _SINGLE:
            pending.extend((child, depth + 1) for child in _wildcard_children(node, depth == 0))
        elif level in node.children:
            pending.append((node.children[level], depth + 1))


def _everything(node: _Node, *, at_root: bool) -> Iterator[Message]:
    """Yield what "#" stands for, the parent level included (section 4.7.1.2)."""
    if node.message is not None:
        yield node.message
    pending = _wildcard_children(node, at_root)
    while pending:
        current = pending.pop()
        if current.message is not None:
            yield current.message
        pending.extend(reversed(current.children.values()))


def _wildcard_children(node: _Node, at_root: bool) -> list[_Node]:
    """List the children a wildcard reaches, the first one last; none with $ at the root (section 4.7.2)."""
    children = node.children.items()
    reached = [child for name, child in children if not (at_root and name.startswith("$"))]
    reached.reverse()
    return reached

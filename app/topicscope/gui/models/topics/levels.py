"""The rows below one node of the topic tree: a page in order, and nodes that wait for being asked for."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from topicscope.gui.models.topics.order import Order

PAGE = 1000


class Level:
    """The nodes below one node that are shown, in order, and those that wait for being asked for.

    Attributes:
        nodes: the nodes that have a row, in order.
        keys: what each of them is ordered by, when that never changes; else empty.
        waiting: the others.
        limit: how many rows there may be before nodes must wait.

    """

    __slots__ = ("_rows", "keys", "limit", "nodes", "waiting")

    def __init__(self) -> None:
        self.nodes: list[int] = []
        self.keys: list[Any] = []
        self.waiting: list[int] = []
        self.limit = PAGE
        self._rows: dict[int, int] = {}

    def row_of(self, node: int, key: Any) -> int:  # noqa: ANN401
        """Return the row of a node with this key."""
        return bisect_left(self.keys, key) if self.keys else self._rows[node]

    def insert(self, row: int, nodes: list[int], keys: list[Any]) -> None:
        """Insert nodes in order; without keys only at the end."""
        self.nodes[row:row] = nodes
        self.keys[row:row] = keys
        if not keys:
            self._rows.update(zip(nodes, range(row, row + len(nodes)), strict=True))

    def replace(self, nodes: list[int], keys: list[Any]) -> None:
        """Show these nodes in this order."""
        self.nodes, self.keys = nodes, keys
        self._rows = {} if keys else {node: row for row, node in enumerate(nodes)}


def has_moved(level: Level, order: Order) -> bool:
    """Tell whether siblings are no longer in an order that changes, or one that waits belongs among them."""
    values = order.values([*level.nodes, *level.waiting])
    count = len(level.nodes)
    shown, waiting = values[:count], values[count:]
    if (shown[1:] < shown[:-1]).any():
        return True
    return bool(len(waiting) and waiting.min() < shown[-1])


def rearranged(level: Level, order: Order, kept: set[int]) -> list[int]:
    """Put a level in another order, with as many rows as before; return the nodes that lost their row.

    Nodes in `kept` do not lose theirs.
    """
    before, count = level.nodes, len(level.nodes)
    everything = order.arranged([*before, *level.waiting])
    left: list[int] = []
    if level.waiting:
        shown = {node for node in before if node in kept}
        room = count - len(shown)
        for node in everything:
            if room <= 0:
                break
            if node not in shown:
                shown.add(node)
                room -= 1
        level.waiting = [node for node in everything if node not in shown]
        everything = [node for node in everything if node in shown]
        left = [node for node in before if node not in shown]
    if order.changes:
        level.replace(everything, [])
    else:
        keyed = sorted((order.key(node), node) for node in everything)
        level.replace([node for _, node in keyed], [key for key, _ in keyed])
    return left

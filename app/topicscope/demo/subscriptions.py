"""Who wants which topic: a tree of the levels of all Topic Filters (MQTT 5.0 sections 4.7 and 4.8.2).

Looking a Topic Name up walks at most the levels of the name, however many subscriptions there are, and what was found
is remembered until the next SUBSCRIBE or UNSUBSCRIBE, because a plant says the same few hundred names over and over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from topicscope.demo.message import Message

_REMEMBERED_TOPICS = 20_000
_SINGLE = "+"
_MULTI = "#"
SHARE_PREFIX = "$share/"


class Subscriber(Protocol):
    """Who can be handed a message: the Session of a client, or a part of this process."""

    @property
    def client_identifier(self) -> str:
        """Who it is, for No Local."""
        ...

    @property
    def is_online(self) -> bool:
        """Whether a message would go out now; a Shared Subscription prefers those."""
        ...

    def deliver(self, message: Message, delivery: Delivery) -> None:
        """Take `message` over, to send or to keep it."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """One subscription as the Server granted it."""

    subscriber: Subscriber
    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    identifier: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message reaches one subscriber: all its matching subscriptions made one (section 3.3.4)."""

    qos: int
    identifiers: tuple[int, ...] = ()
    retain_as_published: bool = False
    retained: bool = False

    @classmethod
    def of(cls, grants: list[Grant]) -> Delivery:
        """Merge: the highest QoS, every Subscription Identifier, RETAIN kept if one of them asks."""
        if len(grants) == 1:
            grant = grants[0]
            identifiers = (grant.identifier,) if grant.identifier else ()
            return cls(grant.qos, identifiers, grant.retain_as_published)
        return cls(
            max(grant.qos for grant in grants),
            tuple(grant.identifier for grant in grants if grant.identifier),
            any(grant.retain_as_published for grant in grants),
        )


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber of a topic, what it gets, and what it gets of its own messages (No Local)."""

    subscriber: Subscriber
    delivery: Delivery
    own: Delivery | None


@dataclass(slots=True)
class ShareGroup:
    """The members of one Shared Subscription, who take turns (section 4.8.2)."""

    members: dict[Subscriber, Grant] = field(default_factory=dict)
    turn: int = 0

    def next(self) -> Grant | None:
        """Choose whose turn it is among those online, or among all when nobody is."""
        grants = list(self.members.values())
        candidates = [grant for grant in grants if grant.subscriber.is_online] or grants
        if not candidates:
            return None
        self.turn += 1
        return candidates[self.turn % len(candidates)]


@dataclass(slots=True)
class Match:
    """All that a Topic Name reaches."""

    recipients: list[Recipient]
    groups: list[ShareGroup]


class _Node:
    __slots__ = ("children", "grants", "groups")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.grants: dict[Subscriber, Grant] = {}
        self.groups: dict[str, ShareGroup] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.children or self.grants or self.groups)


class SubscriptionTree:
    """All subscriptions of the Server."""

    def __init__(self) -> None:
        self._root = _Node()
        self._remembered: dict[str, Match] = {}
        self.count = 0
        self.shared_count = 0

    def add(self, grant: Grant) -> bool:
        """Add or replace a subscription; tell whether it is a new one."""
        share_name, levels = split_filter(grant.topic_filter)
        node = self._root
        for level in levels:
            node = node.children.setdefault(level, _Node())
        members = node.grants
        if share_name is not None:
            members = node.groups.setdefault(share_name, ShareGroup()).members
        is_new = grant.subscriber not in members
        members[grant.subscriber] = grant
        self._count(share_name, int(is_new))
        return is_new

    def remove(self, subscriber: Subscriber, topic_filter: str) -> bool:
        """Take a subscription out; tell whether there was one."""
        share_name, levels = split_filter(topic_filter)
        path = [self._root]
        for level in levels:
            child = path[-1].children.get(level)
            if child is None:
                return False
            path.append(child)
        if not self._remove_from(path[-1], subscriber, share_name):
            return False
        self._prune(path, levels)
        self._count(share_name, -1)
        return True

    def match(self, topic: str) -> Match:
        """Find everyone who gets a message published to the Topic Name `topic`."""
        found = self._remembered.get(topic)
        if found is None:
            found = self._search(topic)
            if len(self._remembered) >= _REMEMBERED_TOPICS:
                self._remembered.clear()
            self._remembered[topic] = found
        return found

    def _count(self, share_name: str | None, change: int) -> None:
        self._remembered.clear()
        self.count += change
        if share_name is not None:
            self.shared_count += change

    @staticmethod
    def _remove_from(node: _Node, subscriber: Subscriber, share_name: str | None) -> bool:
        if share_name is None:
            return node.grants.pop(subscriber, None) is not None
        group = node.groups.get(share_name)
        if group is None or group.members.pop(subscriber, None) is None:
            return False
        if not group.members:
            del node.groups[share_name]
        return True

    @staticmethod
    def _prune(path: list[_Node], levels: list[str]) -> None:
        for depth in range(len(levels), 0, -1):
            if not path[depth].is_empty:
                return
            del path[depth - 1].children[levels[depth - 1]]

    def _search(self, topic: str) -> Match:
        by_subscriber: dict[Subscriber, list[Grant]] = {}
        groups: list[ShareGroup] = []
        for node in self._nodes_of(topic):
            for subscriber, grant in node.grants.items():
                by_subscriber.setdefault(subscriber, []).append(grant)
            groups.extend(node.groups.values())
        recipients = [_recipient(who, grants) for who, grants in by_subscriber.items()]
        return Match(recipients, groups)

    def _nodes_of(self, topic: str) -> list[_Node]:
        levels = topic.split("/")
        found: list[_Node] = []
        current = [self._root]
        for depth, level in enumerate(levels):
            # Section 4.7.2: no wildcard in the first level reaches the topics of the Server.
            wildcards = depth > 0 or not level.startswith("$")
            following: list[_Node] = []
            for node in current:
                children = node.children
                if wildcards and _MULTI in children:
                    found.append(children[_MULTI])
                if wildcards and _SINGLE in children:
                    following.append(children[_SINGLE])
                if level in children and level not in {_MULTI, _SINGLE}:
                    following.append(children[level])
            current = following
            if not current:
                return found
        for node in current:
            found.append(node)
            if _MULTI in node.children:  # "a/#" matches "a" too (section 4.7.1.2).
                found.append(node.children[_MULTI])
        return found


def split_filter(topic_filter: str) -> tuple[str | None, list[str]]:
    """Split a Topic Filter into its Share Name, None without, and the levels of the rest."""
    if not topic_filter.startswith(SHARE_PREFIX):
        return None, topic_filter.split("/")
    share_name, _, rest = topic_filter.removeprefix(SHARE_PREFIX).partition("/")
    return share_name, rest.split("/")


def _recipient(subscriber: Subscriber, grants: list[Grant]) -> Recipient:
    delivery = Delivery.of(grants)
    foreign_only = [grant for grant in grants if grant.no_local]
    if not foreign_only:
        return Recipient(subscriber, delivery, delivery)
    rest = [grant for grant in grants if not grant.no_local]
    return Recipient(subscriber, delivery, Delivery.of(rest) if rest else None)

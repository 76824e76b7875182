"""Responders that answer each other, or themselves, are found by where their messages come from.

A message received carries no sign of who sent it, so what responders publish is remembered for a while by topic and
payload: when the same comes back, it is theirs, and its chain of rules goes on. A rule may stand in its own chain,
as long as that stays slow; a rule that does so more than `MOST_ANSWERS` times within `WINDOW_S` is in a loop.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.automation.responders.responder import Responder

    Chain: TypeAlias = tuple[str, ...]
    """Ids of the rules through which a message came to be, the newest last."""

MOST_ANSWERS = 20
WINDOW_S = 1.0

REMEMBERED_S = 10.0
"""How long what was published is known as ours."""

_MOST_REMEMBERED = 50_000
_LONGEST_CHAIN = 64


class LoopGuard:
    """Remembers what responders publish; one thread asks it. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._ours: OrderedDict[tuple[bytes, int, int], tuple[float, Chain]] = OrderedDict()
        self._in_own_chain: dict[str, deque[float]] = {}

    def published(self, topic: bytes, payload: bytes, chain: Chain, now: float) -> None:
        """Remember a message of a responder."""
        key = _key(topic, payload)
        self._ours[key] = (now, chain[-_LONGEST_CHAIN:])
        self._ours.move_to_end(key)
        while self._ours:
            oldest = next(iter(self._ours))
            if len(self._ours) <= _MOST_REMEMBERED and now - self._ours[oldest][0] <= REMEMBERED_S:
                break
            del self._ours[oldest]

    def chain_of(self, topic: bytes, payload: bytes, now: float) -> Chain:
        """Return the rules through which a received message came to be; none for a message of others."""
        found = self._ours.get(_key(topic, payload))
        if found is None or now - found[0] > REMEMBERED_S:
            return ()
        return found[1]

    def is_loop(self, rule: str, chain: Chain, now: float) -> bool:
        """Count an answer of a rule to a message with this chain; tell whether it is one too many."""
        if rule not in chain:
            return False
        times = self._in_own_chain.setdefault(rule, deque())
        times.append(now)
        while now - times[0] > WINDOW_S:
            times.popleft()
        return len(times) > MOST_ANSWERS

    def forget(self, rule: str) -> None:
        """Begin anew with a rule."""
        self._in_own_chain.pop(rule, None)


def loop_words(
    rule: str,
    chain: Chain,
    rules: Mapping[str, Responder],
    topic_of: Callable[[str], str],
) -> str:
    """Explain a loop: who answers whom, and which rule was stopped.

    `topic_of` returns the topic that a rule published last.
    """
    stopped = rules[rule]
    circle = _circle(rule, chain, rules)
    if len(circle) == 1:
        return (
            f"{stopped.title} answers its own messages: what it publishes on {topic_of(rule)} matches its own "
            f"filter. It was stopped after more than {MOST_ANSWERS} answers within {WINDOW_S:g} s; let its filter "
            "leave out its own answers."
        )
    steps = "; ".join(
        f"{rules[one].title} publishes on {topic_of(one)}, which {rules[after].title} answers"
        for one, after in zip(circle, [*circle[1:], circle[0]], strict=True)
    )
    names = " and ".join(
        [", ".join(rules[one].title for one in circle[:-1]), rules[circle[-1]].title]
    )
    how = "answer each other" if len(circle) == 2 else "answer each other in a circle"
    return (
        f"{names} {how}: {steps}. {stopped.title} was stopped after more than {MOST_ANSWERS} answers within "
        f"{WINDOW_S:g} s; let one of their filters leave out the answers of the other."
    )


def _circle(rule: str, chain: Chain, rules: Mapping[str, Responder]) -> list[str]:
    """Return the rules from the last answer of a rule on to its next, which still exist."""
    last = len(chain) - 1 - chain[::-1].index(rule)
    circle = [rule]
    for one in chain[last + 1 :]:
        if one in rules and one not in circle:
            circle.append(one)
    return circle


def _key(topic: bytes, payload: bytes) -> tuple[bytes, int, int]:
    return topic, len(payload), hash(payload)

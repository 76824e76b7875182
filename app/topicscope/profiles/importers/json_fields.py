"""Reading what several tools write alike: subscriptions, Will Messages, user properties, versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.importers.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from topicscope.profiles.importers.draft import Draft
    from topicscope.profiles.importers.record import Notes

MOST_SUBSCRIPTIONS = 1_000
MOST_USER_PROPERTIES = 1_000
LARGEST_INTERVAL = 0xFFFF_FFFF
"""Of intervals and sizes in four bytes (MQTT 5.0 section 1.5.3)."""


def put_subscriptions(draft: Draft, subscriptions: Iterable[Record]) -> None:
    """Take Topic Filters; a profile keeps nothing else of a subscription."""
    filters: list[str] = []
    left: dict[str, int] = {}
    for number, record in enumerate(subscriptions):
        if number == MOST_SUBSCRIPTIONS:
            draft.notes.check.append(f"Only the first {number:,} subscriptions were taken.")
            break
        topic_filter = record.text("topic")
        if not topic_filter:
            continue
        if problem := topic_filter_problem(topic_filter):
            draft.notes.check.append(f"{record.at('topic')}: {problem}; it was not taken.")
            continue
        off = bool(record.flag("disabled"))
        if not off:
            filters.append(topic_filter)
        for words in ["{} that was off"] if off else _more_of(record):
            left[words] = left.get(words, 0) + 1
    draft.fields["subscriptions"] = tuple(dict.fromkeys(filters))
    draft.notes.ignored += [
        words.format(counted(count, "subscription")) for words, count in left.items()
    ]


def counted(count: int, what: str) -> str:
    """Write a number with its noun: ``1 message``, ``12 messages``; nouns before ``of`` get the plural."""
    noun, of, rest = what.partition(" of ")
    return f"{count:,} {what}" if count == 1 else f"{count:,} {noun}s{of}{rest}"


def user_properties(record: Record, key: str) -> tuple[tuple[str, str], ...]:
    """Read ``{"name": "value", "name": ["one", "two"]}``, or the same as a text that is JSON."""
    value = record.raw(key)
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            record.notes.check.append(f"{record.at(key)}: is not JSON; it was not taken.")
            return ()
    if not isinstance(value, dict):
        if value not in (None, "", [], ()):
            record.notes.check.append(f"{record.at(key)}: is not an object; it was not taken.")
        return ()
    pairs: list[tuple[str, str]] = []
    for name, values in value.items():
        for one in values if isinstance(values, list) else [values]:
            holder = Record({"name": name, "value": one}, record.at(key), record.notes)
            if one is not None and (checked := holder.text("name")):
                pairs.append((checked, holder.text("value")))
    return tuple(pairs[:MOST_USER_PROPERTIES])


def protocol_version(text: str, notes: Notes) -> int:
    """Read ``3.1``, ``3.1.1``, ``5.0`` and their kin; 4, which most brokers speak, where nothing is said."""
    digits = "".join(mark for mark in text if mark.isdecimal() and mark.isascii())
    known = {"31": 3, "3": 3, "311": 4, "4": 4, "5": 5, "50": 5, "500": 5}
    if digits in known:
        return known[digits]
    if digits and not (digits == "0" and len(text) == 1):
        notes.check.append("The version of MQTT is not known; 3.1.1 is used.")
    return 4


def _more_of(record: Record) -> Iterator[str]:
    if record.number("qos", 0, 2):
        yield "QoS of {}"
    if record.text("alias"):
        yield "name of {}"
    if record.flag("nl") or record.flag("rap") or record.number("rh", 0, 2):
        yield "options of {}"
    if record.number("subscriptionIdentifier", 0, 268_435_455):
        yield "Subscription Identifier of {}"

"""Subscriptions that overlap: brokers may send a message once for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.overlap import overlaps
from topicscope.payload import preview

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_BYTES = 80


def overlap_warning(topic_filters: Iterable[str], known: Iterable[str]) -> str:
    """Say which Topic Filter, known or one of those in front, matches what another one matches; empty for none."""
    before = list(known)
    for topic_filter in topic_filters:
        for other in before:
            # The same one again takes the place of the one before (section 3.8.4).
            if other != topic_filter and overlaps(topic_filter, other):
                name = preview(other.encode(errors="replace"), _SHOWN_BYTES)
                return f"Overlaps {name}: the broker may send a message once for each of them."
        before.append(topic_filter)
    return ""

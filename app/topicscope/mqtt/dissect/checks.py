"""Checks that several packets share: topics, payloads against their Payload Format Indicator."""

from __future__ import annotations

import codecs

from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem, topic_name_warning

CHECKED = 16 << 20
"""Bytes of a payload that are held against its Payload Format Indicator."""

_STEP = 1 << 20


def topic_problem(name: bytes) -> str | None:
    """Say what is wrong with a Topic Name, or what in it asks for trouble."""
    return topic_name_problem(name) or topic_name_warning(name)


def filter_problem(topic_filter: bytes) -> str | None:
    """Say what is wrong with a Topic Filter, or what in it asks for trouble."""
    return topic_filter_problem(topic_filter) or topic_name_warning(topic_filter)


def payload_format_problem(payload: memoryview) -> str | None:
    """Say where a payload is not the UTF-8 that its Payload Format Indicator announces.

    Looks at the first 16 MiB only, and in steps, so that no copy of a large payload is made.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    looked_at = min(len(payload), CHECKED)
    for start in range(0, looked_at, _STEP):
        end = min(start + _STEP, looked_at)
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(payload[start:end], final=end == len(payload))
        except UnicodeDecodeError as error:
            at = start - kept + error.start
            return f"Payload Format Indicator says UTF-8, byte {at:,} is not ({error.reason})"
    return None

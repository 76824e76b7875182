"""What can be wrong with a Will Message (MQTT 5.0 sections 3.1.2.5 and 3.1.3.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from topicscope.mqtt.topics import topic_name_problem
from topicscope.profiles.problem_checks import (
    LONGEST_STRING,
    binary_problem,
    range_problem,
    string_problem,
    user_property_problem,
)

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile, Will

_FOUR_BYTES = 4_294_967_295
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})*")


def will_problem(profile: Profile) -> str | None:
    """Say the first thing that is wrong with the Will Message of a profile, or None."""
    will = profile.will
    if will is None:
        return None
    if profile.read_only:
        return "Will: a read-only connection publishes nothing, not even a Will Message."
    if problem := topic_name_problem(will.topic):
        return f"Will topic: {problem}."
    if problem := binary_problem(will.payload):
        return f"Will payload: {problem}"
    if profile.protocol_version < 5:
        return _of_5_alone(will)
    return _properties_problem(will)


def _of_5_alone(will: Will) -> str | None:
    given = {
        "delay interval": will.delay_interval,
        "payload format indicator": will.payload_format_indicator,
        "message expiry interval": will.message_expiry_interval is not None,
        "content type": will.content_type,
        "response topic": will.response_topic,
        "correlation data": will.correlation_data,
        "user properties": will.user_properties,
    }
    for name, value in given.items():
        if value:
            return f"Will {name}: only MQTT 5 has it; choose that version or leave it out."
    return None


def _properties_problem(will: Will) -> str | None:
    expiry = will.message_expiry_interval
    problems = {
        "delay interval": range_problem(will.delay_interval, 0, _FOUR_BYTES, " s"),
        "message expiry interval": range_problem(expiry or 0, 0, _FOUR_BYTES, " s"),
        "content type": string_problem(will.content_type),
        "response topic": _response_topic_problem(will.response_topic),
        "correlation data": _correlation_data_problem(will.correlation_data),
        "user properties": user_property_problem(will.user_properties),
    }
    return next((f"Will {name}: {problem}" for name, problem in problems.items() if problem), None)


def _response_topic_problem(topic: str) -> str | None:
    problem = topic_name_problem(topic) if topic else None
    return f"{problem}." if problem else None


def _correlation_data_problem(text: str) -> str | None:
    if not _HEXADECIMAL.fullmatch(text):
        return "it is written as pairs of hexadecimal digits."
    if len(text) > 2 * LONGEST_STRING:
        return "MQTT carries at most 65,535 bytes."
    return None

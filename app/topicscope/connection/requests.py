"""What may be asked of a connection, checked where it is asked: a ValueError with a sentence.

paho checks some of this too late, in the connection thread, and some not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import MAX_VARIABLE_BYTE_INTEGER
from topicscope.mqtt.properties import PROPERTIES, properties_problem, write_properties
from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.connection.state import SubscriptionRequest
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

_LONGEST_PASSWORD = 65_535


def profile_problem(profile: Profile, password: str | None) -> str | None:
    """Say why nobody can connect with this, or None."""
    problem = profile.problem()
    if problem or password is None:
        return problem
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        return "Password: half of a surrogate pair cannot be sent."
    if size > _LONGEST_PASSWORD:
        return f"Password: {size:,} bytes are more than the 65,535 that MQTT can carry."
    return None


def check_requests(requests: Iterable[SubscriptionRequest]) -> list[SubscriptionRequest]:
    """Return the requests; raises ValueError when one of them cannot be sent."""
    result = list(requests)
    check_filters(request.topic_filter for request in result)
    for request in result:
        if request.qos not in (0, 1, 2):
            raise ValueError(f"QoS {request.qos} does not exist; there are 0, 1 and 2.")
        if request.retain_handling not in (0, 1, 2):
            raise ValueError(f"Retain Handling {request.retain_handling} does not exist.")
        if not 0 <= request.identifier <= MAX_VARIABLE_BYTE_INTEGER:
            raise ValueError(f"{request.identifier:,} is no Subscription Identifier.")
        if request.no_local and request.topic_filter.startswith("$share/"):
            raise ValueError("A Shared Subscription must not have No Local (section 3.8.3.1).")
    return result


def check_filters(topic_filters: Iterable[str]) -> list[str]:
    """Return the Topic Filters; raises ValueError when one of them is not valid."""
    result = list(topic_filters)
    for topic_filter in result:
        if problem := topic_filter_problem(topic_filter):
            raise ValueError(f"{problem}.")
    return result


def check_publish(
    topic: str, payload: bytes, qos: int, properties: PropertyList, version: int | None
) -> None:
    """Raise ValueError when the message cannot be sent; ``version`` is None before a profile."""
    if problem := topic_name_problem(topic):
        raise ValueError(f"{problem}.")
    if qos not in (0, 1, 2):
        raise ValueError(f"QoS {qos} does not exist; there are 0, 1 and 2.")
    packed = _check_properties(properties, version)
    # Packet Identifier and the length of the Topic Name take two bytes each.
    size = 4 + len(topic.encode()) + packed + len(payload)
    if size > MAX_VARIABLE_BYTE_INTEGER:
        raise ValueError(
            f"The message has {size:,} bytes; a packet carries {MAX_VARIABLE_BYTE_INTEGER:,}."
        )


def _check_properties(properties: PropertyList, version: int | None) -> int:
    """Return the encoded size in bytes; raises ValueError."""
    if not properties:
        return 1
    if version is not None and version != ProtocolVersion.MQTT_5:
        label = ProtocolVersion(version).label
        raise ValueError(f"Properties need MQTT 5; the profile says {label}.")
    if problem := properties_problem(ControlPacketType.PUBLISH, properties):
        raise ValueError(f"{problem}.")
    try:
        return len(write_properties(properties))
    except (ValueError, TypeError, UnicodeError) as error:
        names = ", ".join(PROPERTIES[identifier].name for identifier, _ in properties)
        raise ValueError(f"The properties ({names}) cannot be sent: {error}.") from error

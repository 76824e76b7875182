"""What may be asked of a connection, checked where it is asked: a ValueError with a sentence.

paho checks some of this too late, in the connection thread, and some not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import MAX_VARIABLE_BYTE_INTEGER
from topicscope.mqtt.properties import PROPERTIES, properties_problem, write_properties
from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem
from topicscope.profiles.problems import profile_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from topicscope.connection.state import SubscriptionRequest
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

_LONGEST_BINARY = 65_535


def connect_problem(profile: Profile, secrets: Mapping[str, str]) -> str | None:
    """Say before anything is dialed why nobody can connect with this, or None."""
    if problem := profile_problem(profile):
        return problem
    if profile.read_only and profile.will is not None:
        return "Will: a read-only connection publishes nothing, and so has no Will."
    try:
        password = secrets.get("secret", "").encode()
    except UnicodeEncodeError:
        return "Password: half of a surrogate pair cannot be sent."
    return None if profile.login != "password" else _password_problem(password)


def login_problem(version: ProtocolVersion, username: str | None, password: bytes | None) -> str:
    """Say why CONNECT cannot carry this login (section 3.1.3), or nothing."""
    if username is not None:
        try:
            size = len(username.encode())
        except UnicodeEncodeError:
            return "User name: half of a surrogate pair cannot be sent."
        if size > _LONGEST_BINARY:
            return f"User name: {size:,} bytes are more than the 65,535 that MQTT can carry."
    elif password is not None and version != ProtocolVersion.MQTT_5:
        return f"User name: {version.label} has no password without a user name."
    return _password_problem(password or b"") or ""


def _password_problem(password: bytes) -> str | None:
    if len(password) > _LONGEST_BINARY:
        return f"Password: {len(password):,} bytes are more than the 65,535 that MQTT can carry."
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

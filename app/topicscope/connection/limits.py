"""What this server would refuse, said before it is sent: a server may end the connection over it.

Pure functions of what CONNACK said; a form may ask them as somebody types. The standard's own rules are
in ``requests``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.framing import write_variable_byte_integer
from topicscope.mqtt.properties import BY_KEY, PROPERTIES, write_properties

if TYPE_CHECKING:
    from topicscope.connection.server_told import ServerTold
    from topicscope.mqtt.properties import PropertyList

_TOPIC_ALIAS = BY_KEY["topic_alias"].identifier
_V5 = ProtocolVersion.MQTT_5

READ_ONLY = "This connection is read-only: nothing is published over it."


def publish_problem(
    server: ServerTold | None,
    version: ProtocolVersion | None,
    topic: str,
    payload_size: int,
    qos: int,
    retain: bool,
    properties: PropertyList,
) -> str | None:
    """Say in a sentence why the server would not take this PUBLISH, or None.

    ``server`` is None while not connected: then only what the version rules out is said.
    """
    if properties and version is not None and version != _V5:
        name = PROPERTIES[properties[0][0]].name
        return f"{name} needs MQTT 5; this connection speaks {version.label}."
    if server is None:
        return None
    if qos > server.maximum_qos:
        return f"The broker takes messages up to QoS {server.maximum_qos} only."
    if retain and not server.retain_available:
        return "The broker does not keep retained messages."
    size = publish_size(version, topic, payload_size, qos, properties)
    return _alias_problem(server, properties) or _size_problem(server, size)


def publish_size(
    version: ProtocolVersion | None,
    topic: str,
    payload_size: int,
    qos: int,
    properties: PropertyList,
) -> int:
    """Return the bytes of the whole PUBLISH (section 3.3), fixed header and all."""
    remaining = 2 + len(topic.encode()) + (2 if qos else 0) + payload_size
    if version is None or version == _V5:
        remaining += len(write_properties(properties))
    return 1 + len(write_variable_byte_integer(remaining)) + remaining


def subscription_problem(server: ServerTold | None, topic_filter: str) -> tuple[int, str] | None:
    """Return the Reason Code (section 3.9.3) and a sentence for a filter that the server rules out, or None."""
    if server is None:
        return None
    if topic_filter.startswith("$share/") and not server.shared_subscription_available:
        return 0x9E, "Not sent: the broker has no Shared Subscriptions."
    if not server.wildcard_subscription_available and {"#", "+"} & set(topic_filter):
        return 0xA2, "Not sent: the broker takes no wildcards."
    return None


def _size_problem(server: ServerTold, size: int) -> str | None:
    most = server.maximum_packet_size
    if most is None or size <= most:
        return None
    return f"The broker takes packets up to {most:,} bytes; this one has {size:,}."


def _alias_problem(server: ServerTold, properties: PropertyList) -> str | None:
    for identifier, value in properties:
        if identifier != _TOPIC_ALIAS or not isinstance(value, int):
            continue
        if not server.topic_alias_maximum:
            return "The broker takes no Topic Alias."
        if value > server.topic_alias_maximum:
            most = server.topic_alias_maximum
            return f"The broker takes a Topic Alias up to {most:,}; this one is {value:,}."
    return None

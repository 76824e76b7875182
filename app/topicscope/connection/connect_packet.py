"""The CONNECT of a profile (MQTT 5.0 section 3.1): all its properties, the Will, the login.

Written here and not by paho, which knows no password without a user name and no enhanced authentication.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_connect
from topicscope.mqtt.packets import WillMessage
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY

if TYPE_CHECKING:
    from topicscope.connection.authentication import Authentication
    from topicscope.mqtt.properties import PropertyList, PropertyValue
    from topicscope.profiles.profile import Profile, Will

_V5 = ProtocolVersion.MQTT_5
_NEVER_EXPIRES = 0xFFFF_FFFF


def connect_packet(
    profile: Profile,
    client_identifier: str,
    username: str | None,
    password: bytes | None,
    authentication: Authentication | None = None,
) -> bytes:
    """Return the whole packet; with ``authentication``, its first message stands in place of the login."""
    version = ProtocolVersion(profile.protocol_version)
    properties = connect_properties(profile)
    if authentication is not None:
        username = password = None
        properties += authentication.properties()
    return encode_connect(
        client_identifier,
        clean_start=profile.clean_start,
        keep_alive=profile.keep_alive,
        username=username,
        password=password,
        will=None if profile.will is None else will_message(profile.will, version),
        properties=properties,
        version=version,
    )


def connect_properties(profile: Profile) -> PropertyList:
    """Return the properties of CONNECT (section 3.1.2.11) but for authentication; none before MQTT 5."""
    if profile.protocol_version != _V5:
        return []
    expiry = profile.session_expiry_interval
    if expiry is None and not profile.clean_start:
        # Without it the session would end with the Network Connection (section 3.1.2.11.2).
        expiry = _NEVER_EXPIRES
    return _given(
        session_expiry_interval=expiry,
        receive_maximum=profile.receive_maximum,
        maximum_packet_size=profile.maximum_packet_size,
        topic_alias_maximum=profile.topic_alias_maximum,
        request_response_information=1 if profile.request_response_information else None,
        request_problem_information=None if profile.request_problem_information else 0,
    ) + [(USER_PROPERTY, pair) for pair in profile.user_properties]


def session_is_kept(profile: Profile) -> bool:
    """Tell whether CONNECT asks the server to keep the session for a while after the connection."""
    if profile.protocol_version != _V5:
        return not profile.clean_start
    if profile.session_expiry_interval is None:
        return not profile.clean_start
    return profile.session_expiry_interval > 0


def will_message(will: Will, version: ProtocolVersion) -> WillMessage:
    """Return the Will with its properties (section 3.1.3.2), which need MQTT 5."""
    properties: PropertyList = []
    if version == _V5:
        properties = _given(
            will_delay_interval=will.delay_interval or None,
            payload_format_indicator=1 if will.payload_format_indicator else None,
            message_expiry_interval=will.message_expiry_interval,
            content_type=will.content_type or None,
            response_topic=will.response_topic or None,
            correlation_data=bytes.fromhex(will.correlation_data) or None,
        ) + [(USER_PROPERTY, pair) for pair in will.user_properties]
    return WillMessage(will.topic, will.payload.encode(), will.qos, will.retain, properties)


def _given(**values: PropertyValue | None) -> PropertyList:
    return [(BY_KEY[key].identifier, value) for key, value in values.items() if value is not None]

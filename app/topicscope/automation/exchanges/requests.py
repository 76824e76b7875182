"""Asking by MQTT 5: a message with a Response Topic and Correlation Data of its own, and the pair that comes of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from topicscope.automation.responders.responder import CORRELATION_DATA, RESPONSE_TOPIC
from topicscope.automation.schedules.sources import Message
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from topicscope.automation.templates.rendering import Rendered
    from topicscope.mqtt.properties import PropertyList

_CORRELATION_BYTES = 8


class Request(NamedTuple):
    """A message ready for `Publisher.publish`, and what its response is known by.

    Attributes:
        response_topic: where the response comes; subscribe to it before the request is sent.
        key: finds the pair by `Exchanges.newest`, with `ByCorrelation`.

    """

    message: Message
    response_topic: str
    key: tuple[bytes, bytes]


def as_request(rendered: Rendered | Message, response_topic: str = "") -> Request:
    """Make a request of a message (section 4.10); what its properties say already stays.

    Correlation Data is drawn anew each time where the message has none. Raises ValueError with a sentence where
    there is no Response Topic, or none that a response can be published to.
    """
    own = dict(rendered.properties)
    topic = str(own.get(RESPONSE_TOPIC) or response_topic)
    if problem := topic_name_problem(topic):
        raise ValueError(f"Response Topic: {problem}.")
    found = own.get(CORRELATION_DATA)
    correlation_data = (
        found if isinstance(found, bytes) else secrets.token_bytes(_CORRELATION_BYTES)
    )
    added: PropertyList = [(RESPONSE_TOPIC, topic), (CORRELATION_DATA, correlation_data)]
    kept = [
        pair for pair in rendered.properties if pair[0] not in {RESPONSE_TOPIC, CORRELATION_DATA}
    ]
    message = Message(
        rendered.topic, rendered.payload, rendered.qos, rendered.retain, [*kept, *added]
    )
    return Request(message, topic, (topic.encode(), correlation_data))

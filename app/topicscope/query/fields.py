"""The fields of the display filter: one class each. Grammar, help and completion are made from this list.

A field knows its name, what it means in a sentence, examples that are filters of their own, its kind (and by that its
operators and values), and how to make the mask of a condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.query.packet_fields import PACKET_FIELDS
from topicscope.query.payload_fields import PAYLOAD_FIELDS
from topicscope.query.property_fields import PROPERTY_FIELDS
from topicscope.query.topic_fields import TOPIC_FIELDS

if TYPE_CHECKING:
    from topicscope.query.field import Field

FIELDS: tuple[Field, ...] = (*TOPIC_FIELDS, *PAYLOAD_FIELDS, *PACKET_FIELDS, *PROPERTY_FIELDS)
"""All fields."""

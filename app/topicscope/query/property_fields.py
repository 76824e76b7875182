"""Fields about the properties of MQTT 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.properties import BY_KEY, PropertyType
from topicscope.query import kinds
from topicscope.query.errors import FilterError
from topicscope.query.field import Field
from topicscope.query.literals import read_text
from topicscope.query.masks import Mask, Remembered
from topicscope.query.operators import EXISTS
from topicscope.query.packet_masks import property_mask, property_reader

if TYPE_CHECKING:
    from topicscope.query.context import FilterContext
    from topicscope.query.field import Condition
    from topicscope.query.kinds import Kind

_PROPERTY_KINDS = {
    PropertyType.BYTE: kinds.NUMBER,
    PropertyType.TWO_BYTE: kinds.NUMBER,
    PropertyType.FOUR_BYTE: kinds.NUMBER,
    PropertyType.VARIABLE: kinds.NUMBER,
    PropertyType.UTF8: kinds.TEXT,
    PropertyType.BINARY: kinds.TEXT,
}

_SAID_TYPES = {
    PropertyType.BYTE: "a number",
    PropertyType.TWO_BYTE: "a number",
    PropertyType.FOUR_BYTE: "a number",
    PropertyType.VARIABLE: "a number",
    PropertyType.UTF8: "a text",
    PropertyType.BINARY: "bytes",
}


class _Property(Field):
    """A property of MQTT 5 by its name."""

    @staticmethod
    def keys(kind: Kind) -> list[str]:
        """Return the names of the properties of a kind, in the order of the standard."""
        return [key for key, spec in BY_KEY.items() if _PROPERTY_KINDS.get(spec.type) is kind]

    def names(self) -> tuple[str, ...]:
        return tuple(f"prop.{key}" for key in self.keys(self.kind))

    def help_of(self, name: str) -> str:
        spec = BY_KEY[name.removeprefix("prop.")]
        return f"{spec.name}, {_SAID_TYPES[spec.type]}."

    def read(self, written: str, position: int) -> str:
        del position
        return written.partition(".")[2].lower()

    def said(self, condition: Condition) -> str:
        return f"the {BY_KEY[condition.detail].name}"

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        reader = property_reader(BY_KEY[condition.detail].identifier)
        mask = property_mask(reader, condition.operator.tester(condition.values), context)
        return Remembered(mask, condition.question, context)


class _TextProperty(_Property):
    name = "prop.…"
    pattern = rf"prop\.(?:{'|'.join(_Property.keys(kinds.TEXT))})"
    kind = kinds.TEXT
    words = "the property"
    help = "A property of MQTT 5 by its name in snake_case, such as content_type or response_topic."
    examples = ('prop.content_type == "application/json"', 'prop.response_topic contains "reply"')


class _NumberProperty(_Property):
    name = "prop.… (number)"
    pattern = rf"prop\.(?:{'|'.join(_Property.keys(kinds.NUMBER))})"
    kind = kinds.NUMBER
    words = "the property"
    help = "A property of MQTT 5 that is a number, such as message_expiry_interval (in seconds)."
    examples = ("prop.message_expiry_interval < 60", "prop.subscription_identifier == 7")


class _UserProperty(Field):
    name = 'prop.user["…"]'
    pattern = r'prop\.user(?:_property)?(?:\["(?:[^"\\]|\\.)*"\])?'
    kind = kinds.TEXT
    words = "the User Property"
    help = "A User Property by its key; without a key: there is any."
    examples = ('prop.user["trace"] == "a1"', "prop.user")

    def names(self) -> tuple[str, ...]:
        return ("prop.user",)

    def read(self, written: str, position: int) -> str | None:
        _, bracket, rest = written.partition("[")
        return read_text(rest[:-1], position + len(written) - len(rest)) if bracket else None

    def said(self, condition: Condition) -> str:
        return (
            "a User Property"
            if condition.detail is None
            else f"the User Property {condition.detail}"
        )

    def check(self, condition: Condition) -> None:
        if condition.detail is None and condition.operator is not EXISTS:
            end = condition.position + len(condition.name)
            raise FilterError('expected a key, as in prop.user["key"]', end, ('["key"]',))

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        reader = property_reader(BY_KEY["user_property"].identifier, condition.detail)
        mask = property_mask(reader, condition.operator.tester(condition.values), context)
        return Remembered(mask, condition.question, context)


PROPERTY_FIELDS: tuple[Field, ...] = (_TextProperty(), _NumberProperty(), _UserProperty())

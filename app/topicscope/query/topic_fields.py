"""Fields about the topic and the subscriptions that match it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.topics import TopicFilter
from topicscope.query import kinds
from topicscope.query.errors import FilterError
from topicscope.query.field import Field, is_message
from topicscope.query.masks import All, AnyOf, Column, Mask, NotSeen
from topicscope.query.operators import EXISTS, ON_TOPIC_FILTER, UNEQUAL
from topicscope.query.topic_masks import OfTopic, filter_test, text_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.field import Condition
    from topicscope.query.masks import Rows


def _topic_filter(text: str, position: int) -> TopicFilter:
    try:
        return TopicFilter(text)
    except ValueError as error:
        raise FilterError(str(error), position, ("a Topic Filter such as plant/+/state",)) from None


class _Topic(Field):
    name = "topic"
    kind = kinds.TOPIC
    words = "the topic"
    help = "Topic Name of the message; a Topic Alias is resolved."
    examples = (
        'topic ~ "plant/+/temperature"',
        'topic contains "alarm"',
        'topic matches "line[0-9]$"',
    )

    def check(self, condition: Condition) -> None:
        if condition.operator is ON_TOPIC_FILTER:
            _topic_filter(condition.values[0], condition.positions[0])

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        if condition.operator is EXISTS:
            return Column(_has_topic, condition.operator.array(()))
        if condition.operator is ON_TOPIC_FILTER:
            topic_filter = _topic_filter(condition.values[0], condition.positions[0])
            return OfTopic(filter_test(topic_filter), condition.question, context)
        names_test = text_test(condition.operator.tester(condition.values))
        return OfTopic(names_test, condition.question, context)


def _has_topic(chunk: Chunk) -> tuple[NDArray[Any], Rows]:
    return chunk.topics, chunk.topics >= 0


class _Subscription(Field):
    name = "subscription"
    kind = kinds.SUBSCRIPTION
    words = "the subscription"
    help = "A subscription that the received message matches: its Topic Filter, or its number."
    examples = ('subscription == "plant/#"', "subscription == 2", "not subscription in {1, 2}")

    def check(self, condition: Condition) -> None:
        for value, position in zip(condition.values, condition.positions, strict=True):
            if isinstance(value, str):
                _topic_filter(value, position)

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        known = context.subscriptions()
        texts = list(known.values()) if condition.operator is EXISTS else []
        for value, position in zip(condition.values, condition.positions, strict=True):
            if isinstance(value, str):
                texts.append(value)
            elif value in known:
                texts.append(known[int(value)])
            else:
                numbers = tuple(map(str, known)) or ("a Topic Filter in quotes",)
                raise FilterError(f"there is no subscription {value}", position, numbers)
        masks = [
            OfTopic(
                filter_test(_topic_filter(text, condition.position)),
                ("subscription", text),
                context,
                received_only=True,
            )
            for text in texts
        ]
        matched = AnyOf(masks) if masks else Column(is_message, _none)
        if condition.operator is UNEQUAL:
            return All([Column(_is_received, EXISTS.array(())), NotSeen(matched)])
        return matched


def _none(column: NDArray[Any]) -> Rows:
    return np.zeros(len(column), np.bool_)


def _is_received(chunk: Chunk) -> tuple[NDArray[Any], Rows]:
    received = chunk.segment.directions(chunk.begin, chunk.end) == Direction.IN
    return chunk.topics, received & (chunk.topics >= 0)


class _Level(Field):
    name = "level.…"
    pattern = r"level\.\w[\w-]*"
    kind = kinds.TEXT
    words = "the level"
    help = "What the topic has at a level that was given this name."
    examples = ('level.module == "Display"',)

    def read(self, written: str, position: int) -> str:
        del position
        return written.partition(".")[2]

    def said(self, condition: Condition) -> str:
        return f"the level {condition.detail}"

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        if condition.detail not in context.level_names:
            names = context.level_names or ("a name given to a level",)
            raise FilterError(
                f"no level is called `{condition.detail}`",
                condition.position + len("level."),
                names,
            )
        holds, level_of, name = (
            condition.operator.tester(condition.values),
            context.level_of,
            condition.detail,
        )

        def names_test(names: Any) -> list[bool]:  # noqa: ANN401
            values = [level_of(name, topic) for topic in names]
            return [value is not None and holds(value) for value in values]

        return OfTopic(names_test, condition.question, context)


TOPIC_FIELDS: tuple[Field, ...] = (_Topic(), _Subscription(), _Level())

"""Fields about the payload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from topicscope.query import kinds
from topicscope.query.field import Field, NumericField, is_message, wants_true
from topicscope.query.json_masks import JsonReader, OfJson, ValueReader
from topicscope.query.literals import read_text
from topicscope.query.masks import All, Column, Mask, NotSeen, Remembered
from topicscope.query.operators import CONTAINS, EXISTS, MATCHES, UNEQUAL
from topicscope.query.payload_masks import PayloadChanged, PayloadContains, PayloadIs, PayloadText

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.field import Condition
    from topicscope.query.masks import Rows


class _Payload(Field):
    name = "payload"
    kind = kinds.TEXT
    words = "the payload"
    help = (
        "Bytes of the payload; alone: the payload is not empty. `matches` looks at the first MiB."
    )
    examples = ('payload contains "error"', 'payload == ""', r'payload matches "\d+ ?°C"')

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        if condition.operator is EXISTS:
            return Column(_payload_size, lambda sizes: sizes > 0)
        if condition.operator is CONTAINS:
            return Remembered(PayloadContains(condition.values[0]), condition.question, context)
        if condition.operator is MATCHES:
            mask = PayloadText(condition.operator.tester(condition.values))
            return Remembered(mask, condition.question, context)
        return PayloadIs(condition.values, negated=condition.operator is UNEQUAL)


def _payload_size(chunk: Chunk) -> tuple[NDArray[Any], Rows]:
    return chunk.payload_sizes, chunk.publishes


class _PayloadSize(NumericField):
    name = "payload.size"
    kind = kinds.SIZE
    words = "the size of the payload"
    help = "Size of the payload in bytes; units are B, kB, MB, KiB, MiB."
    examples = ("payload.size == 0",)
    column = staticmethod(_payload_size)


class _Size(NumericField):
    name = "size"
    kind = kinds.SIZE
    words = "the size of the payload"
    help = "The same as payload.size: what the column Size shows."
    examples = ("size > 10kB", "size in 100..1kB")
    column = staticmethod(_payload_size)


class _Json(Field):
    name = "json.…"
    pattern = r'json(?:\.[^\W\d][\w-]*|\.?\[-?\d{1,9}\]|\.?\["(?:[^"\\]|\\.)*"\])+'
    kind = kinds.JSON
    words = "the JSON field"
    help = 'A field of a JSON payload; [0] for elements of lists, ["a key"] for keys with signs in them.'
    examples = ("json.temperature > 80", 'json.sensors[0].name == "inlet"', 'json["a b"]')

    _STEP = re.compile(
        r"\.?(?:(?P<key>[^\W\d][\w-]*)|\[(?P<index>-?\d+)\]"
        r'|\[(?P<text>"(?:[^"\\]|\\.)*")\])',
        re.DOTALL,
    )

    def read(self, written: str, position: int) -> tuple[str | int, ...]:
        path: list[str | int] = []
        for step in self._STEP.finditer(written, len("json")):
            if step["index"]:
                path.append(int(step["index"]))
            elif step["text"]:
                path.append(read_text(step["text"], position + step.start("text")))
            else:
                path.append(step["key"])
        return tuple(path)

    def said(self, condition: Condition) -> str:
        return f"the JSON field {condition.name[len('json') :].removeprefix('.')}"

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        holds = condition.operator.tester(condition.values)
        return Remembered(OfJson(JsonReader(condition.detail), holds), condition.question, context)


class _Value(Field):
    name = "value"
    kind = kinds.JSON
    words = "the value"
    help = "The JSON field `value`, or the payload itself where it is one number, true, false or a text."
    examples = ("value == true", "value > 21.5", 'value in {"ON", "OFF"}')

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        holds = condition.operator.tester(condition.values)
        return Remembered(OfJson(ValueReader(), holds), condition.question, context)


class _Changed(Field):
    name = "changed"
    kind = kinds.BOOLEAN
    words = "the payload differs from the one before on its topic"
    help = "The payload differs from the message before on its topic, or there was none before."
    examples = ("changed", "not changed")

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        changed = Remembered(PayloadChanged(context), "changed", context)
        message = Column(is_message, EXISTS.array(()))
        if wants_true(condition):
            return All([message, changed])
        return All([message, NotSeen(changed)])


PAYLOAD_FIELDS: tuple[Field, ...] = (
    _Payload(),
    _PayloadSize(),
    _Size(),
    _Json(),
    _Value(),
    _Changed(),
)

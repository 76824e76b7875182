"""A dissected packet as one JSON object: `topicscope read --packets`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from topicscope.mqtt.dissect.field import LEFT_OUT
from topicscope.mqtt.dissect.text import decode

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.field import Field


def field_to_json(field: Field) -> dict[str, object]:
    """Make the JSON object of a packet: ``type``, then its fields by the standard's names.

    Text that is not UTF-8 is escaped, and exact in a second member ``…_base64``; a payload that is
    not UTF-8 has that member only. What is wrong stands in ``problems``, absent when nothing is.
    """
    document: dict[str, object] = {"type": field.name}
    problems: list[str] = []
    _collect(field, "", document, problems)
    if problems:
        document["problems"] = problems
    return document


def _collect(
    field: Field,
    path: str,
    document: dict[str, object],
    problems: list[str],
    *,
    is_said: bool = False,
) -> None:
    """Add what stands below `field`; `is_said` when the value of a field above holds it already."""
    for child in field.children:
        where = f"{path} > {child.name}" if path else child.name
        if child.problem:
            problems.append(f"{where}: {child.problem}")
        is_new = not is_said or child.key.endswith(LEFT_OUT)
        if child.key and child.raw is not None and is_new:
            document |= members(child.key, child.raw)
        _collect(child, where, document, problems, is_said=is_said or bool(child.key))


def members(key: str, raw: object) -> dict[str, object]:
    """Return the members of a JSON object that say `raw` under the name `key`."""
    if isinstance(raw, memoryview):
        try:
            return {key: str(raw, "utf-8")}
        except UnicodeDecodeError:
            return {f"{key}_base64": base64.b64encode(raw).decode()}
    if isinstance(raw, bytes):
        return {key: decode(raw), f"{key}_base64": base64.b64encode(raw).decode()}
    if isinstance(raw, list):
        return {key: [decode(each) if isinstance(each, bytes) else each for each in raw]}
    return {key: raw}

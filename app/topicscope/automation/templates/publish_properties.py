"""Properties of a PUBLISH out of JSON with names in snake_case: the way back of `properties_to_json`."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.properties import (
    ALLOWED,
    BY_KEY,
    SUBSCRIPTION_IDENTIFIER,
    PropertyType,
    properties_problem,
    write_properties,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from topicscope.mqtt.properties import PropertyList, PropertySpec, PropertyValue


def properties_from_json(document: Mapping[str, Any]) -> PropertyList:
    """Make the properties of a PUBLISH (section 3.3.2.3); raises `ValueError` with the name of what is wrong.

    ``correlation_data`` is Base64, ``user_property`` a list of pairs. A Subscription Identifier is refused: only the
    server sends one (section 3.3.4).
    """
    items: PropertyList = []
    for key, value in document.items():
        spec = BY_KEY.get(key)
        if spec is None or spec.identifier not in ALLOWED[ControlPacketType.PUBLISH]:
            raise ValueError(f"“{key[:60]}” is no property of PUBLISH")
        if spec.identifier == SUBSCRIPTION_IDENTIFIER:
            raise ValueError(f"{spec.name}: only the server sends one")
        items += ((spec.identifier, one) for one in _values(spec, value))
    if problem := properties_problem(ControlPacketType.PUBLISH, items):
        raise ValueError(problem)
    try:
        write_properties(items)
    except UnicodeError as error:
        raise ValueError("half of a surrogate pair cannot be sent as UTF-8") from error
    return items


def _values(spec: PropertySpec, value: object) -> Iterator[PropertyValue]:
    if spec.type is PropertyType.PAIR:
        for pair in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(pair, list | tuple) or [type(one) for one in pair] != [str, str]:
                raise ValueError(f"{spec.name}: a pair of texts is needed")
            yield pair[0], pair[1]
    elif spec.type is PropertyType.UTF8:
        if not isinstance(value, str):
            raise ValueError(f"{spec.name}: a text is needed")
        yield value
    elif spec.type is PropertyType.BINARY:
        yield _binary(spec, value)
    elif isinstance(value, int):
        yield int(value)
    else:
        raise ValueError(f"{spec.name}: a whole number is needed")


def _binary(spec: PropertySpec, value: object) -> bytes:
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{spec.name}: is not Base64") from error
    raise ValueError(f"{spec.name}: a text in Base64 is needed")

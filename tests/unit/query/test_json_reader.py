"""What stands at a path in JSON, whatever stands on the way there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from topicscope.query.json_masks import MISSING, JsonReader

KEYS = st.sampled_from(["a", "b", "field", "a b", "é"])
PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)
PATHS = st.lists(KEYS | st.integers(-2, 2), min_size=1, max_size=12).map(tuple)


def walked(payload: bytes, path: tuple[str | int, ...]) -> Any:
    try:
        value = json.loads(payload)
    except ValueError:
        return MISSING
    for step in path:
        try:
            if not isinstance(value, dict if isinstance(step, str) else list):
                return MISSING
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return value


def same(found: Any, wanted: Any) -> bool:
    return found is wanted if wanted is MISSING else repr(found) == repr(wanted)


@given(st.lists(ANYTHING, max_size=8), PATHS)
def test_that_a_value_is_found_whatever_stands_on_the_way(
    values: list[Any], path: tuple[str | int, ...]
) -> None:
    payloads = [json.dumps(value).encode() for value in values] + [b'{"a": 1', b"{}", b""]
    found = JsonReader(path).values(payloads)
    assert all(
        same(value, walked(payload, path)) for value, payload in zip(found, payloads, strict=True)
    )


def test_that_very_many_objects_of_another_shape_change_no_answer() -> None:
    reader = JsonReader(("meta", "line"))
    odd, even = b'{"meta": "none"}', b'{"meta": {"line": 3}}'
    for _ in range(3):
        assert reader.values([odd, even] * 600) == [MISSING, 3] * 600


def test_that_the_last_of_two_equal_keys_counts() -> None:
    reader = JsonReader(("meta", "line"))
    twice = b'{"meta": {"line": 1}, "meta": {}}', b'{"meta": 7, "meta": {"line": 2}}'
    assert reader.values(twice) == [MISSING, 2]

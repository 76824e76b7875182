from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.json_path import follow
from topicscope.payload.json_place import JsonPlace, place_at, scalars

TEXT = """{
  "value": 81.2,
  "unit": "degC",
  "tags": [
    "a",
    "b"
  ],
  "a b": {
    "ok": true,
    "none": null
  },
  "empty": {}
}"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (0, None),
        (1, JsonPlace(("value",), is_scalar=True, value=81.2)),
        (2, JsonPlace(("unit",), is_scalar=True, value="degC")),
        (3, JsonPlace(("tags",), is_scalar=False)),
        (4, JsonPlace(("tags", 0), is_scalar=True, value="a")),
        (5, JsonPlace(("tags", 1), is_scalar=True, value="b")),
        (6, None),
        (8, JsonPlace(("a b", "ok"), is_scalar=True, value=True)),
        (9, JsonPlace(("a b", "none"), is_scalar=True)),
        (11, JsonPlace(("empty",), is_scalar=False)),
    ],
)
def test_that_a_line_is_known_by_the_path_of_its_value(
    line: int, expected: JsonPlace | None
) -> None:
    lines = TEXT.split("\n")
    begin = sum(len(one) + 1 for one in lines[:line])
    assert place_at(TEXT, begin) == expected
    assert place_at(TEXT, begin + len(lines[line])) == expected


def test_that_a_text_broken_for_display_is_put_together_again() -> None:
    broken = '{\n  "a": "xxxx\nyyyy",\n  "b": 1\n}'
    assert place_at(broken, broken.index("yyyy")) == JsonPlace(("a",), True, "xxxxyyyy")
    assert place_at(broken, broken.index('"b"')) == JsonPlace(("b",), True, 1)


@given(st.text(), st.integers(0, 50))
def test_that_any_text_can_be_pointed_into(text: str, position: int) -> None:
    place_at(text, min(position, len(text)))


_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=5)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_that_the_path_leads_to_the_value_that_is_told(value: object) -> None:
    text = json.dumps(value, indent=2)
    for position in range(len(text)):
        found = place_at(text, position)
        if found is not None and found.is_scalar:
            assert follow(value, found.path) == found.value


def test_that_all_values_are_found_in_their_order() -> None:
    found = [(one.path, one.value) for one in scalars(TEXT)]
    assert found == [
        (("value",), 81.2),
        (("unit",), "degC"),
        (("tags", 0), "a"),
        (("tags", 1), "b"),
        (("a b", "ok"), True),
        (("a b", "none"), None),
    ]


@given(st.text(alphabet='{}[]:,"\\ab1.e- \n', max_size=60))
def test_that_no_text_upsets_the_search_for_values(text: str) -> None:
    assert all(one.is_scalar and one.path for one in scalars(text))

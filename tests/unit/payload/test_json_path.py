from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.json_path import follow, parse_paths

VALUE = {"name": "x", "a": {"b": [{"c": 1}, 2]}, "a key": {'q"uote': 3}, "": 4}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", VALUE),
        ("name", "x"),
        ("a.b[0].c", 1),
        ("a.b[1]", 2),
        ("a.b[2]", None),
        ("name.b", None),
        ("a[0]", None),
        ('["a key"]["q\\"uote"]', 3),
        ('[""]', 4),
        ("nobody.there", None),
    ],
)
def test_that_a_path_leads_to_its_value(text: str, found: object) -> None:
    (path,) = parse_paths(text)
    assert follow(VALUE, path) == found


def test_that_several_paths_stand_between_commas() -> None:
    assert parse_paths('name , value.name,["a,b"]') == (("name",), ("value", "name"), ("a,b",))


@pytest.mark.parametrize("text", [".a", "a..b", "a[", "a[x]", "a[-1]", 'a["b]', "a b", "[0]b"])
def test_that_what_is_no_path_has_a_column(text: str) -> None:
    with pytest.raises(ValueError, match=r"no path at column \d"):
        parse_paths(text)


@given(st.text(max_size=20) | st.text('a.[]0",\\ ', max_size=10))
def test_that_any_text_is_paths_or_has_a_reason(text: str) -> None:
    try:
        paths = parse_paths(text)
    except ValueError:
        return
    for path in paths:
        follow(VALUE, path)

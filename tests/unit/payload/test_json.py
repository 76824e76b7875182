"""JSON is re-indented, never rewritten."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload import json_view
from topicscope.payload.json import json_problem


def test_that_numbers_stay_as_they_were_written() -> None:
    text = '{"a":1.10,"big":1180591620717411303424,"e":1E+2,"z":-0.0}'
    assert json_view(text.encode()).text == (
        '{\n  "a": 1.10,\n  "big": 1180591620717411303424,\n  "e": 1E+2,\n  "z": -0.0\n}'
    )


def test_that_a_key_that_appears_twice_is_kept_and_named() -> None:
    view = json_view(b'{"a":1,"a":2}')
    assert view.text == '{\n  "a": 1,\n  "a": 2\n}'
    assert view.valid
    assert view.problem == 'the key "a" appears more than once, at line 1 column 8'


def test_that_the_same_key_in_two_objects_is_no_duplicate() -> None:
    assert json_view(b'[{"a":1},{"a":2}]').problem is None


def test_that_nan_is_shown_and_named() -> None:
    view = json_view(b'{"a":NaN,"b":-Infinity}')
    assert "NaN" in view.text
    assert view.valid
    assert view.problem == "NaN is not a JSON number, at line 1 column 6"


def test_that_empty_containers_stay_on_their_line() -> None:
    assert json_view(b'{"a":[],"b":{ }}').text == '{\n  "a": [],\n  "b": {}\n}'


def test_that_bidirectional_marks_in_a_string_are_shown_as_json_escapes() -> None:
    view = json_view('{"a":"\u202e"}'.encode())
    assert view.text == '{\n  "a": "\\u202e"\n}'


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b'{"a":1,}', "expected a key in double quotes but found '}', at line 1 column 8"),
        (b"[1 2]", "expected ',' or ']' but found '2', at line 1 column 4"),
        (b'{"a" 1}', "expected ':' but found '1', at line 1 column 6"),
        (b'{\n "a": tru\n}', "expected a value but found 'tru', at line 2 column 7"),
        (b'{"a":"x', "a string is not ended or not valid, at line 1 column 6"),
        (b"[1,2", "it ends where ',' or ']' should follow, at line 1 column 5"),
        (b"12 13", "more text follows the value, at line 1 column 4"),
        (b"", "it ends where a value should follow, at line 1 column 1"),
        (b"[" * 300, "nested deeper than 256 levels, at line 1 column 257"),
        (b"[01]", "expected a value or ']' but found '0', at line 1 column 2"),
        (b"{]", "expected a key in double quotes or '}' but found ']', at line 1 column 2"),
    ],
)
def test_that_what_is_not_json_is_shown_as_text_with_the_place(
    payload: bytes, problem: str
) -> None:
    view = json_view(payload)
    assert view.problem == f"not JSON: {problem}"
    assert not view.valid
    assert view.text == payload.decode()


def test_that_bytes_that_are_not_utf8_are_named() -> None:
    assert json_view(b'{"a":"\xff"}').problem == "not UTF-8: byte 0xff at offset 6"


@pytest.mark.parametrize("budget", range(1, 40))
def test_that_a_payload_cut_by_the_budget_is_no_mistake_of_the_sender(budget: int) -> None:
    payload = b'{"aaa":"b\\u0041\xc3\xbcb", "c":[12345,true]}'
    view = json_view(payload, budget)
    assert view.cut == (budget < len(payload))
    assert view.problem is None


def test_that_deep_nesting_costs_neither_time_nor_memory() -> None:
    started = time.perf_counter()
    view = json_view(b"[" * 255 + b"1," * 400_000)
    assert time.perf_counter() - started < 5
    assert view.cut
    assert len(view.text) < 10_000_000


def test_that_what_a_person_typed_is_checked_strictly() -> None:
    assert json_problem('{"target": 78.0}') is None
    assert json_problem("[NaN]") == "NaN is not a JSON number, at line 1 column 2"
    assert json_problem("") == "it ends where a value should follow, at line 1 column 1"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON, st.booleans())
def test_that_the_indented_text_means_the_same(value: object, ascii_only: bool) -> None:
    view = json_view(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace"))
    assert view.valid
    if ascii_only:
        assert json.loads(view.text) == value


@given(st.binary(max_size=300), st.integers(1, 400))
def test_that_any_bytes_are_shown(payload: bytes, budget: int) -> None:
    json_view(payload, budget)


@given(st.text(alphabet='{}[],:"\\ \n0123456789.eE+-truefalsnN', max_size=60))
def test_that_the_verdict_is_that_of_the_standard_library(text: str) -> None:
    assert (json_problem(text) is None) == _is_json(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(name: str) -> object:
    raise ValueError(name)

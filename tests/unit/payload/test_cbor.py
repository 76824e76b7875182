"""CBOR in its diagnostic notation."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.cbor import cbor_value, cbor_view, is_cbor


def test_that_a_map_is_written_with_its_bytes_and_numbers() -> None:
    payload = cbor2.dumps({"value": 81.2, "raw": b"\x01\xff", 1: [None, True, cbor2.undefined]})
    view = cbor_view(payload)
    assert view.text == (
        '{\n  "value": 81.2,\n  "raw": h\'01ff\',\n  1: [\n    null,\n    true,\n    undefined\n  ]\n}'
    )
    assert view.valid
    assert view.problem is None


def test_that_text_in_it_is_escaped() -> None:
    assert cbor_view(cbor2.dumps(['\u202e"\\\n'])).text == '[\n  "\\u202e\\"\\\\\\n"\n]'


def test_that_bytes_after_the_value_are_counted() -> None:
    payload = cbor2.dumps([1]) + b"\0\0"
    assert cbor_view(payload).problem == "2 more bytes follow the CBOR value"
    assert not is_cbor(payload)


def test_that_what_is_not_cbor_is_told() -> None:
    view = cbor_view(b"\x9b\x00\x00\x0f\xff\xff\xff\xff\xff")
    assert not view.valid
    assert (view.problem or "").startswith("not CBOR: premature end of stream")


def test_that_a_huge_integer_does_not_stop_the_view() -> None:
    assert cbor_view(cbor2.dumps([1 << 40_000])).valid


def test_that_a_value_shared_many_times_over_ends_at_the_budget() -> None:
    value: object = ["x" * 50]
    for _ in range(30):
        value = [value, value]
    payload = cbor2.dumps(value, value_sharing=True)
    view = cbor_view(payload, 10_000)
    assert view.cut
    assert len(view.text) < 100_000


def test_that_a_payload_beyond_the_budget_is_not_decoded() -> None:
    assert cbor_view(bytes(11), 10).problem == "not decoded: 11 bytes are more than 10"


@pytest.mark.parametrize("value", [{}, [], {"a": 1}, [1, 2, 3]])
def test_that_containers_are_recognised(value: object) -> None:
    assert is_cbor(cbor2.dumps(value))


def test_that_a_lone_number_is_not_taken_for_cbor() -> None:
    assert not is_cbor(b"\x01")


@given(st.binary(max_size=200))
def test_that_any_bytes_are_shown(payload: bytes) -> None:
    cbor_view(payload)
    is_cbor(payload)


def test_that_the_value_of_an_array_or_map_is_read_and_nothing_else() -> None:
    assert cbor_value(cbor2.dumps({"a": [1, True]})) == {"a": [1, True]}
    for other in (b"", b"5", b"\xa1", cbor2.dumps([1]) + b"x", cbor2.dumps([b"x" * 99])):
        with pytest.raises(ValueError, match=r"\S"):
            cbor_value(other, 64)

"""The readable form of any payload."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.pretty import readable


@pytest.mark.parametrize(
    ("payload", "kind", "text", "structured"),
    [
        (b'{"a":1}', "json", '{\n  "a": 1\n}', True),
        (b"21.5", "text", "21.5", False),
        (cbor2.dumps([1]), "cbor", "[\n  1\n]", True),
        (b"\x00\xff", "binary", "\\x00\\xff", False),
        (b"", "empty", "", False),
    ],
)
def test_that_the_decoder_that_fits_is_used(
    payload: bytes, kind: str, text: str, structured: bool
) -> None:
    seen = readable(payload)
    assert (seen.kind, seen.pretty.text, seen.structured) == (kind, text, structured)


def test_that_what_was_meant_as_json_tells_where_it_is_not() -> None:
    seen = readable(b'{"a": }')
    assert seen.kind == "text"
    assert seen.pretty.text == '{"a": }'
    assert seen.pretty.problem == "not JSON: expected a value but found '}', at line 1 column 7"


def test_that_a_content_type_that_lies_does_not_hide_the_payload() -> None:
    assert readable(b"plain", "application/json").pretty.text == "plain"
    seen = readable(b"plain", "application/cbor")
    assert seen.pretty.text == "plain"
    assert (seen.pretty.problem or "").startswith("not CBOR") or seen.pretty.problem is None


@given(st.binary(max_size=300), st.sampled_from(["", "application/json", "application/cbor"]))
def test_that_any_payload_has_a_readable_form(payload: bytes, content_type: str) -> None:
    readable(payload, content_type)

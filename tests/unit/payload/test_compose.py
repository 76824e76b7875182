"""Payloads as people write them."""

from __future__ import annotations

import contextlib
import json
import math

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.payload.compose import (
    FORMATS,
    ComposeError,
    editing_format,
    encode_payload,
    format_json,
    payload_text,
)

KINDS = st.sampled_from(sorted(FORMATS))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats()
    | st.text()
    | st.binary(max_size=40)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 99), inner),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [*'{}[]:,"', "$map", "$base64", '"$tag"', "$ext", "1e999", "NaN", "\\ud800", "0x", "=", "é\n"]
)


def refused(text: str, kind: str) -> ComposeError:
    with pytest.raises(ComposeError) as caught:
        encode_payload(text, kind)
    return caught.value


def test_that_text_is_sent_as_utf_8_and_nothing_is_added() -> None:
    assert encode_payload("é\r\n", "text") == b"\xc3\xa9\r\n"
    assert payload_text(b"\xc3\xa9\r\n", "text") == "é\r\n"


def test_that_half_of_a_surrogate_pair_is_refused_with_its_place() -> None:
    error = refused("ab\ncd\ud800", "text")
    assert (error.line, error.column, error.offset) == (2, 3, 5)


def test_that_json_is_checked_and_sent_as_it_was_written() -> None:
    assert encode_payload('{ "a":1.10}', "json") == b'{ "a":1.10}'
    error = refused('{"a": 1,\n  b}', "json")
    assert (error.line, error.column, error.offset) == (2, 3, 11)
    assert str(error) == (
        "Not JSON: expected a key in double quotes but found 'b', at line 2 column 3"
    )


def test_that_json_nested_deeply_is_read_to_its_end() -> None:
    text = "[" * 200 + "1," * 40_000 + "oops" + "]" * 200
    assert "oops" in refused(text, "json").reason


def test_that_json_is_formatted_without_a_change_of_numbers_and_strings() -> None:
    text = '{"a":1.10,"b":["\u202e\U000e0001\x7f",1e400],"a":{}}'
    assert format_json(text) == (
        '{\n  "a": 1.10,\n  "b": [\n    "\u202e\U000e0001\x7f",\n    1e400\n  ],\n  "a": {}\n}'
    )
    with pytest.raises(ComposeError):
        format_json("{")


def test_that_hex_is_taken_as_people_write_it() -> None:
    assert encode_payload("0x01 02,ff:0A\n0b", "hex") == b"\x01\x02\xff\x0a\x0b"
    assert refused("01 0g", "hex").offset == 4
    assert refused("01 0", "hex").offset is None
    assert payload_text(bytes(range(18)), "hex").splitlines()[1] == "10 11"


def test_that_base64_is_taken_with_and_without_padding_and_line_breaks() -> None:
    for text in ("AP/+", "AP_-", " AP\n/+ "):
        assert encode_payload(text, "base64") == b"\x00\xff\xfe"
    assert encode_payload("AA", "base64") == encode_payload("AA==", "base64") == b"\0"
    assert refused("AA!A", "base64").offset == 2
    assert refused("AA==AA", "base64").offset == 2
    assert "cut short" in str(refused("AAAAA", "base64"))


def test_that_cbor_is_written_as_json_with_words_for_what_json_has_none_for() -> None:
    text = '{"raw": {"$base64": "AQI="}, "when": {"$tag": [1, 0]}, "x": {"$undefined": true}}'
    payload = encode_payload(text, "cbor")
    assert payload == cbor2.dumps(
        {"raw": b"\1\2", "when": cbor2.CBORTag(1, 0), "x": cbor2.undefined}
    )
    assert json.loads(payload_text(payload, "cbor")) == json.loads(text)


def test_that_maps_with_other_keys_and_keys_that_look_like_words_come_back() -> None:
    value = {1: "one", (1, 2): {"$base64": "itself"}}
    payload = cbor2.dumps(value)
    assert encode_payload(payload_text(payload, "cbor"), "cbor") == payload


def test_that_messagepack_keeps_bytes_extensions_and_timestamps() -> None:
    payload = b"\x93\xc4\x01\xff\xd4\x05\x01\xd6\xff\x00\x00\x00\x01"
    text = payload_text(payload, "messagepack")
    assert json.loads(text) == [
        {"$base64": "/w=="},
        {"$ext": [5, "AQ=="]},
        {"$timestamp": "1970-01-01T00:00:01+00:00"},
    ]
    assert encode_payload(text, "messagepack") == payload


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ('{"a": 1, "a": 2}', "cbor", "“a” stands there twice"),
        ('{"$nonsense": 1}', "cbor", "“$nonsense” is not known"),
        ('{"$base64": "!"}', "cbor", "$base64"),
        ('{"$ext": [1]}', "messagepack", "$ext needs pairs"),
        ('{"$tag": [1, 2]}', "messagepack", "“$tag” is not known"),
        ("1e999", "cbor", "too large"),
        (str(1 << 70), "messagepack", "Not MessagePack"),
        ('"\\ud800"', "cbor", "surrogate"),
        ("9" * 5000, "cbor", "Not CBOR"),
        ("", "cbor", "Not JSON"),
        ("x", "yaml", "no format"),
    ],
)
def test_that_what_cannot_be_encoded_is_refused_in_words(text: str, kind: str, words: str) -> None:
    assert words in str(refused(text, kind))


@pytest.mark.parametrize("kind", ["json", "cbor", "messagepack"])
def test_that_a_payload_of_another_format_is_refused(kind: str) -> None:
    with pytest.raises(ComposeError):
        payload_text(b"\xc1\xff", kind)


def test_that_a_value_shared_many_times_over_stays_small() -> None:
    value: object = ["x"]
    for _ in range(40):
        value = [value, value]
    payload = cbor2.dumps(value, value_sharing=True)
    assert encode_payload(payload_text(payload, "cbor"), "cbor") == payload


def test_that_the_format_for_editing_holds_all_of_the_payload() -> None:
    assert editing_format(b'{"a": 1}') == "json"
    assert editing_format(b"") == editing_format(b"on") == editing_format(b"{ no json") == "text"
    assert editing_format(b"\x00\xff") == "hex"
    assert editing_format(cbor2.dumps({"a": 1})) == "cbor"
    # A float of two bytes would come back as one of eight.
    assert editing_format(b"\x81\xf9\x3c\x00") == "hex"


@settings(max_examples=500)
@given(st.text() | st.lists(PIECES).map("".join), KINDS)
def test_that_arbitrary_text_raises_nothing_but_its_error(text: str, kind: str) -> None:
    with contextlib.suppress(ComposeError):
        payload = encode_payload(text, kind)
        assert encode_payload(payload_text(payload, kind), kind) == payload


@settings(max_examples=500)
@given(st.binary(max_size=200), KINDS)
def test_that_arbitrary_bytes_come_back_or_are_refused(payload: bytes, kind: str) -> None:
    with contextlib.suppress(ComposeError):
        text = payload_text(payload, kind)
        with contextlib.suppress(ComposeError):
            again = encode_payload(text, kind)
            if kind in {"text", "json", "hex", "base64"}:
                assert again == payload


@settings(max_examples=300)
@given(VALUES, st.sampled_from(["cbor", "messagepack"]))
def test_that_values_of_other_tools_come_back(value: object, kind: str) -> None:
    payload = cbor2.dumps(value) if kind == "cbor" else msgspec.msgpack.encode(value)
    again = encode_payload(payload_text(payload, kind), kind)
    decode = cbor2.loads if kind == "cbor" else msgspec.msgpack.decode
    assert repr(decode(again)) == repr(decode(payload))
    assert math.isfinite(len(again))

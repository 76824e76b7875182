"""What a payload is taken for."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.detect import LABELS, detect, label


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"", "empty"),
        (b'{"value": 1}', "json"),
        (b" [1, 2]\n", "json"),
        (b"21.5", "text"),
        (b'{"value": 1', "text"),
        ("grün".encode(), "text"),
        (b"\x1b[31mred\x1b[0m", "text"),
        (b"\0\0\0\5", "binary"),
        (b"\xff\xfe", "binary"),
        (cbor2.dumps({"a": 1}), "cbor"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"RIFF....WEBPVP8 ", "webp"),
    ],
)
def test_that_a_payload_is_recognised(payload: bytes, kind: str) -> None:
    assert detect(payload) == kind


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json; charset=utf-8", "json"),
        ("application/cloudevents+json", "json"),
        ("application/cbor", "cbor"),
        ("text/plain", "text"),
    ],
)
def test_that_the_content_type_is_asked_first(content_type: str, kind: str) -> None:
    assert detect(b"21.5", content_type) == kind


def test_that_a_long_text_is_judged_by_its_beginning() -> None:
    assert detect(("x" + "ü" * 100_000).encode()) == "text"
    assert detect(b'{"a": "' + b"x" * 100_000 + b'"}') == "json"


@given(st.binary(max_size=200), st.text(max_size=30))
def test_that_any_payload_has_a_kind_with_a_label(payload: bytes, content_type: str) -> None:
    kind = detect(payload, content_type)
    assert kind in LABELS
    assert label(kind)

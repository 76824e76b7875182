from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.jwt import (
    bare_token,
    clock_words,
    expiry_words,
    is_token,
    read_token,
    span_words,
)

# The example of RFC 7519 section 3.1.
RFC_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def make(claims: Any, header: Any = None) -> str:
    parts = [header if header is not None else {"alg": "RS256", "typ": "JWT"}, claims]
    texts = [json.dumps(part).encode() for part in parts] + [b"signature"]
    return ".".join(base64.urlsafe_b64encode(text).rstrip(b"=").decode() for text in texts)


def test_that_the_token_of_the_standard_is_read() -> None:
    token = read_token(RFC_TOKEN)
    assert token is not None
    assert (token.algorithm, token.issuer, token.subject) == ("HS256", "joe", "")
    assert token.expires_at == 1300819380
    assert token.issued_at is None
    assert token.claims["http://example.com/is_root"] is True


def test_that_a_token_of_keycloak_as_sermas_gives_it_is_read() -> None:
    claims = {
        "exp": 1795255500,
        "iat": 1795255200,
        "iss": "https://sermas.example/keycloak/realms/sermas",
        "sub": "5f7d1d1e-2f0a-4f7e-9d63-0b5ef0c3a9d1",
        "azp": "my-client",
        "resource_access": {"account": {"roles": ["view-profile"]}},
    }
    token = read_token(make(claims))
    assert token is not None
    assert token.issuer.endswith("/realms/sermas")
    assert token.subject.startswith("5f7d1d1e")
    assert (token.issued_at, token.expires_at) == (1795255200, 1795255500)


def test_that_a_token_of_placeos_is_read() -> None:
    claims = {
        "iss": "POS",
        "iat": 1795255200,
        "exp": 1796464800,
        "jti": "9d7b0d6e",
        "aud": "place.example.com",
        "scope": ["public"],
        "sub": "user-GVrF2Xo5lq",
        "u": {"n": "Ada", "e": "ada@example.com", "p": 3, "r": []},
    }
    token = read_token(make(claims))
    assert token is not None
    assert (token.issuer, token.subject) == ("POS", "user-GVrF2Xo5lq")
    assert token.claims["u"]["n"] == "Ada"


@pytest.mark.parametrize("text", [f" {RFC_TOKEN}\n", f"Bearer {RFC_TOKEN}", f"bearer\t{RFC_TOKEN}"])
def test_that_what_was_copied_with_a_token_does_not_hide_it(text: str) -> None:
    assert is_token(text)
    assert bare_token(text) == RFC_TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "a.b.c",
        "192.168.178.20",
        "broker.example.com",
        "NNSXS.VEEBURF3KR77ZR.LMNOPQ",
        "85a2b1c3.5uQ1hZ0rT7-PlaceOS",
        "eyJhbGciOiJub25lIn0.W10.",
        make([], {"alg": "none"}),
        make({}, {"typ": "JWT"}),
        make({}, {"alg": 5}),
        RFC_TOKEN + ".more.parts",
        "x" * 100_000,
    ],
)
def test_that_other_texts_are_no_tokens(text: str) -> None:
    assert read_token(text) is None


@pytest.mark.parametrize("value", ["soon", True, None, [], {}, 10**400, float("nan"), float("inf")])
def test_that_a_time_that_is_none_is_left_out(value: Any) -> None:
    token = read_token(make({"exp": value, "iss": 5, "sub": None}))
    assert token is not None
    assert token.expires_at is None
    assert (token.issuer, token.subject) == ("", "")


def test_that_a_token_nested_without_end_is_no_token() -> None:
    bomb = base64.urlsafe_b64encode(b'{"a":' + b"[" * 30_000).decode().rstrip("=")
    assert read_token(f"{RFC_TOKEN.partition('.')[0]}.{bomb}.x") is None


def test_that_claims_do_not_show_in_a_traceback() -> None:
    assert "canary" not in repr(read_token(make({"email": "canary"})))


@given(st.text() | st.from_regex(r"\A[\w-]+\.[\w-]+\.[\w-]*\Z"))
def test_that_no_text_raises(text: str) -> None:
    read_token(text)


@given(st.dictionaries(st.text(max_size=5), st.floats() | st.text(max_size=5) | st.integers()))
def test_that_claims_come_back_as_they_were(claims: dict[str, Any]) -> None:
    token = read_token(make(claims))
    assert token is not None
    assert token.claims.keys() == claims.keys()


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (42 * 60, "expires in 42 min"),
        (1, "expires in 1 s"),
        (0.5, "expires in 0 s"),
        (0, "expired 0 s ago"),
        (-3 * 3600 - 5, "expired 3 h ago"),
        (47.9 * 3600, "expires in 47 h"),
        (12 * 86400, "expires in 12 days"),
    ],
)
def test_that_the_time_left_is_said_in_words(left: float, words: str) -> None:
    assert expiry_words(1000.0 + left, 1000.0) == words


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_that_any_time_has_words(moment: float) -> None:
    assert clock_words(moment, time.time())
    assert span_words(moment)


def test_that_a_clock_names_the_day_when_it_is_another() -> None:
    noon = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
    assert clock_words(noon - 60, noon) == "11:59"
    assert clock_words(noon - 86400, noon) == "2026-11-20 12:00"
    assert clock_words(1e300, noon) == "a time that no calendar knows"

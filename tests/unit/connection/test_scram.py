"""SCRAM-SHA-256: the example of RFC 7677 and everything that a server may get wrong."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.connection.scram import ScramClient, ScramError, prepare

NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = (
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_that_the_example_of_rfc_7677_comes_out() -> None:
    client = ScramClient("user", "pencil", NONCE)
    assert client.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert client.final(SERVER_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert not client.is_verified
    client.verify(SERVER_FINAL)
    assert client.is_verified


def test_that_two_exchanges_have_nonces_of_their_own() -> None:
    assert ScramClient("user", "pencil").first() != ScramClient("user", "pencil").first()


def test_that_comma_and_equals_in_a_user_name_are_escaped() -> None:
    assert ScramClient("a=b,c", "x", NONCE).first() == b"n,,n=a=3Db=2Cc,r=" + NONCE.encode()


def test_that_a_server_that_does_not_know_the_password_is_found_out() -> None:
    client = ScramClient("user", "another", NONCE)
    client.final(SERVER_FIRST)
    with pytest.raises(ScramError, match="could not prove that it knows the password"):
        client.verify(SERVER_FINAL)
    assert not client.is_verified


def test_that_a_last_word_without_a_first_one_proves_nothing() -> None:
    with pytest.raises(ScramError, match="could not prove"):
        ScramClient("user", "pencil", NONCE).verify(SERVER_FINAL)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"r=other,s=QQ==,i=4096", "did not go on from our nonce"),
        (f"r={NONCE},s=QQ==,i=4096".encode(), "did not go on from our nonce"),
        (f"r={NONCE}x,s=QQ==,i=0".encode(), "no iteration count"),
        (f"r={NONCE}x,s=QQ==,i=-1".encode(), "no iteration count"),
        (f"r={NONCE}x,s=QQ==,i=\u0664".encode(), "no iteration count"),
        (f"r={NONCE}x,s=QQ==,i=999999999".encode(), "at most 1,000,000"),
        (f"r={NONCE}x,s=!,i=4096".encode(), "salt is not Base64"),
        (f"r={NONCE}x,i=4096".encode(), "gives no salt"),
        (f"m=ext,r={NONCE}x,s=QQ==,i=4096".encode(), "extension of SCRAM"),
        (b"", "not a message of SCRAM"),
        (b"hello", "not a message of SCRAM"),
        (b"r=a,r=b", "not a message of SCRAM"),
        (b"\xff", "not text"),
    ],
)
def test_that_each_wrong_answer_is_named(answer: bytes, words: str) -> None:
    with pytest.raises(ScramError, match=words):
        ScramClient("user", "pencil", NONCE).final(answer)


def test_that_what_the_server_says_against_it_is_said() -> None:
    with pytest.raises(ScramError, match="the server says invalid-proof"):
        ScramClient("user", "pencil", NONCE).verify(b"e=invalid-proof")


@given(st.binary(max_size=80))
def test_that_no_answer_raises_anything_else(answer: bytes) -> None:
    for take in (ScramClient("u", "p").final, ScramClient("u", "p").verify):
        with pytest.raises(ScramError):
            take(answer)


# --- SASLprep: the examples of RFC 4013 section 3 ---


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
    ],
)
def test_that_text_is_prepared_as_rfc_4013_shows(text: str, prepared: str) -> None:
    assert prepare(text) == prepared


@pytest.mark.parametrize(
    ("text", "words"), [("\u0007", r"U\+0007"), ("\u06271", "writing directions")]
)
def test_that_text_that_rfc_4013_forbids_is_refused(text: str, words: str) -> None:
    with pytest.raises(ScramError, match=words):
        prepare(text)


@given(st.text())
def test_that_preparing_twice_changes_nothing_more(text: str) -> None:
    try:
        once = prepare(text)
    except ScramError:
        return
    assert prepare(once) == once


def test_that_the_proof_is_base64_of_32_bytes() -> None:
    final = ScramClient("u", "p", NONCE).final(f"r={NONCE}x,s=QQ==,i=1".encode())
    assert len(base64.b64decode(final.split(b",p=")[1], validate=True)) == 32

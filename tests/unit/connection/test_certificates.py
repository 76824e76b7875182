"""Facts of certificates, and fingerprints as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.certificates import Authority, Pair, fingerprint, self_signed
from topicscope.connection.certificates import (
    CertificateFacts,
    fingerprint_of,
    grouped_fingerprint,
    plain_fingerprint,
    read_certificate,
    read_chain,
)
from topicscope.connection.offers import offer_name, offer_server

if TYPE_CHECKING:
    from pathlib import Path


def der_of(pair: Pair) -> bytes:
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    return certificate.public_bytes(serialization.Encoding.DER)


def test_that_names_issuer_and_fingerprint_are_read(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("s", ("*.lan", "a.example", "10.0.0.7", "::1"))
    facts = read_certificate(der_of(pair))
    assert facts.names == ("*.lan", "a.example", "10.0.0.7", "::1")
    assert (facts.subject, facts.issuer) == ("CN=*.lan", "CN=authority")
    assert not facts.self_signed
    assert facts.fingerprint == fingerprint(pair)
    assert facts.usable_name == "a.example"
    assert offer_name(facts).kind == "use_name"


def test_that_a_certificate_with_wildcards_only_is_offered_to_be_pinned(tmp_path: Path) -> None:
    offer = offer_name(read_certificate(der_of(Authority(tmp_path).issue("s", ("*.lan",)))))
    assert offer.kind == "pin"
    assert offer.certificate is not None
    assert offer.value == offer.certificate.fingerprint


def test_that_a_chain_keeps_its_order(tmp_path: Path) -> None:
    one, two = self_signed(tmp_path, "one"), self_signed(tmp_path, "two")
    facts = read_chain([der_of(one), der_of(two), b"nonsense"])
    assert facts.fingerprint == fingerprint(one)
    assert [f.fingerprint for f in facts.chain] == [fingerprint(two), fingerprint_of(b"nonsense")]


@given(st.binary())
def test_that_nonsense_has_a_fingerprint_and_nothing_else(data: bytes) -> None:
    nothing = CertificateFacts("", "", (), 0.0, 0.0, fingerprint_of(data), self_signed=False)
    assert read_certificate(data) == nothing


@given(st.binary(min_size=32, max_size=32))
def test_that_a_fingerprint_is_the_same_however_it_is_written(data: bytes) -> None:
    grouped = grouped_fingerprint(data.hex())
    assert grouped.count(":") == 31
    assert plain_fingerprint(grouped) == plain_fingerprint(data.hex().upper()) == data.hex()


def test_that_the_first_of_several_servers_is_offered() -> None:
    offer = offer_server("a.example:1884 b.example")
    assert offer is not None
    assert (offer.kind, offer.value) == ("go_to", "a.example:1884")
    assert offer_server(" ") is None

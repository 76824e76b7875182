"""The steps between TCP and MQTT: proxy, TLS with its certificates, WebSocket, and the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.connection.doctor import second_look
from topicscope.connection.doctor.certificate_steps import (
    certificate_details,
    date_text,
    facts_of,
    names_text,
    problems,
    soon,
)
from topicscope.connection.doctor.overhearing import http_date, http_header, http_status
from topicscope.connection.offers import offer_pin
from topicscope.connection.outcomes import ConnectionEnded, outcome
from topicscope.connection.transports import tcp
from topicscope.connection.transports.tls import CertificateRefused

if TYPE_CHECKING:
    from topicscope.connection.certificates import CertificateFacts
    from topicscope.connection.doctor.report import Report, StopError
    from topicscope.connection.doctor.security import OverheardHandshake
    from topicscope.connection.doctor.step import Details, Status
    from topicscope.connection.doctor.way import Way
    from topicscope.connection.transports.stream import Stream
    from topicscope.connection.transports.tls import TlsStream

_CLOCK_OFF_S = 60.0
_ALONE = "The broker sends no other certificate with it: that of an intermediate authority may be missing there."


class TransportSteps:
    """Go on from a connected socket, and tell each step."""

    def __init__(self, report: Report, way: Way) -> None:
        self._report = report
        self._way = way
        self._profile = way.profile

    # --- proxy ---

    def proxy(self, below: Stream) -> None:
        """Ask the proxy for the way on; raises StopError."""
        self._report.begin()
        try:
            self._way.pass_proxy(below)
        except ConnectionEnded as error:
            raise self._report.fail("proxy", error.outcome) from error
        host, port = self._way.first_hop
        text = f"{tcp.address_text(host, port)} opens the way to {self._way.text}."
        self._report.add("proxy", "ok", text)

    # --- TLS ---

    def secure(self, below: Stream) -> Stream:
        """Shake hands, and tell the version, the certificate and what is asked of us; raises StopError."""
        self._report.begin()
        try:
            stream = self._way.secure(below)
        except ConnectionEnded as error:
            raise self._tls_failed(error) from error
        self._tell_tls(stream)
        handshake = self._way.handshake
        assert handshake is not None
        facts = facts_of(handshake.chain)
        if facts is not None:
            self._tell_good(facts)
        self._tell_client_certificate(handshake)
        return stream

    def _tell_tls(self, stream: TlsStream) -> None:
        details: Details = ()
        if self._profile.alpn:
            details = (("ALPN offered", ", ".join(self._profile.alpn)),)
        self._report.add("tls", "ok", f"{stream.version}.", details=details)

    def _tls_failed(self, error: ConnectionEnded) -> StopError:
        report, handshake = self._report, self._way.handshake
        took = report.elapsed()
        facts = facts_of(handshake.chain) if handshake is not None else None
        if facts is None:
            if handshake is None:
                # A file of the profile: the server has nothing to do with it.
                return report.fail("tls", error.outcome, elapsed_s=took)
            finding = second_look.instead_of_tls(self._way)
            return report.fail("tls", finding.applied_to(error.outcome), elapsed_s=took)
        offer = error.outcome.offer
        if isinstance(error, CertificateRefused) or (offer is not None and offer.kind == "pin"):
            text = "The server speaks TLS and shows its certificate."
            report.add("tls", "ok", text, elapsed_s=took)
            return self._certificate_failed(error, facts)
        if handshake is None or not handshake.asked:
            details = certificate_details(facts)
            return report.fail("tls", error.outcome, details=details, elapsed_s=took)
        # With TLS 1.2 a server says no more than "handshake failure" to a client without one.
        report.add("tls", "ok", "The server speaks TLS.", elapsed_s=took)
        self._tell_good(facts)
        failure = error.outcome
        if not self._profile.certificate_file:
            failure = outcome("tls-client-certificate-required", address=self._way.text)
        return report.fail("client-certificate", failure, elapsed_s=0.0)

    def _certificate_failed(self, error: ConnectionEnded, facts: CertificateFacts) -> StopError:
        wrong: list[str] = []
        if isinstance(error, CertificateRefused):
            name = self._way.verified_name
            wrong = problems(facts, name, time.time(), but=error.name)
            if error.name == "tls-unknown-ca" and not facts.chain:
                wrong.append(_ALONE)
            error = error.with_certificate(facts)
        besides = f"Besides: {' '.join(wrong)}" if wrong else ""
        return self._report.fail(
            "certificate",
            error.outcome,
            remedy=f"{error.outcome.remedy} {besides}".strip(),
            offer=error.outcome.offer or offer_pin(facts),
            details=certificate_details(facts),
            elapsed_s=0.0,
        )

    def _tell_good(self, facts: CertificateFacts) -> None:
        profile = self._profile
        status: Status = "ok"
        remedy = ""
        text = f"It is for {names_text(facts)}, valid until {date_text(facts.not_after)}"
        if profile.pinned_certificate:
            text += "; it is the one that this profile trusts."
        elif profile.insecure:
            status = "warning"
            wrong = " ".join(problems(facts, self._way.verified_name, time.time()))
            text = f"It is not verified: anybody may pose as this broker. {wrong}".strip()
            remedy = "Trust this one certificate instead, or give a CA file."
        else:
            issuer = "the CA file" if profile.ca_file else "this system"
            text += f"; {issuer} vouches for it."
            if late := soon(facts, time.time()):
                status, text = "warning", f"{text} {late}"
                remedy = "Renew the certificate on the broker before that."
            elif facts.common_name and self._way.verified_name not in facts.names:
                status, text = "warning", f"{text} Only its common name says so."
                remedy = "Other clients do not look at that: give the broker a certificate with alternative names."
        offer = offer_pin(facts) if profile.insecure and not profile.pinned_certificate else None
        self._report.add(
            "certificate",
            status,
            text,
            remedy,
            details=certificate_details(facts),
            offer=offer,
            elapsed_s=0.0,
        )

    def _tell_client_certificate(self, handshake: OverheardHandshake) -> None:
        key, has_one = "client-certificate", bool(self._profile.certificate_file)
        if handshake.asked and has_one:
            self._report.add(
                key, "ok", "The server asks for one, and was given that of the profile."
            )
        elif handshake.asked:
            self._report.add(
                key,
                "warning",
                "The server asks for one, and the profile has none.",
                "If CONNECT fails below, give certificate and key in the profile.",
            )
        elif has_one:
            self._report.add(
                key, "warning", "The server does not ask for one: that of the profile was not sent."
            )
        else:
            self._report.add(key, "ok", "The server does not ask for one.")

    # --- WebSocket ---

    def upgrade(self, below: Stream) -> Stream:
        """Open the WebSocket and compare the clocks; raises StopError."""
        report = self._report
        report.begin()
        try:
            stream = self._way.upgrade(below)
        except ConnectionEnded as error:
            raise self._websocket_failed(error) from error
        path = self._profile.path.partition("?")[0] or "/"
        heard = self._heard()
        text = f"Open at {path}, HTTP {http_status(heard)}"
        if stream.sub_protocol is None:
            report.add(
                "websocket",
                "warning",
                f"{text}; the server names no sub-protocol.",
                f"It should say “{self._profile.sub_protocol}” (MQTT 5.0 section 6).",
                details=_http_details(heard),
            )
        else:
            text += f", sub-protocol {stream.sub_protocol}."
            report.add("websocket", "ok", text, details=_http_details(heard))
        self._tell_clock(heard)
        return stream

    def _websocket_failed(self, error: ConnectionEnded) -> StopError:
        took, heard = self._report.elapsed(), self._heard()
        finding = second_look.Finding()
        if error.outcome.reason != "auth" and not 300 <= _status(heard) < 400:
            finding = second_look.instead_of_websocket(self._way, heard)
        failure = finding.applied_to(error.outcome)
        stop = self._report.fail("websocket", failure, details=_http_details(heard), elapsed_s=took)
        self._tell_clock(heard)
        return stop

    def _heard(self) -> bytes:
        overheard = self._way.overheard
        return overheard.heard if overheard is not None else b""

    def _tell_clock(self, heard: bytes) -> None:
        """Compare the clocks: a token or a certificate may be refused over them."""
        theirs = http_date(heard)
        if theirs is None:
            return
        # The header has whole seconds.
        off = time.time() - theirs
        if abs(off) <= _CLOCK_OFF_S:
            self._report.add("clock", "ok", "It agrees with the server’s.", elapsed_s=0.0)
            return
        way = "ahead of" if off > 0 else "behind"
        self._report.add(
            "clock",
            "warning",
            f"This computer’s clock is {_span(abs(off))} {way} the server’s ({date_text(theirs)}).",
            "Set the clock: certificates and tokens are judged by it.",
            elapsed_s=0.0,
        )


def _status(heard: bytes) -> int:
    digits = http_status(heard)[:3]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _http_details(heard: bytes) -> Details:
    names = ("Server", "Date", "Location", "WWW-Authenticate", "Via")
    return tuple((name, value) for name in names if (value := http_header(heard, name)))


def _span(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86_400:.0f} days"

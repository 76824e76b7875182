"""The examination itself: one step after the other, until one fails or all are done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from topicscope.connection.doctor import second_look
from topicscope.connection.doctor.mqtt_dialogue import MqttDialogue
from topicscope.connection.doctor.reach import close_all, is_address, look_up, try_all
from topicscope.connection.doctor.report import Report, StopError
from topicscope.connection.doctor.transport_steps import TransportSteps
from topicscope.connection.doctor.waiting import CancelledError
from topicscope.connection.doctor.way import Way
from topicscope.connection.outcomes import ConnectionEnded, outcome
from topicscope.connection.transports import tcp
from topicscope.connection.transports.proxy import proxy_unreachable
from topicscope.profiles.credentials import Credentials, CredentialsError, make_credentials
from topicscope.profiles.jwt import expiry_words
from topicscope.profiles.problems import profile_problem

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from topicscope.connection.doctor.reach import Attempt
    from topicscope.connection.doctor.step import Details, Status, Step
    from topicscope.connection.transports.stream import Stream
    from topicscope.profiles.profile import Profile

_SOON_S = 600.0
"""A token that ends sooner than this is worth a warning."""


def examine(
    profile: Profile,
    secrets: Mapping[str, str],
    told: Callable[[Step], None],
    cancelled: threading.Event,
    probes: bool = False,
) -> tuple[Step, ...]:
    """Go the whole way to a broker, tell each step as it is done, and return all of them.

    Blocks for at most some `connect_timeout` of the profile; when `cancelled` is set it ends within
    a moment, with the steps so far. Nothing is published but by `probes`, and those leave nothing.
    """
    report = Report(told)
    examination = _Examination(profile, secrets, report, cancelled, probes=probes)
    try:
        examination.run()
    except StopError:
        report.skip_rest(profile, probes=probes)
    except CancelledError:
        pass
    finally:
        examination.close()
    return tuple(report.steps)


class _Examination:
    def __init__(
        self,
        profile: Profile,
        secrets: Mapping[str, str],
        report: Report,
        cancelled: threading.Event,
        *,
        probes: bool,
    ) -> None:
        self._profile = profile
        self._secrets = secrets
        self._report = report
        self._cancelled = cancelled
        self._probes = probes
        self._way = Way(profile, cancelled)

    def close(self) -> None:
        self._way.close()

    def run(self) -> None:
        """Raise StopError at the first step that fails, and CancelledError."""
        if problem := profile_problem(self._profile):
            raise self._report.fail("profile", outcome("profile", problem=problem))
        credentials = self._login()
        profile = msgspec.structs.replace(
            self._profile, path=credentials.path, headers=credentials.headers
        )
        self._way = Way(profile, self._cancelled, credentials)
        stream = self._unix_socket() if profile.transport == "unix" else self._network()
        dialogue = MqttDialogue(self._report, self._way, credentials)
        dialogue.connect(stream)
        if self._probes:
            dialogue.probe()

    # --- what we bring ---

    def _login(self) -> Credentials:
        """Get the secret and make of it what is sent; told only where there is something to say."""
        report, profile = self._report, self._profile
        now = time.time()
        report.begin()
        try:
            secrets = self._fetched()
            credentials = make_credentials(profile, secrets, now)
        except ConnectionEnded as error:
            raise report.fail("login", error.outcome) from error
        except CredentialsError as error:
            failed = outcome("credentials", problem=str(error))
            raise report.fail("login", failed) from error
        said = list(credentials.remarks)
        ends = credentials.expires_at
        if ends is not None:
            said.append(f"The token {expiry_words(ends, now)}.")
        if said or profile.secret_source != "stored":
            # The next connect fetches another one by itself.
            is_fresh = profile.secret_source in ("command", "file")
            ends_soon = ends is not None and ends < now + _SOON_S and not is_fresh
            late = bool(credentials.remarks) or ends_soon
            source = {"command": "command", "file": "file", "environment": "environment variable"}
            if name := source.get(profile.secret_source):
                said.insert(0, f"The secret was fetched from the {name}.")
            remedy = "Get a new token soon." if late and ends is not None else ""
            report.add("login", "warning" if late else "ok", " ".join(said), remedy)
        return credentials

    def _fetched(self) -> Mapping[str, str]:
        if self._profile.secret_source == "stored":
            return self._secrets
        from topicscope.connection.fetching import fetch_secret

        secret = fetch_secret(self._profile, self._cancelled)
        return {**self._secrets, "secret": secret}

    # --- getting there ---

    def _unix_socket(self) -> Stream:
        self._report.begin()
        try:
            stream = self._way.connect()
        except ConnectionEnded as error:
            raise self._report.fail("socket", error.outcome) from error
        self._report.add("socket", "ok", f"{self._profile.path} takes connections.")
        return stream

    def _network(self) -> Stream:
        stream: Stream = self._reach(self._name())
        steps = TransportSteps(self._report, self._way)
        if self._profile.proxy is not None:
            steps.proxy(stream)
        if self._profile.tls:
            stream = steps.secure(stream)
        else:
            self._report.add("tls", "skipped", "Not used: what is sent can be read on the way.")
        if self._profile.transport == "websocket":
            stream = steps.upgrade(stream)
        return stream

    def _name(self) -> list[tcp.Address]:
        report = self._report
        host, port = self._way.first_hop
        report.begin()
        try:
            addresses = look_up(host, port, self._way.patience())
        except ConnectionEnded as error:
            failure = error.outcome
            if self._profile.proxy is not None:
                failure = proxy_unreachable(self._profile.proxy, failure).outcome
            raise report.fail("name", failure) from error
        hosts = [str(place[0]) for _, place in addresses]
        whose = "The proxy " if self._profile.proxy is not None else ""
        if is_address(host):
            report.add("name", "ok", f"{whose}{host} is an address; there is nothing to look up.")
        else:
            count = "1 address" if len(hosts) == 1 else f"{len(hosts)} addresses"
            text = f"{whose}{host} has {count}: {', '.join(hosts[:4])}{' …' * (len(hosts) > 4)}."
            report.add("name", "ok", text, details=tuple(("Address", host) for host in hosts))
        return addresses

    def _reach(self, addresses: list[tcp.Address]) -> Stream:
        report, way = self._report, self._way
        report.begin()
        attempts = try_all(addresses, way.patience())
        took = report.elapsed()
        details: Details = tuple((attempt.host, _attempt_text(attempt)) for attempt in attempts)
        good = [attempt for attempt in attempts if attempt.sock is not None]
        if not good:
            errors = [attempt.error for attempt in attempts if attempt.error is not None]
            way.address = attempts[0].address if attempts else None
            host, port = way.first_hop
            seconds = float(self._profile.connect_timeout)
            failure = tcp.dial_failure(errors, tcp.address_text(host, port), seconds).outcome
            if self._profile.proxy is not None:
                failure = proxy_unreachable(self._profile.proxy, failure).outcome
            failure = second_look.any_port(way).applied_to(failure)
            raise report.fail("tcp", failure, details=details, elapsed_s=took)
        best = good[0]
        way.address = best.address
        sock, best.sock = best.sock, None
        assert sock is not None
        stream = tcp.SocketStream(sock)
        way.keep(stream)
        close_all(attempts)
        port = way.first_hop[1]
        text = f"{tcp.address_text(best.host, port)} takes connections."
        bad = [attempt.host for attempt in attempts if attempt not in good]
        if bad:
            text += f" {', '.join(bad)} {'does' if len(bad) == 1 else 'do'} not."
        remedy = "Other clients may try the address that does not answer first." if bad else ""
        status: Status = "warning" if bad else "ok"
        report.add("tcp", status, text, remedy, details=details, elapsed_s=best.elapsed_s)
        return stream


def _attempt_text(attempt: Attempt) -> str:
    took = f"{attempt.elapsed_s * 1000:.1f} ms"
    if attempt.sock is not None:
        return f"connected in {took}"
    if attempt.error is None:
        return f"no answer within {attempt.elapsed_s:.1f} s"
    return f"{tcp.error_text(attempt.error)} after {took}"

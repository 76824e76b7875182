"""The life of a connection on its thread: dial, talk, lose, rest, dial again.

At any moment there is at most one of: a dial, a probe, a link, a rest. Each end of a link or dial is
one outcome; its ``Retry`` and whether this profile has worked before decide what follows.
"""

from __future__ import annotations

import time
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from topicscope.connection.clock_watch import jump_text
from topicscope.connection.dial import Dial, Dialed, endpoint_text
from topicscope.connection.holding import Holding
from topicscope.connection.outbox import Outbox
from topicscope.connection.outcomes import ConnectionEnded, Outcome, Retry, outcome
from topicscope.connection.requests import connect_problem
from topicscope.connection.state import Phase, RoundTrip
from topicscope.connection.subscriptions import Subscriptions
from topicscope.connection.telling import Teller
from topicscope.connection.timing import BackOff
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.profiles.credentials import SECRET_USER_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.capture.tap import Tap
    from topicscope.connection.link import Link
    from topicscope.connection.paho_client import PahoClient
    from topicscope.connection.session import SessionPacket
    from topicscope.connection.state import ConnectionEvent
    from topicscope.connection.timing import Timing
    from topicscope.profiles.profile import Profile

_P = ControlPacketType
_STEADY_S = 5.0
"""A connection that lasted this long was good: the next rest is the shortest again."""
_MOST_SHORT_LIVES = 3
"""Short connections in a row, after which two clients of one name are the likeliest reason."""
_NOTHING_OPEN = {"tls": None, "certificate": None, "credentials_expire_at": None}


class Lifecycle:
    """See the module; ``dialed`` is called on a dial thread and must bring its arguments here."""

    def __init__(
        self,
        tap: Tap,
        listener: Callable[[ConnectionEvent], None],
        lag: Callable[[], float],
        timing: Timing,
        dialed: Callable[[Dial, Dialed | Outcome], None],
    ) -> None:
        self._tap = tap
        self._lag = lag
        self._timing = timing
        self._dialed = dialed
        self._teller = Teller(listener)
        self._profile: Profile | None = None
        self._secrets: Mapping[str, str] = {}
        self._client_identifier = ""
        self._dial: Dial | None = None
        self._probe_for: Outcome | None = None
        self._back_off = BackOff(timing)
        self._has_worked = False
        self._lost_at: float | None = None
        self._connected_at = 0.0
        self._short_lives = 0
        self.link: Link | None = None
        self.older_client: PahoClient | None = None
        """Who knows what was in flight when the last connection ended, until the next one begins."""
        self.retry_at: float | None = None
        self.dials: list[Dial] = []
        """The newest dials, for shutdown."""
        self.outbox = Outbox(self._teller.tell)
        self.holding = Holding(self._teller.tell)
        self.subscriptions = Subscriptions(self._teller.tell)

    @property
    def teller(self) -> Teller:
        """Who knows the newest state."""
        return self._teller

    # --- commands ---

    def connect(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Begin with a profile, in place of whatever there is."""
        self.drop_everything()
        if self._profile is not None and profile.url != self._profile.url:
            self.outbox.drop_queued("Dropped: the connection now goes to another broker.")
        elif profile.read_only:
            self.outbox.drop_queued("Dropped: the connection is read-only now.")
        if profile != self._profile:
            self.subscriptions.forget_session()
            self.outbox.forget_session()
            self.older_client = None
        self._profile = profile
        self._has_worked = False
        self._lost_at = None
        self._short_lives = 0
        self._back_off.reset()
        self.holding.hold(on=False)
        self._identify(profile.client_identifier or f"topicscope-{token_hex(4)}")
        self._secrets = secrets
        if problem := connect_problem(profile, secrets):
            self.ended(outcome("profile", problem=problem))
            return
        self.begin_dial()

    def disconnect(self, farewell: bytes | None = None, ending: Outcome | None = None) -> None:
        """End or cancel whatever there is; ``farewell`` as in `Link`, ``ending`` for the end of a connection."""
        was_connected = self.link is not None and self.link.is_connected
        was_idle = self._teller.state.phase is Phase.OFFLINE
        if self.link is not None:
            self.link.farewell = farewell
        self.drop_everything()
        if was_idle:
            return
        if not was_connected:
            ending = outcome("cancelled")
        ending = ending or outcome("disconnected")
        if was_connected:
            self._note(ending.text)
        self._teller.about(**_NOTHING_OPEN)
        self._teller.show(Phase.OFFLINE, ending.text, remedy=ending.remedy, reason=ending.reason)

    def retry(self, resumed: Profile | None = None) -> None:
        """Dial now, if nothing is under way; with ``resumed`` as it says, for the session that is there."""
        if self._profile is not None and self._teller.state.phase in (Phase.WAITING, Phase.OFFLINE):
            self._profile = resumed or self._profile
            self.begin_dial()

    def ping(self) -> None:
        """Ask the server for a sign of life, if there is a connection."""
        if self.link is not None:
            self.link.ping()

    def time_jumped(self, jump_s: float) -> None:
        """Note that this computer slept or its clock was set, and look whether the server is still there."""
        if self.link is not None and self.link.is_connected:
            self._note(jump_text(jump_s))
            self.link.ping(self._timing.resumed_s)

    def drop_everything(self) -> None:
        """Let go of dial, link and rest, whichever there is."""
        self.retry_at = None
        dial, self._dial, self._probe_for = self._dial, None, None
        if dial is not None:
            dial.abandon()
        link, self.link = self.link, None
        if link is not None:
            link.finish()
            self._let_go(link)

    # --- dialing ---

    def begin_dial(self) -> None:
        """Dial as the profile says."""
        profile = self._require_profile()
        self.retry_at = None
        self._start_dial(profile, self._timing)
        self._teller.about(attempt=self._back_off.failures + 1, **_NOTHING_OPEN)
        self._teller.show(Phase.DIALING, f"Connecting to {profile.url}.")

    def _start_dial(self, profile: Profile, timing: Timing) -> None:
        self._dial = Dial(profile, self._secrets, timing, self._dialed)
        self.dials = [self._dial, *self.dials[:3]]
        self._dial.start()

    def take_dialed(self, dial: Dial, result: Dialed | Outcome) -> None:
        """Take the result of a dial, if it is still wanted."""
        if dial is not self._dial:
            _close_if_open(result)
            return
        self._dial = None
        probe_for, self._probe_for = self._probe_for, None
        if probe_for is not None:
            _close_if_open(result)
            if dial.heard_tls:
                probe_for = outcome("needs-tls", address=endpoint_text(self._require_profile()))
            self._rest_or_stop(probe_for)
        elif isinstance(result, Outcome):
            self.ended(result)
        else:
            self._open(result)

    def _open(self, dialed: Dialed) -> None:
        """Begin MQTT over a transport that is ready."""
        # paho takes long to import, which the start of the window need not wait for.
        from topicscope.connection.link import Link
        from topicscope.connection.opening import open_session

        profile = self._require_profile()
        try:
            client, authentication = open_session(
                profile, dialed.credentials, self._client_identifier, self.older_client
            )
        except ConnectionEnded as error:
            dialed.stream.close()
            self.ended(error.outcome)
            return
        self.older_client = None
        self.link = link = Link(
            dialed,
            client,
            self,
            address=endpoint_text(profile),
            profile=profile,
            authentication=authentication,
            tap=self._tap,
            timing=self._timing,
            lag=self._lag,
            holding=self.holding,
        )
        self._tap.open_connection(
            f"Opened {profile.url}.",
            time.time_ns(),
            hides_user_name=profile.login in SECRET_USER_NAMES,
        )
        for remark in dialed.remarks:
            self._note(remark)
        self._teller.about(
            tls=link.tls,
            certificate=dialed.certificate,
            credentials_expire_at=dialed.credentials.expires_at,
        )
        self._teller.show(Phase.HANDSHAKE, f"Reached {link.address}; waiting for CONNACK.")
        link.begin()

    # --- what the link tells ---

    def connected(self, link: Link, packet: SessionPacket) -> None:
        """Go on where the last connection ended."""
        self._identify(link.server.assigned_client_identifier or self._client_identifier)
        now = time.monotonic()
        again = "" if self._lost_at is None else f" again after {now - self._lost_at:.1f} s"
        session = "session present" if packet.session_present else "session not present"
        self._note(f"Connected{again} to {link.address} as {self._client_identifier}, {session}.")
        self._has_worked = True
        self._lost_at = None
        self._connected_at = now
        secured = f" over {link.tls}" if link.tls else ""
        self._teller.show(
            Phase.CONNECTED,
            f"Connected to {link.address} with {link.version.label}{secured}.",
            connected_at=time.time(),
            session_present=packet.session_present,
            reason_code=packet.code,
            server=link.server,
        )
        self.subscriptions.connected(link.client, link.version, link.server)
        self.outbox.connected(link.client, link.tee, link.server, link.version)

    def answered(self, packet: SessionPacket) -> None:
        """Hand an answer to whom it belongs."""
        if packet.kind in (_P.SUBACK, _P.UNSUBACK):
            self.subscriptions.answered(packet)
        elif packet.kind in (_P.PUBACK, _P.PUBREC, _P.PUBCOMP):
            self.outbox.answered(packet)

    def round_trip(self, seconds: float) -> None:
        """Tell how long the server took to answer PINGREQ."""
        self._teller.tell(RoundTrip(seconds))

    def written(self, offset: int) -> None:
        """Tell the outbox what has left."""
        self.outbox.written(offset)

    # --- ends ---

    def ended(self, ending: Outcome) -> None:
        """Take the one end of a dial or link: note it, tell it, and rest or stop."""
        link, self.link = self.link, None
        if link is not None:
            self._let_go(link)
            self._note(f"Connection lost: {ending.text}" if link.is_connected else ending.text)
            if link.is_connected:
                ending = self._lost(link, ending)
            elif self._should_probe(link, ending):
                self._begin_probe(ending)
                return
        self._rest_or_stop(ending)

    def _lost(self, link: Link, ending: Outcome) -> Outcome:
        """Look at how long the connection lasted; return the outcome to go on with."""
        self._lost_at = time.monotonic()
        if self._lost_at - self._connected_at >= _STEADY_S:
            self._short_lives = 0
            self._back_off.reset()
        elif ending.reason == "closed" and ending.reason_code is None:
            # Mosquitto 2.0.11 sends no DISCONNECT when another client takes the session over.
            self._short_lives += 1
        if self._short_lives < _MOST_SHORT_LIVES:
            return ending
        return outcome(
            "closed-again",
            address=link.address,
            count=self._short_lives,
            identifier=self._client_identifier,
        )

    def _let_go(self, link: Link) -> None:
        link.close()
        self.older_client = link.client
        self.outbox.lost()
        self.subscriptions.lost()
        self.holding.lost()

    def _rest_or_stop(self, ending: Outcome) -> None:
        retry = ending.retry is not Retry.NEVER and (
            ending.retry is not Retry.UNLESS_FIRST or self._has_worked
        )
        if retry:
            self.retry_at = time.monotonic() + self._back_off.next_rest(ending.retry)
        self._teller.about(**_NOTHING_OPEN)
        self._teller.show(
            Phase.WAITING if retry else Phase.OFFLINE,
            ending.text,
            remedy=ending.remedy,
            reason=ending.reason,
            reason_code=ending.reason_code,
            retry_at=self.retry_at,
            offer=ending.offer,
        )

    def _should_probe(self, link: Link, ending: Outcome) -> bool:
        """Tell whether the port cut a plain connection without a word, as ports with TLS do."""
        plain_tcp = link.tls is None and self._require_profile().transport == "tcp"
        cut = ending.reason == "cut-before-connack"
        return cut and plain_tcp and not self._has_worked

    def _begin_probe(self, ending: Outcome) -> None:
        """Find out whether the port speaks TLS; nothing but ClientHello is sent."""
        import msgspec

        profile = msgspec.structs.replace(
            self._require_profile(),
            tls=True,
            insecure=True,
            pinned_certificate="",
            certificate_file="",
            key_file="",
            tls_key_log_file="",
            login="password",
            secret_source="stored",
        )
        self._probe_for = ending
        self._start_dial(profile, replace(self._timing, connect_s=self._timing.probe_s))
        self._teller.show(Phase.DIALING, f"{ending.text} Looking whether it speaks TLS.")

    # --- small things ---

    def _require_profile(self) -> Profile:
        if self._profile is None:
            raise RuntimeError("there is no profile to connect with")
        return self._profile

    def _identify(self, client_identifier: str) -> None:
        """Say under which identifier we connect, in this and all later states."""
        profile = self._require_profile()
        self._client_identifier = client_identifier
        self._teller.about(
            endpoint=profile.url,
            protocol_version=ProtocolVersion(profile.protocol_version),
            client_identifier=client_identifier,
            insecure=profile.tls and profile.insecure,
            pinned=profile.tls and bool(profile.pinned_certificate),
            read_only=profile.read_only,
        )

    def _note(self, text: str) -> None:
        self._tap.note(text, time.time_ns())


def _close_if_open(result: Dialed | Outcome) -> None:
    if isinstance(result, Dialed):
        result.stream.close()

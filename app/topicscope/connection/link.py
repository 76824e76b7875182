"""One Network Connection from CONNECT to its end: transport, tap and paho put together.

Every byte passes the tap; what asks for an answer goes on to ``session`` and paho. Nothing here
waits: the supervisor calls ``ready`` when the transport can be read or written and ``check`` when
``deadline`` is reached. The end, whatever it is, is raised as ConnectionEnded with its sentence.
"""

from __future__ import annotations

import contextlib
import selectors
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from topicscope.connection.first_bytes import FirstBytes
from topicscope.connection.keep_alive import Due, KeepAlive
from topicscope.connection.limits import READ_ONLY
from topicscope.connection.outcomes import ConnectionEnded, ended
from topicscope.connection.pace import pause_for
from topicscope.connection.paho_client import PahoRefusedError
from topicscope.connection.refusals import disconnected_by_server, refused_connection
from topicscope.connection.server_told import ServerTold, server_told
from topicscope.connection.session import SessionPacket, read_session_packets
from topicscope.connection.tee import TeeSocket
from topicscope.connection.transports.stream import StreamClosed, StreamLost
from topicscope.connection.transports.tcp import reset_on_close
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_disconnect, encode_pingreq
from topicscope.mqtt.framing import MalformedPacket

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.tap import Tap
    from topicscope.connection.authentication import Authentication
    from topicscope.connection.dial import Dialed
    from topicscope.connection.holding import Holding
    from topicscope.connection.paho_client import PahoClient
    from topicscope.connection.timing import Timing
    from topicscope.profiles.profile import Profile

_P = ControlPacketType
_MALFORMED = 0x81
_OUT_OF_PLACE = {
    _P.CONNACK: "The server sent a second CONNACK, section 3.2.",
    _P.AUTH: (
        "The server sent AUTH though no authentication is under way: it was not answered, section 4.12."
    ),
    _P.DISCONNECT: "The server sent DISCONNECT, which only a client may before MQTT 5.",
}


class LinkOwner(Protocol):
    """What a link tells the supervisor."""

    def connected(self, link: Link, packet: SessionPacket) -> None:
        """Take note that CONNACK has accepted; paho knows."""

    def answered(self, packet: SessionPacket) -> None:
        """Take a packet of the session."""

    def round_trip(self, seconds: float) -> None:
        """Take note of how long PINGRESP took."""

    def written(self, offset: int) -> None:
        """Take note that the first ``offset`` bytes have left."""


class Link:
    """See the module. ``lag`` returns by how many seconds the reader of the capture is behind.

    ``farewell`` is the packet for ``finish`` to send in place of DISCONNECT, or b"" to cut the transport
    without a word, as a broken network does.
    """

    def __init__(
        self,
        dialed: Dialed,
        client: PahoClient,
        owner: LinkOwner,
        *,
        address: str,
        profile: Profile,
        authentication: Authentication | None,
        tap: Tap,
        timing: Timing,
        lag: Callable[[], float],
        holding: Holding,
    ) -> None:
        now = time.monotonic()
        self.address = address
        self.version = ProtocolVersion(profile.protocol_version)
        self.tls = dialed.tls
        self.client = client
        self.tee = TeeSocket(is_read_only=profile.read_only)
        self.server = ServerTold()
        self.is_connected = False
        self.heard_nothing = True
        self.farewell: bytes | None = None
        self._stream = dialed.stream
        self._owner = owner
        self._tap = tap
        self._timing = timing
        self._lag = lag
        self._holding = holding
        self._authentication = authentication
        self._had_login = dialed.credentials.has_login or authentication is not None
        self._asked_keep_alive = profile.keep_alive
        self._keep_alive = KeepAlive(0, now)
        self._pings: deque[float] = deque()
        self._connack_s = timing.connack_s or float(profile.connect_timeout)
        self._connack_due = now + self._connack_s
        self._first = FirstBytes(address, self.version, is_tls=self.tls is not None)

    # --- for the loop ---

    def fileno(self) -> int:
        """Return the file descriptor to wait on."""
        return self._stream.fileno()

    @property
    def wants_write(self) -> bool:
        """True while bytes wait for the transport."""
        return self.tee.head() is not None or self._stream.wants_write

    @property
    def has_pending(self) -> bool:
        """True when there is something to read that the file descriptor does not show."""
        return self._stream.has_pending()

    @property
    def deadline(self) -> float | None:
        """When ``check`` must be called next (``time.monotonic`` seconds)."""
        if self.is_connected:
            return self._keep_alive.deadline
        return min(self._connack_due, self._first.deadline or self._connack_due)

    def begin(self) -> None:
        """Send CONNECT."""
        self.client.begin(self.tee)
        self.write()

    def ready(self, *, readable: bool) -> None:
        """Read what is there, act on it, write what can go."""
        if readable or self.has_pending:
            self._read()
        self.write()

    def check(self, now: float) -> None:
        """Look at the clocks."""
        if not self.is_connected:
            if self._first.is_strange and now >= (self._first.deadline or now):
                raise self._first.stranger()
            if now >= self._connack_due:
                seconds = f"{self._connack_s:.0f}"
                raise ended("no-connack", address=self.address, seconds=seconds)
            return
        due = self._keep_alive.check(now)
        if due is Due.GIVE_UP:
            seconds = f"{self._keep_alive.silent_for(now):.0f}"
            raise ended(
                "half-open",
                address=self.address,
                seconds=seconds,
                while_reading=self._while_reading(),
            )
        if due is Due.PING:
            self._send_ping(now)

    def ping(self, patience_s: float | None = None) -> None:
        """Send PINGREQ now; give up when ``patience_s`` passes without any byte, where it is given."""
        if self.is_connected:
            now = time.monotonic()
            self._keep_alive.ping(now, patience_s)
            self._send_ping(now)

    def _send_ping(self, now: float) -> None:
        self._pings.append(now)
        self.tee.send(encode_pingreq())
        self.write()

    def finish(self) -> None:
        """Say good-bye within the time for it; the link is closed afterwards."""
        until = time.monotonic() + self._timing.farewell_s
        if self.farewell == b"":
            reset_on_close(self.fileno())
            self.close()
            return
        with contextlib.suppress(ConnectionEnded, StreamClosed, StreamLost):
            if self.is_connected:
                if self.farewell:
                    self.tee.send(self.farewell)
                else:
                    self.client.disconnect()
                self._finish_writing(until)
            self._stream.finish()
            if self.is_connected:
                # Closing over unread bytes resets the connection and may take DISCONNECT with it.
                self._read_to_end(until)
        self.close()

    def close(self) -> None:
        """Close the transport at once."""
        self._stream.close()

    # --- writing ---

    def write(self) -> None:
        """Hand what paho wrote to the transport and to the tap, as far as it goes."""
        before = self.tee.written
        try:
            while (head := self.tee.head()) is not None:
                size = self._stream.send(head)
                if not size:
                    break
                self._tap.feed(Direction.OUT, bytes(head[:size]), time.time_ns())
                self.tee.taken(size)
            self._stream.flush()
        except (StreamClosed, StreamLost) as error:
            # The other side may have said why before it went.
            self._read_last_words()
            raise self._lost(error) from error
        if self.tee.held_back:
            self._tap.note(f"{self.tee.held_back} PUBLISH held back: {READ_ONLY}", time.time_ns())
            self.tee.held_back = 0
        if self.tee.written != before:
            self._keep_alive.sent(time.monotonic())
            self._owner.written(self.tee.written)

    def _finish_writing(self, until: float) -> None:
        self.write()
        while self.wants_write and (left := until - time.monotonic()) > 0:
            _wait(self, selectors.EVENT_WRITE, left)
            self.write()

    def _read_to_end(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            _wait(self, selectors.EVENT_READ, left)
            self._stream.receive()

    # --- reading ---

    def _read_last_words(self) -> None:
        with contextlib.suppress(StreamClosed, StreamLost):
            while data := self._stream.receive():
                self._take(data)

    def _read(self) -> None:
        try:
            data = self._stream.receive()
        except (StreamClosed, StreamLost) as error:
            raise self._lost(error) from error
        if data:
            self._take(data)
            pause = pause_for(self._lag())
            if pause:
                time.sleep(pause)

    def _take(self, data: bytes) -> None:
        self._keep_alive.received(time.monotonic())
        if self.heard_nothing and not self._first.are_mqtt(data):
            return
        self.heard_nothing = False
        try:
            batch = self._tap.feed(Direction.IN, data, time.time_ns())
        except MalformedPacket as error:
            raise self._malformed(error) from error
        if self._authentication is not None and not self.is_connected:
            session = self._authentication.packets(data)
        else:
            session = batch.session_packets() if batch is not None else b""
        if session:
            self._act_on(session)

    def _act_on(self, session: bytes) -> None:
        packets: list[SessionPacket] = []
        malformed: MalformedPacket | None = None
        try:
            for packet in read_session_packets(session, self.version):
                if self.is_connected:
                    packets.append(packet)
                else:
                    self._greet(packet)
        except MalformedPacket as error:
            malformed = error
        self.tell_paho(
            b"".join([self._holding.pass_on(packet) for packet in packets if _goes_on(packet)])
        )
        self._holding.tell()
        for packet in packets:
            self._answer(packet)
        if malformed is not None:
            raise self._malformed(malformed) from malformed

    def _greet(self, packet: SessionPacket) -> None:
        """Take the CONNACK before paho sees it: it hides refusals and invents answers to them."""
        if packet.kind is not _P.CONNACK:
            if self._authentication is None or packet.kind is not _P.AUTH:
                raise ended("enhanced-authentication", address=self.address)
            self.tee.send(self._authentication.answer(packet, self.address))
            return
        if packet.code:
            raise ConnectionEnded(
                refused_connection(
                    self.address,
                    packet.code,
                    packet.properties,
                    self.version,
                    had_login=self._had_login,
                )
            )
        if self._authentication is not None:
            self._authentication.finish(packet, self.address)
        self.server = server_told(packet.properties, session_present=packet.session_present)
        interval = self.server.server_keep_alive
        self._keep_alive = KeepAlive(
            self._asked_keep_alive if interval is None else interval, time.monotonic()
        )
        self.is_connected = True
        if not packet.session_present:
            self.client.forget_session()
        self.tell_paho(packet.for_paho)
        self._owner.connected(self, packet)

    def _answer(self, packet: SessionPacket) -> None:
        if packet.kind is _P.PINGRESP and self._pings:
            self._owner.round_trip(time.monotonic() - self._pings.popleft())
        warning = packet.warning or _OUT_OF_PLACE.get(packet.kind)
        if packet.kind is _P.DISCONNECT and self.version == ProtocolVersion.MQTT_5:
            raise ConnectionEnded(
                disconnected_by_server(self.address, packet.code, packet.properties)
            )
        if warning:
            self._tap.note(f"Protocol warning: {warning}", time.time_ns())
        self._owner.answered(packet)

    def tell_paho(self, data: bytes) -> None:
        """Let paho act on packets in their simplest form; what it answers waits to be written."""
        if not data:
            return
        self.tee.lay_in(data)
        try:
            self.client.drain(self.tee)
        except PahoRefusedError as error:
            raise ended("internal", detail=str(error)) from error

    # --- ends ---

    def _malformed(self, error: MalformedPacket) -> ConnectionEnded:
        if self.version == ProtocolVersion.MQTT_5:
            farewell = encode_disconnect(_MALFORMED, version=self.version)
            self.tee.send(farewell)
            with contextlib.suppress(StreamClosed, StreamLost):
                while (head := self.tee.head()) is not None and (size := self._stream.send(head)):
                    self._tap.feed(Direction.OUT, bytes(head[:size]), time.time_ns())
                    self.tee.taken(size)
        return ended("malformed", address=self.address, detail=str(error))

    def _lost(self, error: StreamClosed | StreamLost) -> ConnectionEnded:
        if self._first.is_strange:
            return self._first.stranger()
        if self.heard_nothing:
            return ended("cut-before-connack", address=self.address)
        facts = {"address": self.address, "while_reading": self._while_reading()}
        if isinstance(error, StreamClosed):
            return ended("closed", **facts)
        return ended("lost", **facts, detail=str(error))

    def _while_reading(self) -> str:
        pending = self._tap.pending(Direction.IN)
        if pending is None:
            return ""
        kind, have, need = pending
        size = f"{have:,} bytes" if need is None else f"{have:,} of {need:,} bytes"
        return f" while reading {kind.name} ({size})"


def _wait(link: Link, events: int, seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(link, events)
        selector.select(seconds)


def _goes_on(packet: SessionPacket) -> bool:
    """Tell whether paho may see the packet: not a second CONNACK, not a PUBREC that refuses."""
    return packet.kind is not _P.CONNACK and not (packet.kind is _P.PUBREC and packet.code >= 0x80)

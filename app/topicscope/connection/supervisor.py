"""One connection to a broker, looked after by one thread.

All methods of ``Connection`` may be called from any thread and return at once: they put a command
into a deque and wake the thread, which does everything else, one thing after the other, in one
``select`` loop that sleeps until a byte, a command or the next deadline. Nothing polls.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import selectors
import socket
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from topicscope.capture.tap import Tap
from topicscope.connection.clock_watch import ClockWatch
from topicscope.connection.dial import Dialed
from topicscope.connection.lab import SessionLab, farewell_packet, resumed_profile
from topicscope.connection.lifecycle import Lifecycle
from topicscope.connection.limits import READ_ONLY, publish_problem
from topicscope.connection.outbox import Publish
from topicscope.connection.outcomes import ConnectionEnded, outcome
from topicscope.connection.requests import check_filters, check_publish, check_requests
from topicscope.connection.rival import Rival, rival_profile
from topicscope.connection.state import Phase
from topicscope.connection.timing import Timing
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from topicscope.capture.batch import Batch
    from topicscope.connection.dial import Dial
    from topicscope.connection.outcomes import Outcome
    from topicscope.connection.state import ConnectionEvent, ConnectionState, SubscriptionRequest
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

_log = logging.getLogger(__name__)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Connection:
    """Keep one connection, tell ``listener`` of each change, and feed ``tap`` with every byte.

    ``listener`` and the sink of ``tap`` are called on the connection thread and must return soon.
    ``lag`` returns by how many seconds the reader of the capture is behind. Topic Filters belong to
    the Connection, not to a profile: they are subscribed again wherever it connects next, until
    they are unsubscribed.
    """

    def __init__(
        self,
        tap: Tap,
        listener: Callable[[ConnectionEvent], None],
        lag: Callable[[], float] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._tokens = itertools.count(1)
        self._commands: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._running = True
        self._asked: Profile | None = None
        self._secrets: dict[str, str] = {}
        self._rivals: list[Rival] = []
        self._waker: socket.socket | None = None
        self._timing = timing or Timing()
        self._clock = ClockWatch()
        self._life = Lifecycle(tap, listener, lag or _no_lag, self._timing, self._dial_done)
        self._lab = SessionLab(self._life, tap)

    @property
    def state(self) -> ConnectionState:
        """The newest state."""
        return self._life.teller.state

    def connect(self, profile: Profile, secrets: Mapping[str, str] | None = None) -> None:
        """Connect as ``profile`` says, in place of any connection there is.

        ``secrets`` has the names of `profiles.secrets`: ``secret`` is the password.
        """
        self._asked, self._secrets = profile, dict(secrets or {})
        self._post(partial(self._life.connect, profile, self._secrets))

    def disconnect(self, reason_code: int = 0, properties: PropertyList | None = None) -> None:
        """Disconnect, or cancel whatever is under way.

        A Reason Code or properties (section 3.14) need MQTT 5; raises ValueError with a sentence.
        """
        if not reason_code and not properties:
            self._post(self._life.disconnect)
            return
        farewell, name = farewell_packet(reason_code, list(properties or ()), self._asked)
        self._post(partial(self._lab.disconnect, farewell, name))

    def retry_now(self) -> None:
        """Dial now instead of at the end of the rest, or again after a final end."""
        self._post(self._life.retry)

    def subscribe(self, requests: Iterable[SubscriptionRequest]) -> None:
        """Subscribe now and after each reconnect; raises ValueError with a sentence."""
        self._post(partial(self._life.subscriptions.subscribe, check_requests(requests)))

    def unsubscribe(self, topic_filters: Iterable[str]) -> None:
        """Unsubscribe now and for good; raises ValueError with a sentence."""
        self._post(partial(self._life.subscriptions.unsubscribe, check_filters(topic_filters)))

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        """Publish and return the token of its PublishProgress events.

        Raises ValueError with a sentence when the message cannot be sent by anybody, when the server
        has said that it would not take it, and when the profile is read-only.
        """
        items = list(properties or ())
        version = None if self._asked is None else ProtocolVersion(self._asked.protocol_version)
        check_publish(topic, payload, qos, items, version)
        if self._asked is not None and self._asked.read_only:
            raise ValueError(READ_ONLY)
        server = self.state.server
        if problem := publish_problem(server, version, topic, len(payload), qos, retain, items):
            raise ValueError(problem)
        publish = Publish(next(self._tokens), topic, bytes(payload), qos, retain, items)
        self._post(partial(self._life.outbox.add, publish))
        return publish.token

    def drop_queued(self) -> None:
        """Forget the publishes that wait."""
        self._post(self._lab.drop_queued)

    def drop(self, token: int) -> None:
        """Forget one publish that waits; its progress tells when it cannot be dropped any more."""
        self._post(partial(self._lab.drop, token))

    # --- the session lab, explained in ``lab_words`` ---

    def drop_tcp(self) -> None:
        """Cut the transport without DISCONNECT and stay offline until asked to connect again."""
        self._post(self._lab.drop_tcp)

    def resume(self) -> None:
        """Connect for the session that the broker keeps, when offline; raises ValueError when there is none."""
        self._post(
            partial(self._lab.resume, resumed_profile(self._asked, self.state.client_identifier))
        )

    def hold_acknowledgements(self, on: bool) -> None:
        """Answer no incoming QoS 1 and 2 any more until this is switched off; AcknowledgementsHeld tells."""
        self._post(partial(self._lab.hold, on=on))

    def release_acknowledgements(self, count: int = 1) -> None:
        """Let the oldest answers go that are held back."""
        self._post(partial(self._lab.release, count))

    def take_over(self, listener: Callable[[ConnectionEvent], None]) -> Rival:
        """Connect a second client under the same Client Identifier; ``listener`` is told of its changes.

        Raises ValueError when not connected. The second one neither publishes nor dials again.
        """
        state = self.state
        if self._asked is None or state.phase is not Phase.CONNECTED:
            raise ValueError("Not connected: there is no session to take over.")
        rival = Rival(listener)
        self._rivals.append(rival)
        connection = Connection(Tap(_to_nobody), rival.listen, timing=self._timing)
        rival.begin(connection, rival_profile(self._asked, state.client_identifier), self._secrets)
        return rival

    def ping(self) -> None:
        """Send PINGREQ now, when connected; a RoundTrip tells when PINGRESP came."""
        self._post(self._life.ping)

    def close(self, timeout: float = 2.0) -> None:
        """Disconnect and end the thread, for shutdown; waits at most ``timeout`` seconds."""
        until = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            thread = self._thread
            self._commands.append(self._stop)
            self._wake()
        for rival in self._rivals:
            rival.close(timeout)
        if thread is None or thread is threading.current_thread():
            return
        thread.join(timeout)
        for dial in self._life.dials:
            dial.join(max(0.0, until - time.monotonic()))

    # --- any thread, private ---

    def _post(self, command: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                return
            self._commands.append(command)
            if self._thread is not None:
                self._wake()
                return
            self._waker, woken = socket.socketpair()
            self._waker.setblocking(False)
            woken.setblocking(False)
            self._thread = threading.Thread(
                target=self._run, args=(woken,), name="topicscope-connection", daemon=True
            )
            self._thread.start()

    def _wake(self) -> None:
        # A full pipe wakes just as well, and a closed one has nobody to wake.
        if self._waker is not None:
            with contextlib.suppress(OSError):
                self._waker.send(b"\0")

    def _dial_done(self, dial: Dial, result: Dialed | Outcome) -> None:
        """Bring the result over from the dial thread, or close what comes too late."""
        with self._lock:
            if not self._closed:
                self._commands.append(partial(self._life.take_dialed, dial, result))
                self._wake()
                return
        if isinstance(result, Dialed):
            result.stream.close()

    # --- the connection thread ---

    def _run(self, woken: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(woken, _READ)
            while self._running:
                try:
                    self._turn(selector, woken)
                except ConnectionEnded as error:
                    self._life.ended(error.outcome)
                except Exception as error:  # noqa: BLE001 - the thread must not end without a word
                    _log.exception("the connection thread met an unforeseen error")
                    detail = f"{type(error).__name__}: {error}"
                    self._life.ended(outcome("internal", detail=detail))
        with self._lock:
            woken.close()
            if self._waker is not None:
                self._waker.close()

    def _turn(self, selector: selectors.BaseSelector, woken: socket.socket) -> None:
        """Wait once and do what is due."""
        life, link = self._life, self._life.link
        if link is not None:
            selector.register(link, _READ | (_WRITE if link.wants_write else 0))
        timeout = self._timeout()
        self._clock.rest(timeout)
        try:
            ready = {key.fileobj: events for key, events in selector.select(timeout)}
        finally:
            if link is not None:
                selector.unregister(link)
        if jump := self._clock.look():
            life.time_jumped(jump)
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
        if link is not None:
            link.ready(readable=bool(ready.get(link, 0) & _READ))
        while self._commands:
            self._commands.popleft()()
        if life.link is not None:
            life.link.write()
            life.link.check(time.monotonic())
        if life.retry_at is not None and time.monotonic() >= life.retry_at:
            life.begin_dial()

    def _timeout(self) -> float | None:
        """Return the seconds until something is due of itself; None when nothing ever is."""
        link = self._life.link
        if self._commands or (link is not None and link.has_pending):
            return 0.0
        deadlines = [self._life.retry_at]
        if link is not None:
            deadlines += [link.deadline, time.monotonic() + self._timing.look_s]
        due = min((deadline for deadline in deadlines if deadline is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _stop(self) -> None:
        self._life.drop_everything()
        self._running = False


def _to_nobody(_: Batch) -> None:
    pass


def _no_lag() -> float:
    return 0.0

"""WebSocket over another stream: hand-shake by wsproto, frames by ourselves.

It takes the place of paho's wrapper, which loses large publishes, answers pings in the middle of a
half-sent frame, masks in a Python loop, and does not say why a server refused
(protocol-and-faults.md section A.4).
"""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
import wsproto
from wsproto.events import AcceptConnection, RejectConnection, Request
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from topicscope.connection.outcomes import ConnectionEnded, ended, shown, shown_text
from topicscope.connection.transports import frames
from topicscope.connection.transports.stream import Stream, StreamClosed, StreamLost

if TYPE_CHECKING:
    from topicscope.profiles.credentials import Credentials
    from topicscope.profiles.profile import Profile

_LARGEST_ANSWER = 65_536
_PIECE = 65_536
_END_OF_HEADERS = b"\r\n\r\n"
_DEFAULT_PORTS = {False: 80, True: 443}
_TLS_RECORDS = (0x15, 0x16)
"""Alert and handshake (RFC 8446 section 5.1)."""
_OURS = {"host", "sec-websocket-protocol"}


class WebSocketStream:
    """MQTT bytes in binary frames upon ``below``; ``credentials`` have the path and headers to ask with."""

    def __init__(
        self,
        below: Stream,
        profile: Profile,
        address: str,
        credentials: Credentials | None = None,
    ) -> None:
        self._below = below
        self._address = address
        given = profile if credentials is None else credentials
        self._path = given.path or "/"
        self._over_tls = profile.tls
        self._handshake = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self._answer = b""
        self._reader = frames.FrameReader()
        self._arrived = b""
        self._controls: list[bytes] = []
        self._held = memoryview(_request(self._handshake, profile, self._path, given.headers))
        self._key = b"\0\0\0\0"
        self._frame_left = 0
        self.sub_protocol: str | None = None

    @property
    def wants_write(self) -> bool:
        """True while a frame, or a pong between two frames, has not left yet."""
        ready_control = bool(self._controls) and not self._frame_left
        return bool(self._held) or ready_control or self._below.wants_write

    def fileno(self) -> int:
        """Return the file descriptor of the stream below."""
        return self._below.fileno()

    # --- hand-shake ---

    def advance(self) -> bool:
        """Go on with the hand-shake as far as possible; True when it is through."""
        try:
            self.flush()
            while data := self._below.receive():
                self._answer += data
                if self._take_answer():
                    return True
        except (StreamClosed, StreamLost) as error:
            if self._answer:
                # An answer without an end: the status line says more than the cut.
                self._take_answer(cut=True)
            raise ended("ws-cut", address=self._address) from error
        return False

    def _take_answer(self, *, cut: bool = False) -> bool:
        head, end, rest = self._answer.partition(_END_OF_HEADERS)
        if not b"HTTP/".startswith(self._answer[:5]):
            if self._answer[0] in _TLS_RECORDS and not self._over_tls:
                raise ended("needs-tls", address=self._address)
            raise ended("ws-not-http", address=self._address, shown=shown(self._answer))
        if len(head) > _LARGEST_ANSWER:
            raise ended("ws-error", address=self._address, detail="its answer has no end")
        if not end:
            if cut:
                raise ended("ws-not-http", address=self._address, shown=shown(self._answer))
            return False
        try:
            # Only the head: what follows is for our own frame reader.
            self._handshake.receive_data(head + end)
            for event in self._handshake.events():
                if isinstance(event, AcceptConnection):
                    self.sub_protocol = event.subprotocol
                    self._arrived = rest
                    return True
                if isinstance(event, RejectConnection):
                    raise self._rejected(event)
        except RemoteProtocolError as error:
            raise self._broken_handshake(str(error)) from error
        return False

    def _rejected(self, event: RejectConnection) -> ConnectionEnded:
        status = event.status_code
        facts = {
            "address": self._address,
            "path": shown_text(self._path.partition("?")[0]),
            "status": _status_text(status),
        }
        if 300 <= status < 400:
            headers = {bytes(name).lower(): bytes(value) for name, value in event.headers}
            return ended("ws-redirect", **facts, shown=shown(headers.get(b"location", b""), 200))
        if status in (401, 403, 407):
            return ended("ws-auth", **facts)
        if status in (429, 500, 502, 503, 504):
            return ended("ws-busy", **facts)
        advice = "Check the path; many brokers use /mqtt, some / or /ws."
        return ended("ws-status", **facts, advice=advice)

    def _broken_handshake(self, problem: str) -> ConnectionEnded:
        if problem.startswith("unrecognized subprotocol"):
            other = shown_text(problem.removeprefix("unrecognized subprotocol").strip())
            return ended("ws-sub-protocol", address=self._address, shown=f"“{other}”")
        if problem == "Bad HTTP message":
            return ended("ws-not-http", address=self._address, shown=shown(self._answer))
        return ended("ws-error", address=self._address, detail=shown_text(problem))

    # --- reading ---

    def receive(self) -> bytes:
        """Read once below and return what the frames in it hold."""
        self._check_open()
        data, self._arrived = self._arrived, b""
        if not data:
            data = self._below.receive()
        try:
            payload = self._reader.feed(data)
        except frames.FrameError as error:
            self._controls.append(frames.close(1002))
            self._flush_quietly()
            raise ended("ws-error", address=self._address, detail=str(error)) from error
        if self._reader.pings or self._reader.closed:
            self._answer_controls()
        if not payload:
            self._check_open()
        return payload

    def has_pending(self) -> bool:
        """Tell whether bytes or a close wait here that the socket knows nothing of."""
        return bool(self._arrived or self._reader.closed) or self._below.has_pending()

    def _answer_controls(self) -> None:
        # Only the newest ping needs an answer (RFC 6455 section 5.5.3); a flood of them must not pile up.
        if self._reader.pings:
            self._controls[:] = [frames.pong(self._reader.pings[-1])]
            self._reader.pings.clear()
        if self._reader.closed:
            code = self._reader.closed[0]
            self._controls.append(frames.close(1000 if code == 1005 else code))
        self._flush_quietly()

    def _check_open(self) -> None:
        if self._reader.closed is None:
            return
        code, reason = self._reader.closed
        detail = f"{code} {frames.CLOSE_CODES.get(code, '')}".strip()
        if reason:
            detail += f", “{shown_text(reason)}”"
        raise ended("ws-closed", address=self._address, detail=detail)

    # --- writing ---

    def send(self, data: memoryview) -> int:
        """Put ``data`` into one frame and write what can go now."""
        taken = 0
        while self._push():
            if not self._frame_left and self._controls:
                self._held = memoryview(self._controls.pop(0))
                continue
            if taken == len(data):
                break
            header = b""
            if not self._frame_left:
                self._frame_left = len(data) - taken
                self._key = frames.new_key()
                header = frames.frame_header(self._frame_left, self._key)
            piece = data[taken : taken + min(self._frame_left, _PIECE)]
            self._held = memoryview(header + frames.mask(piece, self._key))
            turn = len(piece) % 4
            self._key = self._key[turn:] + self._key[:turn]
            self._frame_left -= len(piece)
            taken += len(piece)
        return taken

    def _push(self) -> bool:
        """Write what is held; True when nothing is left of it."""
        while self._held:
            sent = self._below.send(self._held)
            if not sent:
                return False
            self._held = self._held[sent:]
        return True

    def flush(self) -> None:
        """Write what is held and the control frames that may go now."""
        while self._push() and self._controls and not self._frame_left:
            self._held = memoryview(self._controls.pop(0))
        self._below.flush()

    def _flush_quietly(self) -> None:
        with contextlib.suppress(StreamClosed, StreamLost, ConnectionEnded):
            self.flush()

    def finish(self) -> None:
        """Send a close frame and end the stream below."""
        if not self._reader.closed:
            self._controls.append(frames.close(1000))
        self._flush_quietly()
        self._below.finish()

    def close(self) -> None:
        """Close the stream below."""
        self._below.close()


def _request(
    handshake: wsproto.WSConnection,
    profile: Profile,
    path: str,
    headers: tuple[tuple[str, str], ...],
) -> bytes:
    """Write the GET that asks for a WebSocket (RFC 6455 section 4.1); raises ConnectionEnded."""
    host = (profile.server_name if profile.tls else "") or profile.host
    host = f"[{host}]" if ":" in host else host
    if profile.port != _DEFAULT_PORTS[profile.tls]:
        host += f":{profile.port}"
    given = {name.lower(): value for name, value in headers}
    sub_protocols = given.get("sec-websocket-protocol", profile.sub_protocol)
    request = Request(
        host=given.get("host", host),
        target=path,
        subprotocols=[name.strip() for name in sub_protocols.split(",") if name.strip()],
        extra_headers=[
            (name.encode(), value.strip().encode())
            for name, value in headers
            if name.lower() not in _OURS
        ],
    )
    try:
        return handshake.send(request)
    except (h11.ProtocolError, LocalProtocolError, UnicodeError) as error:
        # What these errors quote may be a secret header.
        raise ended("profile", problem=f"Path or headers: {_request_problem(error)}.") from None


def _request_problem(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "a letter beyond ASCII cannot be sent there"
    return "a sign in them cannot be sent in HTTP"


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

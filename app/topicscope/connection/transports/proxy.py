"""The way through a proxy: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 section 9.3.6).

The name of the broker goes to the proxy as it is: only the proxy looks it up. The conversations know
no socket; `ProxyHandShake` carries their bytes until the way is open, and the stream below is the way.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from topicscope.connection.outcomes import ConnectionEnded, ended, outcome, shown, shown_text
from topicscope.connection.transports.stream import Stream, StreamClosed, StreamLost
from topicscope.connection.transports.tcp import address_text

if TYPE_CHECKING:
    import h11
    from socksio.socks5 import SOCKS5State

    from topicscope.connection.outcomes import Outcome
    from topicscope.profiles.profile import Profile, Proxy

KIND_WORDS: Final = {"socks5": "a SOCKS5 proxy", "http": "an HTTP proxy"}

_LARGEST_ANSWER = 16_384

_REFUSED_BY: Final[dict[int, tuple[str, str]]] = {
    0x01: ("proxy-no-way", "it says “general failure”"),
    0x02: ("proxy-refused", "its rules forbid it"),
    0x03: ("proxy-no-way", "the network is unreachable"),
    0x04: ("proxy-no-way", "the host is unreachable or its name not known there"),
    0x05: ("proxy-no-way", "nothing listens there"),
    0x06: ("proxy-no-way", "the way is too long (TTL expired)"),
    0x07: ("proxy-refused", "it does not know the command CONNECT"),
    0x08: ("proxy-refused", "it does not know this type of address"),
}
"""Reply codes of SOCKS5 (RFC 1928 section 6)."""


class Conversation(Protocol):
    """What is said with a proxy, without any socket."""

    def next_bytes(self) -> bytes:
        """Return what is to be sent now."""

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when the way is open. Raises ConnectionEnded."""

    def cut(self) -> ConnectionEnded | None:
        """Return a better reason for a cut than that it was cut, where the proxy has said one."""


class ProxyHandShake:
    """Speak with the proxy at the other end of ``below`` until the way to the broker is open."""

    def __init__(self, below: Stream, profile: Profile, password: str | None = None) -> None:
        if profile.proxy is None:
            raise ValueError("the profile has no proxy")
        self._below = below
        self._about = _About(profile, profile.proxy)
        kind = Socks5Conversation if profile.proxy.kind == "socks5" else HttpConversation
        self._conversation: Conversation = kind(profile, self._about, password)
        self._held = memoryview(self._conversation.next_bytes())

    @property
    def facts(self) -> dict[str, str]:
        """Who is spoken of in the sentences."""
        return self._about.facts

    @property
    def wants_write(self) -> bool:
        """True while bytes wait for the stream below."""
        return bool(self._held) or self._below.wants_write

    def fileno(self) -> int:
        """Return the file descriptor of the stream below."""
        return self._below.fileno()

    def advance(self) -> bool:
        """Go on as far as possible; True when the way is open."""
        try:
            self._push()
            while data := self._below.receive():
                if self._conversation.feed(data):
                    return True
                self._held = memoryview(bytes(self._held) + self._conversation.next_bytes())
                self._push()
        except (StreamClosed, StreamLost) as error:
            raise self._conversation.cut() or self._about.ended("proxy-cut") from error
        return False

    def _push(self) -> None:
        while self._held and (sent := self._below.send(self._held)):
            self._held = self._held[sent:]
        self._below.flush()


class _About:
    """Who is spoken of in the sentences."""

    def __init__(self, profile: Profile, proxy: Proxy) -> None:
        self.facts: dict[str, str] = {
            "proxy": address_text(proxy.host, proxy.port),
            "address": address_text(profile.host, profile.port),
            "kind": KIND_WORDS[proxy.kind],
        }

    def ended(self, name: str, **more: str) -> ConnectionEnded:
        return ended(name, **self.facts, **more)


def proxy_unreachable(proxy: Proxy, why: Outcome) -> ConnectionEnded:
    """Make the end of a dial that did not even reach the proxy, from the reason for that."""
    detail = {
        "bad-host": "its name is not valid",
        "unknown-host": "its name was not found",
        "refused": "nothing listens there",
        "no-answer": "it does not answer",
    }.get(why.reason, "there is no way to it")
    made = outcome("proxy-unreachable", proxy=address_text(proxy.host, proxy.port), detail=detail)
    return ConnectionEnded(replace(made, retry=why.retry))


class Socks5Conversation:
    """Ask a SOCKS5 proxy for a way."""

    def __init__(self, profile: Profile, about: _About, password: str | None) -> None:
        import socksio

        if profile.proxy is None:
            raise ValueError("the profile has no proxy")
        self._socks = socksio.SOCKS5Connection()
        self._about = about
        self._buffer = b""
        self._target = (_idna(profile.host), profile.port)
        self._login = (profile.proxy.username.encode(), (password or "").encode())
        methods = [socksio.SOCKS5AuthMethod.NO_AUTH_REQUIRED]
        if self._login[0]:
            methods.append(socksio.SOCKS5AuthMethod.USERNAME_PASSWORD)
            if max(map(len, self._login)) > 255:
                problem = "Proxy: SOCKS5 takes a user name and a password of 255 bytes at most."
                raise ended("profile", problem=problem)
        self._socks.send(socksio.SOCKS5AuthMethodsRequest(methods))

    def next_bytes(self) -> bytes:
        """Return what is to be sent now."""
        return self._socks.data_to_send()

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when the way is open. Raises ConnectionEnded."""
        self._buffer += data
        while size := self._complete():
            answer, self._buffer = self._buffer[:size], self._buffer[size:]
            if self._take(answer):
                if self._buffer:
                    raise self._stranger(self._buffer)
                return True
        return False

    def cut(self) -> ConnectionEnded | None:
        """Return what a code without the rest of its reply says."""
        from socksio.socks5 import SOCKS5State

        authenticated = self._socks.state == SOCKS5State.CLIENT_AUTHENTICATED
        if authenticated and len(self._buffer) >= 2 and self._buffer[1]:
            return self._refused(self._buffer[1])
        return None

    def _complete(self) -> int:
        """Return the size of the reply at the front of what arrived, 0 while some of it is missing."""
        from socksio.socks5 import SOCKS5State

        have = self._buffer
        if self._socks.state == SOCKS5State.SERVER_VERIFY_USERNAME_PASSWORD:
            return 2 if len(have) >= 2 else 0
        if have and have[0] != 5:
            raise self._stranger(have)
        if self._socks.state == SOCKS5State.SERVER_AUTH_REPLY:
            return 2 if len(have) >= 2 else 0
        if len(have) < 5:
            return 0
        address = {1: 4, 3: 1 + have[4], 4: 16}.get(have[3])
        if address is None:
            raise self._refused(have[1]) if have[1] else self._stranger(have)
        return 6 + address if len(have) >= 6 + address else 0

    def _take(self, answer: bytes) -> bool:
        import socksio

        state = socksio.socks5.SOCKS5State
        if self._socks.state == state.CLIENT_AUTHENTICATED:
            if answer[1]:
                raise self._refused(answer[1])
            return True
        verifying = self._socks.state == state.SERVER_VERIFY_USERNAME_PASSWORD
        if not verifying and answer[1] == 0xFF:
            name = "proxy-refused" if self._login[0] else "proxy-login"
            raise self._about.ended(name, detail="it takes no user name and password")
        try:
            self._socks.receive_data(answer)
        except socksio.ProtocolError as error:
            raise self._stranger(answer) from error
        if verifying and answer[1]:
            raise self._about.ended("proxy-login-refused")
        after: SOCKS5State = self._socks.state
        if after == state.CLIENT_WAITING_FOR_USERNAME_PASSWORD:
            if not self._login[0]:
                raise self._stranger(answer)
            self._socks.send(socksio.SOCKS5UsernamePasswordRequest(*self._login))
        elif after == state.CLIENT_AUTHENTICATED:
            connect = socksio.SOCKS5Command.CONNECT
            self._socks.send(socksio.SOCKS5CommandRequest.from_address(connect, self._target))
        else:
            raise self._stranger(answer)
        return False

    def _refused(self, code: int) -> ConnectionEnded:
        name, detail = _REFUSED_BY.get(code, ("proxy-no-way", f"code 0x{code:02X}"))
        return self._about.ended(name, detail=detail)

    def _stranger(self, data: bytes) -> ConnectionEnded:
        return self._about.ended("proxy-not-one", shown=shown(data))


class HttpConversation:
    """Ask an HTTP proxy for a way."""

    def __init__(self, profile: Profile, about: _About, password: str | None) -> None:
        import h11

        if profile.proxy is None:
            raise ValueError("the profile has no proxy")
        self._about = about
        self._has_login = bool(profile.proxy.username)
        self._answer = b""
        target = address_text(_idna(profile.host), profile.port)
        headers = [("Host", target)]
        if self._has_login:
            login = f"{profile.proxy.username}:{password or ''}".encode()
            headers.append(("Proxy-Authorization", f"Basic {base64.b64encode(login).decode()}"))
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_ANSWER)
        try:
            request = h11.Request(method="CONNECT", target=target, headers=headers)
            self._outgoing = (self._http.send(request) or b"") + (
                self._http.send(h11.EndOfMessage()) or b""
            )
        except h11.ProtocolError as error:
            raise ended("bad-host", host=profile.host) from error

    def next_bytes(self) -> bytes:
        """Return what is to be sent now."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when the way is open. Raises ConnectionEnded."""
        import h11

        self._answer = (self._answer + data)[:200]
        if not b"HTTP/".startswith(self._answer[:5]):
            raise self._stranger()
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    return self._take(event)
                if not isinstance(event, h11.InformationalResponse):
                    raise self._stranger()
        except h11.RemoteProtocolError as error:
            raise self._stranger() from error
        return False

    def cut(self) -> ConnectionEnded | None:
        """Return that something else answered, where it did."""
        return self._stranger() if self._answer else None

    def _take(self, response: h11.Response) -> bool:
        status = response.status_code
        if 200 <= status < 300:
            if self._http.trailing_data[0]:
                raise self._stranger()
            return True
        reason = shown_text(response.reason.decode("latin-1"), 80)
        detail = f"HTTP {status} {reason}".rstrip()
        if status == 407:
            raise self._about.ended("proxy-login-refused" if self._has_login else "proxy-login")
        if status in (500, 502, 503, 504):
            raise self._about.ended("proxy-no-way", detail=detail)
        raise self._about.ended("proxy-refused", detail=detail)

    def _stranger(self) -> ConnectionEnded:
        return self._about.ended("proxy-not-one", shown=shown(self._answer))


def _idna(host: str) -> str:
    """Return a name as it goes over the wire; raises ConnectionEnded."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise ended("bad-host", host=host) from error

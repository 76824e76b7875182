"""The steps of one examination as they come: timed, told at once, and what was not reached at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.connection.doctor.step import Details, Status, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.offers import Offer
    from topicscope.connection.outcomes import Outcome
    from topicscope.profiles.profile import Profile

TITLES = {
    "profile": "Profile",
    "login": "Login",
    "socket": "Unix socket",
    "name": "Name",
    "tcp": "TCP",
    "proxy": "Proxy",
    "tls": "TLS",
    "certificate": "Certificate",
    "client-certificate": "Client certificate",
    "websocket": "WebSocket",
    "clock": "Clock",
    "connect": "CONNECT",
    "limits": "Limits",
    "probe-session": "Probes",
    "probe-all": "Subscribe to #",
    "probe-sys": "Subscribe to $SYS/#",
    "probe-shared": "Shared subscription",
    "probe-qos": "Subscribe with QoS 2",
    "probe-publish": "Publish",
    "probe-retain": "Retained message",
}
"""What people read for each key, in the order of the way."""

PROBES = tuple(key for key in TITLES if key.startswith("probe-") and key != "probe-session")


class StopError(Exception):
    """A step failed; what comes after it cannot be reached."""


class Report:
    """Collect steps and tell each at once."""

    def __init__(self, told: Callable[[Step], None]) -> None:
        self._told = told
        self._begun = time.monotonic()
        self.steps: list[Step] = []

    def begin(self) -> None:
        """Start the clock of the next step."""
        self._begun = time.monotonic()

    def elapsed(self) -> float:
        """Return the seconds since `begin`."""
        return time.monotonic() - self._begun

    def add(
        self,
        key: str,
        status: Status,
        text: str,
        remedy: str = "",
        *,
        details: Details = (),
        offer: Offer | None = None,
        elapsed_s: float | None = None,
    ) -> None:
        """Tell how a step went; without `elapsed_s` it has taken as long as since `begin`."""
        if elapsed_s is None:
            elapsed_s = 0.0 if status == "skipped" else self.elapsed()
        step = Step(key, TITLES[key], status, text, remedy, elapsed_s, details, offer)
        self.steps.append(step)
        self._told(step)
        self.begin()

    def fail(
        self,
        key: str,
        outcome: Outcome,
        *,
        remedy: str | None = None,
        offer: Offer | None = None,
        details: Details = (),
        elapsed_s: float | None = None,
    ) -> StopError:
        """Tell that a step failed as `outcome` says, with a better remedy where there is one.

        Returns what to raise.
        """
        self.add(
            key,
            "failed",
            outcome.text,
            outcome.remedy if remedy is None else remedy,
            details=details,
            offer=offer or outcome.offer,
            elapsed_s=elapsed_s,
        )
        return StopError(key)

    def skip_rest(self, profile: Profile, *, probes: bool) -> None:
        """Tell which steps of the way were not reached."""
        known = {step.key for step in self.steps}
        for key in way_of(profile, probes=probes):
            if key not in known:
                self.add(key, "skipped", "Not reached.")


def way_of(profile: Profile, *, probes: bool) -> list[str]:
    """Return the keys of the steps that lead to this broker."""
    if profile.transport == "unix":
        keys = ["socket"]
    else:
        keys = ["name", "tcp"]
        if profile.proxy is not None:
            keys.append("proxy")
        keys.append("tls")
        if profile.tls:
            keys += ["certificate", "client-certificate"]
        if profile.transport == "websocket":
            keys.append("websocket")
    keys += ["connect", "limits"]
    return [*keys, "probe-session"] if probes else keys

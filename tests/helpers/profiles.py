"""Profiles of brokers that tests start on this machine."""

from __future__ import annotations

from topicscope.profiles.profile import Profile


def local_profile(port: int, **settings: object) -> Profile:
    """Return the profile of a broker at a port of this machine; `settings` are fields of `Profile`."""
    return Profile(**({"host": "127.0.0.1", "port": port} | settings))  # type: ignore[arg-type]

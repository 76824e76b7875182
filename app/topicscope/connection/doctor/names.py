"""Which Client Identifier the doctor connects with: one of its own, so that nobody is cut off by an examination."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from topicscope.connection.outcomes import shown_text

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

_REGISTERS_CLIENTS = (".amazonaws.com", ".amazonaws.com.cn", ".azure-devices.net", ".azure.net")
"""Hosts of brokers that let a client in only under the identifier it is registered with."""
_MAY_BE_THE_NAME = ("auth", "cut-before-connack", "no-connack")


def random_identifier() -> str:
    """Return a Client Identifier that nobody else has."""
    return f"topicscope-{secrets.token_hex(4)}"


class Names:
    """The Client Identifier of one examination.

    A second connection under the identifier of a profile would take over the session of the first (section 3.1.4),
    which may be this very window. So a random one is tried, and that of the profile only where it has to be.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._own = profile.client_identifier
        host = profile.host.rstrip(".").casefold()
        self._is_registered = profile.login == "azure_sas" or host.endswith(_REGISTERS_CLIENTS)
        self._fell_back = False
        self.spares_own = bool(self._own) and not self._is_registered
        self.identifier = self._own if self._own and self._is_registered else random_identifier()

    def fall_back(self) -> None:
        """Take the identifier of the profile, after the broker has refused a random one."""
        self._fell_back, self.spares_own = True, False
        self.identifier = self._own

    def spoken(self) -> Profile:
        """Return the profile to connect as; under a random identifier no session is left behind."""
        if self.identifier == self._own:
            return self._profile
        return msgspec.structs.replace(
            self._profile, clean_start=True, session_expiry_interval=None
        )

    def details(self) -> list[tuple[str, str]]:
        """Say which identifier was used, and why."""
        if not self._own:
            return []
        if self.spares_own:
            why = (
                f"{shown_text(self._own)}: not used, for who is connected as that would be cut off"
            )
        elif self._fell_back:
            why = "used, because the broker refused a random one; who was connected as that is cut off"
        else:
            why = "used, because this broker knows its clients by it; who was connected as that is cut off"
        return [("Identifier of the profile", why)]

    def remedy(self, reason: str) -> str:
        """Return what a failure may have to do with the random identifier, or nothing."""
        if not self.spares_own or reason not in _MAY_BE_THE_NAME:
            return ""
        return (
            "The doctor used a random Client Identifier; if this broker lets in only "
            f"“{shown_text(self._own)}”, Connect may still work."
        )

"""A profile in the making: fields, secrets and words come together, and the last checks are common to all tools."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from topicscope.profiles.importers.imported import EmbeddedFile, ImportedProfile, ImportFailed
from topicscope.profiles.importers.record import Notes
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile, Will
from topicscope.profiles.secrets import take_secrets

LONGEST_NAME = 200

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_FILES = (
    ("CA file", "ca_file"),
    ("client certificate", "certificate_file"),
    ("client key", "key_file"),
)
_ONLY_IN_5 = (
    "session_expiry_interval",
    "receive_maximum",
    "maximum_packet_size",
    "topic_alias_maximum",
    "request_response_information",
    "request_problem_information",
    "user_properties",
    "authentication_method",
)
_WILL_OF_ALL_VERSIONS = ("topic", "payload", "qos", "retain")
_LIMITS = (
    "receive_maximum",
    "maximum_packet_size",
    "topic_alias_maximum",
    "session_expiry_interval",
)


@dataclass(slots=True)
class Draft:
    """What is known of one connection so far.

    Attributes:
        tool: where it comes from, for the words.
        fields: fields of the profile.
        secrets: under the names of `profiles.secrets`.

    """

    tool: str
    place: str
    notes: Notes = field(default_factory=Notes)
    fields: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    files: list[EmbeddedFile] = field(default_factory=list)

    def put(self, **values: Any) -> None:  # noqa: ANN401 - fields of a profile
        """Set fields; None and the empty text leave one as it is."""
        self.fields |= {name: value for name, value in values.items() if value not in (None, "")}

    def password(self, text: str) -> None:
        """Keep a password as a secret."""
        if text:
            self.secrets["secret"] = text

    def finish(self) -> ImportedProfile:
        """Make the profile. Raises ImportFailed where no broker is named."""
        self.fields.setdefault("subscriptions", ())
        self.fields["name"] = clean_name(self.fields.get("name", ""))
        if self.fields.get("transport") != "unix" and not self.fields.get("host"):
            raise ImportFailed(self.place, "names no broker")
        try:
            profile = msgspec.convert(self.fields, Profile)
        except (ValueError, TypeError) as error:
            raise ImportFailed(self.place, str(error)) from error
        profile = self._without_secrets(self._of_its_version(profile))
        if not profile.name:
            profile = msgspec.structs.replace(profile, name=profile.label)
        check = (*self.notes.check, *things_to_check(profile, self.tool))
        return ImportedProfile(
            profile,
            dict(self.secrets),
            (*words_of(profile, self.secrets, self.files), *self.notes.taken),
            tuple(dict.fromkeys(self.notes.ignored)),
            tuple(dict.fromkeys(check)),
            tuple(self.files),
        )

    def _of_its_version(self, profile: Profile) -> Profile:
        """Leave out what only MQTT 5 has where another version is spoken: there it was never sent."""
        if profile.protocol_version == 5:
            return profile
        plain = Profile()
        values: dict[str, Any] = {name: getattr(plain, name) for name in _ONLY_IN_5}
        if profile.will is not None:
            kept = {name: getattr(profile.will, name) for name in _WILL_OF_ALL_VERSIONS}
            values["will"] = Will(**kept)
        same = msgspec.structs.replace(profile, **values)
        if same != profile:
            self.notes.ignored.append("properties of MQTT 5, which is not the version spoken")
        return same

    def _without_secrets(self, profile: Profile) -> Profile:
        """Move tokens out of path, headers and user name to the secrets."""
        password = self.secrets.get("secret")
        clean, taken = take_secrets(profile, password)
        self.secrets |= taken
        if clean.login == "token_as_user_name" and password:
            self.notes.check.append(
                "The user name is a token; the password beside it was not taken, a placeholder is sent."
            )
        return clean


def clean_name(text: str) -> str:
    """Return a name on one line, without marks that nobody sees."""
    return _UNSEEN.sub(" ", text).strip()[:LONGEST_NAME]


def words_of(
    profile: Profile, secrets: dict[str, str], files: list[EmbeddedFile]
) -> tuple[str, ...]:
    """Say what a profile holds beyond the defaults."""
    embedded = {file.field for file in files}
    words = [profile.url]
    names = {"secret": "password or token", "passphrase": "passphrase of the key"}
    words += [f"folder {profile.folder}"] if profile.folder else []
    words += ["user name"] if profile.username else []
    words += [names.get(name, name.replace("_", " ")) for name in secrets]
    words += ["Client Identifier"] if profile.client_identifier else []
    words += [what for what, name in _FILES if getattr(profile, name) or name in embedded]
    words += ["proxy"] if profile.proxy else []
    words += ["ALPN"] if profile.alpn else []
    words += ["Will Message"] if profile.will else []
    if profile.user_properties or any(getattr(profile, name) is not None for name in _LIMITS):
        words.append("MQTT 5 properties")
    if count := len(profile.subscriptions):
        words.append("1 subscription" if count == 1 else f"{count} subscriptions")
    return tuple(words)


def things_to_check(profile: Profile, tool: str) -> tuple[str, ...]:
    """Say what a person must look at before such a profile is used."""
    found = []
    if problem := profile_problem(profile):
        found.append(problem)
    if profile.insecure:
        found.append("The broker's certificate is not verified; anyone on the way could answer.")
    if profile.client_identifier and tool:
        found.append(
            f"The Client Identifier is the one of {tool}: connected at once, the two push each other off."
        )
    if profile.secret_source == "command":
        found.append(f"At each connect this program is run: {profile.secret_reference}")
    elif profile.secret_source != "stored":
        found.append(f"The secret is read from {profile.secret_reference}.")
    if profile.tls_key_log_file:
        found.append(f"The keys of TLS are written to {profile.tls_key_log_file}.")
    for what, name in _FILES:
        file = getattr(profile, name)
        if file and not _is_here(file):
            found.append(f"The {what} {file} is not on this machine.")
    return tuple(found)


def _is_here(file: str) -> bool:
    # A name that begins so is asked from another machine on Windows, with the person's login.
    if file.startswith(("\\\\", "//")):
        return False
    try:
        return Path(file).is_file()
    except (OSError, ValueError):
        return False

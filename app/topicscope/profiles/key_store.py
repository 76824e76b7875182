"""Where secrets are kept: in the key store of the system, in memory, or in a file when its user says so."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

import msgspec

from topicscope.profiles.files import StoreError
from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.secrets import Secrets
    from topicscope.profiles.upgrades import Upgrade

Kept: TypeAlias = Literal["key store", "memory", "file"]

SERVICE: Final = "topicscope"
FILE_NAME: Final = "secrets-not-encrypted.json"
LONGEST_ENTRY: Final = 1_200
"""Characters of one entry at most: Windows allows 2,560 bytes, two for each character."""
MOST_ENTRIES: Final = 100

UPGRADES: dict[int, Upgrade] = {}
"""For each older version of the file the function that makes the next one of it, with a test named after it."""

_UNUSABLE = ("fail", "null", "plaintext")


class Backend(Protocol):
    """What `keyring` gives: short texts by service and user name."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a text, or None where there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a text."""

    def delete_password(self, service: str, username: str) -> None:
        """Keep it no longer; raises when there is none."""


class SecretsFile(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of all profiles, by their identifiers, as anybody can read them."""

    version: int = 1
    warning: str = "The secrets below are not encrypted: whoever can read this file has them."
    secrets: dict[str, dict[str, str]] = {}


class SecretStore:
    """The secrets of profiles, by `Profile.identifier`.

    The key store of the system comes first; where it is missing or refuses, the file, if it is allowed; else memory
    until the end of the program. All methods may block, on a question of the system too: call them in a worker.
    None of them raises because of a key store; StoreError says that the file could not be changed. Thread-safe.
    """

    def __init__(self, folder: Path, backend: Backend | None = None) -> None:
        self._path = folder / FILE_NAME
        # What was deleted must not stand in a backup.
        self._file = OneFileStore(
            self._path, SecretsFile, words="The secrets were", upgrades=UPGRADES, backup=False
        )
        self._backend = backend
        self._backend_known = backend is not None
        self._memory: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()

    # Properties

    @property
    def file_allowed(self) -> bool:
        """Whether secrets may be kept in a file that is not encrypted."""
        return self._path.exists()

    # Methods

    def read(self, identifier: str) -> dict[str, str]:
        """Return the secrets of a profile; none where none can be had."""
        if not identifier:
            return {}
        with self._lock:
            if identifier in self._memory:
                return dict(self._memory[identifier])
            found = self._read_key_store(identifier)
            if found is None and self.file_allowed:
                found = self._file.load().value.secrets.get(identifier)
            return dict(found or {})

    def write(self, identifier: str, secrets: Secrets) -> Kept:
        """Keep the secrets of a profile in place of older ones, and return where.

        Raises ValueError without an identifier.
        """
        if not identifier:
            raise ValueError("a profile that is not stored has no identifier to keep secrets under")
        with self._lock:
            if not secrets:
                self.delete(identifier)
                return self.where()
            if self._write_key_store(identifier, dict(secrets)):
                self._forget(identifier)
                self._forget_in_file(identifier)
                return "key store"
            # What the key store refused to replace may still be in it: memory is asked first.
            self._memory[identifier] = dict(secrets)
            written = self.file_allowed and self._write_file(identifier, dict(secrets))
            return "file" if written else "memory"

    def delete(self, identifier: str) -> None:
        """Keep the secrets of a profile no longer, wherever they are."""
        with self._lock:
            self._forget(identifier)
            self._delete_key_store(identifier)
            self._forget_in_file(identifier)

    def where(self) -> Kept:
        """Return where secrets go now."""
        with self._lock:
            if self._usable_backend() is not None:
                return "key store"
            return "file" if self.file_allowed else "memory"

    def allow_file(self, allowed: bool) -> None:
        """Keep secrets in a file when there is no key store, or delete that file. Raises StoreError.

        What is in memory moves into the file, and the other way round.
        """
        with self._lock:
            if allowed:
                if not self.file_allowed:
                    self._file.save(SecretsFile())
                for identifier, secrets in self._memory.items():
                    self._write_file(identifier, secrets)
            elif self.file_allowed:
                self._memory = {**self._file.load().value.secrets, **self._memory}
                self._delete_file()

    # Private: file

    def _write_file(self, identifier: str, secrets: dict[str, str]) -> bool:
        try:
            self._file.change(lambda file: _with(file, identifier, secrets))
        except StoreError:
            return False
        return True

    def _forget_in_file(self, identifier: str) -> None:
        if self.file_allowed and identifier in self._file.load().value.secrets:
            self._file.change(lambda file: _with(file, identifier, None))

    def _delete_file(self) -> None:
        try:
            self._file.delete()
        except OSError as error:
            raise StoreError(f"{self._path} was not deleted: {error.strerror or error}.") from error

    def _forget(self, identifier: str) -> None:
        self._memory.pop(identifier, None)

    # Private: key store

    def _usable_backend(self) -> Backend | None:
        if not self._backend_known:
            self._backend = _system_backend()
            self._backend_known = True
        return self._backend

    def _read_key_store(self, identifier: str) -> dict[str, str] | None:
        backend = self._usable_backend()
        if backend is None:
            return None
        try:
            return _joined(backend, identifier)
        except Exception:  # noqa: BLE001 - backends raise what their systems raise
            return None

    def _write_key_store(self, identifier: str, secrets: dict[str, str]) -> bool:
        backend = self._usable_backend()
        if backend is None:
            return False
        try:
            _cut_and_write(backend, identifier, secrets)
        except Exception:  # noqa: BLE001 - a refusal, a question that was dismissed, a full store
            return False
        return True

    def _delete_key_store(self, identifier: str) -> None:
        backend = self._usable_backend()
        if backend is None:
            return
        try:
            head = backend.get_password(SERVICE, identifier)
            if head is not None:
                backend.delete_password(SERVICE, identifier)
                _delete_parts(backend, identifier, head)
        except Exception:  # noqa: BLE001 - nothing more can be done, and no secret is shown
            return


# --- entries of a key store ---
#
# The entry under the identifier says how many parts there are, and their digest: ``3 1f2e3d4c``. Parts bear the digest
# in their names, so that older ones stay whole until the entry names the new ones.


def _cut_and_write(backend: Backend, identifier: str, secrets: dict[str, str]) -> None:
    # Letters beyond ASCII are escaped, so that a cut falls between whole characters everywhere.
    text = json.dumps(sorted(secrets.items()))
    parts = [text[at : at + LONGEST_ENTRY] for at in range(0, len(text), LONGEST_ENTRY)]
    if len(parts) > MOST_ENTRIES:
        raise ValueError("too long for a key store")
    head = f"{len(parts)} {_digest(text)}"
    before = backend.get_password(SERVICE, identifier)
    try:
        for name, part in zip(_part_names(identifier, head), parts, strict=True):
            backend.set_password(SERVICE, name, part)
        backend.set_password(SERVICE, identifier, head)
    except Exception:
        if before != head:
            with contextlib.suppress(Exception):
                _delete_parts(backend, identifier, head)
        raise
    if before is not None and before != head:
        _delete_parts(backend, identifier, before)


def _joined(backend: Backend, identifier: str) -> dict[str, str] | None:
    head = backend.get_password(SERVICE, identifier)
    if head is None:
        return None
    parts = [backend.get_password(SERVICE, name) or "" for name in _part_names(identifier, head)]
    text = "".join(parts)
    if not parts or head.partition(" ")[2] != _digest(text):
        return None
    return dict(msgspec.json.decode(text, type=list[tuple[str, str]]))


def _delete_parts(backend: Backend, identifier: str, head: str) -> None:
    for name in _part_names(identifier, head):
        if backend.get_password(SERVICE, name) is not None:
            backend.delete_password(SERVICE, name)


def _part_names(identifier: str, head: str) -> list[str]:
    count, _, digest = head.partition(" ")
    if not (count.isascii() and count.isdigit() and len(count) < 4):
        return []
    return [f"{identifier} {digest} {number}" for number in range(min(int(count), MOST_ENTRIES))]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _system_backend() -> Backend | None:
    try:
        import keyring

        found = keyring.get_keyring()
        name = f"{type(found).__module__}.{type(found).__name__}".lower()
        usable = found.priority > 0 and not any(word in name for word in _UNUSABLE)
    except Exception:  # noqa: BLE001 - a broken configuration of keyring is no reason to fail
        return None
    return found if usable else None


def _with(file: SecretsFile, identifier: str, secrets: dict[str, str] | None) -> SecretsFile:
    others = {key: value for key, value in file.secrets.items() if key != identifier}
    if secrets is not None:
        others[identifier] = secrets
    return msgspec.structs.replace(file, secrets=others)

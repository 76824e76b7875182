from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topicscope.profiles.files import StoreError
from topicscope.profiles.key_store import FILE_NAME, LONGEST_ENTRY, SERVICE, UPGRADES, SecretStore

APP = Path(__file__).parents[3] / "app"
ID = "0123456789abcdef"
OTHER = "fedcba9876543210"
LONG = {"secret": "ü€😀" * 2_000, "passphrase": "x"}


class KeyStore:
    """The key store of a system, which can be locked, and takes only short entries, as that of Windows."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        if len(password.encode("utf-16-le")) > 2_560:
            raise RuntimeError("too long")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        del self.entries[service, username]

    def _ask(self) -> None:
        self.asked += 1
        if self.locked:
            raise RuntimeError("the question was dismissed")


class NoKeyStore(KeyStore):
    def __init__(self) -> None:
        super().__init__()
        self.locked = True


@pytest.fixture
def system() -> KeyStore:
    return KeyStore()


@pytest.fixture
def store(tmp_path: Path, system: KeyStore) -> SecretStore:
    return SecretStore(tmp_path, system)


def secrets_file(tmp_path: Path) -> dict[str, dict[str, str]]:
    return json.loads((tmp_path / FILE_NAME).read_bytes())["secrets"]


def test_that_secrets_go_to_the_key_store_and_come_back(
    store: SecretStore, system: KeyStore, tmp_path: Path
) -> None:
    assert store.read(ID) == {}
    assert store.write(ID, {"secret": "hush", "header Cookie": "a"}) == "key store"
    assert store.where() == "key store"
    assert SecretStore(tmp_path, system).read(ID) == {"secret": "hush", "header Cookie": "a"}
    assert store.read(OTHER) == {}
    assert {service for service, _ in system.entries} == {SERVICE}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("secrets", [LONG, {"secret": ""}, {"secret": "x" * LONGEST_ENTRY * 3}])
def test_that_long_secrets_are_cut_over_several_entries(
    store: SecretStore, system: KeyStore, tmp_path: Path, secrets: dict[str, str]
) -> None:
    store.write(ID, secrets)
    assert SecretStore(tmp_path, system).read(ID) == secrets


def test_that_older_secrets_leave_nothing_behind(store: SecretStore, system: KeyStore) -> None:
    store.write(ID, LONG)
    store.write(ID, {"secret": "short"})
    assert len(system.entries) == 2
    store.write(ID, {})
    assert system.entries == {}
    store.write(ID, LONG)
    store.delete(ID)
    assert system.entries == {}
    store.delete("never there")


def test_that_a_writing_that_breaks_off_leaves_the_old_secrets(
    store: SecretStore, system: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(ID, {"secret": "old"})
    set_password = system.set_password

    def breaks_off(service: str, username: str, password: str) -> None:
        if username == ID:
            raise RuntimeError("power cut")
        set_password(service, username, password)

    monkeypatch.setattr(system, "set_password", breaks_off)
    assert store.write(ID, {"secret": "new"}) == "memory"
    assert store.read(ID) == {"secret": "new"}
    assert SecretStore(tmp_path, system).read(ID) == {"secret": "old"}
    assert len(system.entries) == 2


@given(entry=st.text(max_size=30), part=st.text(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_foreign_entries_are_no_secrets_and_raise_nothing(
    tmp_path: Path, entry: str, part: str
) -> None:
    system = KeyStore()
    store = SecretStore(tmp_path, system)
    store.write(ID, {"secret": "hush"})
    parts = [key for key in system.entries if key[1] != ID]
    system.entries[parts[0]] = part
    assert store.read(ID) == {}
    system.entries[SERVICE, ID] = entry
    assert store.read(ID) == {}
    store.delete(ID)
    assert (SERVICE, ID) not in system.entries


def test_that_without_a_key_store_secrets_stay_in_memory(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, NoKeyStore())
    assert store.write(ID, {"secret": "hush"}) == "memory"
    assert store.read(ID) == {"secret": "hush"}
    assert SecretStore(tmp_path, NoKeyStore()).read(ID) == {}
    store.delete(ID)
    assert store.read(ID) == {}
    assert list(tmp_path.iterdir()) == []


def test_that_a_key_store_which_is_locked_later_does_not_bring_back_the_old(
    store: SecretStore, system: KeyStore
) -> None:
    store.write(ID, {"secret": "old"})
    system.locked = True
    assert store.read(ID) == {}
    assert store.write(ID, {"secret": "new"}) == "memory"
    system.locked = False
    assert store.read(ID) == {"secret": "new"}
    assert store.write(ID, {"secret": "newer"}) == "key store"
    assert store.read(ID) == {"secret": "newer"}


def test_that_a_file_is_written_only_when_it_is_allowed(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, NoKeyStore())
    store.write(ID, {"secret": "hush"})
    assert not store.file_allowed
    store.allow_file(True)
    assert store.file_allowed
    assert store.write(OTHER, {"secret": "psst"}) == "file"
    assert secrets_file(tmp_path) == {ID: {"secret": "hush"}, OTHER: {"secret": "psst"}}
    path = tmp_path / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "not encrypted" in path.read_text()
    again = SecretStore(tmp_path, NoKeyStore())
    assert again.file_allowed
    assert again.read(ID) == {"secret": "hush"}


def test_that_what_is_deleted_is_in_no_file_and_no_backup(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, NoKeyStore())
    store.allow_file(True)
    store.write(ID, {"secret": "canary-1"})
    store.write(ID, {"secret": "canary-2"})
    store.write(OTHER, {"secret": "psst"})
    store.delete(ID)
    assert not any(b"canary" in path.read_bytes() for path in tmp_path.iterdir())
    assert store.read(OTHER) == {"secret": "psst"}


def test_that_a_file_no_longer_allowed_goes_and_its_secrets_stay_in_memory(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, NoKeyStore())
    store.allow_file(True)
    store.write(ID, {"secret": "hush"})
    store.allow_file(False)
    assert not (tmp_path / FILE_NAME).exists()
    assert store.read(ID) == {"secret": "hush"}
    assert SecretStore(tmp_path, NoKeyStore()).read(ID) == {}


def test_that_the_key_store_takes_over_from_the_file(tmp_path: Path, system: KeyStore) -> None:
    system.locked = True
    store = SecretStore(tmp_path, system)
    store.allow_file(True)
    store.write(ID, {"secret": "hush"})
    system.locked = False
    assert SecretStore(tmp_path, system).read(ID) == {"secret": "hush"}
    assert store.write(ID, {"secret": "psst"}) == "key store"
    assert secrets_file(tmp_path) == {}


def test_that_a_file_which_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SecretStore(tmp_path / "file" / "folder", NoKeyStore())
    with pytest.raises(StoreError, match="were not saved"):
        store.allow_file(True)
    assert store.write(ID, {"secret": "hush"}) == "memory"


def test_that_a_profile_without_identifier_has_no_secrets(store: SecretStore) -> None:
    assert store.read("") == {}
    with pytest.raises(ValueError, match="identifier"):
        store.write("", {"secret": "hush"})


def test_that_several_threads_share_a_store(store: SecretStore) -> None:
    def work(number: int) -> None:
        for turn in range(30):
            store.write(f"{number:016x}", {"secret": f"{number}-{turn}"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.read(f"{number:016x}")["secret"] for number in range(4)] == [
        f"{number}-29" for number in range(4)
    ]


def test_that_every_older_version_of_the_file_has_an_upgrade() -> None:
    assert UPGRADES == {}


@pytest.mark.parametrize(
    ("backend", "where"),
    [
        ("keyring.backends.fail.Keyring", "memory"),
        ("keyring.backends.null.Keyring", "memory"),
        ("no.such.Backend", "memory"),
    ],
)
def test_that_a_system_without_a_key_store_is_told_by_keyring(
    tmp_path: Path, backend: str, where: str
) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from topicscope.profiles.key_store import SecretStore\n"
        "assert 'keyring' not in sys.modules\n"
        "store = SecretStore(Path(sys.argv[1]))\n"
        "print(store.write('0123456789abcdef', {'secret': 'x'}), store.where())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={"PYTHONPATH": str(APP), "PYTHON_KEYRING_BACKEND": backend, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [where, where]

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from topicscope.profiles.profile import Profile
from topicscope.profiles.store import LARGEST_FILE, ProfileStore, StoreError, file_name

APP = Path(__file__).parents[3] / "app"


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles")


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "profiles").iterdir())


def test_that_a_store_without_folder_is_empty(store: ProfileStore) -> None:
    assert store.list().profiles == []
    assert store.list().problems == []


def test_that_what_was_saved_is_listed_in_the_order_of_names(store: ProfileStore) -> None:
    profiles = [Profile(name=name, host="h", alpn=("mqtt",)) for name in ("Zoo", "anna", "Lab")]
    for profile in profiles:
        store.save(profile)
    listed = store.list()
    assert [profile.name for profile in listed.profiles] == ["anna", "Lab", "Zoo"]
    assert listed.profiles[2] == profiles[0]


def test_that_saving_again_replaces_and_deleting_removes(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab", port=1))
    store.save(Profile(name="lab", port=2))
    assert [profile.port for profile in store.list().profiles] == [2]
    assert len(files(tmp_path)) == 1
    store.delete("lab")
    store.delete("never there")
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../etc/passwd", "CON", "a/b", "x" * 5000, "日本", ".hidden", "a\0b", "lab."],
)
def test_that_any_name_gives_a_safe_file(store: ProfileStore, tmp_path: Path, name: str) -> None:
    store.save(Profile(name=name))
    (file,) = files(tmp_path)
    assert len(file) < 64
    assert file.isascii()
    assert not file.startswith(".")
    assert [profile.name for profile in store.list().profiles] == [name]


def test_that_names_which_look_alike_have_files_of_their_own() -> None:
    assert len({file_name(name) for name in ("Lab", "lab", "lab ", "l/ab", "l-ab")}) == 5


def test_that_files_and_folder_are_for_their_user_alone(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab"))
    folder = tmp_path / "profiles"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"version": 0}',
        b'{"version": true}',
        b'{"version": "1"}',
        b'{"version": 1, "port": "high"}',
        b'{"version": 1, "protocol_version": 6}',
        b'{"version": 1, "transport": "pigeon"}',
        b"[" * 100_000,
        b'{"version": 1, "name": "' + b"x" * LARGEST_FILE + b'"}',
    ],
)
def test_that_a_broken_file_is_set_aside_and_hides_no_other(
    store: ProfileStore, tmp_path: Path, content: bytes
) -> None:
    store.save(Profile(name="good"))
    (tmp_path / "profiles" / "bad.json").write_bytes(content)
    listed = store.list()
    assert [profile.name for profile in listed.profiles] == ["good"]
    (problem,) = listed.problems
    assert problem.reason
    assert problem.set_aside is not None
    assert problem.set_aside.name.startswith("bad.json.broken-")
    assert problem.set_aside.read_bytes() == content
    assert store.list().problems == []


def test_that_a_file_broken_twice_in_a_second_is_kept_twice(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="good"))
    for _ in range(2):
        (tmp_path / "profiles" / "bad.json").write_bytes(b"{")
        store.list()
    assert sum("broken" in name for name in files(tmp_path)) == 2


def test_that_a_file_of_a_newer_version_stays_where_it_is(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="good"))
    newer = tmp_path / "profiles" / "newer.json"
    newer.write_text('{"version": 99, "name": "newer"}')
    (problem,) = store.list().problems
    assert "newer Topicscope" in str(problem)
    assert problem.set_aside is None
    assert newer.exists()


def test_that_what_a_later_version_has_added_is_kept(store: ProfileStore, tmp_path: Path) -> None:
    store.save(Profile(name="lab"))
    path = tmp_path / "profiles" / file_name("lab")
    stored = json.loads(path.read_text()) | {"colour": "blue"}
    path.write_text(json.dumps(stored))
    store.save(Profile(name="lab", port=1884))
    assert json.loads(path.read_text())["colour"] == "blue"


def test_that_a_copied_file_is_listed_under_a_name_of_its_own(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab"))
    folder = tmp_path / "profiles"
    (folder / "zz.json").write_bytes((folder / file_name("lab")).read_bytes())
    assert [profile.name for profile in store.list().profiles] == ["lab", "lab (zz)"]
    store.delete("lab (zz)")
    assert [profile.name for profile in store.list().profiles] == ["lab"]


def test_that_no_secret_reaches_a_file(store: ProfileStore, tmp_path: Path) -> None:
    profile = Profile(
        name="cloud",
        transport="websocket",
        path="/mqtt?token=canary-1&room=7",
        headers=(("Authorization", "Bearer canary-2"), ("X-Room", "7"), ("Cookie", "canary-3")),
    )
    left_out = store.save(profile)
    assert left_out == ("header Authorization", "header Cookie", "query parameter token")
    (stored,) = store.list().profiles
    assert stored.path == "/mqtt?room=7"
    assert stored.headers == (("X-Room", "7"),)
    assert b"canary" not in (tmp_path / "profiles" / file_name("cloud")).read_bytes()


def test_that_a_folder_which_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="was not saved"):
        ProfileStore(tmp_path / "file" / "profiles").save(Profile(name="lab"))


def test_that_a_full_disk_leaves_the_old_profile_whole(store: ProfileStore, tmp_path: Path) -> None:
    store.save(Profile(name="lab", port=1884))
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from topicscope.profiles.store import ProfileStore, StoreError\n"
        "from topicscope.profiles.profile import Profile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: ProfileStore(Path(sys.argv[1])).save(Profile(name='lab', port=1885))\n"
        "except StoreError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "profiles")],
        env={"PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "was not saved" in done.stdout
    assert [profile.port for profile in store.list().profiles] == [1884]
    assert len(files(tmp_path)) == 1


def test_that_all_fields_come_back_from_a_file(store: ProfileStore) -> None:
    profile = Profile(
        name="all",
        host="broker",
        port=443,
        transport="websocket",
        tls=True,
        path="/x",
        protocol_version=4,
        client_identifier="me",
        username="anna",
        keep_alive=5,
        clean_start=False,
        ca_file="ca",
        certificate_file="cert",
        key_file="key",
        insecure=True,
        alpn=("mqtt",),
        headers=(("X-Room", "7"),),
        subscriptions=("a", "b/#"),
        kind="production",
    )
    assert all(
        getattr(profile, field.name) != field.default
        for field in msgspec.structs.fields(Profile)
        if field.name != "version"
    )
    store.save(profile)
    assert store.list().profiles == [profile]


def test_that_a_profile_from_before_there_were_kinds_is_for_development(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="old"))
    file = next((tmp_path / "profiles").glob("*.json"))
    stored = msgspec.json.decode(file.read_bytes())
    del stored["kind"]
    file.write_bytes(msgspec.json.encode(stored))
    assert store.list().profiles[0].kind == "development"

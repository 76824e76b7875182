from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from topicscope.profiles.files import StoreError
from topicscope.profiles.folder_lock import FILE_NAME as LOCK
from topicscope.profiles.one_file_store import LARGEST_FILE
from topicscope.profiles.profile import Profile, Proxy, Will
from topicscope.profiles.store import ProfileStore, file_name

APP = Path(__file__).parents[3] / "app"
GOLDEN = Path(__file__).parent / "golden"

ALL_FIELDS = Profile(
    identifier="0123456789abcdef",
    name="all",
    folder="plant/line 1",
    position=3,
    colour="pink",
    kind="production",
    read_only=True,
    host="broker",
    port=443,
    transport="websocket",
    path="/x",
    headers=(("X-Room", "7"),),
    sub_protocol="mqttv3.1",
    proxy=Proxy(kind="http", host="proxy", port=3128, username="anna"),
    connect_timeout=3,
    tls=True,
    ca_file="ca",
    certificate_file="cert",
    key_file="key",
    insecure=True,
    pinned_certificate="ab" * 32,
    server_name="other",
    alpn=("mqtt",),
    tls_key_log_file="keys",
    username="anna",
    login="token_as_password",
    secret_source="command",
    secret_reference="token --print",
    placeholder_password="x",
    authentication_method="SCRAM-SHA-256",
    protocol_version=4,
    client_identifier="me",
    keep_alive=5,
    clean_start=False,
    session_expiry_interval=0,
    receive_maximum=1,
    maximum_packet_size=2,
    topic_alias_maximum=3,
    request_response_information=True,
    request_problem_information=False,
    user_properties=(("a", "b"),),
    will=Will(
        topic="gone",
        payload="{}",
        qos=1,
        retain=True,
        delay_interval=1,
        payload_format_indicator=True,
        message_expiry_interval=2,
        content_type="text/plain",
        response_topic="answers",
        correlation_data="0a",
        user_properties=(("a", "b"),),
    ),
    subscriptions=("a", "b/#"),
)


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles")


def files(tmp_path: Path) -> list[str]:
    found = (path.name for path in (tmp_path / "profiles").iterdir())
    return sorted(name for name in found if name != LOCK and not name.endswith(".bak"))


def test_that_a_store_without_folder_is_empty(store: ProfileStore) -> None:
    assert store.list().profiles == []
    assert store.list().problems == []


def test_that_what_was_saved_is_listed_in_the_order_of_names(store: ProfileStore) -> None:
    stored = [
        store.save(Profile(name=name, host="h", alpn=("mqtt",))) for name in ("Zoo", "anna", "Lab")
    ]
    listed = store.list()
    assert [profile.name for profile in listed.profiles] == ["anna", "Lab", "Zoo"]
    assert listed.profiles[2] == stored[0]


def test_that_saving_again_replaces_and_deleting_removes(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab", port=1))
    store.save(Profile(name="lab", port=2))
    assert [profile.port for profile in store.list().profiles] == [2]
    assert len(files(tmp_path)) == 1
    deleted = store.delete("lab")
    assert deleted is not None
    assert deleted.port == 2
    assert store.delete("never there") is None
    assert {path.name for path in (tmp_path / "profiles").iterdir()} == {LOCK}


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
    store.save(Profile(name="lab", port=2))
    folder = tmp_path / "profiles"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600] * 3


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
    stored = json.loads(path.read_text()) | {"flavour": "sweet"}
    path.write_text(json.dumps(stored))
    store.save(Profile(name="lab", port=1884))
    assert json.loads(path.read_text())["flavour"] == "sweet"


def test_that_a_copied_file_is_listed_under_a_name_of_its_own(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab"))
    folder = tmp_path / "profiles"
    (folder / "zz.json").write_bytes((folder / file_name("lab")).read_bytes())
    assert [profile.name for profile in store.list().profiles] == ["lab", "lab (zz)"]
    store.delete("lab (zz)")
    assert [profile.name for profile in store.list().profiles] == ["lab"]


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
    profile = ALL_FIELDS
    for struct in (profile, profile.will, profile.proxy):
        for one in msgspec.structs.fields(struct):
            same = getattr(struct, one.name) == one.default
            assert not same or (type(struct).__name__, one.name) == ("Profile", "version")
    assert store.save(profile) == profile
    assert store.list().profiles == [profile]


def test_that_a_profile_of_the_first_form_is_read_and_gets_its_identifier_when_it_is_saved(
    store: ProfileStore, tmp_path: Path
) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    golden = (GOLDEN / "profile-form-1.json").read_bytes()
    (folder / file_name("Plant über WebSocket")).write_bytes(golden)
    (old,) = store.list().profiles
    assert old == Profile(
        name="Plant über WebSocket",
        host="broker.example",
        port=443,
        transport="websocket",
        tls=True,
        protocol_version=4,
        client_identifier="me",
        username="anna",
        keep_alive=5,
        clean_start=False,
        ca_file="ca.pem",
        certificate_file="cert.pem",
        key_file="key.pem",
        insecure=True,
        alpn=("mqtt",),
        headers=(("X-Room", "7"),),
        subscriptions=("plant/#", "$SYS/#"),
        kind="production",
    )
    stored = store.save(old)
    assert stored == msgspec.structs.replace(old, identifier=stored.identifier)
    assert len(stored.identifier) == 16
    assert store.list().profiles == [stored]
    assert len(files(tmp_path)) == 1


def test_that_a_profile_from_before_there_were_kinds_is_for_development(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="old"))
    file = next((tmp_path / "profiles").glob("*.json"))
    stored = msgspec.json.decode(file.read_bytes())
    del stored["kind"]
    file.write_bytes(msgspec.json.encode(stored))
    assert store.list().profiles[0].kind == "development"


def test_that_behind_a_broken_profile_stands_what_it_held_before(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile(name="lab", port=1))
    store.save(Profile(name="lab", port=2))
    path = tmp_path / "profiles" / file_name("lab")
    path.write_bytes(b"")
    listed = store.list()
    assert [profile.port for profile in listed.profiles] == [1]
    assert "what it held before its last change is in use" in str(listed.problems[0])
    assert store.list().problems == []


def test_that_half_a_surrogate_pair_in_a_profile_is_said(store: ProfileStore) -> None:
    with pytest.raises(StoreError, match="was not saved"):
        store.save(Profile(name="lab", username="\ud800"))


def test_that_a_file_of_a_newer_version_under_the_wanted_name_is_not_lost(
    store: ProfileStore, tmp_path: Path
) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    newer = folder / file_name("lab")
    newer.write_text('{"version": 99, "name": "lab"}')
    store.save(Profile(name="lab", port=7))
    assert newer.read_text() == '{"version": 99, "name": "lab"}'
    assert [profile.port for profile in store.list().profiles] == [7]

"""Profiles under bad conditions, in processes of their own: a full disk, hostile files, a second program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.mosquitto import Mosquitto
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore

APP = Path(__file__).parents[2] / "app"
FILL_UP = """
import resource, signal, sys
from pathlib import Path
from topicscope.profiles.profile import Profile
from topicscope.profiles.store import ProfileStore, StoreError
limit = int(sys.argv[2])
store = ProfileStore(Path(sys.argv[1]))
before = store.list().profiles[0]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    store.save(Profile(name="lab", identifier=before.identifier, port=2000, username="x" * 200), before)
    print("saved")
except StoreError as error:
    print(error)
"""
EDIT = """
import sys, time
from pathlib import Path
import msgspec
from topicscope.profiles.store import ChangedElsewhereError, ProfileStore
store = ProfileStore(Path(sys.argv[1]))
before = store.list().profiles[0]
print("read", flush=True)
sys.stdin.readline()
try:
    store.save(msgspec.structs.replace(before, port=int(sys.argv[2])), before)
    print("saved")
except ChangedElsewhereError as error:
    print(error)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(APP)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
@pytest.mark.parametrize("limit", [0, 1, 60, 300])
def test_that_a_disk_that_fills_up_at_any_byte_loses_no_profile(tmp_path: Path, limit: int) -> None:
    store = ProfileStore(tmp_path)
    store.save(Profile(name="lab", port=1884))
    said = python(FILL_UP, tmp_path, limit).communicate(timeout=20)[0]
    assert "“lab” was not saved" in said
    stored = ProfileStore(tmp_path).list()
    assert [profile.port for profile in stored.profiles] == [1884]
    assert stored.problems == []
    # When there is room again, all is as before.
    store.save(Profile(name="lab", port=1885))
    assert [profile.port for profile in ProfileStore(tmp_path).list().profiles] == [1885]


def test_that_hostile_files_hide_no_profile_and_are_said(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.save(Profile(name="good", host="good.local"))
    hostile: dict[str, bytes] = {
        "empty": b"",
        "deep": b"[" * 100_000,
        "null": b"\0" * 4096,
        "not-utf-8": b'{"name": "\xff\xfe"}',
        "list": b"[]",
        "number": b'{"name": "n", "port": 1e400}',
        "types": json.dumps({"name": ["x"], "port": "1883"}).encode(),
        "big-number": b'{"name": "b", "port": ' + b"9" * 10_000 + b"}",
        "newer": json.dumps({"version": 999, "name": "newer"}).encode(),
        "proxy": json.dumps({"name": "p", "proxy": {"kind": "carrier pigeon"}}).encode(),
    }
    for name, data in hostile.items():
        (tmp_path / f"{name}.json").write_bytes(data)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "nowhere.json").symlink_to(tmp_path / "does-not-exist")
    stored = ProfileStore(tmp_path).list()
    assert [profile.name for profile in stored.profiles] == ["good"]
    said = " ".join(map(str, stored.problems))
    for name in hostile:
        assert f"{name}.json" in said
    # What was set aside is not told of again; that of a newer version stays, and is.
    again = ProfileStore(tmp_path).list()
    assert [profile.name for profile in again.profiles] == ["good"]
    assert "newer.json" in " ".join(map(str, again.problems))
    assert (tmp_path / "newer.json").read_bytes() == hostile["newer"]
    store.save(Profile(name="good", host="better.local"))
    assert ProfileStore(tmp_path).list().profiles[0].host == "better.local"


def test_that_two_programs_that_edit_one_profile_keep_both_versions(tmp_path: Path) -> None:
    ProfileStore(tmp_path).save(Profile(name="lab", port=1883))
    programs = [python(EDIT, tmp_path, port) for port in (2001, 2002)]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "read\n"
    said = [program.communicate("go\n", timeout=20)[0] for program in programs]
    assert said[0] == "saved\n"
    assert "“lab” was changed by another window." in said[1]
    stored = ProfileStore(tmp_path).list().profiles
    assert {profile.name: profile.port for profile in stored} == {"lab": 2001, "lab (2)": 2002}
    assert len({profile.identifier for profile in stored}) == 2


def test_that_two_programs_connected_by_one_profile_do_not_fight(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        environment |= {"XDG_CONFIG_HOME": str(tmp_path / "config")}
        programs = [
            subprocess.Popen(
                [sys.executable, str(APP), url, "--after", "4"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(2)
        ]
        said = [program.communicate(timeout=40)[0] for program in programs]
        assert [program.returncode for program in programs] == [0, 0], said
        log = broker.log
    connects = [line for line in log.splitlines() if "as topicscope-" in line]
    names = {line.split(" as ")[1].split()[0] for line in connects}
    assert len(connects) == 2, log
    assert len(names) == 2
    assert "already connected" not in log

"""The Debian package, made around a stand-in for the application; packaging/smoke_test.py proves the whole one."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import require_program
from tests.packaging.scripts import load, run

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

EPOCH = 1_700_000_000


@pytest.fixture(scope="module")
def deb() -> ModuleType:
    for program in ("dpkg-deb", "dpkg-shlibdeps"):
        require_program(program, "dpkg-dev")
    return load("debian/deb.py")


def _stand_in(folder: Path) -> Path:
    """Lay out an application: a program, a library of its own, and one that every Debian has."""
    internal = folder / "_internal"
    internal.mkdir(parents=True)
    shutil.copy("/bin/true", folder / "topicscope")
    shutil.copy("/bin/true", internal / "libtopicscope-alone.so.1")
    shutil.copy("/bin/true", internal / "libz.so.1")
    return folder


def _make(deb: ModuleType, folder: Path) -> Path:
    (folder / "out").mkdir(parents=True)
    app = _stand_in(folder / "app")
    package = deb.make_deb(app, Path(sys.executable), folder / "work", folder / "out", EPOCH)
    assert isinstance(package, Path)
    return package


@pytest.fixture(scope="module")
def package(deb: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(deb, tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def unpacked(package: Path) -> Path:
    run("dpkg-deb", "-x", package, package.parent / "unpacked")
    return package.parent / "unpacked"


def test_that_the_package_has_its_parts_where_debian_wants_them(unpacked: Path) -> None:
    assert (unpacked / "usr/bin/topicscope").readlink() == Path("../lib/topicscope/topicscope")
    for name in (
        "applications/topicscope.desktop",
        "bash-completion/completions/topicscope",
        "doc/topicscope/changelog.gz",
        "doc/topicscope/copyright",
        "icons/hicolor/48x48/apps/topicscope.png",
        "man/man1/topicscope.1.gz",
        "metainfo/org.topicscope.Topicscope.metainfo.xml",
        "mime/packages/topicscope.xml",
    ):
        assert (unpacked / "usr/share" / name).is_file(), name
    assert {path.name for path in unpacked.iterdir()} == {"usr"}


def test_that_libraries_of_debian_are_left_to_debian(unpacked: Path) -> None:
    internal = unpacked / "usr/lib/topicscope/_internal"
    assert {path.name for path in internal.iterdir()} == {"libtopicscope-alone.so.1"}


def test_that_it_depends_on_what_its_libraries_need(package: Path) -> None:
    depends = run("dpkg-deb", "-f", package, "Depends").stdout
    assert re.fullmatch(r"libc6 \(>= [\d.]+\)\n", depends)


def test_that_lintian_finds_no_error_and_no_warning(package: Path) -> None:
    lintian = require_program("lintian")
    # The stand-in is no application, and what the overrides are for is not in it.
    suppressed = "mismatched-override,unused-override,shared-library-lacks-version"
    command = [lintian, "--fail-on", "error,warning", "--suppress-tags", suppressed, package]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_the_same_input_makes_the_same_bytes(
    deb: ModuleType, package: Path, tmp_path: Path
) -> None:
    again = _make(deb, tmp_path / "elsewhere")
    is_same = again.read_bytes() == package.read_bytes()
    assert is_same


def test_that_the_copyright_file_names_every_part_and_repeats_no_text_that_debian_has(
    unpacked: Path,
) -> None:
    text = (unpacked / "usr/share/doc/topicscope/copyright").read_text(encoding="utf-8")
    for name in ("Qt-6", "numpy", "paho-mqtt", "Inter", "Lucide", "Python", "OpenSSL"):
        assert re.search(rf"^License: .*-of-.*{name}", text, re.MULTILINE), name
    for licence in ("Apache-2.0", "LGPL-3", "GPL-3"):
        assert f"/usr/share/common-licenses/{licence}." in text
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" not in text
    assert "GNU GENERAL PUBLIC LICENSE\n Version 3" not in text


def test_that_the_changelog_is_the_projects_and_of_the_time_of_the_package(
    deb: ModuleType, unpacked: Path
) -> None:
    text = gzip.decompress((unpacked / "usr/share/doc/topicscope/changelog.gz").read_bytes())
    lines = text.decode().splitlines()
    assert lines[0] == f"topicscope ({deb.deb_version()}) stable; urgency=medium"
    assert lines[-1] == f" -- {deb.MAINTAINER}  Tue, 14 Nov 2023 22:13:20 +0000"
    assert lines[2].startswith("  * ")


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.2.0", "1.2.0"), ("1.2.0rc1", "1.2.0~rc1"), ("1.2.0.dev3", "1.2.0~.dev3")],
)
def test_that_what_comes_before_a_release_sorts_before_it(
    deb: ModuleType, monkeypatch: pytest.MonkeyPatch, version: str, expected: str
) -> None:
    monkeypatch.setattr(deb.facts, "version", lambda: version)
    assert deb.deb_version() == expected
    if version != "1.2.0":
        run("dpkg", "--compare-versions", expected, "lt", "1.2.0")

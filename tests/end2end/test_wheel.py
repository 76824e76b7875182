"""The wheel holds all that runs needs, and resources are found in every form that Topicscope comes in."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
RESOURCES = CHECKOUT / "resources"
ASK_WHERE = "import topicscope.paths as p; print(p.__file__); print(p.resource_dir())"
BUILD_EDITABLE = "import hatchling.build, sys; hatchling.build.build_editable(sys.argv[1])"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def python(
    *arguments: str, folder: Path, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this Python in `folder`, with `path` before everything that is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"QT_QPA_PLATFORM": "offscreen"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def files_below(folder: Path) -> set[str]:
    """Return the files of a folder that belong to Topicscope, as paths from there."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel as an installer does, but for scripts."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def build(kind: str, folder: Path, source: Path = CHECKOUT) -> Path:
    """Build a wheel or a source archive, without network."""
    python("-m", "hatchling", "build", "-t", kind, "-d", str(folder), folder=source)
    (built,) = folder.glob("topicscope-*")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in an empty environment that sees what Topicscope needs, and return its Python."""
    folder = tmp_path_factory.mktemp("environment")
    python("-m", "venv", "--without-pip", str(folder), folder=folder)
    program = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = ("-m", "pip", "--python", str(program), "--disable-pip-version-check")
    python(*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel), folder=folder)
    # Of a folder that is named in a .pth file no other .pth file is read, so that the checkout stays out of sight.
    (site,) = {path.parent for path in folder.rglob("topicscope-*.dist-info")}
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    return program


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that a wheel's contents lie in, far from the checkout."""
    return unpack(wheel, tmp_path_factory.mktemp("installed"))


def test_that_the_wheel_holds_the_package_and_nothing_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    about = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    assert tops == {"topicscope", about}


def test_that_the_wheel_holds_every_module_and_every_resource(unpacked: Path) -> None:
    code = files_below(CHECKOUT / "app" / "topicscope")
    shipped = {name for name in files_below(RESOURCES) if not name.startswith("screenshots/")}
    resources = {f"resources/{name}" for name in shipped}
    assert files_below(unpacked / "topicscope") == code | resources


def test_that_the_wheel_brings_licence_and_command(unpacked: Path) -> None:
    (about,) = unpacked.glob("topicscope-*.dist-info")
    assert (about / "licenses" / "LICENSE").read_bytes() == (CHECKOUT / "LICENSE").read_bytes()
    command = "topicscope = topicscope.__main__:main"
    assert command in (about / "entry_points.txt").read_text(encoding="utf-8")


def test_that_a_checkout_finds_its_own_resources(tmp_path: Path) -> None:
    code, resources = python(
        "-c", ASK_WHERE, folder=tmp_path, path=CHECKOUT / "app"
    ).stdout.splitlines()
    assert Path(code).is_relative_to(CHECKOUT / "app")
    assert Path(resources) == RESOURCES


def test_that_an_editable_install_finds_the_resources_of_its_checkout(tmp_path: Path) -> None:
    python("-c", BUILD_EDITABLE, str(tmp_path), folder=CHECKOUT)
    (built,) = tmp_path.glob("topicscope-*.whl")
    site = unpack(built, tmp_path / "site")
    # Only a site folder reads .pth files; -S keeps out the install that the tests run in.
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    ask = (
        f"import site, sys; site.addsitedir({str(site)!r}); sys.path += {libraries!r}; {ASK_WHERE}"
    )
    code, resources = python("-S", "-c", ask, folder=tmp_path).stdout.splitlines()
    assert Path(code).is_relative_to(CHECKOUT / "app")
    assert Path(resources) == RESOURCES
    assert not (site / "topicscope").exists(), "a copy that would grow old"


def test_that_an_installed_wheel_finds_the_resources_beside_its_code(
    unpacked: Path, tmp_path: Path
) -> None:
    code, resources = python("-c", ASK_WHERE, folder=tmp_path, path=unpacked).stdout.splitlines()
    assert Path(code).is_relative_to(unpacked)
    assert Path(resources) == unpacked / "topicscope" / "resources"


def test_that_an_installed_wheel_tells_its_version(
    wheel: Path, unpacked: Path, tmp_path: Path
) -> None:
    said = python("-m", "topicscope", "--version", folder=tmp_path, path=unpacked).stdout
    assert said.startswith(f"Topicscope {wheel.name.split('-')[1]}")


def test_that_an_installed_wheel_opens_the_window_on_the_plant(
    unpacked: Path, tmp_path: Path
) -> None:
    picture, report = tmp_path / "window.png", tmp_path / "report.json"
    python(
        "-m", "topicscope", "--demo", "--after", "2",
        "--screenshot", str(picture), "--report", str(report), folder=tmp_path, path=unpacked,
    )  # fmt: skip
    assert picture.read_bytes().startswith(PNG_SIGNATURE)
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["connection"]["state"] == "connected"
    assert told["topics"] > 20


def test_that_the_wheel_passes_its_self_test_where_nothing_of_the_checkout_is(
    installed: Path, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin"}
    if sys.platform == "win32":
        home = dict(os.environ)
    where = [installed, "-c", "import topicscope; print(topicscope.__file__)"]
    done = subprocess.run(where, cwd=tmp_path, env=home, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(installed.parents[1])
    done = subprocess.run(
        [installed.with_name("topicscope"), "--selftest", "--json"],
        cwd=tmp_path, env=home, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["good"]
    assert list(tmp_path.iterdir()) == [], "files of the user"


def test_that_the_source_archive_holds_all_that_the_same_wheel_is_made_of(tmp_path: Path) -> None:
    archive = build("sdist", tmp_path)
    with tarfile.open(archive) as file:
        # Python 3.11.2 of Debian 12 knows no filters yet.
        file.extraction_filter = getattr(tarfile, "data_filter", None)
        file.extractall(tmp_path)
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    of_archive = build("wheel", tmp_path / "of archive", source)
    of_checkout = build("wheel", tmp_path / "of checkout")
    # Of the whole bytes pytest would look for the difference for minutes.
    digests = {hashlib.sha256(one.read_bytes()).hexdigest() for one in (of_archive, of_checkout)}
    assert len(digests) == 1
    for name in ("Makefile", "README.md", "packaging/build.py", "tests/conftest.py", ".ci/run"):
        assert (source / name).is_file(), name

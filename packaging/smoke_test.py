"""Install a package, use it as a person would, remove it, and look what is left.

python packaging/smoke_test.py PACKAGE [--pictures FOLDER] [--root DEBIAN-ROOT]

PACKAGE is a wheel, a portable archive, a Debian package, or a program. A Debian package is installed in a root of its
own: --root names one without Topicscope, which is copied; without it debootstrap makes one. Both need to be root.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST_PAINT_S: Final = 1.0
SUITE: Final = "bookworm"
MIRROR: Final = "http://deb.debian.org/debian"
DISPLAY: Final = ":97"
USER: Final = "visitor"
_LEFT_BY_OTHERS: Final = (
    "/var/",
    "/tmp/",
    "/proc/",
    "/dev/",
    "/sys/",
    "/run/",
    "/home/",
    "/etc/",
    "/root/",
    "/usr/share/mime/",
)


class SmokeTestFailed(Exception):  # noqa: N818 - says what was found
    """What a person would have noticed."""


class Installed:
    """An installed Topicscope: how it is called, and where its user is at home."""

    def __init__(self, program: Sequence[str], home: Path, prefix: Sequence[str] = ()) -> None:
        self.program = list(program)
        self.prefix = list(prefix)
        self.home = home
        self.home_inside = f"/home/{USER}" if prefix else str(home)

    def run(self, *arguments: str) -> str:
        """Run it and return what it printed; raises SmokeTestFailed where it does not end well."""
        display = DISPLAY if self.prefix else os.environ.get("DISPLAY", DISPLAY)
        environment = [
            f"HOME={self.home_inside}",
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "LANG=C.UTF-8",
            f"DISPLAY={display}",
        ]
        command = [*self.prefix, "env", "-i", *environment, *self.program, *arguments]
        if sys.platform == "win32":
            command = [*self.program, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=180, cwd=self.home
        )
        if done.returncode:
            raise SmokeTestFailed(
                f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def use(self, pictures: Path) -> None:
        """Ask for the version, test itself, open the demo and a capture file; leaves pictures of both."""
        print(self.run("--version").splitlines()[0])
        print(self.run("--selftest").splitlines()[-1])
        self._open("demo", pictures, "--demo")
        if self.run("read", self._capture()).count("\n") < 100:
            raise SmokeTestFailed("The recording was not read back.")
        # As a desktop does when a file is double-clicked.
        self._open("capture", pictures, f"file://{self.home_inside}/recorded%20here.pcapng")

    def _open(self, name: str, pictures: Path, *arguments: str) -> None:
        report = f"{self.home_inside}/{name}.json"
        picture = f"{self.home_inside}/{name}.png"
        self.run(*arguments, "--after", "3", "--report", report, "--screenshot", picture)
        told = json.loads((self.home / f"{name}.json").read_text(encoding="utf-8"))
        shutil.copy(self.home / f"{name}.png", pictures / f"{name}.png")
        stored, painted = told["ledger"]["stored"], told["first_paint_s"]
        print(f"{name}: window after {painted:.2f} s, {stored} messages")
        if not stored:
            raise SmokeTestFailed(f"The window of the {name} shows no message.")
        if painted > FIRST_PAINT_S:
            print(f"{name}: the window took longer than {FIRST_PAINT_S} s", file=sys.stderr)

    def _capture(self) -> str:
        """Record some messages of the demo broker of this program."""
        port = "18841"
        command = [*self.prefix, *self.program, "broker", "--port", port]
        broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path = f"{self.home_inside}/recorded here.pcapng"
        try:
            time.sleep(2)
            self.run("record", f"mqtt://127.0.0.1:{port}", "-t", "#", "-o", path, "--count", "200")
        finally:
            broker.terminate()
            broker.wait(10)
        return path


def from_wheel(wheel: Path, work: Path, pictures: Path) -> None:
    """Install it in an empty virtual environment, and uninstall it."""
    environment = work / "environment"
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [scripts / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", wheel], check=True)
    with screen():
        Installed([str(scripts / "topicscope")], home(work)).use(pictures)
    subprocess.run([*pip, "uninstall", "--yes", "topicscope"], check=True)
    if left := [path for path in environment.rglob("*topicscope*") if path.name != "__pycache__"]:
        raise SmokeTestFailed(f"pip has left {left[0]}")


def from_archive(archive: Path, work: Path, pictures: Path) -> None:
    """Unpack it, and remove the folder."""
    with tarfile.open(archive) as file:
        file.extractall(work / "unpacked", filter="data")
    (folder,) = (work / "unpacked").iterdir()
    before = listing(folder)
    with screen():
        Installed([str(folder / "topicscope")], home(work)).use(pictures)
    if new := listing(folder) - before:
        raise SmokeTestFailed(f"It has written into its own folder: {min(new)}")


def from_program(program: Path, work: Path, pictures: Path) -> None:
    """Use a program that is there."""
    with screen():
        Installed([str(program.resolve())], home(work)).use(pictures)


def from_deb(package: Path, work: Path, pictures: Path, root: Path | None) -> None:
    """Install it with apt in a Debian without Python, use it as a user without rights, and purge it."""
    debian = debian_root(work, root)
    with mounted(debian):
        apt(debian, "update")
        apt(debian, "install", "xvfb")
        if (debian / "usr/bin/python3").exists():
            print("There is a Python in this root; it proves less.", file=sys.stderr)
        subprocess.run(["chroot", debian, "useradd", "--create-home", USER], check=True)
        shutil.copy(package, debian / "tmp" / package.name)
        before = listing(debian)
        apt(debian, "install", f"/tmp/{package.name}")
        prefix = ["chroot", f"--userspec={USER}:{USER}", str(debian)]
        with screen(["chroot", str(debian)]):
            Installed(["topicscope"], debian / "home" / USER, prefix).use(pictures)
        apt(debian, "purge", "topicscope")
        apt(debian, "autoremove", "--purge")
    left = sorted(path for path in listing(debian) - before if not path.startswith(_LEFT_BY_OTHERS))
    if left:
        raise SmokeTestFailed("apt has left " + ", ".join(left[:5]))
    print("apt has left nothing behind but the user's files")


def debian_root(work: Path, root: Path | None) -> Path:
    """Return a fresh root in the work folder."""
    made = work / "debian"
    if root is not None:
        subprocess.run(["cp", "-a", root, made], check=True)
    else:
        subprocess.run(
            ["debootstrap", "--variant=minbase", SUITE, made, MIRROR],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return made


@contextlib.contextmanager
def mounted(root: Path) -> Iterator[None]:
    """Show the root processes.

    Its devices are those that debootstrap has made: mounted ones would be removed from this machine together with it.
    """
    place = root / "proc"
    subprocess.run(["mount", "-t", "proc", "proc", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def apt(root: Path, *arguments: str) -> None:
    """Run apt-get in a root."""
    done = subprocess.run(
        ["chroot", root, "apt-get", "--quiet", "--yes", "--no-install-recommends", *arguments],
        env={"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SmokeTestFailed(f"apt-get {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


def listing(root: Path) -> set[str]:
    """Return the names of all files below a folder, on its own file system."""
    found = set()
    for folder, folders, files in os.walk(root):
        inside = "/" + str(Path(folder).relative_to(root))
        if inside in ("/proc", "/dev", "/sys"):
            folders.clear()
            continue
        found.update(f"{inside}/{name}".replace("/./", "/") for name in [*folders, *files])
    return found


@contextlib.contextmanager
def screen(prefix: Sequence[str] = ()) -> Iterator[None]:
    """Run a screen that nobody sees, where the system has X and no other is there."""
    if sys.platform != "linux" or (os.environ.get("DISPLAY") and not prefix):
        yield
        return
    server = subprocess.Popen(
        [*prefix, "Xvfb", DISPLAY, "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        time.sleep(1)
        yield
    finally:
        server.terminate()
        server.wait(10)


def home(work: Path) -> Path:
    """Return a new home folder."""
    folder = work / "home"
    folder.mkdir()
    return folder


def main() -> int:
    """Test what the arguments name; 0 when a person would be content."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--pictures", type=Path, default=Path("build/smoke-test"))
    parser.add_argument("--root", type=Path, help="a Debian root to copy, for a .deb")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    package = options.package.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="smoke-test-") as name:
            if package.suffix == ".deb":
                from_deb(package, Path(name), options.pictures, options.root)
            elif package.suffix == ".whl":
                from_wheel(package, Path(name), options.pictures)
            elif package.name.endswith(".tar.xz"):
                from_archive(package, Path(name), options.pictures)
            else:
                from_program(package, Path(name), options.pictures)
    except (SmokeTestFailed, subprocess.SubprocessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{package.name} is good")
    return 0


if __name__ == "__main__":
    sys.exit(main())

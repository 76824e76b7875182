"""Install packages, use them as a person would, remove them, and look what is left.

python packaging/smoke_test.py PACKAGE … [--pictures FOLDER] [--root DEBIAN-ROOT]

PACKAGE is a wheel, a source archive, a portable archive, a Debian package, or a program. A Debian package is installed
in a Debian of its own: --root names one without Topicscope, which is copied; without it debootstrap makes one. For
either one has to be root; without the rights or debootstrap the Debian package is left out, and that is said.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST_PAINT_S: Final = 1.0
LARGEST_DEB: Final = 50_000_000
START_S: Final = 30.0
SUITE: Final = "bookworm"
DISPLAY: Final = ":97"
USER: Final = "visitor"
CAPTURE: Final = "recorded here.pcapng"
OFFERED: Final = (
    "x-scheme-handler/mqtt", "x-scheme-handler/mqtts", "application/vnd.topicscope.message",
)  # fmt: skip
DESKTOP: Final = (
    "desktop-file-utils", "libfile-mimeinfo-perl", "shared-mime-info", "xdg-utils", "x11-utils", "xvfb",
)  # fmt: skip
"""What desktops have to open files, and a screen that nobody sees."""

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

    def command(self, *command: str) -> list[str]:
        """Return a command as the user gives it, in an environment with nothing of this one."""
        if sys.platform == "win32":
            return list(command)
        display = DISPLAY if self.prefix else os.environ.get("DISPLAY", DISPLAY)
        path = "PATH=/usr/local/bin:/usr/bin:/bin"
        environment = [f"HOME={self.home_inside}", path, "LANG=C.UTF-8", f"DISPLAY={display}"]
        return [*self.prefix, "env", "-i", *environment, *command]

    def run(self, *arguments: str) -> str:
        """Run it and return what it printed; raises SmokeTestFailed where it does not end well."""
        done = subprocess.run(
            self.command(*self.program, *arguments),
            capture_output=True, text=True, check=False, timeout=180, cwd=self.home,
        )  # fmt: skip
        if done.returncode:
            raise SmokeTestFailed(
                f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def use(self, pictures: Path) -> None:
        """Ask for the version, test itself, open the demo and a capture file; leaves pictures of both."""
        print(self.run("--version").splitlines()[0])
        print(self.run("--selftest"), end="")
        self._measure()
        self._open("demo", pictures, "--demo")
        capture = self._capture()
        if self.run("read", capture).count("\n") < 100:
            raise SmokeTestFailed("The recording was not read back.")
        path = PurePosixPath(capture) if self.prefix else Path(capture)
        # As a desktop does when a file is double-clicked.
        self._open("capture", pictures, path.as_uri())

    def double_click(self) -> None:
        """Open the capture file as a file manager does, and look for the window with its name."""
        opened = subprocess.Popen(
            self.command("xdg-open", f"{self.home_inside}/{CAPTURE}"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + START_S
        try:
            while CAPTURE not in self._window_titles():
                if time.monotonic() > deadline:
                    raise SmokeTestFailed("A double click on a capture file opens no window.")
                time.sleep(0.2)
        finally:
            os.killpg(opened.pid, signal.SIGTERM)
            opened.wait(10)
        print("a double click on a capture file opens it")

    def is_offered(self) -> None:
        """Ask the desktop which program opens addresses of brokers and files of Topicscope."""
        for kind in OFFERED:
            command = self.command("xdg-mime", "query", "default", kind)
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.stdout.strip() != "topicscope.desktop":
                raise SmokeTestFailed(f"{done.stdout.strip() or 'Nothing'} opens {kind}.")
        print("the desktop offers it for addresses of brokers")

    def _window_titles(self) -> str:
        command = self.command("xwininfo", "-root", "-tree")
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _measure(self) -> None:
        """Say how long the window takes, the best of three."""
        report = f"{self.home_inside}/start.json"
        painted = []
        for _ in range(3):
            self.run("--after", "0.5", "--report", report)
            told = json.loads((self.home / "start.json").read_text(encoding="utf-8"))
            painted.append(told["first_paint_s"])
        print(f"window after {min(painted):.2f} s")
        if min(painted) > FIRST_PAINT_S:
            print(f"That is longer than {FIRST_PAINT_S} s.", file=sys.stderr)

    def _open(self, name: str, pictures: Path, *arguments: str) -> None:
        report = f"{self.home_inside}/{name}.json"
        picture = f"{self.home_inside}/{name}.png"
        self.run(*arguments, "--after", "3", "--report", report, "--screenshot", picture)
        told = json.loads((self.home / f"{name}.json").read_text(encoding="utf-8"))
        shutil.copy(self.home / f"{name}.png", pictures / f"{name}.png")
        if not (stored := told["ledger"]["stored"]):
            raise SmokeTestFailed(f"The window of the {name} shows no message.")
        print(f"{name}: {stored} messages in the window")

    def _capture(self) -> str:
        """Record some messages of the demo broker of this program."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        broker = subprocess.Popen(
            self.command(*self.program, "broker", "--port", str(port)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        path = f"{self.home_inside}/{CAPTURE}"
        try:
            wait_for(port)
            self.run("record", f"mqtt://127.0.0.1:{port}", "-t", "#", "-o", path, "--count", "200")
        finally:
            end(broker)
        return path


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell a program to end, and wait until it has."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise SmokeTestFailed(f"{process.args} does not end when it is told to.") from None


def wait_for(port: int) -> None:
    """Wait until something listens on a port of this machine."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SmokeTestFailed(f"Nothing listens on port {port}.")


def from_wheel(wheel: Path, work: Path, pictures: Path) -> None:
    """Install a wheel or a source archive in an empty virtual environment, and uninstall it."""
    environment = work / "environment"
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [scripts / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    checked(*pip, "install", wheel)
    with screen():
        Installed([str(scripts / "topicscope")], home(work)).use(pictures)
    checked(*pip, "uninstall", "--yes", "topicscope")
    if left := [path for path in environment.rglob("*topicscope*") if path.name != "__pycache__"]:
        raise SmokeTestFailed(f"pip has left {left[0]}")


def from_archive(archive: Path, work: Path, pictures: Path) -> None:
    """Unpack it, and remove the folder."""
    with tarfile.open(archive) as file:
        # Python 3.11.2 of Debian 12 knows no filters yet.
        file.extraction_filter = getattr(tarfile, "data_filter", None)
        file.extractall(work / "unpacked")
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
    if package.stat().st_size > LARGEST_DEB:
        raise SmokeTestFailed(f"It is larger than {LARGEST_DEB / 1e6:.0f} MB.")
    debian = debian_root(work, root)
    with mounted(debian):
        apt(debian, "update")
        apt(debian, "install", *DESKTOP)
        if (debian / "usr/bin/python3").exists():
            print("There is a Python in this root; it proves less.", file=sys.stderr)
        checked("chroot", debian, "useradd", "--create-home", USER)
        shutil.copy(package, debian / "tmp" / package.name)
        before = listing(debian)
        apt(debian, "install", f"/tmp/{package.name}")
        prefix = ["chroot", f"--userspec={USER}:{USER}", str(debian)]
        with screen(["chroot", str(debian)]):
            installed = Installed(["topicscope"], debian / "home" / USER, prefix)
            installed.use(pictures)
            installed.double_click()
            installed.is_offered()
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
        checked("cp", "-a", root, made)
    else:
        checked("debootstrap", "--variant=minbase", SUITE, made)
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
    environment = ("DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
    options = ("--quiet", "--yes", "--no-install-recommends")
    checked("chroot", root, "env", "-i", *environment, "apt-get", *options, *arguments)


def checked(*command: str | Path) -> None:
    """Run a program, and say what it said where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SmokeTestFailed(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")


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
        end(server)


def home(work: Path) -> Path:
    """Return a new home folder."""
    folder = work / "home"
    folder.mkdir()
    return folder


def smoke_test(package: Path, work: Path, pictures: Path, root: Path | None) -> bool:
    """Test one package in a work folder; returns False where this machine cannot."""
    if package.suffix == ".deb":
        if os.geteuid() or not (root or shutil.which("debootstrap")):
            return False
        from_deb(package, work, pictures, root)
    elif package.suffix == ".whl" or package.name.endswith(".tar.gz"):
        from_wheel(package, work, pictures)
    elif package.name.endswith(".tar.xz"):
        from_archive(package, work, pictures)
    else:
        from_program(package, work, pictures)
    return True


def main() -> int:
    """Test what the arguments name; 0 when a person would be content."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--pictures", type=Path, default=Path("build/smoke-test"))
    parser.add_argument("--root", type=Path, help="a Debian root to copy, for a .deb")
    options = parser.parse_args()
    if missing := [str(package) for package in options.packages if not package.exists()]:
        parser.error(f"there is no {', '.join(missing)}; make package makes packages")
    for package in options.packages:
        pictures = options.pictures / package.name
        pictures.mkdir(parents=True, exist_ok=True)
        print(f"\n{package.name}", flush=True)
        try:
            with tempfile.TemporaryDirectory(prefix="smoke-test-") as name:
                if smoke_test(package.resolve(), Path(name), pictures, options.root):
                    print("is good")
                else:
                    print("is left out: that needs to be root, and debootstrap", file=sys.stderr)
        except (SmokeTestFailed, subprocess.SubprocessError) as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

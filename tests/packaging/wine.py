"""A Windows of its own in a folder, as wine plays it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.packaging.scripts import tool

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = 65534


class Wine:
    """One Windows, switched on until `close`.

    Where the tests run as root, it runs as a user without rights: to its programs NUL is a file of this machine, and
    root could remove it.
    """

    def __init__(self) -> None:
        tool("wine")
        self.server = tool("wineserver")
        # In /tmp, because a folder of root's own is closed to others.
        self.folder = Path(tempfile.mkdtemp(prefix="wine-", dir="/tmp"))
        self.drive = self.folder / "drive_c"
        self.desktop: subprocess.Popen[bytes] | None = None
        self.rights: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
            self.rights = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.environment = {
            **{name: text for name, text in os.environ.items() if name != "DISPLAY"},
            "HOME": str(self.folder),
            "WINEPREFIX": str(self.folder),
            # Where the server leaves a folder behind.
            "TMPDIR": str(self.folder),
            "WINEDEBUG": "-all",
            # Neither .NET nor a browser is asked for.
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
        }
        try:
            # Without a server that stays, each command starts Windows anew, and that takes a second.
            self._call(self.server, "--persistent")
            self.run("wineboot", "--init")
            # A program that opens a window would start the desktop, and at times waits ten seconds for it.
            self.desktop = self.start("explorer", "/desktop")
            self.pretend("win10")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Switch it off and remove it."""
        self._call(self.server, "--kill")
        if self.desktop:
            self.desktop.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def home(self) -> Path:
        """The user's folder."""
        return next(path for path in (self.drive / "users").iterdir() if path.name != "Public")

    def run(self, *command: str | Path) -> int:
        """Run a program of Windows and return its exit code."""
        return self._call("wine", *command)[0]

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start a program of Windows and leave it running."""
        return subprocess.Popen(
            ["wine", *command],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.rights,
        )

    def uninstall(self, program: Path, mode: str, gone: Callable[[], bool]) -> int:
        """Run an uninstaller, and wait for the copy of itself that it leaves the work to."""
        code = self.run(program, "/S", mode)
        deadline = time.monotonic() + 20
        while not gone() and time.monotonic() < deadline:
            time.sleep(0.05)
        return code

    def registry(self, key: str, value: str = "") -> str | None:
        """Return what the registry says, None if nothing."""
        code, said = self._call(
            "wine", "reg", "query", key, *(["/v", value] if value else ["/ve"]), "/reg:64"
        )
        return said.split("REG_SZ", 1)[-1].strip() if code == 0 else None

    def pretend(self, version: str) -> None:
        """Be another version of Windows."""
        key = ("HKCU\\Software\\Wine", "/v", "Version", "/d", version, "/f")
        assert self.run("reg", "add", *key) == 0

    def _call(self, *command: str | Path) -> tuple[int, str]:
        # What goes on running would hold a pipe open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.DEVNULL,
                timeout=90,
                check=False,
                **self.rights,
            )
            said.seek(0)
            return done.returncode, said.read().decode("utf-8", "replace")

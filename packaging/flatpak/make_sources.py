"""Lay out what flatpak-builder needs to build Topicscope without a network.

python3.13 packaging/flatpak/make_sources.py WHEEL SHARE OUT

OUT gets the manifest, the wheel and the share folder of Topicscope, and `python3-modules.json`, a module that installs
the packages of Python. pip chooses their wheels for the Python of the runtime, and says where they lie and what their
checksums are: the addresses are those of the index that pip is set up for, so the file is made anew each time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import facts

HERE: Final = Path(__file__).resolve().parent
MANIFEST: Final = HERE / f"{facts.APP_ID}.json"

RUNTIME_PYTHON: Final = "3.13"
"""Of the runtime that the manifest names."""

GLIBC: Final = 42
"""The minor version of the runtime's C library; wheels built for older ones run too."""

MACHINE: Final = "x86_64"


def resolve(wheel: Path, folder: Path) -> dict[str, Any]:
    """Have pip choose the packages that the wheel needs in the runtime, and return its report."""
    report = folder / "report.json"
    platforms = [f"--platform=manylinux_2_{minor}_{MACHINE}" for minor in range(GLIBC, 16, -1)]
    platforms.append(f"--platform=manylinux2014_{MACHINE}")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
            "--ignore-installed", "--only-binary=:all:", f"--python-version={RUNTIME_PYTHON}",
            "--implementation=cp", f"--target={folder / 'never'}", *platforms, f"--report={report}", wheel,
        ],
        check=True,
    )  # fmt: skip
    loaded: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return loaded


def module(report: dict[str, Any]) -> dict[str, Any]:
    """Return the flatpak module that installs what pip's report names; raises `ValueError` without a checksum."""
    sources = []
    for one in report["install"]:
        name = one["metadata"]["name"]
        if name.lower() == facts.COMMAND:
            continue
        origin = one["download_info"]
        checksum = origin.get("archive_info", {}).get("hashes", {}).get("sha256")
        if not checksum:
            raise ValueError(f"the index gives no SHA-256 of {name}")
        # flatpak-builder names a downloaded file after the address, whose end may hold escapes.
        file_name = origin["url"].partition("#")[0].rpartition("/")[2].replace("%2B", "+")
        sources.append(
            {"type": "file", "url": origin["url"], "sha256": checksum, "dest-filename": file_name}
        )
    if not sources:
        raise ValueError("pip's report names no packages")
    return {
        "name": "python3-modules",
        "buildsystem": "simple",
        "build-commands": [
            "pip3 install --no-index --no-deps --no-build-isolation --prefix=${FLATPAK_DEST} *.whl"
        ],
        "sources": sorted(sources, key=_file_name),
    }


def _file_name(source: dict[str, str]) -> str:
    return source["dest-filename"].lower()


def lay_out(wheel: Path, share: Path, out: Path) -> None:
    """Fill the folder in which flatpak-builder is called; raises `FileExistsError` where others' files are."""
    application = out / "application"
    if out.exists():
        if any(out.iterdir()) and not (out / MANIFEST.name).exists():
            raise FileExistsError(f"{out} holds files that this has not made")
        shutil.rmtree(out)
    application.mkdir(parents=True)
    shutil.copy2(MANIFEST, out)
    shutil.copy2(wheel, application)
    shutil.copytree(share, application / "share", symlinks=True)
    shutil.copy2(facts.ROOT / "LICENSE", application)
    with tempfile.TemporaryDirectory() as folder:
        made = module(resolve(wheel, Path(folder)))
    (out / "python3-modules.json").write_text(json.dumps(made, indent=4) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheel", type=Path, help="of Topicscope")
    parser.add_argument("share", type=Path, help="the folder of this name in the portable archive")
    parser.add_argument("out", type=Path, help="a new folder, or one that this has made before")
    options = parser.parse_args(arguments)
    if f"{sys.version_info.major}.{sys.version_info.minor}" != RUNTIME_PYTHON:
        parser.error(
            f"pip reads the conditions of packages for the Python that runs it: run Python {RUNTIME_PYTHON}"
        )
    lay_out(options.wheel, options.share, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

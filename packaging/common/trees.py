"""Trees of files and archives of them, the same bytes each time they are made of the same input."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

XZ_OPTIONS: Final = ("--threads=2", "-9", "--block-size=67108864")
"""One block size and more than one thread, so that the number of processors does not change the bytes."""


def copy_file(source: Path, target: Path, mode: int = 0o644) -> None:
    """Copy a file with the modes that packages want."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def write_file(target: Path, text: str, mode: int = 0o644) -> None:
    """Write a text with the modes that packages want."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    target.chmod(mode)


def compress(path: Path) -> Path:
    """Replace a file by one compressed with gzip, without its name and time; returns the new one."""
    target = path.with_name(path.name + ".gz")
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(path.read_bytes())
    path.unlink()
    target.chmod(0o644)
    return target


def settle(root: Path, epoch: int) -> None:
    """Give all files and folders of a tree plain modes and one time, in seconds since the epoch."""
    for path in [*root.rglob("*"), root]:
        if not path.is_symlink():
            is_program = path.is_dir() or (path.stat().st_mode & 0o100 and is_executable(path))
            path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def is_executable(path: Path) -> bool:
    """Tell programs and scripts from libraries, which need no execute permission."""
    with path.open("rb") as file:
        head = file.read(4)
    return head[:2] == b"#!" or (head == b"\x7fELF" and ".so" not in path.name)


def is_elf(path: Path) -> bool:
    """Tell programs and libraries in machine code."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def make_tar_xz(folder: Path, target: Path, epoch: int) -> None:
    """Pack a folder under its own name: sorted, owned by root, all of one time."""
    command = [
        "tar", "--create", "--sort=name", f"--mtime=@{epoch}", "--owner=0", "--group=0", "--numeric-owner",
        "--format=gnu", "--directory", folder.parent, folder.name,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tar, target.open("wb") as file:
        subprocess.run(["xz", *XZ_OPTIONS, "--stdout"], stdin=tar.stdout, stdout=file, check=True)
    if tar.returncode:
        raise RuntimeError(f"tar ended with {tar.returncode}")


def machine() -> str:
    """Return the name of this machine's processor in names of files."""
    return os.uname().machine

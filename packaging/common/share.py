"""What a desktop wants beside the program: menu entry, icons, descriptions, types of files, manual and completions."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Final

from trees import compress, copy_file, write_file

sys.path.append(str(Path(__file__).resolve().parents[1]))
import facts

HERE: Final = Path(__file__).resolve().parent
ICON_SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def fill(share: Path, python: Path, epoch: int, *, compressed: bool) -> None:
    """Fill a folder like ``/usr/share``; `python` has Topicscope and Qt installed."""
    date = dt.datetime.fromtimestamp(epoch, dt.UTC).date().isoformat()
    desktop = HERE / "desktop"
    copy_file(desktop / "topicscope.desktop", share / "applications/topicscope.desktop")
    copy_file(desktop / "topicscope-mime.xml", share / "mime/packages/topicscope.xml")
    metainfo = (desktop / f"{facts.APP_ID}.metainfo.xml").read_text(encoding="utf-8")
    metainfo = metainfo.replace("@VERSION@", facts.version()).replace("@DATE@", date)
    write_file(share / f"metainfo/{facts.APP_ID}.metainfo.xml", metainfo)
    add_icons(share / "icons/hicolor", python)
    _add_documents(share, python, date, compressed=compressed)


def add_icons(hicolor: Path, python: Path) -> None:
    """Draw the icon in all sizes."""
    icon = facts.ROOT / "resources/icons/topicscope.svg"
    for size in ICON_SIZES:
        target = hicolor / f"{size}x{size}/apps/topicscope.png"
        subprocess.run([python, HERE.parent / "icon_files.py", icon, target, str(size)], check=True)
        target.chmod(0o644)
    copy_file(icon, hicolor / "scalable/apps/topicscope.svg")


def _add_documents(share: Path, python: Path, date: str, *, compressed: bool) -> None:
    made = share / "made"
    subprocess.run([python, HERE / "documents.py", made, date], check=True)
    for name, place in (
        ("topicscope.1", "man/man1/topicscope.1"),
        ("topicscope.bash", "bash-completion/completions/topicscope"),
        ("_topicscope", "zsh/vendor-completions/_topicscope"),
        ("topicscope.fish", "fish/vendor_completions.d/topicscope.fish"),
    ):
        copy_file(made / name, share / place)
        (made / name).unlink()
    made.rmdir()
    if compressed:
        compress(share / "man/man1/topicscope.1")

"""What programs of Windows and macOS carry inside: icon, version resource, and what they open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ICON: Final = HERE.parent / "resources/icons/topicscope.svg"


def dressing(python: Path, work: Path, system: str = sys.platform) -> dict[str, str]:
    """Make the files, and return the variables that name them to the PyInstaller specification.

    `python` has Qt installed, which draws the icons. Linux programs carry nothing: their desktops read files.
    """
    made: dict[str, tuple[Path, list[Path]]] = {}
    if system == "win32":
        made["TOPICSCOPE_ICON"] = work / "topicscope.ico", [HERE / "icon_files.py", ICON]
        made["TOPICSCOPE_VERSION_RESOURCE"] = (
            work / "version.txt",
            [HERE / "windows/version_resource.py"],
        )
    elif system == "darwin":
        made["TOPICSCOPE_ICON"] = work / "topicscope.icns", [HERE / "icon_files.py", ICON]
        made["TOPICSCOPE_PLIST"] = work / "Info.plist", [HERE / "macos/info_plist.py"]
    for target, command in made.values():
        subprocess.run([python, *command, target], check=True)
    return {name: str(target) for name, (target, _) in made.items()}

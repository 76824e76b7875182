"""Compile the Windows installer with makensis, on Windows or any system that has it.

python packaging/windows/build_installer.py PAYLOAD --icon ICO --out SETUP.exe

PAYLOAD is the folder that PyInstaller made. SIGN_COMMAND in the environment, if set, is a command that signs the file
whose name is put behind it; it is called for installer and uninstaller.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PureWindowsPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import facts

SCRIPT = Path(__file__).with_name("installer.nsi")


def uninstall_macro(payload: Path) -> str:
    """Return the NSIS macro that deletes exactly the files of the payload, then folders that are empty.

    A folder is never deleted with all that is in it: people choose where to install, and keep files there.
    """
    files = sorted(path.relative_to(payload) for path in payload.rglob("*") if not path.is_dir())
    folders = sorted(
        (path.relative_to(payload) for path in payload.rglob("*") if path.is_dir()), reverse=True
    )
    if not files:
        raise ValueError(f"{payload} holds no files")
    lines = [f'  Delete "{_installed(path)}"' for path in files]
    lines += [f'  RMDir "{_installed(path)}"' for path in folders]
    return "\n".join(["!macro DELETE_INSTALLED_FILES", *lines, "!macroend", ""])


def _installed(path: Path) -> str:
    name = str(PureWindowsPath(path))
    if '"' in name or "\n" in name:
        raise ValueError(f"Windows has no file names like {name!r}")
    return "$INSTDIR\\" + name.replace("$", "$$")


def offers() -> str:
    """Return the NSIS macros that go through the suffixes and the schemes of addresses."""
    text = ""
    for name, words in (("SUFFIX", facts.CAPTURE_SUFFIXES), ("SCHEME", facts.URL_SCHEMES)):
        lines = "".join(f"  !insertmacro ${{EACH}} {word}\n" for word in words)
        text += f"!macro FOR_EACH_{name} EACH\n{lines}!macroend\n"
    return text


def definitions(payload: Path, files: Path, icon: Path, out: Path, version: str) -> dict[str, str]:
    """Return what the script wants defined."""
    defined = {
        "NAME": facts.NAME,
        "COMMAND": facts.COMMAND,
        "SUMMARY": facts.SUMMARY,
        "PUBLISHER": facts.PUBLISHER,
        "COPYRIGHT": facts.COPYRIGHT,
        "VERSION": version,
        "VERSION_4": ".".join(map(str, facts.four_numbers(version))),
        "PAYLOAD": str(payload.resolve()),
        "FILES": str(files),
        "LICENSE_FILE": str(facts.ROOT / "LICENSE"),
        "ICON": str(icon.resolve()),
        "OUT": str(out.resolve()),
    }
    if command := os.environ.get("SIGN_COMMAND"):
        defined["SIGN_COMMAND"] = command
    return defined


def makensis() -> str:
    """Return where makensis is; raises `FileNotFoundError`."""
    places = [
        Path(os.environ.get(name, "C:\\")) / "NSIS"
        for name in ("ProgramFiles(x86)", "ProgramFiles")
    ]
    for place in (None, *places):
        if found := shutil.which("makensis", path=place and str(place)):
            return found
    raise FileNotFoundError("makensis was not found; NSIS 3 has it")


def build(payload: Path, icon: Path, out: Path, version: str, target: str | None = None) -> None:
    """Compile the installer; raises `subprocess.CalledProcessError` when makensis does not."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files.nsh"
        files.write_text(uninstall_macro(payload) + offers(), encoding="utf-8-sig")
        defined = definitions(payload, files, icon, out, version)
        if target:
            defined["TARGET"] = target
        flags = [f"-D{name}={value}" for name, value in defined.items()]
        command = [makensis(), "-V2", "-WX", "-NOCD", *flags, str(SCRIPT)]
        subprocess.run(command, check=True, cwd=SCRIPT.parent)


def main(arguments: list[str]) -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description="Compile the Windows installer with makensis.")
    parser.add_argument("payload", type=Path, help="the folder that PyInstaller made")
    parser.add_argument("--icon", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=facts.version(), help="the checkout's unless told")
    parser.add_argument(
        "--target", help="of NSIS: x86-unicode unless told; wine without 32 bits runs amd64-unicode"
    )
    options = parser.parse_args(arguments)
    build(options.payload, options.icon, options.out, options.version, options.target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write the version resource that Windows shows in a program's properties, as PyInstaller reads it.

python packaging/windows/version_resource.py OUT.txt
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import facts

_ENGLISH, _UNICODE = 0x0409, 0x04B0


def version_resource(version: str) -> str:
    """Return the resource of a version as the expression that PyInstaller evaluates."""
    strings = {
        "CompanyName": facts.PUBLISHER,
        "FileDescription": facts.NAME,
        "FileVersion": version,
        "InternalName": facts.COMMAND,
        "LegalCopyright": facts.COPYRIGHT,
        "OriginalFilename": f"{facts.COMMAND}.exe",
        "ProductName": facts.NAME,
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({key!r}, {text!r})" for key, text in strings.items())
    numbers = facts.four_numbers(version)
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0,"
        " OS=0x40004, fileType=1, subtype=0, date=(0, 0)), kids=["
        f"StringFileInfo([StringTable('{_ENGLISH:04X}{_UNICODE:04X}', [{table}])]),"
        f" VarFileInfo([VarStruct('Translation', [{_ENGLISH}, {_UNICODE}])])])\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(version_resource(facts.version()), encoding="utf-8")

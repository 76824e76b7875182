"""Certificates and keys that stand in an imported file: reading them, and writing them where a person wants."""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING

import msgspec

from topicscope.profiles.importers.imported import EmbeddedFile, ImportedProfile

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.importers.record import Record

LARGEST = 1 << 20
"""Largest certificate in bytes that is taken."""

_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def embedded_file(record: Record, field: str, default_name: str) -> EmbeddedFile | None:
    """Read ``{"name": …, "data": base64}``; what is wrong with it goes to the notes."""
    text = record.raw("data")
    name = record.text("name")
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > LARGEST * 4 // 3:
        record.notes.check.append(f"{record.at('data')}: is no certificate; it was not taken.")
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        record.notes.check.append(f"{record.at('data')}: is not Base64; it was not taken.")
        return None
    if b"-----BEGIN" not in data:
        record.notes.check.append(f"{record.at('data')}: is not in PEM form; it may not load.")
    return EmbeddedFile(field, safe_name(name, default_name), data)


def safe_name(name: str, default: str) -> str:
    """Return a file name that names nothing but a file in its folder, on every system."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[-80:].strip(".-")
    return default if not name or _WINDOWS_DEVICES.match(name) else name


def with_files(imported: ImportedProfile, folder: Path) -> ImportedProfile:
    """Write the files of a profile into a folder, for its user alone, and name them in the profile.

    No file that is there is touched. Raises OSError.
    """
    if not imported.files:
        return imported
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places = {file.field: str(_written(folder, file).absolute()) for file in imported.files}
    return ImportedProfile(
        profile=msgspec.structs.replace(imported.profile, **places),
        secrets=imported.secrets,
        taken=imported.taken,
        ignored=imported.ignored,
        check=imported.check,
    )


def _written(folder: Path, file: EmbeddedFile) -> Path:
    stem, dot, ending = file.name.rpartition(".")
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        path = folder / (f"{stem}{again}.{ending}" if dot else f"{file.name}{again}")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "wb") as target:
            target.write(file.data)
        return path

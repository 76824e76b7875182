"""Files as the other tools write them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from topicscope.profiles.importers.importing import import_file

if TYPE_CHECKING:
    from topicscope.profiles.importers.imported import Imported, ImportedProfile

SAMPLES = Path(__file__).parents[3] / "data" / "importers"
FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".sql")


def imported(name: str) -> Imported:
    return import_file(SAMPLES / name)


def by_name(result: Imported) -> dict[str, ImportedProfile]:
    return {one.profile.name: one for one in result.profiles}


def database(folder: Path, script: str) -> Path:
    """Make a database of the statements of a script."""
    path = folder / "MQTTX.db"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.executescript(script)
        made.commit()
    return path


def sample_database(folder: Path, name: str) -> Path:
    return database(folder, (SAMPLES / name).read_text(encoding="utf-8"))

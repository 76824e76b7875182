"""MQTTX's own database, ``MQTTX.db``: read only, and without trust in its schema."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from topicscope.profiles.importers.imported import Imported, ImportFailed
from topicscope.profiles.importers.mqttx import TOOL, read_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_HEADER_BYTES = 100
_MOST_ROWS = 20_000
_LONGEST_VALUE = 1 << 20
_MOST_CHARACTERS = 64 << 20
"""Of all values of a table together; they are all in memory at once."""

_STEPS_PER_LOOK = 10_000
_MOST_LOOKS = 5_000
"""50 million steps of SQLite's machine: seconds, and far more than a table of connections needs."""

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_KEYS = """
    id clientId name clean protocol host port keepalive connectTimeout reconnect reconnectPeriod username
    password path certType ssl mqttVersion unreadMessageCount clientIdWithTime parentId orderId isCollection
    rejectUnauthorized ALPNProtocols ca cert key createAt updateAt sessionExpiryInterval receiveMaximum
    maximumPacketSize topicAliasMaximum requestResponseInformation requestProblemInformation userProperties
    authenticationMethod authenticationData willId connectionId collectionId topic qos alias retain nl rap rh
    color disabled subscriptionIdentifier lastWillTopic lastWillPayload lastWillQos lastWillRetain
    willDelayInterval payloadFormatIndicator messageExpiryInterval contentType responseTopic correlationData
"""
_KEY_OF_COLUMN = {key.lower(): key for key in _KEYS.split()}
"""Versions write ``clientId`` or ``client_id``: columns are compared without case and underscores."""

Row = dict[str, Any]
Made = TypeVar("Made")


def read_database(path: Path) -> Imported:
    """Read the connections. Raises ImportFailed with the table where the database cannot be used."""
    imported = _with_database(path, _read)
    journal = path.with_name(path.name + "-wal")
    with contextlib.suppress(OSError):
        if journal.is_file() and journal.stat().st_size:
            problem = (
                f"The latest changes are still in {journal.name}: close MQTTX and import again."
            )
            return replace(imported, problems=(*imported.problems, problem))
    return imported


def read_histories(path: Path) -> list[Row]:
    """Read the names of the connections, each with its messages. Raises ImportFailed as `read_database` does."""
    return _with_database(path, _read_histories)


def _with_database(path: Path, read: Callable[[sqlite3.Connection], Made]) -> Made:
    _refuse_cut_short(path)
    try:
        with contextlib.closing(_opened(path)) as database:
            return read(database)
    except (sqlite3.Error, UnicodeError) as error:
        raise ImportFailed(path.name, f"cannot be read as a database: {error}") from error


def _refuse_cut_short(path: Path) -> None:
    """Raise ImportFailed where the file is shorter than its header says: SQLite tells only at the pages lost."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise ImportFailed(path.name, f"cannot be read: {error.strerror or error}") from error
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    if len(header) < _HEADER_BYTES or size < page * pages:
        raise ImportFailed(path.name, f"cannot be read: it is cut short at {size:,} bytes")


def _opened(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri() + "?mode=ro&immutable=1"
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = _text
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA query_only = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    looks = 0

    def is_too_long() -> bool:
        nonlocal looks
        looks += 1
        return looks > _MOST_LOOKS

    database.set_progress_handler(is_too_long, _STEPS_PER_LOOK)
    return database


def _tables(
    database: sqlite3.Connection,
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the tables, and of each the columns under the names of the export; from now on nothing but reading."""
    # Tables alone: a view could do anything, and MQTTX has none of these names.
    names = [
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%virtual%' LIMIT 1000"
        )
        if isinstance(name, str)
    ]
    tables = {name.lower(): name for name in names}
    if "connectionentity" not in tables:
        raise ImportFailed("table ConnectionEntity", "is not there; this is no database of MQTTX")
    columns = {key: _columns(database, name) for key, name in tables.items()}
    database.set_authorizer(_only_reading)
    return tables, columns


def _read_histories(database: sqlite3.Connection) -> list[Row]:
    tables, columns = _tables(database)
    connections: list[Row] = [
        {"id": row.get("id"), "name": row.get("name"), "messages": []}
        for row in _rows(database, tables, columns, "connectionentity")
    ]
    by_identifier = {row["id"]: row for row in connections}
    for message in _rows(database, tables, columns, "messageentity"):
        owner = by_identifier.get(message.pop("connectionId", None))
        if owner is not None:
            owner["messages"].append(message)
    return connections


def _read(database: sqlite3.Connection) -> Imported:
    tables, columns = _tables(database)
    connections = list(_rows(database, tables, columns, "connectionentity"))
    wills = {row.get("id"): row for row in _rows(database, tables, columns, "willentity")}
    subscriptions: dict[object, list[Row]] = {}
    for row in _rows(database, tables, columns, "subscriptionentity"):
        subscriptions.setdefault(row.pop("connectionId", None), []).append(row)
    for row in connections:
        row["will"] = wills.get(row.get("willId")) or {}
        row["subscriptions"] = subscriptions.get(row.get("id"), [])
        row.setdefault("parentId", row.get("collectionId"))
        row["isCollection"] = False
    folders = [
        row | {"isCollection": True} for row in _rows(database, tables, columns, "collectionentity")
    ]
    places = [f"ConnectionEntity row {number}" for number, _ in enumerate(connections, 1)]
    places += [f"CollectionEntity row {number}" for number, _ in enumerate(folders, 1)]
    imported = read_connections([*connections, *folders], places)
    messages = _count(database, tables.get("messageentity"))
    notes = [f"{messages:,} messages of the history were not taken."] if messages else []
    return Imported(TOOL, imported.profiles, imported.problems, tuple(notes))


def _columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the columns of a table under the names of the export."""
    found: dict[str, str] = {}
    for row in database.execute(f"PRAGMA table_info({_quoted(table)})"):
        column = row[1]
        if isinstance(column, str):
            key = column.replace("_", "").lower()
            found.setdefault(_KEY_OF_COLUMN.get(key, column), column)
    return found


def _rows(
    database: sqlite3.Connection,
    tables: dict[str, str],
    columns: dict[str, dict[str, str]],
    table: str,
) -> Iterator[Row]:
    names = columns.get(table)
    if not names:
        return
    wanted = ", ".join(_quoted(column) for column in names.values())
    query = f"SELECT {wanted} FROM {_quoted(tables[table])} LIMIT {_MOST_ROWS}"
    characters = 0
    try:
        for values in database.execute(query):
            characters += sum(len(value) for value in values if isinstance(value, str | bytes))
            if characters > _MOST_CHARACTERS:
                raise ImportFailed(f"table {tables[table]}", "it is larger than any MQTTX writes")
            yield dict(zip(names, values, strict=True))
    except sqlite3.Error as error:
        raise ImportFailed(f"table {tables[table]}", str(error)) from error


def _count(database: sqlite3.Connection, table: str | None) -> int:
    """Count the rows of a table that nobody reads; a damaged one counts as empty."""
    if table is None:
        return 0
    with contextlib.suppress(sqlite3.Error):
        count = database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]
        return count if isinstance(count, int) else 0
    return 0


def _only_reading(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(data: bytes) -> str:
    return data.decode(errors="replace")

"""What a self-test tries, each check with a sentence about what it found; a check that is not content raises."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import pkgutil
import re
from functools import partial
from typing import TYPE_CHECKING, Self

import topicscope
from topicscope.cli.selftest_tls import TlsFront, make_certificate
from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from topicscope.demo.server import BrokerThread

_MESSAGES = 50
_RECORD_S = "10"
_WINDOW_S = "1.5"
_BINARY = {
    "cbor": bytes.fromhex("a16576616c756518c8"),
    "messagepack": bytes.fromhex("81a576616c7565ccc8"),
}
_IMPORTS = {
    "mosquitto_sub.conf": b"-h broker.example\n-p 8883\n-t plant/#\n",
    "mqttfx.xml": b'<?xml version="1.0"?><unknown/>',
}

_MODULE_OF = {
    "pyside6-essentials": "PySide6.QtWidgets",
    "paho-mqtt": "paho.mqtt.client",
    "protobuf": "google.protobuf",
}
"""Names of the modules of packages that are not named after them."""


class Bench:
    """A context manager: the demo broker with TLS in front of it, and the checks that use both."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = contextlib.ExitStack()
        self._broker: BrokerThread | None = None
        self._recording = folder / "tcp.pcapng"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Give out the checks with their names; later ones need the earlier."""
        yield "Packages", check_packages
        yield "Demo broker", self._start_broker
        yield "TCP", self._tcp
        yield "TLS", self._tls
        yield "WebSocket", self._websocket
        yield "Reading back", self._read_back
        yield "Display filter", self._filter
        yield "Connection doctor", self._doctor
        yield "Decoders", check_decoders
        yield "Templates", check_templates
        yield "Importers", partial(check_importers, self._folder)
        yield "Key store", partial(check_key_store, self._folder)
        yield "Help pages", check_help_pages
        yield "Window", self._window
        yield "Modules", check_modules
        yield "Dialogs and charts", check_dialogs_and_charts

    def _start_broker(self) -> str:
        from topicscope.demo.server import BrokerThread

        self._broker = self._open.enter_context(BrokerThread(plant=True))
        return f"ports {self._broker.port} and {self._broker.websocket_port}"

    def _running(self) -> BrokerThread:
        if self._broker is None:
            raise RuntimeError("the demo broker does not run")
        return self._broker

    def _tcp(self) -> str:
        return record_some(f"mqtt://127.0.0.1:{self._running().port}", self._recording)

    def _tls(self) -> str:
        certificate, key = make_certificate(self._folder)
        with TlsFront(certificate, key, self._running().port) as front:
            url = f"mqtts://127.0.0.1:{front.port}"
            text = record_some(url, self._folder / "tls.pcapng", "--ca", str(certificate))
            return f"{text}, {front.version}"

    def _websocket(self) -> str:
        url = f"ws://127.0.0.1:{self._running().websocket_port}/mqtt"
        return record_some(url, self._folder / "websocket.pcapng")

    def _read_back(self) -> str:
        return " and ".join(
            f"{count_messages(self._folder / f'{name}.pcapng')} over {name}"
            for name in ("tcp", "tls", "websocket")
        )

    def _filter(self) -> str:
        from topicscope.capture.loading import load_recording
        from topicscope.capture.log import CaptureLog
        from topicscope.query.context import FilterContext
        from topicscope.query.filter import compile_filter, snapshot

        log = CaptureLog()
        load_recording(self._recording, log.append)
        wanted = compile_filter('qos <= 2 and topic matches "."', FilterContext(log))
        seen = sum(
            end - begin if rows is None else int(rows.sum())
            for _, begin, end, rows in wanted.evaluate_backwards(snapshot(log))
        )
        if seen < _MESSAGES:
            raise ValueError(f"{seen} of {_MESSAGES} messages were found")
        return wanted.explain()

    def _doctor(self) -> str:
        from topicscope.cli.doctor import doctor

        if code := doctor(["doctor", f"mqtt://127.0.0.1:{self._running().port}"]):
            raise RuntimeError(f"it ended with {code}")
        return "found nothing wrong"

    def _window(self) -> str:
        from topicscope.cli.window import window

        picture, report_file = self._folder / "window.png", self._folder / "report.json"
        code = window(
            [
                "--demo",
                "--after",
                _WINDOW_S,
                "--screenshot",
                str(picture),
                "--report",
                str(report_file),
            ]
        )
        report = json.loads(report_file.read_text(encoding="utf-8"))
        received = report["ledger"]["received"]
        if code or not picture.stat().st_size:
            raise RuntimeError(f"it ended with {code}")
        if not received:
            raise RuntimeError("it has received nothing")
        return f"painted after {report['first_paint_s']:.2f} s, {received} messages"


def record_some(url: str, path: Path, *options: str) -> str:
    """Record a few messages of the simulated plant."""
    from topicscope.cli.record import record

    count = str(_MESSAGES)
    code = record(
        [
            "record",
            url,
            "-t",
            "#",
            "-o",
            str(path),
            "--count",
            count,
            "--duration",
            _RECORD_S,
            *options,
        ]
    )
    if code:
        raise RuntimeError(f"it ended with {code}")
    return f"{_MESSAGES} messages recorded"


def count_messages(path: Path) -> int:
    """Read a recording and count its Application Messages; raises ValueError where it is not whole."""
    from topicscope.capture.loading import load_recording
    from topicscope.cli.counting import count_received

    counts: list[int] = []
    loaded = load_recording(path, lambda batch: counts.append(count_received(batch)))
    if loaded.problems or sum(counts) < _MESSAGES:
        raise ValueError(f"{path.name}: {sum(counts)} messages {' '.join(loaded.problems)}")
    return sum(counts)


def check_packages() -> str:
    """Import every package that Topicscope says it needs."""
    try:
        wanted = importlib.metadata.requires("topicscope") or []
    except importlib.metadata.PackageNotFoundError:
        return "not known: this Topicscope is not installed"
    own = [line for line in wanted if "extra ==" not in line]
    names = {re.split(r"[<>=!~;\[ ]", line)[0].lower() for line in own}
    for name in sorted(names):
        importlib.import_module(_MODULE_OF.get(name, name.replace("-", "_")))
    return f"{len(names)} imported"


def check_modules() -> str:
    """Import every module of Topicscope, also those that wait until somebody needs them."""
    names = [found.name for found in pkgutil.walk_packages(topicscope.__path__, "topicscope.")]
    names = [name for name in names if not name.endswith("__main__")]
    for name in names:
        importlib.import_module(name)
    if len(names) < 100:
        raise ValueError(f"only {len(names)} are there")
    return f"{len(names)} imported"


def check_decoders() -> str:
    """Show the same value as JSON, CBOR and MessagePack."""
    from topicscope.payload.compose import payload_text
    from topicscope.payload.pretty import readable

    texts = {kind: payload_text(payload, kind) for kind, payload in _BINARY.items()}
    texts["json"] = readable(b'{"value": 200}').pretty.text
    for kind, text in texts.items():
        if json.loads(text) != {"value": 200}:
            raise ValueError(f"{kind} was read as {text}")
    return ", ".join(sorted(texts))


def check_templates() -> str:
    """Make a message of a template."""
    from topicscope.automation.templates.rendering import Renderer
    from topicscope.automation.templates.template import MessageTemplate

    template = MessageTemplate(name="t", topic="a/{{ 1 + 1 }}", payload="{{ 40 + 2 }}")
    rendered = Renderer().render(template)
    if (rendered.topic, rendered.payload) != ("a/2", b"42"):
        raise ValueError(f"made {rendered.topic}, {rendered.payload!r}")
    return "a message was made"


def check_importers(folder: Path) -> str:
    """Read options of mosquitto_sub, an XML file and a database."""
    import sqlite3

    from topicscope.profiles.importers.imported import ImportFailed
    from topicscope.profiles.importers.importing import import_bytes, import_file

    found = import_bytes(_IMPORTS["mosquitto_sub.conf"], "mosquitto_sub.conf")
    if [one.profile.host for one in found.profiles] != ["broker.example"]:
        raise ValueError("the options of mosquitto_sub were not understood")
    database = folder / "other.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("create table other (a)")
    database_of_nobody = partial(import_file, database)
    for read in (partial(import_bytes, _IMPORTS["mqttfx.xml"], "mqttfx.xml"), database_of_nobody):
        # That none of the tools has written it is found out by reading it.
        with contextlib.suppress(ImportFailed):
            read()
    return "text, XML and SQLite"


def check_key_store(folder: Path) -> str:
    """Look for the key store of the system; it is no failure that there is none."""
    import keyring.backend

    from topicscope.profiles.key_store import SecretStore

    known = sorted(
        backend.__module__.rsplit(".", 1)[-1] for backend in keyring.backend.get_all_keyring()
    )
    return f"secrets go to: {SecretStore(folder).where()}; known: {', '.join(known)}"


def check_help_pages() -> str:
    """Read every help page."""
    pages = sorted((resource_dir() / "help").glob("*.txt"))
    empty = [page.name for page in pages if not page.read_text(encoding="utf-8").strip()]
    if empty or not pages:
        raise ValueError(f"without a text: {', '.join(empty) or 'all'}")
    return ", ".join(page.stem for page in pages)


def check_dialogs_and_charts() -> str:
    """Open what the window opens late; by name, because the command line knows no Qt."""
    return str(importlib.import_module("topicscope.gui.selftest").open_all())

"""No secret is found in any file, log, crash report, export or text on screen after all that may be done with it.

Every secret has one word in it, and so have the tokens and keys that are made here. What is kept is kept in a key
store in memory; everything else that the program writes lies below the folder of the test.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QLineEdit

from tests.helpers.canaries import WORD, leak_in, leaks_below, shown_texts, written_forms
from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.proxies import HttpProxy
from tests.helpers.token_gate import TokenGate
from tests.helpers.watch import QUICK
from tests.helpers.window import Desk, open_desk
from topicscope.gui.dialogs.connections.dialog import ConnectionsDialog
from topicscope.gui.dialogs.doctor.dialog import DoctorDialog
from topicscope.gui.dialogs.importing.dialog import ImportDialog
from topicscope.profiles.profile import Profile, Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

APP = Path(__file__).parents[2] / "app"
PEERS = Path(__file__).parents[1] / "data" / "importers"
FILES = (
    "mqtt-explorer/settings-v0.json",
    "mqtt-explorer/settings-v1.json",
    "mqttx/export.json",
    "mqttx/export-folders.json",
    "mqttfx/mqttfx-config.xml",
    "mqtt-spy/mqtt-spy-configuration.xml",
    "mosquitto/mosquitto_sub",
    "mosquitto/watch.sh",
)
AWS_HOST = "a1b2c3d4e5-ats.iot.eu-west-1.amazonaws.com"
AZURE_HOST = "plant.azure-devices.net"
PASSWORD = f"{WORD}-password"
IN_PROCESS = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); sys.path.insert(0, {app!r})\n"
)
RUN = "from topicscope.__main__ import main\nsys.exit(main())\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything the program may write to lies below here."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for variable in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(folder / variable.lower()))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return folder


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, home: Path) -> Iterator[Desk]:
    """A window whose files lie below the home."""
    with open_desk(qtbot, qapp, home / "config", QUICK) as desk:
        yield desk


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What belongs to brokers, and so does not count."""
    return tmp_path_factory.mktemp("brokers")


@pytest.fixture
def guarded(elsewhere: Path) -> Iterator[Mosquitto]:
    """A broker that wants a password."""
    with Mosquitto(elsewhere, websocket=True, users={"me": PASSWORD}) as broker:
        yield broker


@pytest.fixture
def open_to_all(elsewhere: Path) -> Iterator[Mosquitto]:
    """A broker over TLS that takes any login."""
    with Mosquitto(elsewhere, tls=True, websocket=True) as broker:
        yield broker


def check(home: Path, *texts: str) -> None:
    """Look everywhere."""
    assert leaks_below(home) == []
    shown = [text for text in shown_texts() if leak_in(text.encode(errors="replace"))]
    assert shown == []
    for text in texts:
        assert leak_in(text.encode()) == ""


def jwt(expires_in: float) -> str:
    """Return a token with the word in its claims and behind them."""
    head, claims = {"alg": "HS256"}, {"jti": WORD, "exp": int(time.time() + expires_in)}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (head, claims)
    ]
    return ".".join((*parts, f"{WORD}-signature"))


# --- what is done with secrets ---


def import_all(desk: Desk) -> None:
    for name in FILES:
        desk.window.commands["import_connections"].trigger()
        desk.wait(lambda: desk.window.findChild(ImportDialog), "the import")
        dialog = desk.modal()
        assert isinstance(dialog, ImportDialog)
        dialog.read(PEERS / name)
        desk.wait(dialog.preview.isVisible, "the preview")
        assert not any(map(leak_in, (text.encode() for text in desk.words(dialog))))
        desk.click(dialog.import_button.text())
        desk.wait(lambda: not desk.window.findChildren(ImportDialog), "the end of the import")


def connect(desk: Desk, profile: Profile, secrets: dict[str, str]) -> None:
    stored = desk.services.store.save(profile)
    desk.read_profiles()
    desk.window.connecting.connect_given(stored, secrets)


def look_at_packets(desk: Desk) -> None:
    """Open the first packets, CONNECT among them, on every page of the inspector."""
    desk.show_tab("Packets")
    desk.wait(lambda: any("CONNECT" in map(str, row) for row in desk.rows("Packets")), "CONNECT")
    view = desk.find(QAbstractItemView, "Packets")
    kinds = [list(map(str, row)) for row in desk.rows("Packets")]
    number = next(n for n, row in enumerate(kinds) if "CONNECT" in row)
    desk.click_row("Packets", number)
    tabs = desk.window.inspector.tabs
    bar = tabs.tabBar() if hasattr(tabs, "tabBar") else tabs
    for page in range(bar.count()):
        bar.setCurrentIndex(page)
        desk.settle()
        assert not [text for text in shown_texts() if leak_in(text.encode(errors="replace"))]
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for command in ("copy_text", "copy_json", "copy_payloads"):
        desk.window.commands[command].trigger()
        desk.settle()
        assert leak_in(QApplication.clipboard().text().encode()) == ""


def give_path(desk: Desk, command: str, path: Path) -> None:
    """Choose a command that asks for a file, and type its name."""
    desk.window.commands[command].trigger()
    desk.wait(lambda: desk.window.findChild(QFileDialog), "the question where to")
    field = desk.modal().findChild(QLineEdit)
    assert field is not None
    field.setText(str(path))
    desk.keys("Return", field)
    desk.wait(path.exists, f"{path.name}")


def examine(desk: Desk) -> None:
    """Run the doctor and copy its report."""
    desk.window.commands["doctor"].trigger()
    desk.wait(lambda: desk.window.findChild(DoctorDialog), "the doctor")
    dialog = desk.modal()
    assert isinstance(dialog, DoctorDialog)
    desk.wait(lambda: dialog.examination.state == "done", "the end")
    for row in dialog.steps.rows:
        assert leak_in(repr(row.step).encode()) == ""
    desk.click("Copy report")
    assert "CONNECT" in QApplication.clipboard().text()
    desk.keys("Escape", dialog)
    desk.settle()


def test_that_secrets_of_imported_profiles_are_in_the_key_store_alone(
    desk: Desk, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    import_all(desk)
    kept = "".join(desk.key_store.entries.values())
    assert kept.count(WORD) >= 8
    give_path(desk, "export_connections", home / "export.json")
    desk.window.commands["edit_connection"].trigger()
    desk.settle()
    for row in range(desk.find(QAbstractItemView, "Connections").model().rowCount()):
        desk.click_row("Connections", row)
        QTest.qWait(20)
    desk.keys("Escape", desk.modal())
    desk.settle()
    check(home, caplog.text)


def test_that_what_is_typed_connected_recorded_and_exported_leaks_nothing(
    desk: Desk, home: Path, guarded: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    recording = home / "recording.pcapng"
    with HttpProxy(("proxy-user", f"{WORD}-proxy")) as proxy:
        desk.window.files.record(True, recording)
        desk.click("Fill in the form…")
        url = f"ws://me:{PASSWORD}@127.0.0.1:{guarded.websocket_port}/mqtt?token={WORD}-query"
        form = desk.begin_form(url, "Plant")
        assert isinstance(form, ConnectionsDialog)
        page = form.form.connection
        page.headers.set_pairs((("Authorization", f"Bearer {WORD}-header"), ("X-Room", "2")))
        page.headers.changed.emit()
        desk.show_tab("Connection")
        desk.choose("Proxy", page.proxy.itemText(page.proxy.findData("http")))
        desk.type("Proxy host", "127.0.0.1")
        page.proxy_port.setValue(proxy.port)
        desk.type("Proxy user name", "proxy-user")
        desk.type("Proxy password", f"{WORD}-proxy")
        desk.click("Save & Connect", form)
        desk.wait_for_state("Connected")
        assert f"{WORD}-header" in "".join(desk.key_store.entries.values())
        desk.publish("plant/line1", "21.5")
        desk.wait(lambda: "21.5" in desk.column("Payload"), "the message")
        look_at_packets(desk)
        examine(desk)
        desk.click("Disconnect")
        desk.wait_for_state("Not connected")
        desk.restart()
        desk.click("Connect", within=desk.window.bar)
        desk.wait_for_state("Connected")
        dials, since = len(proxy.asked), desk.window.bridge.state.connected_at
        guarded.restart()
        # What the window says meanwhile may still be of the connection before.
        desk.wait(lambda: desk.window.bridge.state.connected_at not in {None, since}, "", 15_000)
        assert len(proxy.asked) > dials
        desk.wait_for_state("Connected", 15_000)
        desk.window.files.save(home / "capture.pcapng")
        desk.wait((home / "capture.pcapng").exists, "the capture")
        for command, name in (("export_shown", "rows.ndjson"), ("export_connections", "own.json")):
            give_path(desk, command, home / name)
        desk.services.secrets.remember(desk.window.connecting.active, {"secret": f"{WORD}-wrong"})
        desk.click("Disconnect")
        desk.wait_for_state("Not connected")
    assert recording.stat().st_size > 100
    check(home, caplog.text)


def test_that_a_refused_login_and_its_question_leak_nothing(
    desk: Desk, home: Path, guarded: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    profile = Profile(name="Lab", host="127.0.0.1", port=guarded.port, username="me")
    connect(desk, profile, {"secret": f"{WORD}-wrong"})
    desk.wait_for_words("refused the connection", "Give another password…")
    examine(desk)
    desk.click("Give another password…", within=desk.window.bar)
    desk.wait_for_words("Log in to “Lab”")
    desk.type("Password", f"{WORD}-also-wrong", "Return")
    desk.wait(lambda: not QApplication.activeModalWidget(), "the end of the question")
    desk.wait_for_words("Give another password…")
    check(home, caplog.text)


def test_that_tokens_leak_nothing_whether_they_are_good_or_have_expired(
    desk: Desk, home: Path, elsewhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Mosquitto(elsewhere) as broker, TokenGate(broker.port) as gate:
        profile = Profile(
            name="Gate", host="127.0.0.1", port=gate.port, transport="websocket",
            login="token_as_user_name",
        )  # fmt: skip
        token = gate.token(3600, jti=WORD)
        assert any(form in token.lower().encode() for form in written_forms(WORD))
        connect(desk, profile, {"secret": token})
        desk.wait_for_state("Connected")
        look_at_packets(desk)
        examine(desk)
        desk.window.files.save(home / "capture.pcapng")
        desk.wait((home / "capture.pcapng").exists, "the capture")
        for number, bad in enumerate((jwt(-3600), jwt(3600))):
            connect(desk, Profile(name=f"Bad {number}", port=gate.port, host="127.0.0.1",
                    transport="websocket", login="token_as_user_name"), {"secret": bad})  # fmt: skip
            desk.wait_for_words("Give a new token…")
            desk.wait_for_state("Not connected")
            check(home, caplog.text)
        # A token that somebody types as user name is none in the file either.
        desk.services.store.save(Profile(name="By hand", username=token))
    check(home, caplog.text)


def test_that_keys_of_clouds_and_certificates_leak_nothing(
    desk: Desk, home: Path, open_to_all: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broker = open_to_all
    device_key = base64.b64encode(f"{WORD}-device-key".encode()).decode()
    assert broker.authority is not None
    pair = broker.authority.issue("client", ("me",), passphrase=f"{WORD}-passphrase".encode())
    with HttpProxy(names={AWS_HOST: "127.0.0.1", AZURE_HOST: "127.0.0.1"}) as proxy:
        way = Proxy(kind="http", host="127.0.0.1", port=proxy.port)
        aws = Profile(
            name="AWS", host=AWS_HOST, port=broker.secure_websocket_port, transport="websocket",
            tls=True, insecure=True, proxy=way, login="aws_sigv4", username="AKIAIOSFODNN7EXAMPLE",
        )  # fmt: skip
        azure = Profile(
            name="Azure", host=AZURE_HOST, port=broker.tls_port, tls=True, insecure=True,
            proxy=way, login="azure_sas", client_identifier="pump", protocol_version=4,
        )  # fmt: skip
        mine = Profile(
            name="Mine", host="localhost", port=broker.tls_port, tls=True, ca_file=broker.ca_file,
            certificate_file=str(pair.certificate), key_file=str(pair.key),
        )  # fmt: skip
        aws_secrets = {"secret": f"{WORD}-access-key", "session_token": f"{WORD}-session"}
        for profile, secrets in (
            (aws, aws_secrets),
            (azure, {"secret": device_key}),
            (mine, {"passphrase": f"{WORD}-passphrase"}),
        ):
            connect(desk, profile, secrets)
            desk.wait(lambda name=profile.name: (
                desk.window.connecting.active is not None
                and desk.window.connecting.active.name == name
            ))  # fmt: skip
            desk.wait_for_state("Connected")
            look_at_packets(desk)
            examine(desk)
            desk.window.files.save(home / f"{profile.name}.pcapng")
            desk.wait((home / f"{profile.name}.pcapng").exists, "the capture")
        assert {host for host, _ in proxy.asked} == {AWS_HOST, AZURE_HOST}
    check(home, caplog.text)


# --- other processes ---


def run(home: Path, *arguments: str, stdin: str = "", before: str = "") -> str:
    """Run the program with all it logs, and return everything that it said."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MQTT_TOKEN": PASSWORD}
    done = subprocess.run(
        [sys.executable, "-c", IN_PROCESS.format(app=str(APP)) + before + RUN, *arguments],
        cwd=home, env=environment, input=stdin, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_that_the_command_line_leaks_nothing(home: Path, guarded: Mosquitto) -> None:
    address = f"127.0.0.1:{guarded.port}"
    url = f"mqtt://me@{address}"
    web = f"ws://me@127.0.0.1:{guarded.websocket_port}/mqtt?token={WORD}-query"
    header = ("--header", f"Authorization: Bearer {WORD}-header")
    command = f"{sys.executable} -c print('{PASSWORD}')"
    for arguments in (
        ("record", url, str(home / "a.pcapng"), "--seconds", "1", "--password-stdin"),
        ("doctor", web, "--json", "--probe", "--password-stdin", *header),
        ("doctor", f"mqtt://me:{PASSWORD}@127.0.0.1:{free_port()}"),
        ("doctor", url, "--token-command", command),
        ("doctor", url, "--token-env", "MQTT_TOKEN"),
        ("status", url, "--password-stdin", "--timeout", "2"),
        (url, "--password-stdin", "--after", "3", "--screenshot", str(home / "x.png"),
         "--report", str(home / "report.json")),
        (web, "--password-stdin", *header, "--after", "2"),
        (f"mqtt://me:{WORD}-wrong@127.0.0.1:{guarded.port}", "--after", "2"),
        (f"mqtt://me:{PASSWORD}@[broken", "--after", "1"),
    ):  # fmt: skip
        said = run(home, *arguments, stdin=PASSWORD + "\n")
        assert leak_in(said.encode()) == "", arguments
    assert (home / "report.json").exists()
    assert leaks_below(home) == []


BOOM = """
def boom(*args, **kwargs):
    profile, secrets = args, kwargs
    raise RuntimeError("boom")
"""
CRASHES = {
    "the dial": "import topicscope.connection.dial as module; module.make_credentials = boom\n",
    "CONNECT": "import topicscope.connection.opening as module; module.connect_packet = boom\n",
    "the window": (
        "import topicscope.gui.controllers.connection.token_watch as module\n"
        "module.TokenWatch._look = boom\n"
    ),
    "the bar": (
        "import topicscope.gui.controllers.connection.connecting as module\n"
        "module.Connecting._connect = boom\n"
    ),
}


@pytest.mark.parametrize("place", CRASHES)
def test_that_an_exception_in_our_own_code_tells_no_secret(
    home: Path, guarded: Mosquitto, place: str
) -> None:
    url = f"mqtt://me:{PASSWORD}@127.0.0.1:{guarded.port}"
    said = run(home, url, "--after", "2", before=BOOM + CRASHES[place])
    assert "boom" in said
    assert leak_in(said.encode()) == ""
    assert leaks_below(home) == []

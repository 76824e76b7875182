"""What macOS hands over to the running program, sent to it in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.measure import ENVIRONMENT, ROOT
from topicscope.cli.main import run
from topicscope.demo.server import BrokerThread

if TYPE_CHECKING:
    from pathlib import Path

HAND_OVER = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer, QUrl
from PySide6.QtGui import QFileOpenEvent
from topicscope.gui.main_window import MainWindow

target, report, *options = sys.argv[1:]

def hand_over():
    event = QFileOpenEvent(QUrl(target) if "://" in target else target)
    QCoreApplication.sendEvent(QCoreApplication.instance(), event)

shown = MainWindow.showEvent
def show_event(window, event):
    shown(window, event)
    QTimer.singleShot(300, hand_over)
MainWindow.showEvent = show_event

from topicscope.cli.main import run
sys.exit(run(["--after", "3", "--report", report, *options]))
"""


def handed_over(target: str, folder: Path) -> dict[str, int]:
    """Return the ledger of a window some seconds after it was handed a file or an address."""
    report = folder / "report.json"
    environment = ENVIRONMENT | {"XDG_CONFIG_HOME": str(folder / "config")}
    command = [sys.executable, "-c", HAND_OVER, target, str(report)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    ledger: dict[str, int] = json.loads(report.read_text(encoding="utf-8"))["ledger"]
    return ledger


def test_that_a_capture_that_is_double_clicked_is_opened(tmp_path: Path) -> None:
    with BrokerThread(plant=True) as demo:
        url = f"mqtt://127.0.0.1:{demo.port}"
        capture = tmp_path / "twenty messages.pcapng"
        assert run(["record", url, "-t", "#", "-o", str(capture), "--count", "20"]) == 0
    assert handed_over(str(capture), tmp_path)["received"] >= 20


def test_that_an_address_that_is_followed_is_connected_to(tmp_path: Path) -> None:
    with BrokerThread(plant=True) as demo:
        assert handed_over(f"mqtt://127.0.0.1:{demo.port}", tmp_path)["received"] > 20

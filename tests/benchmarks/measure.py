"""Starting processes and reading what they cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT / "app")}


class Flood:
    """The flooding server as a process."""

    def __init__(self, count: int, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.flood", str(count), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.count = count
        self.port = int(self._line())

    def seconds(self) -> float:
        """Wait until all was taken and return how long that took."""
        return float(self._line())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the flood ended early")
        return line


@contextmanager
def flood(count: int, *options: str) -> Iterator[Flood]:
    """Run a flooding server."""
    server = Flood(count, *options)
    try:
        yield server
    finally:
        server.end()


@contextmanager
def running(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process and end it."""
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def window(*arguments: str, after: float, report: Path) -> dict[str, Any]:
    """Run the window offscreen until it has written its report, and return the report."""
    command = [sys.executable, "-m", "topicscope", *arguments]
    command += ["--after", str(after), "--report", str(report), "--size", "1440x900"]
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, timeout=after + 60)
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return document


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def voluntary_switches(pid: int) -> int:
    """Return how often all threads of a process have waited for something: its wake-ups."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def sleep_until(moment: float) -> None:
    """Sleep until a moment of `time.monotonic`."""
    time.sleep(max(0.0, moment - time.monotonic()))

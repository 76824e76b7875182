"""Measure Topicscope against its peers and its limits in one run, and print the ratios.

python -m tests.benchmarks [NAME…]      writes build/benchmarks.json
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import (
    ROOT,
    cpu_seconds,
    flood,
    running,
    sleep_until,
    voluntary_switches,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = 3_000_000
SLOW_PEER_MESSAGES = 300_000
REPEATS = 3


def intake(folder: Path) -> dict[str, Any]:
    """Take-in of QoS 0, 64 B, 5,000 topics, flat out, with the window open; GUI delay meanwhile."""
    runs = []
    for number in range(REPEATS):
        paho = peer_rate(
            SLOW_PEER_MESSAGES, sys.executable, "-m", "tests.benchmarks.bare_paho", "{port}"
        )
        mosquitto = None
        if shutil.which("mosquitto_sub"):
            command = ("mosquitto_sub", "-p", "{port}", "-t", "#", "-F", "%t %p")
            mosquitto = peer_rate(MESSAGES // 3, *command)
        ours, report = window_rate(MESSAGES, folder / f"intake{number}.json")
        runs.append(
            {
                "topicscope_per_s": round(ours),
                "paho_per_s": round(paho),
                "mosquitto_sub_per_s": round(mosquitto) if mosquitto else None,
                "times_paho": round(ours / paho, 1),
                "times_mosquitto_sub": round(ours / mosquitto, 1) if mosquitto else None,
                "gui_delay_ms": report["gui_delay_ms"],
                "ledger": report["ledger"],
                "lost": MESSAGES - report["ledger"]["received"],
                "peak_rss_mb": report["peak_rss_mb"],
            }
        )
    runs.sort(key=_times_paho)
    return {"median": runs[len(runs) // 2], "runs": runs}


def _times_paho(run: dict[str, Any]) -> float:
    return float(run["times_paho"])


def peer_rate(count: int, *command: str) -> float:
    """Return the messages a second that a peer takes from the flood."""
    with flood(count) as server:
        arguments = [part.format(port=server.port) for part in command]
        with running(*arguments, stdout=subprocess.DEVNULL):
            return count / server.seconds()


def window_rate(count: int, report: Path) -> tuple[float, dict[str, Any]]:
    """Return the messages a second that the window takes from the flood, and its report."""
    with flood(count) as server:
        after = 4.0 + count / 400_000
        result = window(
            f"mqtt://127.0.0.1:{server.port}",
            "--protocol",
            "3.1.1",
            "--subscribe",
            "#",
            after=after,
            report=report,
        )
        return count / server.seconds(), result


def memory(folder: Path) -> dict[str, Any]:
    """Memory of a million stored messages of 64 B, in all, and of the empty window."""
    _, full = window_rate(1_000_000, folder / "memory.json")
    empty = window(after=1.0, report=folder / "empty.json")
    return {
        "peak_rss_mb": full["peak_rss_mb"],
        "empty_rss_mb": empty["peak_rss_mb"],
        "stored": full["ledger"]["stored"],
        "limit_mb": 250,
        "of_limit": round(full["peak_rss_mb"] / 250, 2),
    }


def start_up(folder: Path) -> dict[str, Any]:
    """Process start to the first painted window."""
    times = sorted(
        window(after=0.2, report=folder / "start.json")["first_paint_s"] for _ in range(2 * REPEATS)
    )
    median = times[len(times) // 2]
    return {
        "first_paint_s": median,
        "limit_s": 0.7,
        "of_limit": round(median / 0.7, 2),
        "all": times,
    }


def idle(folder: Path) -> dict[str, Any]:
    """CPU and wake-ups while connected without traffic."""
    seconds = 10.0
    with flood(0) as server:
        command = (
            sys.executable,
            "-m",
            "topicscope",
            f"mqtt://127.0.0.1:{server.port}",
            "--protocol",
            "3.1.1",
        )
        with running(*command, "--subscribe", "#", "--after", "60") as process:
            sleep_until(time.monotonic() + 4)
            cpu, switches = cpu_seconds(process.pid), voluntary_switches(process.pid)
            sleep_until(time.monotonic() + seconds)
            cpu, switches = (
                cpu_seconds(process.pid) - cpu,
                voluntary_switches(process.pid) - switches,
            )
    del folder
    share = cpu / seconds
    return {
        "cpu_of_a_core": round(share, 4),
        "wake_ups_per_s": round(switches / seconds, 1),
        "limit": 0.005,
        "of_limit": round(share / 0.005, 2),
    }


BENCHMARKS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "intake": intake,
    "memory": memory,
    "start_up": start_up,
    "idle": idle,
}


def main() -> None:
    """Run the benchmarks named, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(f"{name}: {BENCHMARKS[name].__doc__}", file=sys.stderr, flush=True)
            results[name] = BENCHMARKS[name](Path(folder))
            print(json.dumps(results[name], indent=2), file=sys.stderr, flush=True)
    target = ROOT / "build" / "benchmarks.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2), encoding="utf-8")
    print(json.dumps(results))


if __name__ == "__main__":
    main()

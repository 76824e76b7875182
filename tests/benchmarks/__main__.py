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

from tests.benchmarks.filtering import filtering
from tests.benchmarks.measure import (
    ENVIRONMENT,
    ROOT,
    cpu_seconds,
    flood,
    running,
    sleep_until,
    voluntary_switches,
    window,
)
from tests.helpers.certificates import self_signed

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = 3_000_000
SLOW_PEER_MESSAGES = 300_000
REPEATS = 3


def intake(folder: Path) -> dict[str, Any]:
    """Take-in of QoS 0, 64 B, 5,000 topics, flat out, with the window open; GUI delay meanwhile."""
    return _median_of(
        lambda number: _against_peers(folder / f"intake{number}.json", MESSAGES, "mqtt", ())
    )


def transports(folder: Path) -> dict[str, Any]:
    """The same over TLS and in WebSocket frames, each against paho on the same transport."""
    pair = self_signed(folder)
    tls = ("--tls", str(pair.certificate), str(pair.key))
    options = {"mqtts": tls, "ws": ("--websocket",), "wss": (*tls, "--websocket")}
    return {
        scheme: _median_of(
            lambda number, scheme=scheme, wanted=wanted: _against_peers(
                folder / f"{scheme}{number}.json", MESSAGES // 3, scheme, wanted
            )
        )["median"]
        for scheme, wanted in options.items()
    }


def _against_peers(
    report: Path, count: int, scheme: str, options: tuple[str, ...]
) -> dict[str, Any]:
    paho_command = (sys.executable, "-m", "tests.benchmarks.bare_paho", "{port}", scheme)
    paho = peer_rate(SLOW_PEER_MESSAGES, options, *paho_command)
    mosquitto = None
    if scheme == "mqtt" and shutil.which("mosquitto_sub"):
        command = ("mosquitto_sub", "-p", "{port}", "-t", "#", "-F", "%t %p")
        mosquitto = peer_rate(MESSAGES // 3, options, *command)
    ours, result = window_rate(count, report, scheme, options)
    return {
        "topicscope_per_s": round(ours),
        "paho_per_s": round(paho),
        "mosquitto_sub_per_s": round(mosquitto) if mosquitto else None,
        "times_paho": round(ours / paho, 1),
        "times_mosquitto_sub": round(ours / mosquitto, 1) if mosquitto else None,
        "gui_delay_ms": result["gui_delay_ms"],
        "lost": count - result["ledger"]["received"],
        "ledger": result["ledger"],
        "peak_rss_mb": result["peak_rss_mb"],
    }


def _median_of(run: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    runs = sorted((run(number) for number in range(REPEATS)), key=_times_paho)
    return {"median": runs[len(runs) // 2], "times_paho": [one["times_paho"] for one in runs]}


def _times_paho(run: dict[str, Any]) -> float:
    return float(run["times_paho"])


def peer_rate(count: int, options: tuple[str, ...], *command: str) -> float:
    """Return the messages a second that a peer takes from the flood."""
    with flood(count, *options) as server:
        arguments = [part.format(port=server.port) for part in command]
        with running(*arguments, stdout=subprocess.DEVNULL):
            return count / server.seconds()


def window_rate(
    count: int, report: Path, scheme: str = "mqtt", options: tuple[str, ...] = ()
) -> tuple[float, dict[str, Any]]:
    """Return the messages a second that the window takes from the flood, and its report."""
    with flood(count, *options) as server:
        arguments = [
            f"{scheme}://127.0.0.1:{server.port}",
            "--protocol",
            "3.1.1",
            "--subscribe",
            "#",
        ]
        if scheme in ("mqtts", "wss"):
            arguments.append("--insecure")
        result = window(*arguments, after=4.0 + count / 250_000, report=report)
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


def cpu(folder: Path) -> dict[str, Any]:
    """CPU of each message at 10,000 a second with the window open."""
    del folder
    rate, seconds = 10_000, 10.0
    with flood(rate * 25, "--rate", str(rate)) as server:
        target = f"mqtt://127.0.0.1:{server.port}"
        command = (sys.executable, "-m", "topicscope", target, "--protocol", "3.1.1")
        with running(*command, "--subscribe", "#", "--after", "60") as process:
            sleep_until(time.monotonic() + 5)
            used = cpu_seconds(process.pid)
            sleep_until(time.monotonic() + seconds)
            used = cpu_seconds(process.pid) - used
    each_us = used / (rate * seconds) * 1e6
    return {
        "each_us": round(each_us, 1),
        "cpu_of_a_core": round(used / seconds, 3),
        "limit_us": 20,
        "of_limit": round(each_us / 20, 2),
    }


def open_file(folder: Path) -> dict[str, Any]:
    """Opening a recording of a million messages, read into a capture and counted."""
    from tests.benchmarks.filtering import filled
    from topicscope.capture.loading import load_recording
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.saving import CaptureSnapshot, save_capture

    path = folder / "million.pcapng"
    messages = save_capture(path, CaptureSnapshot(filled(1_000_000)).batches())
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        log = CaptureLog(1 << 30)
        load_recording(path, log.append)
        log.count_topics()
        times.append(time.perf_counter() - begun)
    return {
        "seconds": round(sorted(times)[1], 2),
        "messages": messages,
        "stored": log.ledger.stored,
    }


def live_filter(folder: Path) -> dict[str, Any]:
    """JSON filters before a million messages while 10,000 arrive each second, and stalls of the window."""
    del folder
    return _told_by("tests.benchmarks.live_filter")


def tree(folder: Path) -> dict[str, Any]:
    """Stalls of the window with 100,000 topics and a level of 10,000 children open, live, in three orders."""
    del folder
    return _told_by("tests.benchmarks.tree")


def schedule(folder: Path) -> dict[str, Any]:
    """Schedules of 1,000 and 10,000 messages a second: how many go, how late, and stalls of the window."""
    del folder
    return _told_by("tests.benchmarks.schedule")


def _told_by(module: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


BENCHMARKS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "intake": intake,
    "transports": transports,
    "memory": memory,
    "start_up": start_up,
    "idle": idle,
    "tree": tree,
    "filtering": filtering,
    "live_filter": live_filter,
    "cpu": cpu,
    "schedule": schedule,
    "open": open_file,
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

"""asyncio in Qt's loop: tasks, workers, failures, and a clean end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from topicscope.gui import tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    with tasks.event_loop(qapp) as running:
        yield running


@pytest.mark.usefixtures("loop")
def test_that_a_spawned_coroutine_runs_while_qt_turns(qtbot: QtBot) -> None:
    seen: list[int] = []

    async def count() -> None:
        for number in range(3):
            seen.append(number)
            await asyncio.sleep(0.001)

    tasks.spawn(count())
    qtbot.waitUntil(lambda: seen == [0, 1, 2])


@pytest.mark.usefixtures("loop")
def test_that_work_is_done_in_another_thread_and_its_result_comes_back(qtbot: QtBot) -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append(await tasks.in_worker(lambda: threading.current_thread().name))
        seen.append(threading.current_thread().name)

    tasks.spawn(work())
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen[0].startswith("work")
    assert seen[1] == threading.main_thread().name


@pytest.mark.usefixtures("loop")
def test_that_the_failure_of_a_task_is_reported_once(qtbot: QtBot) -> None:
    failures: list[BaseException] = []
    tasks.report_failures_to(failures.append)

    async def fail() -> None:
        await tasks.in_worker(int, "not a number")

    tasks.spawn(fail())
    qtbot.waitUntil(lambda: bool(failures))
    tasks.report_failures_to(None)
    assert [type(error) for error in failures] == [ValueError]


def test_that_a_coroutine_spawned_early_waits_for_the_loop(
    qapp: QApplication, qtbot: QtBot
) -> None:
    seen: list[str] = []

    async def tell() -> None:
        seen.append("told")

    tasks.spawn(tell())
    assert seen == []
    with tasks.event_loop(qapp):
        qtbot.waitUntil(lambda: seen == ["told"])


def test_that_the_end_cancels_what_still_runs_and_lets_it_tidy_up(
    qapp: QApplication, qtbot: QtBot
) -> None:
    seen: list[str] = []

    async def wait() -> None:
        seen.append("began")
        try:
            await asyncio.sleep(1000)
        finally:
            seen.append("tidied")

    with tasks.event_loop(qapp):
        tasks.spawn(wait())
        qtbot.waitUntil(lambda: seen == ["began"])
    assert seen == ["began", "tidied"]


@pytest.mark.parametrize("turns", [0, 1])
def test_that_what_is_to_be_stored_is_stored_before_the_loop_ends(
    qapp: QApplication, turns: int
) -> None:
    seen: list[str] = []

    async def store() -> None:
        await tasks.in_worker(time.sleep, 0.05)
        await tasks.in_worker(seen.append, "profile")
        await tasks.in_worker(seen.append, "password")

    async def wish() -> None:
        try:
            await tasks.to_the_end(store())
        finally:
            seen.append("wished")

    with tasks.event_loop(qapp):
        tasks.spawn(wish())
        for _ in range(turns):
            qapp.processEvents()
    assert sorted(seen) == ["password", "profile", "wished"]


@pytest.mark.usefixtures("loop")
def test_that_what_is_stored_goes_on_when_whoever_waits_for_it_is_gone(qtbot: QtBot) -> None:
    seen: list[str] = []

    async def store() -> None:
        await asyncio.sleep(0.05)
        seen.append("stored")

    waiting = tasks.spawn(tasks.to_the_end(store()))
    assert waiting is not None
    qtbot.wait(10)
    waiting.cancel()
    qtbot.waitUntil(lambda: seen == ["stored"])
    assert waiting.cancelled()


def test_that_work_without_a_loop_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="loop"):
        tasks.in_worker(int)


PROGRAM = """
import resource, sys
from PySide6.QtWidgets import QApplication
from topicscope.gui import tasks
assert "qasync" not in sys.modules and "asyncio" not in sys.modules
import asyncio
app = QApplication([])
def switches():
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
async def main():
    await tasks.in_worker(sum, [1, 2])
    await asyncio.sleep(0.3)
    before = switches()
    await asyncio.sleep(1.0)
    print("wake-ups", switches() - before)
    tasks.spawn(asyncio.sleep(1000))
    app.exit(7)
tasks.spawn(main())
sys.exit(tasks.run(app))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource is of Unix")
def test_that_an_idle_loop_does_not_wake_and_a_run_ends_without_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert done.stderr == ""
    assert int(done.stdout.split()[1]) <= 20

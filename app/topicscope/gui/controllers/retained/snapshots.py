"""What is done with snapshots of retained messages that lie on disk."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from topicscope.automation.retained.files import SnapshotError
from topicscope.automation.retained.plans import plan_restore
from topicscope.gui.dialogs.question import Question
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_date_time
from topicscope.paths import recordings_dir
from topicscope.payload.text import escape
from topicscope.profiles.files import StoreError, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from topicscope.automation.retained.plans import Plan
    from topicscope.automation.retained.seen import Snapshot
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.retained.listing import RetainedList
    from topicscope.gui.controllers.retained.work import RetainedWork
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.dialogs.retained.snapshots import SnapshotsPage

FILE_FILTER: Final = "Snapshots of retained messages (*.ndjson);;All files (*)"
SUFFIX: Final = ".retained.ndjson"
_WARN_OF_OTHER: Final = "This snapshot was taken of {taken}; you are connected to {here}."


class RetainedSnapshots(QObject):
    """Does what is asked for on the page of snapshots, while there is one."""

    told = Signal(str, str)
    """Tone and a sentence."""
    copy_wanted = Signal(object)
    """A Snapshot that should be copied to another connection."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        work: RetainedWork,
        retained: RetainedList,
        caution: Caution,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._work = work
        self._store = work.store
        self._list = retained
        self._caution = caution
        self._page: SnapshotsPage | None = None
        work.snapshots_changed.connect(self.refresh)

    # Methods

    def attend(self, page: SnapshotsPage) -> None:
        """Serve a page from now on, until it is gone."""
        self._page = page
        page.destroyed.connect(self._on_page_gone)
        page.open_requested.connect(self._on_open)
        for wish, errand in (
            (page.bring_back_requested, self._bring_back),
            (page.compare_requested, self._compare),
            (page.copy_requested, self._copy),
        ):
            wish.connect(partial(self._spawn, errand))
        page.export_requested.connect(self._on_export)
        page.delete_requested.connect(self._on_delete)
        self.refresh()

    def keep(self, snapshot: Snapshot, note: str = "Taken by hand") -> None:
        """Keep a snapshot."""
        spawn(self._keep(snapshot, note), "keep-snapshot")

    # Slots

    @Slot()
    def refresh(self) -> None:
        """Read the folder again."""
        if self._page is not None:
            spawn(self._refresh(), "list-snapshots")

    @Slot()
    def _on_page_gone(self) -> None:
        self._page = None

    @Slot()
    def _on_open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self._page, "Open a snapshot of retained messages", str(recordings_dir()), FILE_FILTER
        )
        if chosen:
            spawn(self._open(Path(chosen)), "open-snapshot")

    @Slot(object)
    def _on_export(self, files: list[Path]) -> None:
        proposal = recordings_dir() / files[0].name
        chosen, _ = QFileDialog.getSaveFileName(
            self._page, "Export a snapshot of retained messages", str(proposal), FILE_FILTER
        )
        if chosen:
            path = Path(chosen)
            target = path if path.suffix else path.with_name(path.name + SUFFIX)
            spawn(self._export(files[0], target), "export-snapshot")

    @Slot(object)
    def _on_delete(self, files: list[Path]) -> None:
        count = count_of(len(files), "snapshot")
        question = Question(
            f"Delete {count}?",
            "What is only kept there cannot be brought back any more.",
            "Delete",
            "Keep",
            self._page,
        )
        question.accepted.connect(partial(self._spawn, self._delete, files))
        question.open()

    # Private

    def _spawn(
        self, errand: Callable[[list[Path]], Coroutine[Any, Any, None]], files: list[Path]
    ) -> None:
        spawn(self._guarded(errand, files), "snapshot")

    async def _guarded(
        self, errand: Callable[[list[Path]], Coroutine[Any, Any, None]], files: list[Path]
    ) -> None:
        try:
            await errand(files)
        except (SnapshotError, StoreError) as error:
            self.told.emit("error", escape(str(error)))

    async def _refresh(self) -> None:
        files = await in_worker_for(self, self._store.list)
        if self._page is not None:
            self._page.show_files(files)

    async def _keep(self, snapshot: Snapshot, note: str) -> None:
        try:
            await in_worker_for(self, self._store.keep, snapshot, note)
        except StoreError as error:
            self.told.emit("error", str(error))
            return
        count = count_of(len(snapshot.messages), "retained message")
        self.told.emit("good", f"A snapshot of {count} is kept under Snapshots.")
        self.refresh()

    async def _open(self, path: Path) -> None:
        try:
            snapshot = await in_worker_for(self, self._store.load, path)
        except SnapshotError as error:
            self.told.emit("error", escape(str(error)))
            return
        await self._keep(snapshot, f"From {path.name}")

    async def _export(self, file: Path, target: Path) -> None:
        try:
            await in_worker_for(self, _copy_file, file, target)
        except OSError as error:
            self.told.emit("error", f"The snapshot could not be written: {error.strerror}.")
        else:
            self.told.emit("good", f"The snapshot was written to {escape(str(target))}.")

    async def _delete(self, files: list[Path]) -> None:
        for file in files:
            await in_worker_for(self, self._store.delete, file)
        self.refresh()

    async def _copy(self, files: list[Path]) -> None:
        self.copy_wanted.emit(await in_worker_for(self, self._store.load, files[0]))

    async def _compare(self, files: list[Path]) -> None:
        from topicscope.gui.dialogs.comparing.snapshots import CompareSnapshotsDialog

        first = await in_worker_for(self, self._store.load, files[-1])
        if len(files) > 1:
            second = await in_worker_for(self, self._store.load, files[0])
            names = ("Older snapshot", "Newer snapshot")
        else:
            second, names = await self._list.now(), ("Snapshot", "Retained now")
        if self._page is not None:
            CompareSnapshotsDialog(first, second, names, self._page.window()).show()

    async def _bring_back(self, files: list[Path]) -> None:
        snapshot = await in_worker_for(self, self._store.load, files[0])
        now = await self._list.now()
        plans = await in_worker_for(self, self._plans, snapshot, now)
        if self._page is None:
            return
        from topicscope.gui.dialogs.retained.plan import PlanDialog

        taken = format_date_time(snapshot.taken_ns).rpartition(".")[0]
        here, warning = self._bridge.state.endpoint, ""
        if snapshot.broker and snapshot.broker != here:
            warning = _WARN_OF_OTHER.format(taken=escape(snapshot.broker), here=escape(here))
        dialog = PlanDialog(
            f"Bring back the snapshot of {taken}",
            "Each message is published again with Retain: every byte, its QoS and its properties.",
            "Bring back",
            plans,
            self._page.window(),
            warning,
        )
        dialog.agreed.connect(self._on_agreed)
        dialog.open()

    def _plans(self, snapshot: Snapshot, now: Snapshot) -> tuple[Plan, Plan | None]:
        """Return what leaves newer values alone, and what does not where that is something else."""
        is_five = self._bridge.state.protocol_version == 5
        make = partial(plan_restore, snapshot, time.time_ns(), with_properties=is_five)
        there = {*now.messages, *now.unknown}
        careful, whole = make(still_there=there), make()
        return careful, whole if len(whole.steps) > len(careful.steps) else None

    def _on_agreed(self, plan: Plan) -> None:
        count = count_of(len(plan.steps), "retained message")
        self._caution.guard(
            f"Publish {count} on a {self._caution.kind} broker?",
            "Everybody who subscribes gets them, now and later.",
            "Bring them back",
            "Do not publish",
            partial(self._begin, plan),
        )

    def _begin(self, plan: Plan) -> None:
        errand = self._work.restore(plan)
        if errand.problem:
            self.told.emit("error", errand.problem)


def _copy_file(file: Path, target: Path) -> None:
    write_atomically(target, file.read_bytes())

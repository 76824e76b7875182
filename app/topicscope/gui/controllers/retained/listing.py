"""What is retained on the broker now: as the capture has seen it, or as the broker told when it was asked."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.automation.retained.seen import Snapshot
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_time
from topicscope.mqtt.topics import topic_matches
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.retained.work import RetainedErrand, RetainedWork
    from topicscope.profiles.profile import Profile

LEAST_REST_MS: Final = 1000
"""The list is made anew at most so often, and the more seldom the longer that takes."""
COUNT_MS: Final = 200
CANCEL: Final = "Cancel"
_REST_FACTOR: Final = 8
_EVERYTHING: Final = "#"
_SEEN: Final = "as seen in the capture"


class RetainedList(QObject):
    """Follows the capture while somebody looks; whoever shows it connects to its signals."""

    changed = Signal(object, str, bool)
    """A Snapshot, words on where it comes from, and whether it was read from the broker."""
    told = Signal(str, str, str)
    """Tone, a sentence, and what the button says."""
    reading_changed = Signal(bool)

    def __init__(self, bridge: ConnectionBridge, work: RetainedWork, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._work = work
        self.shown = Snapshot({}, 0)
        self._source = ""
        self._read: Snapshot | None = None
        self._read_filter = _EVERYTHING
        self._has_newer = False
        self._is_watched = False
        self.is_reading = False
        self._stop_reading = False
        self._count_read = 0
        self._looking = False
        self._dirty = False
        self._rest = _timer(self, "retained-look", self._look_if_needed)
        self._rest.setSingleShot(True)
        self._counting = _timer(self, "retained-reading", self._show_reading)
        self._counting.setInterval(COUNT_MS)
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        work.changed.connect(self._on_work_changed)

    # Properties

    @property
    def is_exact(self) -> bool:
        """Whether values, QoS and properties are those that the broker keeps."""
        return self._read is not None and not self._has_newer

    # Methods

    def watch(self, watched: bool) -> None:
        """Follow the capture from now on, or no longer."""
        self._is_watched = watched
        self._read = None
        self.shown, self._source = Snapshot({}, 0), ""
        if watched:
            self.look_soon()
        else:
            self._rest.stop()
            self.stop_reading()

    async def now(self) -> Snapshot:
        """Return what is retained, from what was read from the broker and what came since."""
        seen = await self._work.look()
        read = self._read
        if read is None:
            return seen
        newer = {
            topic: message
            for topic, message in seen.messages.items()
            if message.seen_since_ns > read.taken_ns and topic_matches(self._read_filter, topic)
        }
        self._has_newer = bool(newer)
        messages = dict(sorted({**read.messages, **newer}.items()))
        unknown = tuple(
            topic
            for topic in seen.unknown
            if topic not in messages and topic_matches(self._read_filter, topic)
        )
        return Snapshot(messages, seen.taken_ns, seen.broker, unknown)

    def read(self, profile: Profile, secrets: Mapping[str, str], topic_filter: str) -> None:
        """Ask the broker of a profile what it keeps below a Topic Filter, over a second connection."""
        if not self.is_reading:
            spawn(self._read_from(profile, secrets, topic_filter), "read-retained")

    def stop_reading(self) -> None:
        """Call the reading off."""
        self._stop_reading = True

    # Slots

    @Slot()
    def follow(self) -> None:
        """Show what the capture knows, whatever was read before."""
        self._read = None
        self.look_soon()

    @Slot()
    def look_soon(self) -> None:
        """Look at the capture now, unless that is being done."""
        self._dirty = True
        if self._is_watched and not self._looking:
            self._looking = True
            spawn(self._look(), "look-at-retained")

    @Slot()
    def _on_appended(self) -> None:
        self._dirty = True
        if self._is_watched and not self._looking and not self._rest.isActive():
            self._rest.start(LEAST_REST_MS)

    @Slot()
    def _look_if_needed(self) -> None:
        if self._dirty:
            self.look_soon()

    @Slot(object)
    def _on_log_replaced(self, _log: object) -> None:
        self.follow()

    @Slot(object)
    def _on_work_changed(self, errand: RetainedErrand) -> None:
        """Let what was read from the broker follow what was done to it."""
        if not errand.ended:
            return
        if self._read is not None and errand.kind == "clear":
            gone = {topic.encode() for topic in errand.done}
            messages = self._read.messages.items()
            left = {topic: message for topic, message in messages if topic not in gone}
            self._read = dataclasses.replace(self._read, messages=left)
        self.look_soon()

    @Slot()
    def _show_reading(self) -> None:
        count = count_of(self._count_read, "retained message")
        self.told.emit("info", f"Reading from the broker: {count} …", CANCEL)

    # Private

    async def _look(self) -> None:
        begun = time.monotonic()
        self._dirty = False
        try:
            snapshot = await self.now()
        finally:
            self._looking = False
        if not self._is_watched:
            return
        self._show(snapshot)
        took_ms = int((time.monotonic() - begun) * 1000)
        self._rest.start(max(LEAST_REST_MS, _REST_FACTOR * took_ms))

    def _show(self, snapshot: Snapshot) -> None:
        read, source = self._read, _SEEN
        if read is not None:
            below = (
                "" if self._read_filter == _EVERYTHING else f", {escape(self._read_filter)} only"
            )
            source = (
                f"read from the broker at {format_time(read.taken_ns).rpartition('.')[0]}{below}"
            )
        before = (self.shown.messages, self.shown.unknown, self._source)
        self.shown, self._source = snapshot, source
        if before != (snapshot.messages, snapshot.unknown, source):
            self.changed.emit(snapshot, source, read is not None)

    async def _read_from(
        self, profile: Profile, secrets: Mapping[str, str], topic_filter: str
    ) -> None:
        from topicscope.automation.retained.reading import ReadingError, read_retained

        self.is_reading, self._stop_reading, self._count_read = True, False, 0
        self._counting.start()
        self._show_reading()
        self.reading_changed.emit(True)
        try:
            read = partial(read_retained, profile, secrets, [topic_filter], counted=self._on_count)
            found = await in_worker_for(self, read)
        except (ReadingError, ValueError) as error:
            words = "Reading was cancelled." if self._stop_reading else escape(str(error))
            self._end_reading("info" if self._stop_reading else "error", words)
        else:
            self._read = dataclasses.replace(found, broker=self._bridge.state.endpoint)
            self._read_filter = topic_filter
            count = count_of(len(found.messages), "retained message")
            self._end_reading("good", f"{count} read from the broker, exactly as they are kept.")
            self.look_soon()

    def _end_reading(self, tone: str, sentence: str) -> None:
        self.is_reading = False
        self._counting.stop()
        self.reading_changed.emit(False)
        self.told.emit(tone, sentence, "")

    def _on_count(self, count: int) -> bool:
        """Take note, on the worker's thread, and say whether to go on."""
        self._count_read = count
        return not self._stop_reading


def _timer(parent: QObject, name: str, slot: Callable[[], None]) -> QTimer:
    made = QTimer(parent)
    made.setObjectName(name)
    made.timeout.connect(slot)
    return made

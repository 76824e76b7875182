"""Loading capture files: recordings of Topicscope, and what Wireshark and tcpdump have captured.

The bytes go through the same tap as live ones, a segment of up to 60,000 bytes at a time.
"""

from __future__ import annotations

import contextlib
from array import array
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.capture.conversations import ConnectionBegan, Data, Item, Note, Reassembler
from topicscope.capture.pcapng import PcapngError, read_frames
from topicscope.capture.recording import RecordingError
from topicscope.capture.tap import Tap, TopicIds
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.framing import MalformedPacket

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from topicscope.capture.batch import Batch
    from topicscope.capture.pcapng import Frame

RUN_BYTES = 1 << 18
"""Bytes that are put together before the tap sees them, at least."""


@dataclass(slots=True)
class LoadedRecording:
    """What loading a capture file gave; each problem is a sentence."""

    connections: int = 0
    problems: list[str] = field(default_factory=list)


def open_recording(path: Path, problems: list[str]) -> Generator[Item, None, None]:
    """Give out what a pcapng or pcap file holds, in its order.

    Adds to `problems` what could not be used, in sentences; damage in the middle ends the reading
    there. Raises RecordingError when the file cannot be opened or is no capture file.
    """
    try:
        file = path.open("rb", buffering=1 << 20)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from error
    with file:
        reassembler = Reassembler()
        try:
            frames = read_frames(file)
        except PcapngError as error:
            raise RecordingError(f"{path} cannot be read: {error.reason}.") from error
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from error
        yield from reassembler.items(_up_to_damage(path, frames, problems))
        problems += reassembler.problems()


def _up_to_damage(path: Path, frames: Iterator[Frame], problems: list[str]) -> Iterator[Frame]:
    try:
        yield from frames
    except (PcapngError, OSError) as error:
        problems.append(f"{path.name} is damaged; what comes before was read: {error}.")


def load_recording(path: Path, sink: Callable[[Batch], None], epoch: int = 0) -> LoadedRecording:
    """Feed a capture file through taps to `sink`. Raises RecordingError when it cannot be read.

    Each problem is also handed over as a note at the end, so that it stands in the capture.
    """
    loaded = LoadedRecording()
    loader = _Loader(sink, epoch)
    with contextlib.closing(open_recording(path, loaded.problems)) as items:
        for item in _in_runs(items):
            loader.take(item)
    loaded.problems += loader.problems()
    for problem in loaded.problems:
        loader.note_at_end(problem)
    loaded.connections = loader.connections
    return loaded


class _Run(NamedTuple):
    """Consecutive bytes of one direction, of which the part up to `ends[i]` came at `times[i]`."""

    connection: int
    direction: Direction
    data: bytes
    ends: NDArray[np.int64]
    times: NDArray[np.int64]


def _in_runs(items: Iterable[Item]) -> Iterator[_Run | ConnectionBegan | Note]:
    """Put consecutive bytes of one direction together: a tap's work is by the batch."""
    waiting: list[Data] = []
    size = 0
    for item in items:
        if not isinstance(item, Data):
            yield from _as_run(waiting)
            waiting, size = [], 0
            yield item
            continue
        if waiting and (size > RUN_BYTES or item[:2] != waiting[-1][:2]):
            yield from _as_run(waiting)
            waiting, size = [], 0
        waiting.append(item)
        size += len(item.data)
    yield from _as_run(waiting)


def _as_run(parts: list[Data]) -> Iterator[_Run]:
    if parts:
        chunks = [part.data for part in parts]
        ends = np.cumsum([len(chunk) for chunk in chunks])
        times = np.array([part.time_ns for part in parts], np.int64)
        yield _Run(parts[0].connection, parts[0].direction, b"".join(chunks), ends, times)


class _Source:
    """A tap of the loader, with the topic ids of the whole file for those the tap gives out."""

    def __init__(self, hand_over: Callable[[_Source, Batch], None], epoch: int) -> None:
        self.number = 0
        self.ids = array("i")
        self.dead: set[Direction] = set()
        self.tap = Tap(partial(hand_over, self))
        self.tap.begin_epoch(epoch)
        self._run: _Run | None = None
        self._before = 0

    def feed(self, run: _Run) -> None:
        """Give a run to the tap; what is not MQTT ends its direction with a note."""
        pending = self.tap.pending(run.direction)
        self._before = pending[1] if pending else 0
        self._run = run
        last_ns = int(run.times[-1])
        try:
            self.tap.feed(run.direction, run.data, last_ns)
        except MalformedPacket as error:
            self.dead.add(run.direction)
            side = "client" if run.direction is Direction.OUT else "server"
            self.tap.note(f"What the {side} sends is no MQTT from here on: {error}.", last_ns)
        finally:
            self._run = None

    def in_whole(self, topic: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the ids in the file for ids of this tap."""
        known = topic >= 0
        topic = topic.copy()
        topic[known] = np.frombuffer(self.ids, np.int32)[topic[known]]
        return topic

    def times(self, batch: Batch) -> NDArray[np.int64] | None:
        """Return when each packet of a batch was complete, or None where it is the time of all."""
        run = self._run
        if run is None or len(run.times) == 1 or batch.topic[0] == NOTE_TOPIC:
            return None
        ends = batch.offset.astype(np.int64) + batch.length - self._before
        return run.times[np.searchsorted(run.ends, ends)]


class _Loader:
    """Hands the items of a file to taps, and their batches on as if one tap had made them all.

    Connections of a recording share a tap, one after the other; others have one each.
    """

    def __init__(self, sink: Callable[[Batch], None], epoch: int) -> None:
        self.connections = 0
        self._sink = sink
        self._epoch = epoch
        self._ids = TopicIds()
        self._sources: dict[int, _Source] = {}
        self._recorded: _Source | None = None
        self._alone = True
        self._late = 0
        self._last_ns = 0

    def take(self, item: _Run | ConnectionBegan | Note) -> None:
        if isinstance(item, ConnectionBegan):
            self._begin(item)
            return
        source = self._sources.get(item.connection)
        if source is None:
            self._late += 1
        elif isinstance(item, Note):
            self._last_ns = item.time_ns
            source.tap.note(item.text, item.time_ns)
        elif item.direction not in source.dead:
            self._last_ns = int(item.times[-1])
            source.feed(item)

    def problems(self) -> list[str]:
        if not self._late:
            return []
        return [f"{self._late:,} segments of a connection came after its end and were left out."]

    def note_at_end(self, text: str) -> None:
        sources = list(self._sources.values()) or [_Source(self._hand_over, self._epoch)]
        sources[-1].tap.note(text, self._last_ns)

    def _begin(self, item: ConnectionBegan) -> None:
        self.connections = item.connection
        source = self._recorded if item.recorded else None
        if source is None:
            self._alone = not self._sources
            source = _Source(self._hand_over, self._epoch)
        else:
            del self._sources[source.number]
        if item.recorded:
            self._recorded = source
        self._sources[item.connection] = source
        source.number = item.connection
        source.dead.clear()
        source.tap.open_connection(item.label, item.time_ns)

    def _hand_over(self, source: _Source, batch: Batch) -> None:
        source.ids.extend(self._ids[name] for name in batch.new_topics)
        new_topics = self._ids.take_new()
        if (times := source.times(batch)) is not None:
            batch = replace(batch, times=times)
        if not self._alone or batch.connection != source.number:
            batch = replace(
                batch,
                connection=source.number,
                topic=source.in_whole(batch.topic),
                new_topics=new_topics,
            )
        self._sink(batch)

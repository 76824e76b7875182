"""Everything a broker has told below ``$SYS``, topic by topic, understood or not; bounded in topics and bytes."""

from __future__ import annotations

from typing import Final

from topicscope.broker_status.numbers import Number, read_number, read_text
from topicscope.broker_status.totals import Total

MAX_TOPICS: Final = 10_000
MAX_TOPIC: Final = 1_024
MAX_PAYLOAD: Final = 4_096


class Entry:
    """One topic as it was last told.

    Attributes:
        payload: its begin, at most `MAX_PAYLOAD` bytes.
        size: of the whole payload, in bytes.
        time_ns: when it arrived, nanoseconds since the epoch.
        news: how often it was told while we listened; a retained first value is not news.
        news_ns: when that was last.
        number: what the payload says, if it is a number.
        total: its growth, if it is a number.

    """

    __slots__ = (
        "changed",
        "fell",
        "news",
        "news_ns",
        "number",
        "payload",
        "size",
        "time_ns",
        "total",
    )

    def __init__(self) -> None:
        self.payload = b""
        self.size = 0
        self.time_ns = 0
        self.news = 0
        self.news_ns: int | None = None
        self.number: Number | None = None
        self.total: Total | None = None
        self.changed = 0
        self.fell = 0

    @property
    def text(self) -> str:
        """The payload as one line that is safe to show."""
        return read_text(self.payload)

    @property
    def only_grows(self) -> bool:
        """Whether this is a whole number that has grown more than once and never fallen: a total."""
        return self.changed > 1 and not self.fell and isinstance(self.number, int)

    def take(
        self, payload: bytes, time_ns: int, held_until_ns: int | None, *, is_news: bool
    ) -> None:
        """Take what is told now."""
        self.payload, self.size = bytes(payload[:MAX_PAYLOAD]), len(payload)
        self.time_ns = max(time_ns, self.time_ns)
        number = read_number(payload)
        if number is not None:
            self._count(number, time_ns, held_until_ns, is_news=is_news)
        self.number = number
        if is_news:
            self.news += 1
            self.news_ns = self.time_ns

    def _count(
        self, number: Number, time_ns: int, held_until_ns: int | None, *, is_news: bool
    ) -> None:
        if self.total is None:
            self.total = Total(number, time_ns if is_news else None)
            return
        self.changed += number != self.total.value
        self.fell += number < self.total.value
        self.total.take(number, time_ns, held_until_ns)


class Tree:
    """The topics of one broker."""

    def __init__(self) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.left_out = 0
        """Messages on topics for which there was no room."""

    def take(
        self,
        topic: bytes,
        payload: bytes,
        time_ns: int,
        held_until_ns: int | None,
        *,
        retained: bool,
    ) -> Entry | None:
        """Take one message; None when there is no room for another topic.

        The first value of a topic, when retained, may be as old as the broker's interval. Later ones are
        news, though they may bear the RETAIN flag as published (MQTT 5.0 section 3.8.3.1).
        """
        entry = self.entries.get(topic)
        if entry is None:
            if len(self.entries) >= MAX_TOPICS or len(topic) > MAX_TOPIC:
                self.left_out += 1
                return None
            entry = self.entries[topic] = Entry()
            entry.take(payload, time_ns, held_until_ns, is_news=not retained)
        else:
            entry.take(payload, time_ns, held_until_ns, is_news=True)
        return entry

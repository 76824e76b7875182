"""How late a schedule is: against the times it promised, never against its own last message."""

from __future__ import annotations

from dataclasses import dataclass

from topicscope.automation.histogram import Histogram, duration_text

ON_TIME_S = 0.010
"""Lateness that nobody needs to be told of."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Lateness of what was sent, each against its absolute due time.

    Attributes:
        lateness: of all messages, in seconds.
        last_s: of the last one; because due times are absolute, this is also how far the schedule has drifted.
        missed: messages left out, because they were too late to be worth anything.

    """

    lateness: Histogram
    last_s: float = 0.0
    missed: int = 0

    def words(self) -> str:
        """Say in a sentence how well the times were kept."""
        if not self.lateness.count:
            return "Nothing was sent yet."
        if self.lateness.longest_s <= ON_TIME_S:
            text = f"On time: {self.lateness.words()}."
        else:
            text = f"Late: {self.lateness.words()}; the last {duration_text(self.last_s)}."
        if self.missed:
            text += f" {self.missed:,} left out, because they were too late."
        return text

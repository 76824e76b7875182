"""The Topic Filters that are subscribed to as soon as the connection stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtWidgets import QFrame, QVBoxLayout

from topicscope.gui.dialogs.profile_form.page import ProfilePage
from topicscope.gui.widgets.fields.edited_rows import EditedRows
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_kind, set_tone
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

HEIGHT: Final = 300
_WORDS: Final = (
    "Subscribed to after the first connect; "
    "what you change in the window later is remembered with the profile."
)
_ALL_HINT: Final = "“#” is everything but $SYS: on a large or shared broker, ask for less."


class SubscriptionsPage(ProfilePage):
    """A list of Topic Filters."""

    title = "Subscriptions"

    def build(self) -> None:
        """Make the list."""
        words = label(_WORDS, "dim")
        words.setWordWrap(True)
        frame = QFrame()
        set_kind(frame, "card")
        self.filters = EditedRows([("Topic Filter", "plant/+/temperature")], _problem, frame)
        self.filters.table.setAccessibleName("Topic Filters")
        frame.setFixedHeight(HEIGHT)
        column = QVBoxLayout(frame)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.filters)
        self.add_widget(words)
        self._row = self.add_row(
            "Topic &Filters", frame, says="Subscriptions", buddy=self.filters.add_button
        )
        set_tone(self._row.name, "dim")
        self.filters.changed.connect(self.changed)

    def show_profile(self, profile: Profile) -> None:
        """Show the Topic Filters of a profile."""
        self.filters.set_rows([(text,) for text in profile.subscriptions])

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the Topic Filters of this page, without empty ones and repetitions."""
        texts = dict.fromkeys(text for (text,) in self.filters.rows if text)
        return msgspec.structs.replace(profile, subscriptions=tuple(texts))

    def adapt(self, profile: Profile) -> None:
        """Warn of everything where others would feel it."""
        all_of_it = "#" in profile.subscriptions and profile.kind != "development"
        self._row.set_hint(_ALL_HINT if all_of_it else "")


def _problem(row: tuple[str, ...]) -> str | None:
    return topic_filter_problem(row[0]) if row[0] else None

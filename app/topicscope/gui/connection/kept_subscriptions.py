"""What somebody made of the subscriptions of a broker, kept from one start to the next by the name of its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import msgspec

from topicscope.connection.state import SubscriptionRequest
from topicscope.gui.models.subscriptions.subscription import SubscriptionState
from topicscope.gui.settings import forget_text, save_text, saved_text
from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.filters import COLOURS
from topicscope.profiles.profile import Colour  # noqa: TC001  # msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from topicscope.gui.models.subscriptions.subscription import Subscription

VERSION = 1
QoS = Literal[0, 1, 2]


class KeptSubscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subscription or exclusion; the options are those of SUBSCRIBE (section 3.8.3.1).

    Attributes:
        alias: what the user calls it.
        colour: name of its colour; each theme has its own shade of it.
        paused: not subscribed to; of an exclusion: hides nothing.

    """

    filter: str
    exclusion: bool = False
    alias: str = ""
    colour: Colour = "blue"
    muted: bool = False
    paused: bool = False
    qos: QoS = 0
    no_local: bool = False
    retain_as_published: bool = True
    retain_handling: Literal[0, 1, 2] = 0

    @property
    def request(self) -> SubscriptionRequest:
        """What to ask the broker for."""
        return SubscriptionRequest(
            self.filter,
            self.qos,
            self.no_local,
            self.retain_as_published,
            self.retain_handling,
        )


class KeptSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the Subscriptions pane for one broker.

    Attributes:
        asked: what the profile or the command line asked for when these were kept.

    """

    version: int = VERSION
    asked: tuple[str, ...] = ()
    rows: tuple[KeptSubscription, ...] = ()

    def merged(self, asked: Sequence[str]) -> tuple[KeptSubscription, ...]:
        """Return the rows for a profile that asks for these now.

        What it asks for newly is added, what it asks for no more is left out.
        """
        gone = set(self.asked) - set(asked)
        rows = [row for row in self.rows if row.exclusion or row.filter not in gone]
        known = {row.filter for row in rows if not row.exclusion} | set(self.asked)
        new = [text for text in asked if text not in known]
        return (*rows, *fresh(new, len(rows)))


def fresh(filters: Iterable[str], begin: int = 0, qos: QoS = 0) -> tuple[KeptSubscription, ...]:
    """Return rows for Topic Filters that nobody did anything with yet; skips invalid ones."""
    valid = [text for text in dict.fromkeys(filters) if topic_filter_problem(text) is None]
    return tuple(
        KeptSubscription(filter=text, colour=COLOURS[number % len(COLOURS)], qos=qos)
        for number, text in enumerate(valid, begin)
    )


def kept(row: Subscription) -> KeptSubscription:
    """Return what is kept of a row."""
    request = row.request
    return KeptSubscription(
        filter=row.topic_filter,
        exclusion=row.is_exclusion,
        alias=row.alias,
        colour=COLOURS[row.series % len(COLOURS)],
        muted=row.is_muted,
        paused=row.state is SubscriptionState.PAUSED,
        qos=cast("QoS", request.qos),
        no_local=request.no_local,
        retain_as_published=request.retain_as_published,
        retain_handling=cast("QoS", request.retain_handling),
    )


def read_kept(profile: str) -> KeptSubscriptions | None:
    """Return what was kept for a profile; None when there is nothing, or nothing that can be read."""
    try:
        found = msgspec.json.decode(saved_text(_key(profile)), type=KeptSubscriptions)
    except (msgspec.DecodeError, UnicodeError):
        return None
    if found.version != VERSION:
        return None
    valid = tuple(row for row in found.rows if topic_filter_problem(row.filter) is None)
    return msgspec.structs.replace(found, rows=valid)


def write_kept(profile: str, found: KeptSubscriptions) -> None:
    """Keep the rows of a profile; what says no more than the profile itself is not kept."""
    if found.rows == fresh(found.asked):
        forget_text(_key(profile))
    else:
        save_text(_key(profile), msgspec.json.encode(found).decode())


def _key(profile: str) -> str:
    # Names of profiles may hold what means something in the names of settings.
    return f"subscriptions/{profile.encode(errors='replace').hex()}"

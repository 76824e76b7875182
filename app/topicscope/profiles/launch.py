"""What the command line asks of the window that it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from topicscope.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How a window begins, and when it ends by itself.

    A `profile` is connected to at once, with its `secrets`, and a `file` is opened; at most one of them and `demo` is
    given. `subscribe` holds Topic Filters in place of the profile's own, which hold when it is
    empty. `after` is in seconds from the first paint: then `screenshot` is taken, `report` is
    written, and the window closes. `size` is width and height in pixels. `theme` None means the
    one chosen before.
    """

    profile: Profile | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Path | None = None
    demo: bool = False
    subscribe: tuple[str, ...] = ()
    after: float | None = None
    screenshot: Path | None = None
    size: tuple[int, int] | None = None
    theme: Literal["light", "dark"] | None = None
    report: Path | None = None

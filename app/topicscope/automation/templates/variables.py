"""What a template can ask for: time, counters, chance, and the names of the environment that the user allowed."""

from __future__ import annotations

import os
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

MOST_STEPS: Final = 10_000
"""Turns of all loops of a rendering together."""

LONGEST_OUTPUT: Final = 1 << 20
"""Characters that a rendering gives at most."""

_LONGEST_FORMAT = 100
_MOST_DIGITS = 12
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(
    r"pass(?:word|wd|phrase|code)?(?![a-z])|secret|token|credential|key|auth|cookie", re.IGNORECASE
)


def environment_problem(name: str) -> str | None:
    """Say why templates may not read a variable of the environment, or None."""
    if not _NAME.fullmatch(name):
        return f"“{name[:60]}” is no name of a variable"
    if _SECRET.search(name):
        return f"“{name[:60]}” looks like a secret, which no template may send"
    return None


class Sources:
    """What the functions draw from; it lives longer than a rendering.

    `seed` makes chance repeatable; `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        *,
        environment: Collection[str] = (),
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.chance = random.Random(seed)
        self.clock = clock
        self.environment = frozenset(name for name in environment if not environment_problem(name))
        self._counters: dict[str, float] = {}
        self._lock = threading.Lock()

    def count(self, name: str, first: float, step: float) -> float:
        """Return the next value of a counter, which begins with `first`."""
        with self._lock:
            value = self._counters.get(name)
            value = first if value is None else value + step
            self._counters[name] = value
        return value

    def reset_counters(self) -> None:
        """Let all counters begin anew."""
        with self._lock:
            self._counters.clear()

    def copy(self) -> Sources:
        """Return what gives the same next values, without using them up."""
        twin = Sources(environment=self.environment, clock=self.clock)
        twin.chance.setstate(self.chance.getstate())
        with self._lock:
            twin._counters = dict(self._counters)
        return twin


class Run:
    """One rendering, with what it may use up."""

    __slots__ = ("_steps", "sources", "until")

    def __init__(self, sources: Sources, until: float) -> None:
        self.sources = sources
        self.until = until
        self._steps = 0

    def check_time(self) -> None:
        """Raise ValueError when the time is over: that of this thread, for others may keep it from working."""
        if time.thread_time() > self.until:
            raise ValueError("it took too long and was stopped")

    def bounded(self, items: Any) -> Iterator[object]:  # noqa: ANN401 - whatever a loop is given
        """Give out what a loop goes over, within the budget of turns."""
        for item in items:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise ValueError(f"its loops have more than {MOST_STEPS:,} turns")
            self.check_time()
            yield item


class Environ:
    """The variables of the environment that were allowed, as ``env`` in a template."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed

    def get(self, name: str) -> str | None:
        """Return what a variable holds, None where it is not set; raises `ValueError` where it is not allowed."""
        if problem := environment_problem(name):
            raise ValueError(problem)
        if name not in self._allowed:
            raise ValueError(
                f"“{name}” is not among the variables of the environment that templates may read"
            )
        return os.environ.get(name)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of templates; `is_alone` when it may stand without arguments and brackets."""

    call: Callable[..., object]
    is_alone: bool = False


def _now(run: Run, form: str = "") -> str:
    moment = datetime.fromtimestamp(run.sources.clock(), UTC)
    if not form:
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if not isinstance(form, str) or len(form) > _LONGEST_FORMAT or re.search(r"%[^%]*\d\d", form):
        raise ValueError("now takes a form of the time such as '%H:%M:%S'")
    return moment.strftime(form)


def _now_ms(run: Run) -> int:
    return int(run.sources.clock() * 1000)


def _now_s(run: Run) -> int:
    return int(run.sources.clock())


def _uuid(run: Run) -> str:
    return str(uuid.UUID(int=run.sources.chance.getrandbits(128), version=4))


def _counter(run: Run, name: object = "", first: object = 1, step: object = 1) -> object:
    if not isinstance(name, str) or len(name) > _LONGEST_FORMAT:
        raise ValueError("the name of a counter is a short text")
    value = run.sources.count(
        name, _number("counter", first, most=1e15), _number("counter", step, most=1e15)
    )
    if abs(value) > 1e18:
        raise ValueError("the counter has gone too far")
    return value


def _random(run: Run, lowest: object = 0.0, highest: object = 1.0) -> float:
    low, high = _number("random", lowest), _number("random", highest)
    if low > high:
        raise ValueError(f"random: from {low} to {high} there is nothing")
    if isinstance(low, int) and isinstance(high, int):
        return run.sources.chance.randint(low, high)
    return round(run.sources.chance.uniform(low, high), 6)


def _choice(run: Run, *items: object) -> object:
    wanted = items[0] if len(items) == 1 and isinstance(items[0], list | tuple) else items
    assert isinstance(wanted, list | tuple)
    if not wanted:
        raise ValueError("choice needs something to choose from")
    return run.sources.chance.choice(wanted)


def _gauss(run: Run, mean: object = 0.0, deviation: object = 1.0, digits: object = 3) -> float:
    if not isinstance(digits, int) or not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"gauss: the digits are 0 to {_MOST_DIGITS}")
    middle, width = float(_number("gauss", mean)), float(_number("gauss", deviation))
    return round(run.sources.chance.gauss(middle, width), digits)


def _range(_: Run, *bounds: object) -> range:
    if not 1 <= len(bounds) <= 3 or not all(type(bound) is int for bound in bounds):
        raise ValueError("range takes one to three whole numbers")
    steps = range(*(int(_number("range", bound, most=1e18)) for bound in bounds))
    if len(steps) > MOST_STEPS:
        raise ValueError(f"range: {len(steps):,} turns are more than {MOST_STEPS:,}")
    return steps


def _number(what: str, value: object, most: float = 1e300) -> float:
    if not _is_number(value):
        raise ValueError(f"{what} needs numbers")
    assert isinstance(value, int | float)
    if not abs(value) <= most:
        raise ValueError(f"{what}: the number is too large")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FUNCTIONS: Final[dict[str, Function]] = {
    "now": Function(_now, is_alone=True),
    "now_ms": Function(_now_ms, is_alone=True),
    "now_s": Function(_now_s, is_alone=True),
    "uuid": Function(_uuid, is_alone=True),
    "counter": Function(_counter, is_alone=True),
    "random": Function(_random, is_alone=True),
    "choice": Function(_choice),
    "gauss": Function(_gauss, is_alone=True),
    "range": Function(_range),
}
"""All functions by name."""

HELP: Final[tuple[tuple[str, str], ...]] = (
    ("{{now}}", "the time, as in 2026-11-21T10:00:00.123Z; {{now '%H:%M'}} in a form of its own"),
    ("{{now_ms}}", "milliseconds since 1970; {{now_s}} seconds"),
    ("{{uuid}}", "a random UUID"),
    ("{{counter}}", "1, 2, 3 …; {{counter name 5 10}} one with a name, from 5 in steps of 10"),
    ("{{random 1 10}}", "a whole number from 1 to 10; {{random 0.5 1.5}} with a point"),
    ("{{choice a b c}}", "one of these"),
    ("{{gauss 20 2}}", "a number about 20 with the standard deviation 2"),
    ("{{env.HOST}}", "a variable of the environment that you have allowed"),
)
"""What can be written, each with what it gives, for people."""

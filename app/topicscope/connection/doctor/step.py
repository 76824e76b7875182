"""One step of an examination, and all of them as a document for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.connection.offers import Offer

Status = Literal["ok", "warning", "failed", "skipped"]
Details = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Say what was tried, what answered, and what to do next.

    `key` is for machines and never changes; `text` and the values of `details` may hold text from
    the network, made printable. A step that was skipped says why.
    """

    key: str
    title: str
    status: Status
    text: str
    remedy: str = ""
    elapsed_s: float = 0.0
    details: Details = ()
    offer: Offer | None = None


def all_well(steps: Iterable[Step]) -> bool:
    """Tell whether no step failed; warnings do not count."""
    return not any(step.status == "failed" for step in steps)


def document(url: str, steps: Iterable[Step]) -> dict[str, object]:
    """Return what ``topicscope doctor --json`` prints."""
    steps = tuple(steps)
    return {"url": url, "steps": [_as_json(step) for step in steps], "ok": all_well(steps)}


def _as_json(step: Step) -> dict[str, object]:
    shown: dict[str, object] = {
        "key": step.key,
        "title": step.title,
        "status": step.status,
        "text": step.text,
        "remedy": step.remedy,
        "elapsed_ms": round(step.elapsed_s * 1000, 3),
        "details": [{"name": name, "value": value} for name, value in step.details],
    }
    if step.offer is not None:
        offer = step.offer
        shown["offer"] = {"kind": offer.kind, "text": offer.text, "value": offer.value}
    return shown

"""What became of a publish, in words: a sentence for the line below the payload, and a few words for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from topicscope.gui.text import format_elapsed

if TYPE_CHECKING:
    from topicscope.connection.state import PublishProgress

_NO_ANSWER = "With QoS 0 nothing comes back: not even a refusal."


class Outcome(NamedTuple):
    """How a publish stands: `tone`, `sentence`, `short` words, and an `explanation` for the tooltip."""

    tone: str
    sentence: str
    short: str
    explanation: str = ""


HANDED_OVER = Outcome("dim", "Handed over …", "…")


def outcome_of(
    progress: PublishProgress, qos: int, echo_s: float | None = None, lost: int = 0
) -> Outcome:
    """Say how far a publish has come.

    `echo_s` are seconds until it came back to us, where it did; `lost` is how often the connection ended
    before it was acknowledged.
    """
    match progress.stage:
        case "queued":
            return _queued(progress, lost)
        case "sent":
            return _sent(progress, qos, echo_s)
        case "acknowledged":
            return _acknowledged(progress, echo_s)
        case "refused":
            return _refused(progress)
    words = progress.text if progress.text.startswith("Dropped") else f"Dropped. {progress.text}"
    return Outcome("error", words.strip(), "dropped")


def is_final(progress: PublishProgress, qos: int) -> bool:
    """Tell whether nothing more will come."""
    if progress.stage == "sent":
        return not qos
    return progress.stage != "queued"


def _queued(progress: PublishProgress, lost: int) -> Outcome:
    if not lost:
        return Outcome("warning", f"Queued. {progress.text}".strip(), "queued")
    if lost == 1:
        sentence = f"The connection ended before it was acknowledged. {progress.text}"
        return Outcome("warning", sentence.strip(), "queued again")
    sentence = f"The connection ended {lost} times over it: drop it, if it is the cause."
    return Outcome("warning", sentence, "queued again", progress.text)


def _sent(progress: PublishProgress, qos: int, echo_s: float | None) -> Outcome:
    took = _took(progress.elapsed_s)
    echo, short = _echo(echo_s)
    if not qos:
        return Outcome("good", f"Sent{took}{echo}", f"sent{short}", _NO_ANSWER)
    awaited = "PUBACK" if qos == 1 else "PUBREC and PUBCOMP"
    return Outcome("dim", f"Sent{took}, waits for {awaited}{echo}", "sent", progress.text)


def _acknowledged(progress: PublishProgress, echo_s: float | None) -> Outcome:
    seconds = progress.elapsed_s if progress.round_trip_s is None else progress.round_trip_s
    took = _took(seconds)
    echo, short = _echo(echo_s)
    time = "" if seconds is None else format_elapsed(seconds)
    if progress.no_subscribers:
        return Outcome(
            "warning",
            f"Acknowledged{took} · {progress.text or 'No matching subscribers (0x10)'}: nobody gets it",
            "no subscribers",
        )
    code = progress.reason_code
    if code is None:
        said = " · no Reason Code before MQTT 5"
    elif code == 0:
        said = f" · {progress.text or 'Success'} (0x00)"
    else:
        # A code that is no error and not nought says more.
        said = f" · {progress.text}"
    return Outcome(
        "good", f"Acknowledged{took}{said}{echo}", f"{time or 'acknowledged'}{short}", progress.text
    )


def _refused(progress: PublishProgress) -> Outcome:
    if progress.reason_code is None:
        return Outcome("error", progress.text, "not sent")
    took = _took(progress.round_trip_s)
    return Outcome(
        "error",
        f"Refused by the broker{took}: {progress.text}",
        f"refused 0x{progress.reason_code:02X}",
    )


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f" in {format_elapsed(seconds)}"


def _echo(seconds: float | None) -> tuple[str, str]:
    if seconds is None:
        return "", ""
    return f" · echo after {format_elapsed(seconds)}", f" ↩ {format_elapsed(seconds)}"

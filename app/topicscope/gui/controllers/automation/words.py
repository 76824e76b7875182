"""Schedules and responders in words: their lines in the tables, and what the place below says of the chosen one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from topicscope.automation.histogram import duration_text
from topicscope.gui.models.automation.acting_rows import ActingRow, Details
from topicscope.gui.text import format_count, format_rate, format_time
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.runs import RunStatus
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.gui.controllers.automation.automating import Automating

SCHEDULE_HEADINGS: Final = ("Name", "State", "Sent", "Refused", "Rate", "Next due", "Drift p99")
RESPONDER_HEADINGS: Final = ("Name", "State", "Answers", "Refused", "Rate", "Last")

_LEFT_RUNNING: Final = "Stopped at the last exit"
_STATES: Final = {
    "preparing": ("dim", "Starting…"),
    "running": ("good", "Running"),
    "paused": ("warning", "Paused"),
    "ended": ("", "Done"),
    "stopped": ("", "Stopped"),
    "failed": ("error", "Failed"),
}
_PAUSED: Final = "Paused until the connection is back; then it goes on, and catches nothing up."
_SILENT: Final = "Paused until the connection is back; then it answers again."
_SOON_S: Final = 0.1
_ALL: Final = 1 << 20
_MOST_SHOWN: Final = 36
"""Characters of a topic or filter in the line below a table, which has to say more than that."""
_LONG_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def schedule_row(schedule: Schedule, automating: Automating) -> ActingRow:
    """Return the line of a schedule."""
    status = automating.schedule_status(schedule.id)
    reason = automating.reason(schedule.id)
    tone, state = _schedule_state(schedule, automating, status, reason)
    cells: tuple[str, ...] = ("", "", "", "", "")
    if status is not None:
        lateness = status.drift.lateness
        cells = (
            format_count(status.sent),
            format_count(status.refused) if status.refused else "",
            format_rate(status.rate) if status.state == "running" else "",
            _next_due(status),
            duration_text(lateness.quantile(0.99)) if lateness.count else "",
        )
    name = escape(schedule.name) or "Unnamed"
    is_active = status is not None and status.is_active
    hint = "\n".join(
        filter(None, (name, schedule_text(schedule), status.problem if status else reason))
    )
    return ActingRow(schedule.id, (name, state, *cells), tone, is_active, hint)


def schedule_details(schedule: Schedule, automating: Automating) -> Details:
    """Return what is said of a schedule below its table."""
    status = automating.schedule_status(schedule.id)
    what, reason = schedule_text(schedule, _MOST_SHOWN), automating.reason(schedule.id)
    if status is None:
        return Details(what, "error" if reason else "dim", reason)
    if status.state == "paused":
        return Details(what, "warning", _PAUSED, status.drift.lateness)
    problem = reason if not status.is_active else ""
    problem = problem or status.problem
    if problem and status.state in {"failed", "stopped"}:
        tone = "error" if status.state == "failed" else "dim"
        words = _sentence(problem)
        if status.refused and not reason and status.state == "stopped":
            words = f"{format_count(status.refused)} refused, the last of them: {words}"
        return Details(what, tone, words, status.drift.lateness)
    words = status.drift.words()
    if problem:
        return Details(what, "warning", f"{words} {problem}", status.drift.lateness)
    return Details(what, "dim", words, status.drift.lateness)


def schedule_text(schedule: Schedule, longest: int = _ALL) -> str:
    """Say what a schedule sends, when, and until when; what is longer is cut in its middle."""
    parts = [_source_text(schedule, longest)]
    if not _has_own_times(schedule):
        parts.append(schedule.pace.words())
    if schedule.count:
        parts.append(f"{format_count(schedule.count)} messages")
    if schedule.duration_s:
        parts.append(f"for {schedule.duration_s:g} s")
    return " · ".join(parts)


def responder_row(responder: Responder, automating: Automating, rate: float) -> ActingRow:
    """Return the line of a responder that answers `rate` messages a second."""
    status = automating.responder_status(responder.id)
    tone, state = _responder_state(responder, automating)
    cells: tuple[str, ...] = ("", "", "", "")
    if status is not None:
        cells = (
            format_count(status.answers),
            format_count(status.refused) if status.refused else "",
            format_rate(rate) if rate and not automating.outage.is_on else "",
            format_time(int(status.last_at * 1e9))[:-4] if status.last_at else "",
        )
    name = escape(responder.name or responder.when) or "Unnamed"
    is_active = responder.id in automating.running
    hint = "\n".join((name, responder_text(responder)))
    return ActingRow(responder.id, (name, state, *cells), tone, is_active, hint)


def responder_details(responder: Responder, automating: Automating) -> Details:
    """Return what is said of a responder below its table."""
    status = automating.responder_status(responder.id)
    what, reason = responder_text(responder, _MOST_SHOWN), automating.reason(responder.id)
    if status is not None and status.is_stopped:
        return Details(what, "error", status.problem)
    if status is not None and status.problem:
        return Details(what, "warning", status.problem)
    if reason:
        return Details(what, "dim", _sentence(reason))
    if automating.is_answering(responder.id) and automating.outage.is_on:
        return Details(what, "warning", _SILENT)
    words = "It answers messages that this window receives: subscribe to their topics."
    return Details(what, "dim", words)


def responder_text(responder: Responder, longest: int = _ALL) -> str:
    """Say what a responder does; what is longer is cut in its middle."""
    to = "to the Response Topic" if responder.to == "response_topic" else ""
    topic = f"template “{responder.template}”" if responder.template else responder.message.topic
    delay = f"after {responder.delay_ms:g} ms" if responder.delay_ms else "at once"
    answer = " or ".join(filter(None, (to, f"on {_cut(topic, longest)}" if topic else "")))
    return f"When {_cut(responder.when, longest)} · answers {delay} {answer}"


def _schedule_state(
    schedule: Schedule, automating: Automating, status: RunStatus | None, reason: str
) -> tuple[str, str]:
    if status is not None and not (reason and not status.is_active):
        return _STATES[status.state]
    if reason:
        return ("error", "Not started") if status is None else ("warning", "Stopped")
    if automating.library.was_left_running(schedule.id):
        return "warning", _LEFT_RUNNING
    return "dim", "Ready"


def _responder_state(responder: Responder, automating: Automating) -> tuple[str, str]:
    status = automating.responder_status(responder.id)
    if automating.is_answering(responder.id):
        if status is not None and status.is_stopped:
            return "error", "Stopped: a loop"
        if automating.outage.is_on:
            return "warning", "Paused"
        return (
            ("warning", "Cannot answer")
            if status and _is_broken(status.problem)
            else ("good", "Answering")
        )
    if automating.reason(responder.id):
        return "warning", "Stopped"
    if automating.library.was_left_running(responder.id):
        return "warning", _LEFT_RUNNING
    return ("", "Stopped") if status is not None else ("dim", "Ready")


def _is_broken(problem: str) -> bool:
    return problem.startswith("The filter")


def _has_own_times(schedule: Schedule) -> bool:
    from topicscope.automation.schedules.schedule import Recorded

    return isinstance(schedule.source, Recorded)


def _source_text(schedule: Schedule, longest: int) -> str:
    from topicscope.automation.schedules.schedule import CsvRows, FolderFiles, Recorded

    source = schedule.source
    if isinstance(source, Recorded):
        speed = "" if source.speed == 1 else f" at {source.speed:g} times their speed"
        if source.path:
            return f"messages of {_cut(source.path, longest)}{speed}"
        return f"{format_count(len(source.messages))} recorded messages{speed}"
    topic = (
        f"template “{_cut(schedule.template, longest)}”"
        if schedule.template
        else _cut(schedule.message.topic, longest)
    )
    if isinstance(source, CsvRows):
        return f"{topic} · rows of {_cut(source.path, longest)}"
    if isinstance(source, FolderFiles):
        return f"{topic} · files of {_cut(source.path, longest)}"
    return topic


def _cut(text: str, longest: int) -> str:
    """Return a text in one line without its middle where it is longer."""
    shown, half = escape(text), longest // 2
    return shown if len(shown) <= longest else f"{shown[: longest - half]}…{shown[-half:]}"


def _next_due(status: RunStatus) -> str:
    if status.next_due is None:
        return ""
    left = status.next_due - time.time()
    if left < _SOON_S:
        return "now"
    for seconds, unit in _LONG_UNITS:
        if left >= seconds:
            return f"in {left / seconds:.1f} {unit}"
    return f"in {duration_text(round(left, 1))}"


def _sentence(reason: str) -> str:
    return reason if reason.endswith(".") else f"Stopped, because {reason}."

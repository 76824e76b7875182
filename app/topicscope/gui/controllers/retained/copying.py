"""Copying retained messages to another stored connection: where to, what it means, and whether that is wanted."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Slot

from topicscope.automation.retained.plans import plan_restore
from topicscope.gui.controllers.connection.logging_in import LoggingIn
from topicscope.gui.dialogs.question import Question
from topicscope.gui.errands import Errands
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.gui.widgets.connection.notice import login_words
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.retained.plans import Plan
    from topicscope.automation.retained.seen import Snapshot
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.gui.controllers.retained.work import RetainedErrand, RetainedWork
    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile


class _Tried(NamedTuple):
    """A copy on its way, and what it logs in with."""

    errand: RetainedErrand
    profile: Profile
    secrets: Mapping[str, str]


class RetainedCopying(QObject):
    """Asks one thing after the other, and hands the copy to `RetainedWork`."""

    def __init__(
        self, services: Services, connecting: Connecting, work: RetainedWork, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._connecting = connecting
        self._work = work
        self._errands = Errands("copy retained")
        self._login: LoggingIn | None = None
        self._tried: _Tried | None = None
        work.changed.connect(self._on_work_changed)

    def ask(self, snapshot: Snapshot, front: QWidget) -> None:
        """Ask to which connection a snapshot should be copied; `front` is the window in front."""
        spawn(self._ask(snapshot, front), "copy-retained")

    # Private

    async def _ask(self, snapshot: Snapshot, front: QWidget) -> None:
        from topicscope.gui.dialogs.retained.copy import CopyDialog

        stored = await in_worker_for(front, self._services.store.list)
        dialog = CopyDialog(stored.profiles, len(snapshot.messages), front)
        dialog.chosen.connect(partial(self._on_chosen, snapshot, front))
        dialog.open()

    def _on_chosen(self, snapshot: Snapshot, front: QWidget, profile: Profile) -> None:
        spawn(self._show_plan(snapshot, front, profile), "plan-copy")

    async def _show_plan(self, snapshot: Snapshot, front: QWidget, profile: Profile) -> None:
        from topicscope.gui.dialogs.retained.plan import PlanDialog

        is_five = profile.protocol_version == 5
        now_ns = time.time_ns()
        make = partial(plan_restore, snapshot, now_ns, with_properties=is_five)
        plan = await in_worker_for(front, make)
        sentence = (
            f"Each message is published to {escape(profile.url)} with Retain, as it is here. "
            "Where that broker keeps another value on the same topic, it is replaced."
        )
        dialog = PlanDialog(f"Copy to {profile.label}", sentence, "Copy", (plan, None), front)
        dialog.agreed.connect(partial(self._on_agreed, profile, front))
        dialog.open()

    def _on_agreed(self, profile: Profile, front: QWidget, plan: Plan) -> None:
        begin = partial(self._begin, profile, front, plan)
        if profile.kind == "development":
            begin()
            return
        count = count_of(len(plan.steps), "retained message")
        question = Question(
            f"Copy {count} to a {profile.kind} broker?",
            f"Everybody who subscribes at {escape(profile.url)} gets them, now and later.",
            "Copy them",
            "Do not copy",
            front,
        )
        question.accepted.connect(begin)
        question.open()

    def _begin(self, profile: Profile, front: QWidget, plan: Plan) -> None:
        self._errands.add(partial(self._log_in, profile, front, plan))

    async def _log_in(self, profile: Profile, front: QWidget, plan: Plan) -> None:
        """Ask for what nobody knows yet, as connecting does, and copy."""
        secrets = await self._services.secrets.read(profile)
        login = LoggingIn(self._services.secrets, self._connecting.library, self._errands, front)
        self._login = login
        login.answered.connect(partial(self._copy, plan))
        login.profile_changed.connect(self._connecting.refresh_profiles)
        missing = await login.missing(profile, secrets)
        if missing:
            await login.ask(profile, missing, secrets)
        else:
            self._copy(plan, profile, secrets)

    def _copy(self, plan: Plan, profile: Profile, secrets: Mapping[str, str]) -> None:
        errand = self._work.copy(plan, profile, secrets)
        self._tried = None if errand.ended else _Tried(errand, profile, secrets)

    @Slot(object)
    def _on_work_changed(self, errand: RetainedErrand) -> None:
        """Ask for another secret where the one that was tried is refused."""
        tried = self._tried
        if tried is None or errand is not tried.errand or not errand.ended:
            return
        self._tried, failure = None, errand.failure
        if failure is None or self._login is None or not login_words(tried.profile, failure):
            return
        ask = self._login.ask_again
        self._errands.add(partial(ask, tried.profile, tried.secrets, failure.text, failure.reason))

"""Templates, settings and history of publishing that all windows share; all of it is read and written by workers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from topicscope.automation.templates.files import FOLDER_NAME, TemplateStore
from topicscope.gui.errands import Errands
from topicscope.gui.library.publish_settings import PublishSettings, publish_settings_store
from topicscope.gui.library.published_messages import PublishedMessages
from topicscope.gui.tasks import in_worker_for
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from topicscope.automation.templates.files import StoredTemplates
    from topicscope.automation.templates.template import MessageTemplate


class PublishLibrary(QObject):
    """What can be published again. Windows call `acquire` before they use it, and `release` at their end.

    Attributes:
        published: what was published.

    """

    templates_changed = Signal()
    settings_changed = Signal()
    told = Signal(str, str)
    """Tone and a sentence: a file was broken, or could not be written."""

    def __init__(self, folder: Path, state_folder: Path, parent: QObject | None = None) -> None:
        """Take the folders of the templates and settings, and of the history."""
        super().__init__(parent)
        self._folder = folder
        self._store = TemplateStore(folder / FOLDER_NAME)
        self._settings_store = publish_settings_store(folder)
        self._errands = Errands("templates")
        self._users = 0
        self._templates: tuple[MessageTemplate, ...] = ()
        self._settings = PublishSettings()
        self.published = PublishedMessages(state_folder, self)
        self.published.told.connect(self.told)
        self._told: set[str] = set()

    # Properties

    @property
    def folder(self) -> Path:
        """Where the templates lie; names of files in them begin there."""
        return self._store.folder

    @property
    def templates(self) -> tuple[MessageTemplate, ...]:
        """All templates in the order of their folders and names."""
        return self._templates

    @property
    def bar(self) -> list[MessageTemplate]:
        """Templates that have a button, in the order of the buttons."""
        order = {path: number for number, path in enumerate(self._settings.bar)}
        shown = [one for one in self._templates if one.in_bar]
        return sorted(shown, key=lambda one: order.get(one.path, len(order)))

    @property
    def settings(self) -> PublishSettings:
        """Settings as they are stored."""
        return self._settings

    # Life

    def acquire(self) -> None:
        """Read what is on disk, for the first window that uses it."""
        self._users += 1
        if self._users == 1:
            self.published.open()
            self._errands.add(self._load)

    def release(self) -> None:
        """Complete the files, for the last window."""
        self._users -= 1
        if not self._users:
            self.published.close()

    def template(self, path: str) -> MessageTemplate | None:
        """Return the template of a path."""
        return next((one for one in self._templates if one.path == path), None)

    # Templates

    def reload(self) -> None:
        """Read the templates again: somebody else, such as git, may have changed them."""
        self._errands.add(self._reload)

    def save(self, template: MessageTemplate, before: MessageTemplate | None = None) -> None:
        """Store a new template, or one in place of `before`."""
        self._change(partial(self._store.save, template, before))
        if before is not None and before.path in self._settings.bar:
            order = [template.path if one == before.path else one for one in self._settings.bar]
            self.change_settings(bar=tuple(order))

    def add(self, templates: Sequence[MessageTemplate]) -> None:
        """Store templates of another tool under names of their own."""
        self._change(partial(self._store.add, templates))

    def delete(self, path: str) -> None:
        """Delete a template."""
        self._change(partial(self._store.delete, path))

    def move(self, paths: Sequence[str], folder: str) -> None:
        """Put templates into a folder."""
        self._change(partial(self._store.move, paths, folder))

    def rename_folder(self, folder: str, new: str) -> None:
        """Call a folder something else."""
        self._change(partial(self._store.rename_folder, folder, new))

    def change_settings(self, **changes: object) -> None:
        """Use other settings from now on, and store them."""
        self._settings = msgspec.structs.replace(self._settings, **changes)
        self.settings_changed.emit()
        self._errands.add(partial(self._write, partial(self._settings_store.save, self._settings)))

    # Private

    async def _load(self) -> None:
        await self.published.load()
        stored = await in_worker_for(self, self._settings_store.load)
        self._settings = stored.value
        if stored.problem is not None:
            self._tell_once(f"Settings of publishing: {stored.problem}")
        await self._reload()
        self.settings_changed.emit()

    def _change(self, act: Callable[[], object]) -> None:
        self._errands.add(partial(self._change_now, act))

    async def _change_now(self, act: Callable[[], object]) -> None:
        await self._write(act)
        await self._reload()

    async def _reload(self) -> None:
        self._take(await in_worker_for(self, self._store.list))

    async def _write(self, act: Callable[[], object]) -> None:
        try:
            await in_worker_for(self, act)
        except StoreError as error:
            self.told.emit("error", str(error))

    def _take(self, stored: StoredTemplates) -> None:
        self._templates = tuple(stored.templates)
        for problem in stored.problems:
            self._tell_once(f"Templates: {problem}")
        self.templates_changed.emit()

    def _tell_once(self, sentence: str) -> None:
        if sentence and sentence not in self._told:
            self._told.add(sentence)
            self.told.emit("warning", sentence)

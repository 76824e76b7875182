"""Templates on disk: one readable text file each, fit for git, that no crash and no second window loses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from topicscope.automation.templates.template import (
    MessageTemplate,
    folder_problem,
    template_problem,
)
from topicscope.profiles.files import FileProblem, StoreError
from topicscope.profiles.folder_files import (
    Scanned,
    changing,
    free_path,
    kept_beside,
    rename,
    safe_file_name,
    scan,
)
from topicscope.profiles.folder_lock import FolderLock
from topicscope.profiles.one_file_store import LARGEST_FILE, OneFileStore
from topicscope.profiles.store import unused_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FOLDER_NAME: Final = "templates"
SUFFIX: Final = ".message"

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""

_FIRST_KEY = "topicscope-template"
_NOTES = "#"
_END = "---"
_ALWAYS = ("name", "topic", "format", "qos", "retain")
_DEFAULTS = msgspec.to_builtins(MessageTemplate())


class TemplateForm:
    """Lines ``key: value``, whose values are JSON, a line ``---``, and behind it the payload as it is.

    The first line says the version. One line end closes the payload, as editors and git want it, and is none of it.
    What is at its default is left out. Lines that begin with ``#`` are notes of people, and stay.
    """

    def read(self, data: bytes) -> dict[str, Any]:
        """Return the fields; raises `ValueError` with the line."""
        text = data.decode("utf-8-sig")
        if text.partition("\n")[0].endswith("\r"):
            # Somebody's git or editor has changed all line ends.
            text = text.replace("\r\n", "\n")
        stored: dict[str, Any] = {}
        notes: list[str] = []
        rest = text
        number = 0
        while True:
            line, more, rest = rest.partition("\n")
            number += 1
            if line.rstrip() == _END:
                break
            if not more:
                raise ValueError(f"the line {_END} between the head and the payload is missing")
            if line.startswith(_NOTES):
                notes.append(line)
            elif line.strip():
                key, value = _read_line(line, number)
                if key in stored:
                    raise ValueError(f"line {number}: “{key[:60]}” stands there twice")
                stored[key] = value
        if notes:
            stored[_NOTES] = notes
        stored["payload"] = rest.removesuffix("\n")
        return stored

    def write(self, stored: dict[str, Any]) -> bytes:
        """Return what stands in the file."""
        fields = dict(stored)
        payload = fields.pop("payload")
        notes = fields.pop(_NOTES, [])
        lines = [f"{_FIRST_KEY}: {fields.pop('version')}"]
        known = [key for key in _DEFAULTS if key in fields]
        for key in (*known, *(key for key in fields if key not in _DEFAULTS)):
            value = fields[key]
            if key in _ALWAYS or key not in _DEFAULTS or value != _DEFAULTS[key]:
                lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
        return "\n".join([*lines, *notes, _END, f"{payload}\n"]).encode()


def _read_line(line: str, number: int) -> tuple[str, Any]:
    key, colon, value = line.partition(":")
    key = key.strip()
    if number == 1 and key != _FIRST_KEY:
        raise ValueError(f"it does not begin with “{_FIRST_KEY}:”")
    if not colon or not key or key == "payload":
        raise ValueError(f"line {number}: a key, a colon and a value are needed")
    try:
        return ("version" if key == _FIRST_KEY else key), json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number}: the value of “{key[:60]}” is not JSON") from error


class TemplateChangedError(StoreError):
    """Another window was faster; `stored` is what was to be saved, under a name of its own."""

    def __init__(self, what: str, stored: MessageTemplate) -> None:
        super().__init__(kept_beside(what, stored.name))
        self.stored = stored


@dataclass(slots=True)
class StoredTemplates:
    """What the folder holds: templates by folder and name, and what went wrong."""

    templates: list[MessageTemplate] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


class TemplateStore:
    """The templates of one folder; no two have the same path.

    Other windows, and git, may change the same folder. Every change is made under a lock to what is on disk then;
    what another has changed since it was seen is never overwritten. All that writes raises StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FolderLock(folder)
        self._form = TemplateForm()

    # Methods

    def list(self) -> StoredTemplates:
        """Read all templates; a broken file is set aside and hides no other. Blocks."""
        found, problems = self._scan()
        return StoredTemplates(sorted(found.values(), key=_in_list), problems)

    def save(
        self, template: MessageTemplate, before: MessageTemplate | None = None
    ) -> MessageTemplate:
        """Write a new template, or one in place of `before`, and return it as it is stored.

        Raises TemplateChangedError when another window has changed `before` or has taken the path, and StoreError
        for one that `template_problem` refuses.
        """
        if problem := template_problem(template):
            raise StoreError(f"“{template.name}” was not saved. {problem}")
        with self._changing(template.name):
            found, _ = self._scan()
            old = _file_of(before, found)
            taken = _file_of(template, found)
            if taken is not None and taken != old:
                if old is None and found[taken] == template:
                    return template
                raise self._keep_both(f"There is a “{template.path}” already.", template, found)
            if old is not None and found[old] not in (before, template):
                raise self._keep_both(
                    f"“{found[old].path}” was changed by another window.", template, found
                )
            return self._write(template, old)

    def add(self, templates: Sequence[MessageTemplate]) -> Sequence[MessageTemplate]:
        """Store new templates under names of their own, as they were imported, and return them."""
        for template in templates:
            if problem := template_problem(template):
                raise StoreError(f"“{template.name}” was not saved. {problem}")
        with self._changing("The templates"):
            found, _ = self._scan()
            paths = {one.path for one in found.values()}
            stored = []
            for template in templates:
                stored.append(self._write(with_own_name(template, paths), None))
                paths.add(stored[-1].path)
        return stored

    def move(self, paths: Sequence[str], folder: str) -> None:
        """Put templates into a folder; one whose name is taken there gets a number behind it."""
        if problem := folder_problem(folder):
            raise StoreError(f"Nothing was moved. {problem}")
        with self._changing(folder or "The templates"):
            found, _ = self._scan()
            names = {one.path for one in found.values()}
            for file, one in found.items():
                if one.path in paths and one.folder != folder:
                    names.discard(one.path)
                    moved = msgspec.structs.replace(one, folder=folder)
                    moved = with_own_name(moved, names)
                    names.add(moved.path)
                    self._write(moved, file)

    def rename(self, path: str, name: str) -> MessageTemplate:
        """Call a template something else, and return it."""
        found, _ = self._scan()
        before = next((one for one in found.values() if one.path == path), None)
        if before is None:
            raise StoreError(f"“{path}” was not renamed: it is not there any more.")
        return self.save(msgspec.structs.replace(before, name=name), before)

    def rename_folder(self, folder: str, new: str) -> None:
        """Call a folder something else, for all that is in it and below it."""
        with self._changing(folder):
            groups: dict[str, list[str]] = {}
            for one in self._scan()[0].values():
                if one.folder == folder or one.folder.startswith(f"{folder}/"):
                    inside = (new + one.folder[len(folder) :]).strip("/")
                    groups.setdefault(inside, []).append(one.path)
            for inside, paths in groups.items():
                self.move(paths, inside)

    def delete(self, path: str) -> MessageTemplate | None:
        """Delete the template of a path, and return it; None when there is none."""
        with self._changing(path, "deleted"):
            found, _ = self._scan()
            file = next((file for file, one in found.items() if one.path == path), None)
            if file is None:
                return None
            self._file(file).delete()
            return found[file]

    # Private

    def _scan(self) -> Scanned[MessageTemplate]:
        found, problems = scan(self.folder, f"*{SUFFIX}", self._file)
        return Scanned(_told_apart(found), problems)

    def _file(self, file: Path, name: str = "") -> OneFileStore[MessageTemplate]:
        words = f"“{name}” was"
        return OneFileStore(
            file, MessageTemplate, words=words, upgrades=UPGRADES, lock=self._lock, form=self._form
        )

    def _write(self, template: MessageTemplate, old: Path | None) -> MessageTemplate:
        """Write a template into its file; the one it was in before, when that is another, goes."""
        if len(self._form.write(msgspec.to_builtins(template))) > LARGEST_FILE:
            raise StoreError(f"“{template.name}” was not saved: it is larger than a file may be.")
        file = old or self._free_file(template)
        if (
            old is not None
            and old.name == file_name(self._path_in(old))
            and old.name != file_name(template.path)
        ):
            # Renaming first keeps what a person or a later version has added to the file.
            file = self._free_file(template)
            rename(old, file)
        self._file(file, template.name).save(template)
        return template

    def _path_in(self, file: Path) -> str:
        return self._file(file).load().value.path

    def _free_file(self, template: MessageTemplate) -> Path:
        return free_path(self.folder / file_name(template.path))

    def _keep_both(
        self, what: str, template: MessageTemplate, found: dict[Path, MessageTemplate]
    ) -> TemplateChangedError:
        own = with_own_name(template, {one.path for one in found.values()})
        return TemplateChangedError(what, self._write(own, None))

    def _changing(self, name: str, done: str = "saved") -> AbstractContextManager[None]:
        return changing(self._lock, self.folder, name, done)


def read_template(path: Path) -> MessageTemplate:
    """Return the template in a file that lies anywhere. Blocks. Raises StoreError."""
    return OneFileStore(
        path, MessageTemplate, words="", upgrades=UPGRADES, form=TemplateForm()
    ).read()


def file_name(path: str) -> str:
    """Make a file name of a template's path."""
    return safe_file_name(path, 60, "template", SUFFIX)


def _file_of(template: MessageTemplate | None, found: dict[Path, MessageTemplate]) -> Path | None:
    if template is None:
        return None
    return next((file for file, one in found.items() if one.path == template.path), None)


def with_own_name(template: MessageTemplate, taken: Collection[str]) -> MessageTemplate:
    """Return a template whose path no other has: a number goes behind its name where it must."""
    front = template.path.removesuffix(template.name)
    own = unused_name(template.path, taken).removeprefix(front)
    return msgspec.structs.replace(template, name=own)


def _told_apart(found: dict[Path, MessageTemplate]) -> dict[Path, MessageTemplate]:
    """Return templates with paths of their own: a file that somebody has copied has that of the other."""
    apart: dict[Path, MessageTemplate] = {}
    paths: set[str] = set()
    for file in sorted(found, key=lambda file: (file.name != file_name(found[file].path), file)):
        template = found[file]
        if not template.name.strip():
            template = msgspec.structs.replace(template, name=file.stem)
        if template.path in paths:
            template = msgspec.structs.replace(template, name=f"{template.name} ({file.stem})")
        paths.add(template.path)
        apart[file] = template
    return apart


def _in_list(template: MessageTemplate) -> tuple[Any, ...]:
    levels = [level.casefold() for level in template.folder.split("/")]
    return levels, template.name.casefold(), template.name

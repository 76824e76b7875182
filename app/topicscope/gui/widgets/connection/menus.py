"""The menus of the connection bar: which broker, and how the window looks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import ThemeChoice, notifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.profiles.profile import Profile

LONGEST_ENTRY: Final = 60
_THEMES: Final = {"system": "As the system", "light": "Light", "dark": "Dark"}


class ProfileMenu(QMenu):
    """The stored profiles, and the ways to another one."""

    profile_chosen = Signal(object)
    new_requested = Signal()
    edit_requested = Signal()
    delete_requested = Signal()
    doctor_requested = Signal()
    import_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_profiles([], None)

    def set_profiles(self, profiles: Sequence[Profile], current: Profile | None) -> None:
        """Offer these profiles; the current one is ticked."""
        self.clear()
        group = QActionGroup(self)
        for profile in profiles:
            action = self.addAction(_entry(profile))
            action.setCheckable(True)
            action.setChecked(profile == current)
            action.triggered.connect(partial(self.profile_chosen.emit, profile))
            group.addAction(action)
        if profiles:
            self.addSeparator()
        new = self.addAction(icon("plus", "dim"), "New connection…")
        new.triggered.connect(self.new_requested)
        if current is not None:
            edit = self.addAction(icon("pencil", "dim"), "Edit…")
            edit.triggered.connect(self.edit_requested)
            doctor = self.addAction(icon("stethoscope", "dim"), "Connection doctor…")
            doctor.triggered.connect(self.doctor_requested)
        if current is not None and current.name in {profile.name for profile in profiles}:
            delete = self.addAction(icon("trash-2", "dim"), "Delete…")
            delete.triggered.connect(self.delete_requested)
        self.addSeparator()
        taken_over = self.addAction(icon("download", "dim"), "Import connections…")
        taken_over.triggered.connect(self.import_requested)
        demo = self.addAction(icon("play", "dim"), "Try the demo")
        demo.triggered.connect(self.demo_requested)


class SettingsMenu(QMenu):
    """The theme, and what this program is; the window adds what it has."""

    theme_chosen = Signal(str)
    about_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = self.addMenu(icon("palette", "dim"), "Theme")
        group = QActionGroup(self)
        for choice in get_args(ThemeChoice):
            action = self._themes.addAction(_THEMES[choice])
            action.setData(choice)
            action.setCheckable(True)
            action.triggered.connect(partial(self._on_theme_triggered, choice))
            group.addAction(action)
        self.addSeparator()
        about = self.addAction(icon("info", "dim"), "About Topicscope")
        about.triggered.connect(self.about_requested)
        notifier().theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _on_theme_triggered(self, choice: str) -> None:
        self.theme_chosen.emit(choice)

    @Slot()
    def _on_theme_changed(self) -> None:
        for action in self._themes.actions():
            action.setChecked(action.data() == notifier().choice)


def _entry(profile: Profile) -> str:
    text = f"{profile.name} · {profile.host}" if profile.name else profile.url
    if profile.name and profile.transport == "unix":
        text = f"{profile.name} · {profile.path}"
    if len(text) > LONGEST_ENTRY:
        text = text[: LONGEST_ENTRY - 1] + "…"
    return text.replace("&", "&&")

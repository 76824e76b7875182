"""How a connection is called, where it stands in the list, and what it may do to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import msgspec
from PySide6.QtWidgets import QCheckBox, QComboBox

from topicscope.gui.dialogs.profile_form.page import ProfilePage, choice, choose, line_field
from topicscope.gui.widgets.filter.menus import colour_icon
from topicscope.profiles.filters import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.profiles.profile import BrokerKind, Colour, Profile

_KINDS: Final = (
    ("Development: yours to try things on", "development"),
    ("Public: strangers are on it too", "public"),
    ("Production: people rely on it", "production"),
)
_KIND_HINTS: Final = {
    "development": "Nothing is asked before you subscribe or publish.",
    "public": "Asks before it subscribes to everything.",
    "production": "The window gets a frame; subscribing to everything, publishing to many and clearing "
    "retained messages ask first.",
}


class GeneralPage(ProfilePage):
    """Name, folder, colour, kind of the broker, read-only."""

    title = "General"

    def build(self) -> None:
        """Make the rows."""
        self.name = line_field("Empty: its address")
        self.folder = QComboBox()
        self.folder.setEditable(True)
        self.folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        folder_line = line_field("None, or for example plant/line 1")
        self.folder.setLineEdit(folder_line)
        # Box and line each keep the padding of a field.
        folder_line.setTextMargins(-7, 0, 0, 0)
        self.colour = choice(("None", ""))
        for name in COLOURS:
            self.colour.addItem(colour_icon(name), name.capitalize(), name)
        self.kind = choice(*_KINDS)
        self.read_only = QCheckBox("Read-only: never publish anything")
        self.add_row("&Name", self.name, says="Name")
        self.add_row(
            "&Folder",
            self.folder,
            says="Folder",
            hint="Levels are parted by “/”. In the list, connections can be dragged.",
            buddy=folder_line,
        )
        self.add_row("&Colour", self.colour)
        self._kind_row = self.add_row("Kin&d of broker", self.kind)
        self.add_row(
            "Safety",
            self.read_only,
            hint="Every PUBLISH is refused before it reaches the network, a Will Message too.",
        )
        self.watch(self.name, self.folder, self.colour, self.kind, self.read_only)

    def set_folders(self, folders: Sequence[str]) -> None:
        """Offer the folders that there are."""
        text = self.folder.currentText()
        self.folder.blockSignals(True)
        self.folder.clear()
        self.folder.addItems(["", *folders])
        self.folder.setEditText(text)
        self.folder.blockSignals(False)

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        self.name.setText(profile.name)
        self.folder.setEditText(profile.folder)
        choose(self.colour, profile.colour)
        choose(self.kind, profile.kind)
        self.read_only.setChecked(profile.read_only)

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it."""
        return msgspec.structs.replace(
            profile,
            name=self.name.text().strip(),
            folder=self.folder.currentText().strip().strip("/"),
            colour=cast("Colour", self.colour.currentData()),
            kind=cast("BrokerKind", self.kind.currentData()),
            read_only=self.read_only.isChecked(),
        )

    def adapt(self, profile: Profile) -> None:
        """Say what the kind of broker means."""
        self._kind_row.set_hint(_KIND_HINTS[profile.kind])
        self.name.setPlaceholderText(f"Empty: {profile.url}")

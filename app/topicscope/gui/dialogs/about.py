"""What this program is, and the versions that a bug report needs."""

from __future__ import annotations

import platform
from typing import Final

from PySide6.QtCore import Qt, Slot, qVersion
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

import topicscope
from topicscope.gui.icons import app_icon
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import label, mono_label

_LIBRARIES: Final = ("PySide6_Essentials", "paho-mqtt", "qasync", "numpy", "msgspec")
_LICENCES: Final = (
    "Topicscope is free software under the Apache License 2.0. It uses Qt under the LGPL 3, whose libraries "
    "you may replace by your own, the fonts Inter and JetBrains Mono (SIL Open Font License 1.1), and icons of "
    "Lucide (ISC)."
)


def versions() -> dict[str, str]:
    """Return the versions of Topicscope, Python, Qt, the system and the libraries, by name."""
    # It costs as much as a tenth of the start-up, and few ever look.
    from importlib import metadata

    found = {
        "Topicscope": topicscope.__version__,
        "Python": platform.python_version(),
        "Qt": qVersion(),
        "System": platform.platform(),
    }
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # Run from a copy of the code that was never installed.
    return found


class AboutDialog(QDialog):
    """Name, versions and licences; one button copies the versions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Topicscope")
        self.setFixedWidth(480)
        self._versions = versions()
        self.copy_button = push_button("Copy versions", "copy")
        self.licences_button = push_button("Licences…", "info")
        self.close_button = push_button("Close", kind="primary")
        self._lay_out()
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.licences_button.clicked.connect(self._on_licences_clicked)
        self.close_button.clicked.connect(self.accept)
        self.close_button.setDefault(True)
        self.close_button.setFocus()

    def report(self) -> str:
        """Return the versions as lines of text."""
        return "\n".join(f"{name}: {version}" for name, version in self._versions.items())

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.report())
        self.copy_button.setText("Copied")

    @Slot()
    def _on_licences_clicked(self) -> None:
        from topicscope.gui.dialogs.licences import LicencesDialog

        LicencesDialog(self).open()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.licences_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        licences = label(_LICENCES, "dim")
        licences.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(_title())
        column.addWidget(self._version_card())
        column.addWidget(licences)
        column.addLayout(buttons)

    def _version_card(self) -> CardFrame:
        card, inside = CardFrame(), QWidget()
        form = QFormLayout(inside)
        form.setContentsMargins(16, 12, 16, 8)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(6)
        for name, version in self._versions.items():
            value = mono_label(version)
            value.setWordWrap(True)
            form.addRow(label(name.replace("_", "-"), "dim"), value)
        card.add(inside)
        return card


def _title() -> QHBoxLayout:
    logo = QLabel()
    logo.setPixmap(app_icon().pixmap(40, 40))
    name = label("Topicscope")
    name.setFont(ui_font(QFont.Weight.DemiBold, 18))
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(name)
    words.addWidget(label("A debugger for MQTT, used like Wireshark.", "dim"))
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(words, 1)
    return row

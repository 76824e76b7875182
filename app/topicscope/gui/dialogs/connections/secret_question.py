"""The question for a password or token that nobody knows yet, or that was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.secrets import WHERE
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.connection.token_line import TokenLine
from topicscope.gui.widgets.fields.guarded_field import GuardedField
from topicscope.gui.widgets.fields.password_field import PasswordField
from topicscope.gui.widgets.labels import WrappedLabel, label, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.payload.text import escape
from topicscope.profiles.jwt import bare_token, is_token
from topicscope.profiles.secrets import has_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from topicscope.gui.asked_secrets import AskedSecret
    from topicscope.profiles.key_store import Kept
    from topicscope.profiles.profile import Profile

WIDTH = 480
_LONGEST_TOLD = 300
_EMPTY = "Empty: none is sent"


class SecretQuestion(QDialog):
    """Asks for the secrets of one profile; what was typed before is kept. Open it with `open()`."""

    answered = Signal(object, object, bool)
    """The Profile with the user name as typed, all its secrets, and whether to keep them beyond this run."""

    def __init__(
        self,
        profile: Profile,
        asked: Sequence[AskedSecret],
        secrets: Mapping[str, str],
        kept: Kept,
        parent: QWidget | None = None,
        told: str = "",
    ) -> None:
        """Ask; `told` is what the broker said the last time."""
        super().__init__(parent)
        self.setObjectName("secret-question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Log in" if asked[0].name == "secret" else "A secret is needed")
        self._profile = profile
        self._secrets = dict(secrets)
        self._asked = tuple(asked)
        self._kept = kept
        self.fields: dict[str, PasswordField] = {}
        self.user_name = GuardedField("user name", has_token, self)
        self.user_name.setText(profile.username)
        self.user_name.setAccessibleName("User name")
        self.token_line = TokenLine(self)
        self.remember = QCheckBox("Remember it", self)
        self.connect_button = push_button("Connect", "plug", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        for one in asked:
            self._add_field(one)
        self._lay_out(told)
        self._connect_parts()
        self._on_changed()
        self._focus()

    # Slots

    @Slot()
    def _on_changed(self) -> None:
        secret = self.fields.get("secret")
        self.token_line.set_text("" if secret is None else secret.text())
        complete = all(one.may_be_empty or self.fields[one.name].text() for one in self._asked)
        self.connect_button.setEnabled(complete)

    @Slot()
    def _on_connect(self) -> None:
        profile = self._profile
        if self._asks_user_name:
            profile = msgspec.structs.replace(profile, username=self.user_name.text())
        for name, field in self.fields.items():
            text = field.text()
            if text:
                self._secrets[name] = bare_token(text) if is_token(text) else text
            else:
                self._secrets.pop(name, None)
        remembers = self._kept != "memory" and self.remember.isChecked()
        self.answered.emit(profile, self._secrets, remembers)
        self.accept()

    # Private

    @property
    def _asks_user_name(self) -> bool:
        return "secret" in self.fields and self._profile.login == "password"

    def _add_field(self, asked: AskedSecret) -> None:
        field = PasswordField(self)
        field.setAccessibleName(asked.title)
        field.setText(self._secrets.get(asked.name, ""))
        if asked.may_be_empty:
            field.setPlaceholderText(_EMPTY)
        self.fields[asked.name] = field

    def _focus(self) -> None:
        first = next(iter(self.fields.values()))
        if self._asks_user_name and not self._profile.username:
            self.user_name.setFocus()
        else:
            first.setFocus()
            first.selectAll()

    def _connect_parts(self) -> None:
        for field in self.fields.values():
            field.textChanged.connect(self._on_changed)
        self.connect_button.clicked.connect(self._on_connect)
        self.cancel_button.clicked.connect(self.reject)
        self.connect_button.setDefault(True)

    def _lay_out(self, told: str) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(8)
        title = strong_label(f"Log in to “{escape(_cut(self._profile.label, 60))}”")
        whole.addWidget(title)
        if told:
            words = WrappedLabel(0, self)
            words.setFixedWidth(WIDTH - 32)
            set_tone(words, "error")
            words.setText(_cut(told, _LONGEST_TOLD))
            whole.addWidget(words)
        elif self._profile.url != self._profile.label:
            whole.addWidget(label(_cut(self._profile.url, 60), "dim"))
        whole.addSpacing(8)
        whole.addLayout(self._form())
        whole.addWidget(self.token_line)
        whole.addLayout(self._keeping())
        whole.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.connect_button)
        whole.addLayout(buttons)
        self.setFixedWidth(WIDTH)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.user_name.setVisible(self._asks_user_name)
        if self._asks_user_name:
            form.addRow(_name("User name"), self.user_name)
        for one in self._asked:
            form.addRow(_name(_cut(one.title, 32)), self.fields[one.name])
        return form

    def _keeping(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.remember.setVisible(self._kept != "memory")
        self.remember.setChecked(True)
        where = "Kept until Topicscope is closed" if self._kept == "memory" else WHERE[self._kept]
        words = label(f"{where}.", "dim", self)
        if self._kept == "file":
            set_tone(words, "warning")
        if self._kept != "memory":
            row.addWidget(self.remember)
        row.addWidget(words, 1)
        return row


def _name(text: str) -> QLabel:
    made = label(text, "dim")
    made.setMinimumHeight(28)
    return made


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"

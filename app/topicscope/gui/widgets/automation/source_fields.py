"""The fields of where a schedule takes its messages from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from topicscope.automation.schedules.schedule import CsvRows, FolderFiles, OneTemplate, Recorded
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import icon_button
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.labels import label

if TYPE_CHECKING:
    from topicscope.automation.schedules.schedule import AnySource, RecordedMessage

MESSAGE, CSV, FOLDER, RECORDING, CHOSEN = range(5)
_KINDS: Final = (
    "One message, again and again",
    "A message for each row of a CSV file",
    "A message for each file of a folder",
    "The messages of a recording",
)
VARIABLES: Final = {
    MESSAGE: "Variables: {{now}} {{uuid}} {{counter}} {{random 1 10}} {{choice a b}} {{value}} {{index}}",
    CSV: "The columns of the file are variables by their names: {{name_of_a_column}}",
    FOLDER: "{{file}} and {{stem}} are the name of the file with and without its ending",
}


class SourceFields(QWidget):
    """Rows of a form; only those of the chosen kind are shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: tuple[RecordedMessage, ...] = ()
        self.kind = QComboBox(self)
        self.kind.addItems(list(_KINDS))
        self.csv = FileField("CSV file", "Tables (*.csv *.tsv *.txt);;All files (*)", self)
        self.folder = QLineEdit(self)
        self.folder.setAccessibleName("Folder")
        self.folder_button = icon_button("folder-open", "Choose the folder", parent=self)
        self.pattern = QLineEdit("*", self)
        self.pattern.setFont(mono_font())
        self.pattern.setFixedWidth(96)
        self.pattern.setAccessibleName("Pattern of the names")
        self.recording = FileField(
            "recording", "Recordings (*.pcapng *.pcap *.ndjson);;All files (*)", self
        )
        self.speed = DecimalField("Speed", parent=self)
        self.prefix = QLineEdit(self)
        self.prefix.setFont(mono_font())
        self.prefix.setAccessibleName("Prefix of the topics")
        self.prefix.setPlaceholderText("none; as in replay/")
        self.where = QLineEdit(self)
        self.where.setFont(mono_font())
        self.where.setAccessibleName("Filter of the recording")
        self.where.setPlaceholderText('all; as in topic ~ "plant/#"')
        self.again = QCheckBox("Begin again behind the last one", self)
        self._make_rows()
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        self.folder_button.clicked.connect(self._on_choose_folder)
        for signal in (
            self.csv.text_changed,
            self.folder.textChanged,
            self.pattern.textChanged,
            self.recording.text_changed,
        ):
            signal.connect(self.changed)
        self.show_source(OneTemplate())

    # Methods

    def show_source(self, source: AnySource) -> None:
        """Show a source."""
        kind = MESSAGE
        self.speed.set_value(source.speed if isinstance(source, Recorded) else 1.0)
        if isinstance(source, CsvRows):
            kind = CSV
            self.csv.set_text(source.path)
        elif isinstance(source, FolderFiles):
            kind = FOLDER
            self.folder.setText(source.path)
            self.pattern.setText(source.pattern)
        elif isinstance(source, Recorded):
            kind = RECORDING if source.path else CHOSEN
            self.recording.set_text(source.path)
            self._messages = source.messages
            self.prefix.setText(source.prefix)
            self.where.setText(source.where)
        if kind == CHOSEN:
            if self.kind.count() == CHOSEN:
                self.kind.addItem("")
            self.kind.setItemText(CHOSEN, f"{len(self._messages):,} messages chosen in a capture")
        self.again.setChecked(not isinstance(source, OneTemplate) and source.again)
        self.kind.setCurrentIndex(kind)
        self._on_kind_changed()

    def source(self) -> AnySource:
        """Return the source; raises ValueError with a sentence."""
        kind, again = self.kind.currentIndex(), self.again.isChecked()
        source: AnySource = OneTemplate()
        if kind == CSV:
            source = CsvRows(self.csv.text(), again)
        elif kind == FOLDER:
            source = FolderFiles(self.folder.text().strip(), self.pattern.text().strip(), again)
        elif kind in {RECORDING, CHOSEN}:
            source = Recorded(
                path=self.recording.text() if kind == RECORDING else "",
                messages=self._messages if kind == CHOSEN else (),
                speed=self.speed.value(),
                prefix=self.prefix.text().strip(),
                where=self.where.text().strip() if kind == RECORDING else "",
                again=again,
            )
        if problem := source.problem():
            raise ValueError(problem)
        return source

    def has_own_times(self) -> bool:
        """Tell whether its messages keep their own times."""
        return self.kind.currentIndex() in {RECORDING, CHOSEN}

    def has_own_payload(self) -> bool:
        """Tell whether the payload comes from files."""
        return self.kind.currentIndex() == FOLDER

    def variables(self) -> str:
        """Say which variables there are."""
        return VARIABLES.get(self.kind.currentIndex(), "")

    def set_problem(self, problem: str) -> None:
        """Say what is wrong."""
        self.kind_row.set_problem(problem)

    # Slots

    @Slot()
    def _on_kind_changed(self) -> None:
        kind = self.kind.currentIndex()
        self.kind_row.set_problem("")
        self.csv_row.setVisible(kind == CSV)
        self.folder_row.setVisible(kind == FOLDER)
        self.recording_row.setVisible(kind == RECORDING)
        self.where_row.setVisible(kind == RECORDING)
        self.replay_row.setVisible(kind in {RECORDING, CHOSEN})
        self.again_row.setVisible(kind != MESSAGE)
        self.changed.emit()

    @Slot()
    def _on_choose_folder(self) -> None:
        dialog = QFileDialog(self, "Choose the folder", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # Private

    def _make_rows(self) -> None:
        self.kind_row = FormRow("&Send", self.kind)
        self.csv_row = FormRow("&File", self.csv, buddy=self.csv.edit)
        folder = field_row(
            self.folder,
            self.folder_button,
            label("names", "dim"),
            self.pattern,
            stretch=(1, 0, 0, 0),
        )
        self.folder_row = FormRow("F&older", folder, buddy=self.folder)
        self.recording_row = FormRow("Recordin&g", self.recording, buddy=self.recording.edit)
        self.where_row = FormRow("&Which of them", self.where)
        replay = field_row(
            self.speed, label("times as fast, topics behind", "dim"), self.prefix, stretch=(0, 0, 1)
        )
        self.replay_row = FormRow("Spee&d", replay, buddy=self.speed)
        self.again_row = FormRow("", self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row in (
            self.kind_row,
            self.csv_row,
            self.folder_row,
            self.recording_row,
            self.where_row,
            self.replay_row,
            self.again_row,
        ):
            column.addWidget(row)

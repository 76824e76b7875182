"""Opening, for a self-test, what the window opens late: help, the about dialog and a chart."""

from __future__ import annotations

import importlib
import importlib.util

from PySide6.QtWidgets import QApplication, QWidget

from topicscope.gui.dialogs.about import AboutDialog
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.gui.licences import shipped_licences
from topicscope.paths import resource_dir


def open_all() -> str:
    """Paint each once and return in words what was opened; raises whatever is wrong."""
    app = QApplication.instance() or QApplication(["topicscope"])
    pages = sorted(page.stem for page in (resource_dir() / "help").glob("*.txt"))
    for widget in (AboutDialog(), *(HelpDialog(page) for page in pages)):
        _paint(widget)
        widget.deleteLater()
    opened = f"the about dialog, {len(pages)} help pages"
    licences = shipped_licences()
    if missing := [one.name for one in licences if not one.text]:
        raise RuntimeError(f"no text of the licence of {', '.join(missing)}")
    opened += f", {len(licences)} licences"
    if importlib.util.find_spec("pyqtgraph"):
        _chart()
        opened += ", a chart"
    app.processEvents()
    return opened


def _chart() -> None:
    pyqtgraph = importlib.import_module("pyqtgraph")
    chart = pyqtgraph.PlotWidget()
    chart.plot([1.0, 2.0, 1.5])
    _paint(chart)
    chart.close()
    chart.deleteLater()


def _paint(widget: QWidget) -> None:
    widget.resize(480, 320)
    picture = widget.grab().toImage()
    middle = picture.width() // 2
    if len({picture.pixel(middle, y) for y in range(picture.height())}) < 2:
        raise RuntimeError(f"{type(widget).__name__} was painted in one colour")

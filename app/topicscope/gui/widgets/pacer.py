"""How often something is brought up to date: at once after a pause, then at most every so many milliseconds."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot


class Pacer(QObject):
    """Turns any number of calls of `wake` into `due`; no timer runs unless one was made."""

    due = Signal()

    def __init__(self, interval_ms: int, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.interval_ms = interval_ms
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setObjectName(name)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.fire)

    @property
    def waiting(self) -> bool:
        """Whether `due` will come by itself."""
        return self._timer.isActive()

    @Slot()
    def wake(self) -> None:
        """Ask for `due`: now when the last one is long enough ago, else as soon as that is so."""
        elapsed = self._since.elapsed() if self._since.isValid() else self.interval_ms
        wait = self.interval_ms - elapsed
        if wait <= 0:
            self.fire()
        elif not self._timer.isActive() or self._timer.remainingTime() > wait:
            self._timer.start(wait)

    def wake_after(self, delay_ms: int) -> None:
        """Ask for `due` in `delay_ms` milliseconds, unless it comes by itself before."""
        if not self._timer.isActive():
            self._timer.start(delay_ms)

    @Slot()
    def fire(self) -> None:
        """Emit `due` now."""
        self._timer.stop()
        self._since.start()
        self.due.emit()

"""A real Mosquitto for one test: on free loopback ports, in the test's folder, ended by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

import pytest

from tests.helpers.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_START_S = 10.0


def require_mosquitto() -> str:
    """Return the program; skip the test without it, or fail in CI, where it must be."""
    return require_program("mosquitto")


def require_program(name: str, package: str = "") -> str:
    """Return a program, of the package of its name unless told; skip the test without it, or fail in CI."""
    # Debian puts servers where only root looks.
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        message = f"{name} is not installed (apt-get install {package or name})"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


def free_port() -> int:
    """Return a port of the loopback that nothing listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Mosquitto:
    """Listens on `port`, and as asked on `tls_port`, `websocket_port` and `secure_websocket_port`.

    `users` are names with passwords; without them everybody may connect. `extra` is text for the
    configuration file, and `listener_extra` text for each listener. The server's certificate is for
    localhost, 127.0.0.1 and ::1, signed by `authority`. Use as a context manager.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        websocket: bool = False,
        users: Mapping[str, str] | None = None,
        extra: str = "",
        listener_extra: str = "",
        require_client_certificate: bool = False,
    ) -> None:
        self._program = require_mosquitto()
        self._folder = folder / f"mosquitto-{free_port()}"
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._users = dict(users or {})
        self._extra = extra
        self._listener_extra = listener_extra
        self._require_client_certificate = require_client_certificate
        self._websocket = websocket
        self._tls = tls
        self.authority = Authority(self._folder) if tls else None
        self._choose_ports()

    def _choose_ports(self) -> None:
        self.port = free_port()
        self.tls_port = free_port() if self._tls else 0
        self.websocket_port = free_port() if self._websocket else 0
        self.secure_websocket_port = free_port() if self._websocket and self._tls else 0

    @property
    def ca_file(self) -> str:
        """File of the authority that signed the server's certificate."""
        assert self.authority is not None, "made without tls=True"
        return str(self.authority.ca_file)

    @property
    def log(self) -> str:
        """What Mosquitto has said so far."""
        return (self._folder / "log").read_text(errors="replace")

    def __enter__(self) -> Self:
        for attempt in range(3):
            try:
                self.start()
            except RuntimeError:
                # Another process may have taken one of the ports meanwhile.
                if attempt == 2:
                    raise
                self._choose_ports()
            else:
                break
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until every port answers; raises RuntimeError with the log when none does."""
        (self._folder / "mosquitto.conf").write_text(self._configuration())
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._folder / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_S
        for port in self._ports():
            while not _answers(port):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"Mosquitto does not start:\n{self.log}")
                time.sleep(0.01)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill it and start it again on the same ports."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Let it stop answering while its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def _ports(self) -> list[int]:
        ports = (self.port, self.tls_port, self.websocket_port, self.secure_websocket_port)
        return [port for port in ports if port]

    def _configuration(self) -> str:
        lines = [f"allow_anonymous {'false' if self._users else 'true'}", "log_type all"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # It would become the user mosquitto, who may not read the test's folder.
            lines.append("user root")
        if self._users:
            lines.append(f"password_file {self._password_file()}")
        lines.append(self._extra)
        lines += self._listener(self.port)
        if self.tls_port:
            lines += self._listener(self.tls_port, *self._secured())
        if self.websocket_port:
            lines += self._listener(self.websocket_port, "protocol websockets")
        if self.secure_websocket_port:
            lines += self._listener(
                self.secure_websocket_port, "protocol websockets", *self._secured()
            )
        return "\n".join(lines) + "\n"

    def _listener(self, port: int, *settings: str) -> Iterable[str]:
        return [f"listener {port} 127.0.0.1", *settings, self._listener_extra]

    def _secured(self) -> list[str]:
        assert self.authority is not None
        certificate = self._folder / "server.pem"
        if not certificate.exists():
            self.authority.issue("server")
        lines = [
            f"cafile {self.authority.ca_file}",
            f"certfile {certificate}",
            f"keyfile {self._folder / 'server.key'}",
        ]
        if self._require_client_certificate:
            lines.append("require_certificate true")
        return lines

    def _password_file(self) -> Path:
        path = self._folder / "passwords"
        path.write_text("".join(f"{name}:{word}\n" for name, word in self._users.items()))
        path.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", str(path)], check=True, capture_output=True)
        return path


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True

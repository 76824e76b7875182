"""The installer for Windows, compiled by makensis with a stand-in for the application, and run under wine."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import ROOT, load, run, tool

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

STAND_IN = r"""
Unicode true
Target amd64-unicode
Name "stand-in"
OutFile "topicscope.exe"
SilentInstall silent
RequestExecutionLevel user
!include FileFunc.nsh
Section
  ${GetParameters} $0
  FileOpen $1 "$EXEDIR\asked-for.txt" w
  FileWrite $1 "$0"
  FileClose $1
SectionEnd
"""
OPEN = "HKCU\\Software\\Classes\\.pcapng\\OpenWithProgids"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Topicscope"
MENU = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Topicscope.lnk"


@pytest.fixture(scope="module")
def installers() -> ModuleType:
    return load("windows/build_installer.py")


@pytest.fixture(scope="module")
def icon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("icon") / "topicscope.ico"
    path.write_bytes(load("icon_files.py").ico(ROOT / "resources/icons/topicscope.svg"))
    return path


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    makensis = tool("makensis")
    folder = tmp_path_factory.mktemp("payload")
    (folder / "stand-in.nsi").write_text(STAND_IN)
    run(makensis, "-V2", "-WX", folder / "stand-in.nsi")
    (folder / "stand-in.nsi").unlink()
    (folder / "topicscope-cli.exe").write_bytes((folder / "topicscope.exe").read_bytes())
    (folder / "_internal/deep").mkdir(parents=True)
    (folder / "_internal/deep/price in $ and ünicode.txt").write_text("here")
    return folder


class Wine:
    """A Windows of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.drive = folder / "drive_c"
        self.environment = {
            **{name: text for name, text in os.environ.items() if name != "DISPLAY"},
            "WINEPREFIX": str(folder),
            "WINEDEBUG": "-all",
            # Neither .NET nor a browser is asked for.
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
        }
        self.wine("wineboot", "--init")
        self.wine("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f")

    def wine(self, *command: str | Path) -> int:
        """Run a program of Windows and return its exit code."""
        done = subprocess.run(
            ["wine", *command], env=self.environment, capture_output=True, timeout=90, check=False
        )
        return done.returncode

    def uninstall(self, program: Path, mode: str) -> int:
        """Run an uninstaller and the copy of itself that it leaves the work to."""
        code = self.wine(program, "/S", mode)
        subprocess.run(["wineserver", "--wait"], env=self.environment, timeout=60, check=False)
        return code

    def registry(self, key: str, value: str = "") -> str | None:
        """Return what the registry says, None if nothing."""
        flags = ["/v", value] if value else ["/ve"]
        done = subprocess.run(
            ["wine", "reg", "query", key, *flags, "/reg:64"],
            env=self.environment, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        text = done.stdout.decode("utf-8", "replace")
        return text.split("REG_SZ", 1)[-1].strip() if done.returncode == 0 else None

    @property
    def home(self) -> Path:
        return next(path for path in (self.drive / "users").iterdir() if path.name != "Public")


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Wine:
    tool("wine")
    tool("wineserver")
    return Wine(tmp_path_factory.mktemp("wine"))


def _build(
    installers: ModuleType, payload: Path, icon: Path, out: Path, version: str = "1.2.3"
) -> Path:
    installers.build(payload, icon, out, version, "amd64-unicode")
    return out


def test_that_the_installer_of_windows_own_kind_compiles_without_a_warning(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path
) -> None:
    out = tmp_path / "Topicscope-setup.exe"
    installers.build(payload, icon, out, "1.2.3rc1")
    assert out.read_bytes()[:2] == b"MZ"


def test_that_the_same_input_makes_the_same_bytes(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path
) -> None:
    outs = [
        _build(installers, payload, icon, tmp_path / name / "Topicscope-setup.exe")
        for name in ("a", "b")
    ]
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_that_installer_and_uninstaller_are_signed_when_a_command_is_given(
    installers: ModuleType,
    payload: Path,
    icon: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed = tmp_path / "signed.txt"
    monkeypatch.setenv("SIGN_COMMAND", f"echo >>{signed}")
    _build(installers, payload, icon, tmp_path / "Topicscope-setup.exe")
    assert len(signed.read_text().splitlines()) == 2


def test_that_one_user_installs_upgrades_and_uninstalls_in_silence_and_keeps_own_files(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path, wine: Wine
) -> None:
    gone = payload / "_internal/only-in-the-older.txt"
    gone.write_text("old")
    older = _build(installers, payload, icon, tmp_path / "older-Topicscope.exe", "1.2.2")
    gone.unlink()
    newer = _build(installers, payload, icon, tmp_path / "newer-Topicscope.exe", "1.2.3")
    folder = wine.home / "AppData/Local/Programs/Topicscope"

    assert wine.wine(older, "/S", "/CurrentUser") == 0
    assert (folder / "_internal" / gone.name).exists()
    assert (folder / "_internal/deep/price in $ and ünicode.txt").read_text() == "here"
    (folder / "_internal/mine.pcapng").write_text("a recording")

    assert wine.wine(newer, "/S", "/CurrentUser") == 0
    assert not (folder / "_internal" / gone.name).exists()
    assert (folder / "topicscope.exe").exists()
    assert (wine.home / MENU).exists()
    assert wine.registry(f"HKCU\\{UNINSTALL}", "DisplayVersion") == "1.2.3"
    assert wine.registry(OPEN, "Topicscope.Capture") is not None
    assert wine.registry("HKCU\\Software\\Classes\\.pcapng") in (None, "(value not set)")
    command = wine.registry("HKCU\\Software\\Classes\\Topicscope.Address\\shell\\open\\command")
    assert command
    assert command.endswith('topicscope.exe" "%1"')
    assert (
        wine.registry("HKCU\\Software\\Topicscope\\Capabilities\\URLAssociations", "mqtt")
        == "Topicscope.Address"
    )

    assert wine.uninstall(folder / "uninstall.exe", "/CurrentUser") == 0
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["mine.pcapng"]
    assert not (wine.home / MENU).exists()
    assert wine.registry(f"HKCU\\{UNINSTALL}", "DisplayVersion") is None
    assert wine.registry(OPEN, "Topicscope.Capture") is None
    assert wine.registry("HKCU\\Software\\Topicscope\\Capabilities", "ApplicationName") is None


def test_that_all_users_get_it_where_programs_are_and_a_double_click_opens_a_capture(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path, wine: Wine
) -> None:
    setup = _build(installers, payload, icon, tmp_path / "Topicscope-all.exe")
    folder = wine.drive / "Program Files/Topicscope"
    capture = wine.drive / "some capture.pcapng"
    capture.write_bytes(b"\n\r\r\n")

    assert wine.wine(setup, "/S", "/AllUsers") == 0
    assert wine.registry(f"HKLM\\{UNINSTALL}", "InstallLocation") == "C:\\Program Files\\Topicscope"
    wine.wine("start", "/wait", "/ProgIDOpen", "Topicscope.Capture", "C:\\some capture.pcapng")
    assert (folder / "asked-for.txt").read_text().strip('" ') == "C:\\some capture.pcapng"
    (folder / "asked-for.txt").unlink()

    assert wine.uninstall(folder / "uninstall.exe", "/AllUsers") == 0
    assert not folder.exists()
    assert wine.registry(f"HKLM\\{UNINSTALL}", "DisplayName") is None


def test_that_a_chosen_folder_is_used_and_one_that_cannot_be_written_has_an_exit_code(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path, wine: Wine
) -> None:
    setup = _build(installers, payload, icon, tmp_path / "Topicscope-chosen.exe")
    blocked = wine.drive / "blocked"
    blocked.mkdir()
    (blocked / "_internal").write_text("a file where a folder goes")
    assert wine.wine(setup, "/S", "/CurrentUser", "/D=C:\\blocked") == 5
    assert wine.wine(setup, "/S", "/CurrentUser", "/D=C:\\chosen\\Topicscope") == 0
    chosen = wine.drive / "chosen/Topicscope"
    assert (chosen / "topicscope.exe").exists()
    assert wine.uninstall(chosen / "uninstall.exe", "/CurrentUser") == 0
    assert not chosen.exists()


def test_that_an_older_windows_is_refused_with_an_exit_code_of_its_own(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path, wine: Wine
) -> None:
    setup = _build(installers, payload, icon, tmp_path / "Topicscope-old-windows.exe")
    version = ("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/f", "/d")
    wine.wine(*version, "win81")
    try:
        assert wine.wine(setup, "/S", "/CurrentUser") == 4
    finally:
        wine.wine(*version, "win10")


def test_that_the_uninstaller_names_every_file_and_never_a_whole_folder(
    installers: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/$x.txt").write_text("")
    macro = installers.uninstall_macro(tmp_path)
    assert 'Delete "$INSTDIR\\a\\b\\$$x.txt"' in macro
    assert macro.index('RMDir "$INSTDIR\\a\\b"') < macro.index('RMDir "$INSTDIR\\a"\n')
    assert "RMDir /r" not in macro + (ROOT / "packaging/windows/installer.nsi").read_text()


def test_that_the_version_resource_says_the_version_in_words_and_numbers() -> None:
    text = load("windows/version_resource.py").version_resource("1.2.3rc1")
    assert "filevers=(1, 2, 3, 0)" in text
    assert "StringStruct('ProductVersion', '1.2.3rc1')" in text
    compile(text, "version.txt", "eval")


@pytest.mark.parametrize(("text", "numbers"), [("1", (1, 0, 0, 0)), ("0.1.0.dev2", (0, 1, 0, 0))])
def test_that_a_version_becomes_four_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert load("facts.py").four_numbers(text) == numbers

"""The installer for Windows, compiled by makensis with a stand-in for the application, and run under wine."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import ROOT, load, run, tool
from tests.packaging.wine import Wine

if TYPE_CHECKING:
    from collections.abc import Iterator
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
  StrCmp $0 "wait" 0 +2
    Sleep 60000
SectionEnd
"""
CLASSES = "Software\\Classes"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Topicscope"
CAPABILITIES = "Software\\Topicscope\\Capabilities"
MENU = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Topicscope.lnk"
TEXT = "_internal/deep/price in $ and ünicode.txt"


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
    (folder / TEXT).parent.mkdir(parents=True)
    (folder / TEXT).write_text("here")
    return folder


def _build(
    installers: ModuleType, payload: Path, icon: Path, out: Path, version: str = "1.2.3"
) -> Path:
    """Compile an installer that a wine without 32 bits runs too."""
    installers.build(payload, icon, out, version, "amd64-unicode")
    return out


@pytest.fixture(scope="module")
def setup_program(
    installers: ModuleType, payload: Path, icon: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return _build(
        installers, payload, icon, tmp_path_factory.mktemp("setup") / "Topicscope-setup.exe"
    )


@pytest.fixture(scope="module")
def wine(setup_program: Path) -> Iterator[Wine]:
    machine = Wine()
    shutil.copy(setup_program, machine.drive / "setup.exe")
    yield machine
    machine.close()


def _offers(wine: Wine, hive: str) -> list[str | None]:
    """Return what the registry says of all that Topicscope offers to open."""
    classes = f"{hive}\\{CLASSES}"
    return [
        *(
            wine.registry(f"{classes}\\.{suffix}\\OpenWithProgids", "Topicscope.Capture")
            for suffix in load("facts.py").CAPTURE_SUFFIXES
        ),
        *(
            wine.registry(f"{hive}\\{CAPABILITIES}\\URLAssociations", scheme)
            for scheme in load("facts.py").URL_SCHEMES
        ),
        wine.registry(f"{classes}\\Topicscope.Address\\shell\\open\\command"),
        wine.registry(f"{hive}\\Software\\RegisteredApplications", "Topicscope"),
    ]


def test_that_the_installer_of_windows_own_kind_compiles_without_a_warning(
    installers: ModuleType, payload: Path, icon: Path, tmp_path: Path
) -> None:
    out = tmp_path / "Topicscope-setup.exe"
    installers.build(payload, icon, out, "1.2.3rc1")
    program = out.read_bytes()
    assert program[:2] == b"MZ"
    assert b"{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}" in program, "does not name Windows 10"


def test_that_the_same_input_makes_the_same_bytes(
    installers: ModuleType, payload: Path, icon: Path, setup_program: Path, tmp_path: Path
) -> None:
    again = _build(installers, payload, icon, tmp_path / "Topicscope-setup.exe")
    assert again.read_bytes() == setup_program.read_bytes()


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


def test_that_one_user_upgrades_and_uninstalls_in_silence_and_keeps_own_files(
    installers: ModuleType, payload: Path, icon: Path, wine: Wine
) -> None:
    gone = payload / "_internal/only-in-the-older.txt"
    gone.write_text("old")
    older = _build(installers, payload, icon, wine.drive / "older.exe", "1.2.2")
    gone.unlink()
    folder = wine.home / "AppData/Local/Programs/Topicscope"

    assert wine.run(older, "/S", "/CurrentUser") == 0
    assert (folder / "_internal" / gone.name).exists()
    assert (folder / TEXT).read_text() == "here"
    (folder / "_internal/mine.pcapng").write_text("a recording")

    assert wine.run("C:\\setup.exe", "/S", "/CurrentUser") == 0
    assert not (folder / "_internal" / gone.name).exists()
    assert (folder / "topicscope.exe").exists()
    assert (wine.home / MENU).exists()
    assert wine.registry(f"HKCU\\{UNINSTALL}", "DisplayVersion") == "1.2.3"
    *offers, address, registered = _offers(wine, "HKCU")
    assert offers == ["", "", "", "Topicscope.Address", "Topicscope.Address"]
    assert registered == CAPABILITIES
    assert address
    assert address.endswith('topicscope.exe" -- "%1"')
    assert wine.registry(f"HKCU\\{CLASSES}\\.pcapng") in (None, "(value not set)"), "taken over"
    assert wine.registry(f"HKCU\\{CLASSES}\\mqtt") is None, "taken over"

    def removed() -> bool:
        return wine.registry(f"HKCU\\{UNINSTALL}", "DisplayVersion") is None

    assert wine.uninstall(folder / "uninstall.exe", "/CurrentUser", removed) == 0
    assert removed()
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["mine.pcapng"]
    assert not (wine.home / MENU).exists()
    assert not any(_offers(wine, "HKCU"))


def test_that_all_users_get_it_where_programs_are_and_a_double_click_opens_a_capture(
    wine: Wine,
) -> None:
    folder = wine.drive / "Program Files/Topicscope"

    assert wine.run("C:\\setup.exe", "/S", "/AllUsers") == 0
    assert wine.registry(f"HKLM\\{UNINSTALL}", "InstallLocation") == "C:\\Program Files\\Topicscope"
    assert "Topicscope.Address" in _offers(wine, "HKLM")
    (wine.drive / "some capture.pcapng").write_bytes(b"\n\r\r\n")
    wine.run("start", "/wait", "/ProgIDOpen", "Topicscope.Capture", "C:\\some capture.pcapng")
    asked_for = folder / "asked-for.txt"
    assert asked_for.read_text().strip() == '-- "C:\\some capture.pcapng"'
    asked_for.unlink()

    assert wine.uninstall(folder / "uninstall.exe", "/AllUsers", lambda: not folder.exists()) == 0
    assert not folder.exists()
    assert wine.registry(f"HKLM\\{UNINSTALL}", "DisplayName") is None


def test_that_a_folder_that_cannot_be_written_and_an_older_windows_have_their_exit_codes(
    wine: Wine,
) -> None:
    blocked = wine.drive / "blocked"
    blocked.mkdir(mode=0o777)
    (blocked / "_internal").write_text("a file where a folder goes")
    assert wine.run("C:\\setup.exe", "/S", "/CurrentUser", "/D=C:\\blocked") == 5
    wine.pretend("win81")
    try:
        assert wine.run("C:\\setup.exe", "/S", "/CurrentUser") == 4
    finally:
        wine.pretend("win10")


def test_that_a_chosen_folder_is_used_and_a_program_that_runs_is_left_alone(wine: Wine) -> None:
    chosen = wine.drive / "chosen/Topicscope"
    install = ("C:\\setup.exe", "/S", "/CurrentUser", "/D=C:\\chosen\\Topicscope")
    assert wine.run(*install) == 0
    running = wine.start(chosen / "topicscope.exe", "wait")
    try:
        for _ in range(200):
            if (chosen / "asked-for.txt").exists():
                break
            time.sleep(0.05)
        assert wine.run(*install) == 3
        assert (
            wine.run(chosen / "uninstall.exe", "/S", "/CurrentUser", "_?=C:\\chosen\\Topicscope")
            == 3
        )
        assert (chosen / TEXT).exists()
    finally:
        wine.run("taskkill", "/f", "/im", "topicscope.exe")
        running.wait(20)
    (chosen / "asked-for.txt").unlink()
    assert (
        wine.uninstall(chosen / "uninstall.exe", "/CurrentUser", lambda: not chosen.exists()) == 0
    )
    assert not chosen.exists()


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

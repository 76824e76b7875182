"""What the packaged application leaves out, and what it must never leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import load

if TYPE_CHECKING:
    from types import ModuleType

NEEDED = (
    "PySide6/Qt/plugins/platforms/libqxcb.so",
    "PySide6/Qt/plugins/platforms/libqwayland.so",
    "PySide6/Qt/plugins/platforms/libqoffscreen.so",
    "PySide6/plugins/platforms/qwindows.dll",
    "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
    "PySide6/Qt/plugins/platformthemes/libqxdgdesktopportal.so",
    "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
    "PySide6/Qt/plugins/imageformats/libqsvg.so",
    "PySide6/Qt/plugins/imageformats/libqjpeg.so",
    "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
    "PySide6/Qt/lib/libicudata.so.73",
    "PySide6/QtOpenGL.abi3.so",
    "PySide6/QtOpenGLWidgets.abi3.so",
    "numpy.libs/libscipy_openblas64_-32a4b2a6.so",
    "pyqtgraph/colors/maps/viridis.csv",
    "topicscope/resources/icons/LICENSE.txt",
    "numpy-2.4.6.dist-info/licenses/LICENSE.txt",
    "numpy-2.4.6.dist-info/METADATA",
    "libssl.so.3",
    "libxcb-cursor.so.0",
    "libxkbcommon-x11.so.0",
)
NEEDLESS = (
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
    "PySide6/Qt/plugins/platforms/libqeglfs.so",
    "PySide6/plugins/platforms/qdirect2d.dll",
    "PySide6\\opengl32sw.dll",
    "PySide6/Qt/plugins/imageformats/libqtiff.so",
    "PySide6/Qt/translations/qt_de.qm",
    "numpy/_core/include/numpy/arrayobject.h",
    "numpy/tests/test_public_api.py",
    "cbor2-6.2.1.dist-info/RECORD",
    "topicscope-0.1.0.dist-info/direct_url.json",
    "libfontconfig.so.1",
    "libstdc++.so.6",
    "libGL.so.1",
)


@pytest.fixture(scope="module")
def slim() -> ModuleType:
    return load("pyinstaller/slim.py")


@pytest.mark.parametrize("name", NEEDED)
def test_that_what_is_needed_stays(slim: ModuleType, name: str) -> None:
    assert not slim.is_dropped(name)


@pytest.mark.parametrize("name", NEEDLESS)
def test_that_what_nobody_needs_goes(slim: ModuleType, name: str) -> None:
    assert slim.is_dropped(name)


def test_that_modules_are_kept_that_charts_ask_for(slim: ModuleType) -> None:
    needed = {"pydoc", "colorama", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "sqlite3"}
    assert not needed.intersection(slim.EXCLUDED_MODULES)


def test_that_modules_of_every_dependency_are_brought(slim: ModuleType) -> None:
    modules = set(slim.late_modules())
    assert {"paho", "keyring", "cbor2", "wsproto", "regex", "pyqtgraph", "_cffi_backend"} <= modules
    assert not modules.intersection(slim.EXCLUDED_MODULES)


def test_that_links_go_with_what_they_lead_to(slim: ModuleType) -> None:
    entries = [
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
        ("libQt6Network.so.6", "PySide6/Qt/lib/libQt6Network.so.6", "SYMLINK"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "/from/here", "BINARY"),
    ]
    assert slim.without_dangling(entries, {"PySide6/Qt/lib/libQt6Core.so.6"}) == [
        entries[0],
        entries[2],
    ]


def test_that_every_system_has_key_stores(slim: ModuleType) -> None:
    assert "keyring.backends.fail" in slim.keyring_backends()
    assert "SecretService" in slim.KEYRING_BACKENDS["linux"]
    assert "Windows" in slim.KEYRING_BACKENDS["win32"]
    assert "macOS" in slim.KEYRING_BACKENDS["darwin"]

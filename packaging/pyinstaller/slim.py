"""What the packaged application leaves out, each with the reason, and what it must bring although nobody names it."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from distributions import shipped, top_modules

EXCLUDED_MODULES: Final = (
    # Interpreter parts that only developers use. `pydoc` and `colorama` stay: pyqtgraph asks for them.
    "tkinter", "turtle", "idlelib", "lib2to3", "ensurepip", "venv", "test", "pdb", "doctest", "curses", "readline",
    "pydoc_data", "distutils", "setuptools", "pkg_resources", "pip", "wheel", "_pytest", "pytest",
    # Tests and compilers of numpy.
    "numpy.f2py", "numpy.distutils", "numpy.conftest", "numpy.testing.tests", "numpy.typing.mypy_plugin",
    # Asked for by other packages if they are there by chance.
    "IPython", "PIL", "matplotlib", "scipy", "h5py", "cupy", "OpenGL", "pandas", "PyQt5", "PyQt6", "PySide2",
    "hypothesis", "mypy", "Crypto", "trio", "yaml",
    # Of cffi only the part in C is used.
    "cffi", "pycparser",
    # Nothing of ours speaks by way of Qt; its library would drag Kerberos along.
    "PySide6.QtNetwork",
    # Parts of pyqtgraph that no chart of ours uses.
    "pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.flowchart", "pyqtgraph.console", "pyqtgraph.jupyter",
    "PySide6.QtTest", "PySide6.QtPrintSupport", "PySide6.QtSql", "PySide6.QtQml", "PySide6.QtQuick",
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtUiTools",
)  # fmt: skip

KEYRING_BACKENDS: Final = {
    "linux": ("SecretService", "kwallet", "libsecret", "chainer", "fail", "null"),
    "darwin": ("macOS", "chainer", "fail", "null"),
    "win32": ("Windows", "chainer", "fail", "null"),
}

_QT = r"PySide6/(?:Qt/)?"
DROPPED_FILES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # The theme of GTK would drag the whole GTK of the machine that builds.
        _QT + r"plugins/platformthemes/libqgtk3",
        _QT + r"plugins/platforms/libq(?:eglfs|linuxfb|vnc|minimal|minimalegl|vkkhrdisplay|webgl)",
        _QT + r"plugins/platforms/q(?:direct2d|minimal)\.dll",
        _QT
        + r"plugins/(?:egldeviceintegrations|generic|networkinformation|tls|sqldrivers|qmltooling|printsupport)/",
        _QT + r"plugins/imageformats/(?:lib)?q(?:gif|icns|pdf|tga|tiff|wbmp|webp)\.",
        _QT + r"plugins/platforminputcontexts/libqtvirtualkeyboard",
        _QT + r"translations/",
        _QT + r"qml/",
        # Software OpenGL of Windows: 20 MB, and charts are drawn without OpenGL.
        r"PySide6/opengl32sw\.dll",
        # Headers, type stubs, tests and sources.
        r".*\.(?:pyi|pyx|pxd|h|hpp|c|cpp|a|lib)$",
        r".*/py\.typed$",
        r"(?:numpy|pyqtgraph|cryptography|cbor2|lark|keyring)/(?:.*/)?tests?/",
        r"numpy/(?:f2py|doc|_core/include|_core/lib)/",
        r"pyqtgraph/(?:examples|icons/|colors/maps/(?!viridis|CET-L1\b|CET-D1\b))",
        r".*\.dist-info/(?:RECORD|INSTALLER|REQUESTED|WHEEL|direct_url\.json|uv_cache\.json|sboms/.*)$",
        # Belong to the system: a font library, with what it needs itself, has to be of one mind with the
        # configuration of its fonts, and libraries of drivers and display servers with what runs there.
        r"lib(?:fontconfig|freetype|png16|brotlidec|brotlicommon|expat)\.so",
        r"lib(?:X11|X11-xcb|xcb|Xau|Xdmcp|bsd|md|drm|gbm|GL|EGL|GLX|GLdispatch)\.so",
        r"libwayland-(?:client|cursor|egl|server)\.so",
        # Belong to every desktop, and keep their interfaces.
        r"lib(?:glib-2\.0|gthread-2\.0|gobject-2\.0|gio-2\.0|gmodule-2\.0|dbus-1|systemd|selinux|mount|blkid)\.so",
        r"lib(?:gcrypt|gpg-error|cap|pcre2-8|lz4)\.so",
        # C libraries of the compiler are on every Linux, and newer ones serve drivers better.
        r"lib(?:stdc\+\+|gcc_s)\.so",
    )
)


def is_dropped(name: str) -> bool:
    """Tell whether a collected file, by its name in the bundle, is left out."""
    name = name.replace("\\", "/")
    return any(pattern.match(name) for pattern in DROPPED_FILES)


def without_orphans(binaries: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Leave out shared libraries that were collected only for files that are dropped.

    Entries are PyInstaller's: name in the bundle, source, kind. What lies at the top of the bundle is there because
    something else needs it; all else is an extension module, a plugin or a library of a wheel.
    """
    from PyInstaller.depend.bindepend import get_imports

    libraries = {
        Path(name).name: (name, source)
        for name, source, kind in binaries
        if _is_library(name, kind)
    }
    waiting = [
        source
        for name, source, kind in binaries
        if kind != "SYMLINK" and not _is_library(name, kind)
    ]
    waiting += [source for name, source in libraries.values() if name.startswith("libpython")]
    needed = {name for name in libraries if name.startswith("libpython")}
    while waiting:
        for wanted, _ in get_imports(waiting.pop()):
            library = Path(wanted).name
            if library in libraries and library not in needed:
                needed.add(library)
                waiting.append(libraries[library][1])
    dropped = {
        name
        for name, _, kind in binaries
        if _is_library(name, kind) and Path(name).name not in needed
    }
    return [entry for entry in binaries if entry[0] not in dropped]


def without_dangling(
    entries: list[tuple[str, str, str]], kept: set[str]
) -> list[tuple[str, str, str]]:
    """Leave out links to what is not among the names that are kept."""
    return [
        (name, source, kind)
        for name, source, kind in entries
        if kind != "SYMLINK" or _target(name, source) in kept
    ]


def _is_library(name: str, kind: str) -> bool:
    """Tell a library, which is there because something needs it, from extension modules and plugins."""
    return kind == "BINARY" and ("/" not in name or name.startswith("PySide6/Qt/lib/"))


def _target(link: str, text: str) -> str:
    return str(PurePosixPath(link).parent / text)


def late_modules() -> list[str]:
    """Return the modules of all packages that are shipped.

    Many are imported when they are first used, some by name, and `_cffi_backend` by a library in Rust.
    """
    found = {module for one in shipped().values() for module in top_modules(one)}
    return sorted(found.difference(EXCLUDED_MODULES))


def keyring_backends() -> list[str]:
    """Return the modules of the key stores of this system."""
    system = sys.platform if sys.platform in KEYRING_BACKENDS else "linux"
    return [f"keyring.backends.{name}" for name in KEYRING_BACKENDS[system]]

"""Make the Debian package: the application without what Debian has, and what a desktop wants beside it."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import textwrap
from email.utils import format_datetime
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parent / "common"))

import facts
import share
from trees import compress, copy_file, is_elf, settle, write_file

MAINTAINER: Final = f"{facts.PUBLISHER} <noreply@topicscope.org>"
PRIVATE: Final = "usr/lib/topicscope"

CONTROL: Final = """\
Package: topicscope
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {depends}
Recommends: desktop-file-utils, shared-mime-info, xdg-utils
Suggests: gnome-keyring, wireshark
Section: net
Priority: optional
Description: debugger for MQTT, used like Wireshark
 Topicscope shows what goes over an MQTT broker, and helps to build and test the
 devices and services behind it. Every Control Packet is captured in both
 directions and shown as a tree of topics, a table of messages, and an inspector
 down to the bit, with one language of filters over all of them.
 .
 It speaks MQTT 5.0, 3.1.1 and 3.1 over TCP, TLS, WebSocket and Unix sockets,
 records to pcapng, brings a demo broker with a simulated plant, and does from
 the command line what the window does.
"""


def make_deb(app: Path, python: Path, work: Path, out: Path, epoch: int) -> Path:
    """Make the package of an application folder and return its file."""
    root = work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(app, root / PRIVATE, symlinks=True)
    drop_system_libraries(root / PRIVATE / "_internal")
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/topicscope").symlink_to("../lib/topicscope/topicscope")
    share.fill(root / "usr/share", python, epoch, compressed=True)
    _add_documentation(root / "usr/share/doc/topicscope", python, epoch)
    copy_file(HERE / "lintian-overrides", root / "usr/share/lintian/overrides/topicscope")
    _add_control(root, work)
    settle(root, epoch)
    package = out / f"topicscope_{deb_version()}_{architecture()}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z9", "--build", root, package],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
        stdout=subprocess.DEVNULL,
    )
    return package


def drop_system_libraries(internal: Path) -> list[str]:
    """Remove libraries that packages of this system bring, and return their names."""
    known = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout
    paths = dict(re.findall(r"^\s+(\S+) \(.*\) => (\S+)$", known, re.MULTILINE))
    dropped = []
    for path in sorted(internal.glob("lib*.so*")):
        # The interpreter is ours, with its own library.
        if path.is_symlink() or path.name.startswith("libpython") or path.name not in paths:
            continue
        owner = subprocess.run(
            ["dpkg", "-S", Path(paths[path.name]).resolve(), paths[path.name]],
            capture_output=True, check=False,
        )  # fmt: skip
        if owner.stdout:
            path.unlink()
            dropped.append(path.name)
    return dropped


def depends(root: Path, work: Path) -> str:
    """Return what the package needs, as the libraries in it say."""
    source = work / "shlibdeps"
    write_file(
        source / "debian/control", "Source: topicscope\n\nPackage: topicscope\nArchitecture: any\n"
    )
    libraries = [path for path in sorted(root.rglob("*")) if is_elf(path)]
    folders = sorted({str(path.parent) for path in libraries})
    said = subprocess.run(
        [
            "dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0",
            *(f"-l{folder}" for folder in folders), *(f"-e{path}" for path in libraries),
        ],
        cwd=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    match = re.search(r"^shlibs:Depends=(.*)$", said.stdout, re.MULTILINE)
    if not match:
        raise RuntimeError(f"dpkg-shlibdeps has found nothing: {said.stderr}")
    return match[1]


def deb_version() -> str:
    """Return the version as Debian sorts it: a candidate comes before what it becomes."""
    return re.sub(r"(?<=\d)(a|b|rc|\.dev)(?=\d)", r"~\1", facts.version())


def architecture() -> str:
    """Return Debian's name of this processor."""
    return subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()


def changelog(epoch: int) -> str:
    """Return the changelog of the project in Debian's form, this version only."""
    text = (facts.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    part = text.split("\n## ", 2)[1].partition("\n")[2]
    items = [" ".join(item.split()) for item in re.split(r"^- ", part, flags=re.MULTILINE)[1:]]
    wrapped = [
        textwrap.fill(item, 76, initial_indent="  * ", subsequent_indent="    ") for item in items
    ]
    lines = "\n".join(wrapped) or "  * Release."
    date = format_datetime(dt.datetime.fromtimestamp(epoch, dt.UTC))
    return f"topicscope ({deb_version()}) stable; urgency=medium\n\n{lines}\n\n -- {MAINTAINER}  {date}\n"


def _add_documentation(doc: Path, python: Path, epoch: int) -> None:
    write_file(doc / "changelog", changelog(epoch))
    compress(doc / "changelog")
    subprocess.run([python, HERE / "copyright.py", doc / "copyright"], check=True)


def _add_control(root: Path, work: Path) -> None:
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    control = CONTROL.format(
        version=deb_version(),
        architecture=architecture(),
        maintainer=MAINTAINER,
        size=sum(path.stat().st_size for path in files) // 1024,
        depends=depends(root, work),
    )
    sums = subprocess.run(
        ["md5sum", *sorted(str(path.relative_to(root)) for path in files)],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    write_file(root / "DEBIAN/control", control)
    write_file(root / "DEBIAN/md5sums", sums.stdout)

"""Write the copyright file of the Debian package, in an environment in which Topicscope is installed.

python packaging/debian/copyright.py OUT
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from topicscope.gui.licences import Licence, shipped_licences

ON_EVERY_SYSTEM: Final = (
    (
        r"[ ]*GNU LESSER GENERAL PUBLIC LICENSE\n.*?permanent authorization for you.*?Library\.",
        "LGPL-3",
    ),
    (r"[ ]*GNU GENERAL PUBLIC LICENSE\n +Version 3.*?why-not-lgpl\.html>\.", "GPL-3"),
    (r"[ ]*Apache License\n *Version 2\.0.*?END OF TERMS AND CONDITIONS", "Apache-2.0"),
)
"""Texts of which every Debian has a copy, which packages must not repeat."""

HEAD: Final = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Topicscope
Comment: The package brings an interpreter and libraries, each under a licence of its own, which stands below.

Files: *
Copyright: The Topicscope developers
License: Apache-2.0
 On Debian systems the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
"""


def copyright_file(licences: list[Licence]) -> str:
    """Return the file: a paragraph for each part that is shipped."""
    return "\n".join([HEAD, *(_paragraph(one) for one in licences if one.name != "Topicscope")])


def _paragraph(licence: Licence) -> str:
    text = licence.text or licence.name
    for pattern, name in ON_EVERY_SYSTEM:
        text = re.sub(
            pattern, f"The text is in /usr/share/common-licenses/{name}.", text, flags=re.DOTALL
        )
    lines = text.replace("\t", "    ").split("\n")
    text = "\n".join(f" {line.rstrip()}" if line.strip() else " ." for line in lines)
    short = licence.expression.split("\n")[0].replace(" ", "-") or "other"
    return (
        f"Files: {licence.files}\n"
        f"Copyright: the authors of {licence.name}\n"
        f"License: {short}-of-{licence.name.replace(' ', '-')}\n{text}\n"
    )


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(copyright_file(shipped_licences()), encoding="utf-8")

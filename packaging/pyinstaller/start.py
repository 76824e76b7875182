"""Where the packaged application begins."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from topicscope.__main__ import main

# On Windows a program without a console has none of the three streams that all else counts on.
for name in ("stdin", "stdout", "stderr"):
    if getattr(sys, name) is None:
        stream = Path(os.devnull).open("r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115 - till the end
        setattr(sys, name, stream)

sys.exit(main())

"""Start Topicscope: the window or a command."""

from __future__ import annotations

import sys

from topicscope.cli.main import run


def main() -> int:
    """Run what the command line asks for and return the exit code."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""``topicscope [URL | FILE]``: the window."""

from __future__ import annotations

import argparse
import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from topicscope.cli.arguments import seconds
from topicscope.cli.connecting import add_connection_options, has_connection_options, target
from topicscope.cli.exit_codes import FAILED, USAGE, CommandFailed
from topicscope.cli.versions import PrintVersions
from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.launch import WindowOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FILE_URL = "file://"
_CAPTURE_SUFFIXES = frozenset((".pcapng", ".pcap", ".cap", ".part"))

_COMMANDS = """\
commands, each with a --help of its own:
  record URL -t FILTER -o FILE   write what a broker sends to a capture file
  read FILE                      print the messages or packets of a capture file
  doctor URL                     find out why a broker cannot be reached
  status URL                     print what a broker tells of itself under $SYS
  convert IN OUT                 connections of another tool, into a file that Topicscope imports
  broker                         run the demo broker with the simulated plant

An address is mqtt:// mqtts:// ws:// wss:// mqtt+unix:// or http(s):// as broker pages print it.
"""


def window(arguments: Sequence[str]) -> int:
    """Open the window and return its exit code once it is closed."""
    options = window_options(_parser().parse_args(arguments))
    # Nothing that is imported becomes garbage; looking for it takes a fifth of the start-up. The window
    # collects by itself once it is painted.
    gc.disable()
    try:
        from topicscope import application
    except ImportError as error:
        raise CommandFailed(
            FAILED,
            f"the window cannot start, because Qt cannot be loaded: {error}. "
            "The README names the system libraries it needs.",
        ) from error
    return application.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope",
        description="A debugger for MQTT, used like Wireshark.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target",
        nargs="?",
        metavar="URL | FILE",
        help="a broker to connect to; a capture, an export of connections or a message to open",
    )
    parser.add_argument("--demo", action="store_true", help="start with the simulated plant")
    parser.add_argument(
        "--subscribe", nargs="+", action="extend", metavar="FILTER", help="Topic Filters; # else"
    )
    parser.add_argument("--version", action=PrintVersions)
    parser.add_argument(
        "--selftest", action="store_true", help="check that this installation has all its parts"
    )
    parser.add_argument("--theme", choices=("light", "dark"), help="the system's unless told")
    parser.add_argument("--size", metavar="WxH", type=_size, help="of the window, in pixels")
    group = parser.add_argument_group("by itself", "for bug reports, help and measuring")
    group.add_argument("--after", metavar="S", type=seconds, help="quit after S seconds")
    group.add_argument("--screenshot", metavar="PNG", type=Path, help="grab the window before")
    group.add_argument("--report", metavar="JSON", type=Path, help="write how fast it was")
    add_connection_options(parser)
    return parser


def window_options(options: argparse.Namespace) -> WindowOptions:
    """Make of the parsed arguments what the window wants to know."""
    if options.after is None and (options.screenshot or options.report):
        raise CommandFailed(USAGE, "--screenshot and --report need --after SECONDS.")
    if options.demo and options.target:
        raise CommandFailed(USAGE, "--demo connects to the demo broker; leave the address out.")
    for topic_filter in options.subscribe or ():
        if problem := topic_filter_problem(topic_filter):
            raise CommandFailed(USAGE, f"--subscribe {topic_filter}: {problem}.")
    profile = file = None
    secrets: Mapping[str, str] = {}
    if options.target and is_file(options.target):
        file = _path(options.target)
        if not file.is_file():
            raise CommandFailed(USAGE, f"There is no file {options.target}.")
    elif options.target:
        profile, secrets = target(options.target, options)
    if profile is None and has_connection_options(options):
        raise CommandFailed(USAGE, "The options of a connection need an address beside them.")
    return WindowOptions(
        profile=profile,
        secrets=secrets,
        file=file,
        demo=options.demo,
        subscribe=tuple(options.subscribe or ()),
        after=options.after,
        screenshot=options.screenshot,
        size=options.size,
        theme=options.theme,
        report=options.report,
    )


def is_file(text: str) -> bool:
    """Tell a file's name from an address."""
    if text.startswith(_FILE_URL):
        return True
    if "://" in text:
        return False
    path = Path(text)
    return path.suffix.lower() in _CAPTURE_SUFFIXES or path.exists()


def _path(text: str) -> Path:
    """Return the path of a file; desktops hand over what was double-clicked as a file: URL."""
    if not text.startswith(_FILE_URL):
        return Path(text)
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(text).path))


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if not match or min(size := (int(match[1]), int(match[2]))) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not like 1280x800")
    return size

"""Make the manual page and the completions of bash, zsh and fish from the parsers of the command line.

python packaging/common/documents.py OUT     in an environment in which Topicscope is installed
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Final, NamedTuple

COMMANDS: Final = ("record", "read", "replay", "run", "doctor", "status", "convert", "broker")

DESCRIPTION: Final = """\
Topicscope shows what goes over an MQTT broker. It captures every Control Packet in both directions, and shows them as a
tree of topics, a table of messages and an inspector, with one language of filters over all.
.PP
Without a command the window opens. A URL is connected to at once, and a capture file (pcapng or pcap) is opened.
Addresses are written mqtt:// mqtts:// ws:// wss:// or mqtt+unix://."""

FILES: Final = """\
.TP
.I ~/.config/topicscope
settings and profiles; passwords are in the key store of the system
.TP
.I ~/.cache/topicscope
captures that do not fit into memory; removed when the window closes
.TP
.I ~/.local/state/topicscope
what was published"""


class Command(NamedTuple):
    """A command with its parser; the window has no name."""

    name: str
    parser: argparse.ArgumentParser

    @property
    def options(self) -> list[argparse.Action]:
        """Actions that begin with a dash and are not hidden."""
        return [
            action
            for action in self.parser._actions  # noqa: SLF001 - argparse offers no other way to read it
            if action.option_strings and action.help is not argparse.SUPPRESS
        ]


def commands() -> list[Command]:
    """Return the window and the commands that this Topicscope has."""
    found = [Command("", importlib.import_module("topicscope.cli.window")._parser())]  # noqa: SLF001
    for name in COMMANDS:
        try:
            module = importlib.import_module(f"topicscope.cli.{name}")
        except ModuleNotFoundError:
            continue
        found.append(Command(name, module._parser()))  # noqa: SLF001
    return found


def manual(version: str, date: str) -> str:
    """Return the manual page, section 1."""
    parts = [
        f'.TH TOPICSCOPE 1 "{date}" "Topicscope {version}" "User Commands"',
        ".SH NAME",
        r"topicscope \- a debugger for MQTT, used like Wireshark",
        ".SH SYNOPSIS",
    ]
    for command in commands():
        parts += [
            ".B topicscope" + (f" {command.name}" if command.name else ""),
            _synopsis(command),
            ".br",
        ]
    parts += [".SH DESCRIPTION", DESCRIPTION, ".SH OPTIONS"]
    for command in commands():
        if command.name:
            parts += [
                f'.SH "TOPICSCOPE {command.name.upper()}"',
                _roff(command.parser.description or ""),
            ]
        for action in command.options:
            parts += [".TP", _option_head(action), _roff(_help(action))]
    parts += [
        ".SH EXIT STATUS",
        "0 done, 1 the thing asked about failed, 2 usage or bad input, 3 no connection.",
        ".SH FILES",
        FILES,
        ".SH SEE ALSO",
        ".BR mosquitto_sub (1),\n.BR wireshark (1)",
    ]
    return "\n".join(parts) + "\n"


def bash() -> str:
    """Return the completion of bash."""
    cases = "\n".join(
        f'        {command.name or "*"}) words="{" ".join(_flags(command))}" ;;'
        for command in [*commands()[1:], commands()[0]]
    )
    names = " ".join(command.name for command in commands()[1:])
    return f"""# Completion of topicscope for bash
_topicscope() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} words
    COMPREPLY=()
    case ${{COMP_WORDS[1]-}} in
{cases}
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W "{names}" -- "$current")
    fi
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$current")
}}
complete -o filenames -F _topicscope topicscope
"""


def zsh() -> str:
    """Return the completion of zsh."""
    names = " ".join(f"'{one.name}:{_plain(one.parser.description)}'" for one in commands()[1:])
    cases = "\n".join(
        f"        {command.name or '*'})\n            _arguments -S "
        + " ".join(_zsh_option(action) for action in command.options)
        + " '*:file:_files' ;;"
        for command in [*commands()[1:], commands()[0]]
    )
    return f"""#compdef topicscope
# Completion of topicscope for zsh
_topicscope() {{
    local -a commands
    commands=({names})
    if (( CURRENT == 2 )) && [[ $words[CURRENT] != -* ]]; then
        _describe command commands
        _files
        return
    fi
    case $words[2] in
{cases}
    esac
}}
_topicscope "$@"
"""


def fish() -> str:
    """Return the completion of fish."""
    names = " ".join(command.name for command in commands()[1:])
    outside = f"not __fish_seen_subcommand_from {names}"
    lines = ["# Completion of topicscope for fish"]
    for command in commands():
        where = f"__fish_seen_subcommand_from {command.name}" if command.name else outside
        begin = "complete -c topicscope -n"
        if command.name:
            lines.append(
                f"{begin} '{outside}' -a {command.name} -d '{_plain(command.parser.description)}'"
            )
        for action in command.options:
            flags = " ".join(
                f"-l {one[2:]}" if one.startswith("--") else f"-s {one[1:]}"
                for one in _strings(action)
            )
            value = "" if action.nargs == 0 else " -r"
            lines.append(f"{begin} '{where}' {flags}{value} -d '{_plain(_help(action))}'")
    return "\n".join(lines) + "\n"


def _strings(action: argparse.Action) -> list[str]:
    return list(action.option_strings)


def _flags(command: Command) -> list[str]:
    return [flag for action in command.options for flag in action.option_strings]


def _synopsis(command: Command) -> str:
    words = []
    for action in command.parser._actions:  # noqa: SLF001
        if action.option_strings:
            continue
        name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        words.append(f"[{name}]" if action.nargs == "?" else name)
    return _roff(" ".join(["[OPTION]...", *words]))


def _option_head(action: argparse.Action) -> str:
    flags = ", ".join(rf"\fB{_roff(flag)}\fR" for flag in action.option_strings)
    if action.nargs == 0:
        return flags
    value = action.metavar or (
        "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    )
    return rf"{flags} \fI{_roff(value if isinstance(value, str) else ' '.join(value))}\fR"


def _help(action: argparse.Action) -> str:
    text = (action.help or "").replace("%%", "%")
    return text.replace("%(default)s", str(action.default))


def _roff(text: str) -> str:
    text = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return text if text and not text.startswith((".", "'")) else rf"\&{text}"


def _plain(text: str | None) -> str:
    """Return a text without what the shells would read."""
    kept = " ".join((text or "").split()).split(". ")[0].rstrip(".")
    return "".join(character for character in kept if character not in "'\"`$\\[]:")


def _zsh_option(action: argparse.Action) -> str:
    flags = action.option_strings
    text = _plain(_help(action))
    value = "" if action.nargs == 0 else ":value:_files"
    if action.nargs != 0 and action.choices:
        value = f":value:({' '.join(map(str, action.choices))})"
    return " ".join(f"'*{flag}[{text}]{value}'" for flag in flags)


def write_all(out: Path, version: str, date: str) -> None:
    """Write all four files into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("topicscope.1", manual(version, date)),
        ("topicscope.bash", bash()),
        ("_topicscope", zsh()),
        ("topicscope.fish", fish()),
    ):
        (out / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import topicscope

    write_all(Path(sys.argv[1]), topicscope.__version__, sys.argv[2] if len(sys.argv) > 2 else "")

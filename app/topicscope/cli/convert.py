"""``topicscope convert``: connections of any tool into one file of ours, or a capture into a recording."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.cli.exit_codes import DONE, FAILED, USAGE, CommandFailed
from topicscope.cli.words import counted, say
from topicscope.profiles.files import write_atomically
from topicscope.profiles.importers.imported import Imported, ImportedProfile, ImportFailed
from topicscope.profiles.importers.own import export_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

_CAPTURES = (
    b"\x0a\x0d\x0d\x0a",  # pcapng
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
)


def convert(arguments: Sequence[str]) -> int:
    """Convert a file; what there is to know about each connection goes to standard error."""
    options = _parser().parse_args(arguments[1:])
    _require_free(options)
    if _is_capture(options.input):
        return _convert_capture(options)
    from topicscope.profiles.importers.importing import import_file

    try:
        imported = import_file(options.input)
    except ImportFailed as failure:
        name = options.input.name
        raise CommandFailed(
            USAGE, f"{options.input}: {_after_name(str(failure), name)}."
        ) from failure
    if not imported.profiles:
        words = " ".join(imported.problems + imported.notes) or "there is no connection in it."
        raise CommandFailed(USAGE, f"{options.input}: {words}")
    profiles = [_with_files(one, options.files) for one in imported.profiles]
    write_atomically(options.output, export_profiles(one.profile for one in profiles))
    if options.json:
        print(msgspec.json.encode(_report(options, imported, profiles)).decode())
    else:
        _tell(options.output, imported, profiles)
    return FAILED if imported.problems else DONE


def _require_free(options: argparse.Namespace) -> None:
    """Refuse to write over a file, and over the one that is read even when forced."""
    if not options.output.exists():
        return
    if options.input.exists() and options.output.samefile(options.input):
        raise CommandFailed(USAGE, f"{options.output} is the file that is read.")
    if not options.force:
        raise CommandFailed(USAGE, f"{options.output} is there already; --force writes over it.")


def _is_capture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _CAPTURES
    except OSError:
        return False


def _convert_capture(options: argparse.Namespace) -> int:
    """Copy the MQTT in a capture file into a recording: both are pcapng, everything else stays behind."""
    from topicscope.capture.loading import load_recording
    from topicscope.capture.recording import Recorder, RecordingError

    try:
        recorder = Recorder(options.output)
        try:
            loaded = load_recording(options.input, recorder.write)
        except RecordingError:
            recorder.discard()
            raise
        recorder.close()
    except RecordingError as error:
        raise CommandFailed(USAGE, str(error)) from error
    if options.json:
        report = {
            "input": str(options.input),
            "output": str(options.output),
            "messages": recorder.messages,
            "connections": loaded.connections,
            "problems": loaded.problems,
        }
        print(msgspec.json.encode(report).decode())
    else:
        for problem in loaded.problems:
            say(problem)
        found = f"{counted(recorder.messages, 'message')} of {counted(loaded.connections, 'connection')}"
        say(f"{options.output}: {found}. Only MQTT was copied; passwords in it are masked.")
    return FAILED if loaded.problems else DONE


def _with_files(imported: ImportedProfile, folder: Path | None) -> ImportedProfile:
    from topicscope.profiles.importers.embedded import with_files

    return with_files(imported, folder) if folder else imported


def _tell(output: Path, imported: Imported, profiles: Sequence[ImportedProfile]) -> None:
    for one in profiles:
        say(f"{one.profile.name}: {', '.join(one.taken)}")
        if one.ignored:
            say(f"  not taken: {', '.join(one.ignored)}")
        if one.secrets:
            say("  secrets are not in the file: give them when connecting")
        if one.files:
            say(
                f"  {counted(len(one.files), 'certificate file')} not written: choose a folder with --files"
            )
        for sentence in one.check:
            say(f"  look at: {sentence}")
    for sentence in imported.problems + imported.notes:
        say(sentence)
    say(f"{output}: {counted(len(profiles), 'connection')} of {imported.tool}.")


def _report(
    options: argparse.Namespace, imported: Imported, profiles: Sequence[ImportedProfile]
) -> dict[str, Any]:
    return {
        "input": str(options.input),
        "output": str(options.output),
        "tool": imported.tool,
        "profiles": [
            {
                "name": one.profile.name,
                "url": one.profile.url,
                "taken": one.taken,
                "ignored": one.ignored,
                "check": one.check,
                "secrets_left_out": list(one.secrets),
                "files_left_out": [file.name for file in one.files],
            }
            for one in profiles
        ],
        "problems": imported.problems,
        "notes": imported.notes,
    }


def _after_name(text: str, name: str) -> str:
    """Return a reason without the file's name, which stands before it already."""
    return text.removeprefix(f"{name}: ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope convert",
        description="Write the connections of another tool into a file that Topicscope imports, without secrets. "
        "Reads settings.json of MQTT Explorer, JSON exports and MQTTX.db of MQTTX, mqttfx-config.xml, "
        "mqtt-spy-configuration.xml, options of mosquitto_sub, mosquitto_pub and mosquitto_rr, and files of our "
        "own. A capture file becomes a recording.",
        epilog="Exit codes: 0 done, 1 some connections could not be read, 2 none could.",
    )
    parser.add_argument("input", type=Path, metavar="IN", help="what is read")
    parser.add_argument("output", type=Path, metavar="OUT", help="what is written")
    parser.add_argument(
        "--files",
        type=Path,
        metavar="FOLDER",
        help="write certificates and keys that stand in IN there, for you alone",
    )
    parser.add_argument("--force", action="store_true", help="write over OUT")
    parser.add_argument("--json", action="store_true", help="a report on standard output")
    return parser

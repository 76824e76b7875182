"""Option files and command lines of ``mosquitto_sub``, ``mosquitto_pub`` and ``mosquitto_rr``.

An option file has an option per line, and all behind it up to the end of the line is its value; a
line that begins with ``#`` is a comment. A command line is read as a shell would, without running
anything of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from topicscope.profiles.importers.draft import Draft
from topicscope.profiles.importers.imported import (
    Imported,
    ImportedProfile,
    ImportFailed,
    read_each,
)
from topicscope.profiles.importers.json_fields import put_subscriptions
from topicscope.profiles.importers.mosquitto_fields import (
    VERSIONS,
    put_address,
    put_session,
    put_tls,
    put_will,
)
from topicscope.profiles.importers.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL = "Mosquitto"

_PROGRAM = re.compile(r"(?:^|.*?[/\\\s])(mosquitto_(?:sub|pub|rr))(?:\.exe)?", re.IGNORECASE)
_LONGEST_COMMAND = 100_000
_END_OF_COMMAND = {"|", "||", ";", "&", "&&", ">", ">>", "<", "2>", "2>&1"}

_LONG_NAMES = {
    "-A": "--bind",
    "-c": "--disable-clean-session",
    "-D": "--property",
    "-e": "--response-topic",
    "-f": "--file",
    "-h": "--host",
    "-i": "--id",
    "-I": "--id-prefix",
    "-k": "--keepalive",
    "-L": "--url",
    "-m": "--message",
    "-M": "--max-inflight",
    "-n": "--null-message",
    "-p": "--port",
    "-P": "--pw",
    "-q": "--qos",
    "-r": "--retain",
    "-s": "--stdin-file",
    "-l": "--stdin-line",
    "-t": "--topic",
    "-u": "--username",
    "-V": "--protocol-version",
    "-x": "--session-expiry-interval",
}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WITH_VALUE = _names(
    """
    --bind --response-topic --file --host --id --id-prefix --keepalive --url --message --max-inflight --port
    --pw --qos --topic --username --protocol-version --session-expiry-interval --unix --proxy --cafile --capath
    --cert --key --keyform --ciphers --tls-version --tls-alpn --tls-engine --tls-engine-kpass-sha1 --tls-keylog
    --psk --psk-identity --will-topic --will-payload --will-qos --unsubscribe --filter-out --repeat
    --repeat-delay --random-filter --property -C -F -T -U -W -o
    """
)
_FLAGS = _names(
    """
    --disable-clean-session --insecure --tls-use-os-certs --will-retain --nodelay --retain --null-message
    --stdin-file --stdin-line --debug --quiet --pretty --retain-as-published --retained-only
    --remove-retained --no-tls --watch --help --version -d -E -N -R -S -v
    """
)
_OF_OUTPUT = _names(
    """
    --debug --quiet --pretty --nodelay --retained-only --max-inflight --help --version --watch
    -d -E -N -R -S -v -F -C -W -o
    """
)
_OF_MESSAGES = _names(
    """
    --message --file --null-message --stdin-file --stdin-line --retain --repeat --repeat-delay
    """
)


@dataclass(slots=True)
class Options:
    """One set of options: the last value of each, topics and properties all of them."""

    program: str
    place: str
    values: dict[str, object] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    properties: list[list[str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def add(self, name: str, value: list[str]) -> None:
        """Take in one option."""
        text = " ".join(value)
        if name == "--property":
            self.properties.append(value)
        elif name == "--topic":
            self.topics.append(text)
        elif name in _WITH_VALUE:
            self.values[name] = text
        elif name in _FLAGS:
            self.values[name] = True
        else:
            self.unknown.append(name)

    @property
    def publishes(self) -> bool:
        """Whether its topic is one to publish on."""
        return self.program in {"mosquitto_pub", "mosquitto_rr"} or any(
            name in self.values for name in _OF_MESSAGES
        )


def is_options(text: str) -> bool:
    """Tell whether the first line that says something is an option or such a command."""
    for line in text.splitlines()[:1000]:
        line = line.strip()  # noqa: PLW2901
        if line and not line.startswith("#"):
            return bool(re.match(r"--?[A-Za-z][A-Za-z0-9-]*(\s|$)", line) or _PROGRAM.match(line))
    return False


def read_options(text: str, file_name: str) -> Imported:
    """Read an option file, or each of the commands in a script."""
    name = "" if file_name.startswith("mosquitto_") else file_name.rpartition(".")[0] or file_name
    commands = list(_commands(text))
    if commands:
        profiles, problems = read_each(
            partial(_read_command, place, match, name) for place, match in commands
        )
    else:
        profiles, problems = read_each([partial(_read_file, text, file_name, name)])
    return Imported(TOOL, profiles, problems)


def _read_file(text: str, file_name: str, name: str) -> Iterator[ImportedProfile]:
    return _read(_option_file(text, file_name), name)


def _read_command(place: str, match: re.Match[str], name: str) -> Iterator[ImportedProfile]:
    options = Options(match[1].lower(), place)
    try:
        words = shlex.split(match.string[match.end() :], comments=True)
    except ValueError as error:
        raise ImportFailed(place, f"is no command line: {error}") from error
    _add_words(options, words)
    return _read(options, name)


def _option_file(text: str, file_name: str) -> Options:
    match = _PROGRAM.match(file_name)
    options = Options(match[1].lower() if match else "", "")
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 1)
        if not words or line.startswith("#"):
            continue
        option = words[0]
        if not option.startswith("-"):
            raise ImportFailed(f"line {number}", "an option begins with “-”")
        name = _LONG_NAMES.get(option, option)
        value = words[1:]
        if name in _WITH_VALUE and not value:
            raise ImportFailed(f"line {number}", f"{option[:40]} needs a value behind it")
        if name == "--property":
            value = _split_property(value[0])
        options.add(name, value)
    return options


def _commands(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Find the lines that call one of the programs, each with its place."""
    number = 1
    for line in re.split(r"(?<!\\)\r?\n", text):
        place = f"line {number}"
        number += line.count("\n") + 1
        if line.lstrip().startswith(("#", "-")) or len(line) > _LONGEST_COMMAND:
            continue
        if match := _PROGRAM.match(re.sub(r"\\\r?\n", " ", line)):
            yield place, match


def _add_words(options: Options, words: list[str]) -> None:
    waiting = words[::-1]
    while waiting:
        word = waiting.pop()
        if word in _END_OF_COMMAND:
            return
        name = _LONG_NAMES.get(word, word)
        count = 0
        if name == "--property":
            count = 4 if waiting[-2:-1] == ["user-property"] else 3
        elif name in _WITH_VALUE:
            count = 1
        if len(waiting) < count:
            raise ImportFailed(options.place, f"{word[:40]} needs a value behind it")
        options.add(name, [waiting.pop() for _ in range(count)])


def _split_property(text: str) -> list[str]:
    words = text.split(None, 2)
    if len(words) == 3 and words[1] == "user-property":
        return [*words[:2], *words[2].split(None, 1)]
    return words


def _read(options: Options, name: str) -> Iterator[ImportedProfile]:
    draft = Draft(TOOL, options.place)
    draft.put(name=name)
    record = Record(options.values, options.place, draft.notes)
    url_topic = put_address(draft, record)
    put_tls(draft, record)
    is_five = options.program == "mosquitto_rr" or bool(options.properties)
    version = record.text("--protocol-version").strip().lower()
    if version and version not in VERSIONS:
        draft.notes.check.append("The version of MQTT is not known; 3.1.1 is used.")
    draft.put(
        protocol_version=5 if options.properties else VERSIONS.get(version, 5 if is_five else 4)
    )
    put_session(draft, record, options.properties)
    put_will(draft, record, options.properties)
    _put_topics(draft, record, options, url_topic)
    record.skip(*_OF_OUTPUT)
    record.note_the_rest()
    draft.notes.ignored += [f"“{one[:60]}”" for one in dict.fromkeys(options.unknown[:20])]
    yield draft.finish()


def _put_topics(draft: Draft, record: Record, options: Options, url_topic: str) -> None:
    topics = [*options.topics, *([url_topic] if url_topic else [])]
    if options.publishes:
        if topics:
            draft.notes.ignored.append("the topic of the message")
        record.leave("the message", *_OF_MESSAGES)
        record.skip("--qos", "--response-topic")
        return
    qos = record.number("--qos", 0, 2) or 0
    records = [
        Record({"topic": topic, "qos": qos}, f"topic {number}", draft.notes)
        for number, topic in enumerate(topics, 1)
    ]
    put_subscriptions(draft, records)
    record.leave("topics left out of the output", "-T", "--filter-out")
    record.leave("topics to unsubscribe from", "-U", "--unsubscribe")

"""``topicscope broker``: the embedded demo broker, with the simulated plant."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from functools import partial
from typing import TYPE_CHECKING

from topicscope.cli.exit_codes import DONE, FAILED, CommandFailed
from topicscope.cli.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.demo import Broker


def broker(arguments: Sequence[str]) -> int:
    """Run the demo broker until Ctrl-C."""
    options = _parser().parse_args(arguments[1:])
    from topicscope.demo import serve

    signal.signal(signal.SIGTERM, _as_ctrl_c)
    announce = partial(_announce, as_json=options.json)
    running = serve(options.port, options.websocket_port, plant=options.plant, on_ready=announce)
    try:
        asyncio.run(running)
    except KeyboardInterrupt:
        return DONE
    except OSError as error:
        raise CommandFailed(FAILED, f"{error.strerror or error}.") from error
    return DONE


def _as_ctrl_c(_number: int, _frame: object) -> None:
    # Not by way of SIGINT, which a shell has told a program in the background to ignore.
    raise KeyboardInterrupt


def _announce(running: Broker, *, as_json: bool) -> None:
    if as_json:
        ports = {"port": running.port, "websocket_port": running.websocket_port}
        print(json.dumps(ports), flush=True)
    addresses = f"mqtt://localhost:{running.port}"
    if running.websocket_port is not None:
        addresses += f" and ws://localhost:{running.websocket_port}/mqtt"
    say(f"The demo broker listens on {addresses}; Ctrl-C ends it.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope broker",
        description="Run the demo broker on this machine, with a simulated plant as its devices.",
    )
    parser.add_argument("--port", type=_port, default=1883, help="1883 unless told; 0 for any free")
    parser.add_argument(
        "--websocket-port", type=_port, metavar="PORT", help="listen for WebSocket too"
    )
    parser.add_argument(
        "--no-plant", dest="plant", action="store_false", help="without the simulated plant"
    )
    parser.add_argument("--json", action="store_true", help="print the ports as a JSON document")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port")
    return int(text)

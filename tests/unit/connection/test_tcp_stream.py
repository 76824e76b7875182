"""The lowest stream: a socket that keeps nobody waiting."""

from __future__ import annotations

import select
import socket

import pytest

from topicscope.connection.transports.tcp import SocketStream


def is_readable(stream: SocketStream) -> bool:
    return bool(select.select([stream], [], [], 5)[0])


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="Linux alone has it")
def test_that_what_comes_is_acknowledged_at_once_in_a_conversation_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    stream = SocketStream(ours)
    with theirs:
        for _ in range(8):
            # The system takes turns for a conversation, and would wait for our next word.
            stream.send(memoryview(b"ask"))
            theirs.recv(8)
            theirs.send(b"answer")
            assert is_readable(stream)
            assert stream.receive() == b"answer"
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) == 1
    stream.close()

"""Answers leave when they are written."""

import socket

from app.server import sockets


def test_connections_to_a_listening_socket_send_at_once() -> None:
    with socket.socket() as listening, socket.socket() as client:
        assert listening.proto == 0, "as Streamlit makes it: asyncio would leave the delay on"
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        sockets.answer_at_once()
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0

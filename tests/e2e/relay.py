"""Stands between one caller and a service that others use: for that caller it can go away."""

import contextlib
import socket
import socketserver
import threading
from typing import Self

_CHUNK_BYTES = 65536
_POLL_S = 0.05


class Relay:
    """Passes on what comes to a port of its own; a context manager."""

    def __init__(self, port: int) -> None:
        """Take the port of the service on this machine."""
        connections = self._connections = set[socket.socket]()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", port)) as service:
                    connections.update((self.request, service))
                    back = threading.Thread(target=_pass_on, args=(service, self.request))
                    back.start()
                    _pass_on(self.request, service)
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Be gone: connections are cut, and new ones refused."""
        self._server.shutdown()
        self._thread.join()
        for connection in self._connections:
            _shut(connection)
        self._server.server_close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(_CHUNK_BYTES):
            target.sendall(content)
    _shut(target)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

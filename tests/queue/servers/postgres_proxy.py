"""A network between a storage and its server, which a test can cut, slow down, or let swallow what is sent.

storage ──> a socket in a folder ──> this thread ──> the socket of the server
"""

import contextlib
import select
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

NAME = ".s.PGSQL.5432"


class Proxy:
    """Passes bytes on, while it runs. `url` leads through it."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self._server = str(server / NAME)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / NAME))
        self._door.listen(64)
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._ends = False
        self.swallows = False  # bytes go nowhere, and nobody is told
        self.swallows_answers = False  # only those of the server
        self.refuses = False  # new connections are closed at once
        self.slow = 0.0  # seconds that each piece is late
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._ends = True
        self._thread.join()
        self.cut()
        self._door.close()

    def cut(self) -> None:
        """Close all connections."""
        for one in list(self._pairs):
            self._close(one)

    def _close(self, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        for each in (one, other):
            if each is not None:
                self._pairs.pop(each, None)
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _run(self) -> None:
        clients: set[socket.socket] = set()
        while not self._ends:
            pairs = dict(self._pairs)
            with contextlib.suppress(OSError, ValueError):  # the test has cut one meanwhile
                ready, _, _ = select.select([self._door, *pairs], [], [], 0.02)
                for one in ready:
                    if one is self._door:
                        clients.add(self._accept())
                    elif one in self._pairs:
                        self._pass_on(one, one in clients)

    def _accept(self) -> socket.socket:
        client, _ = self._door.accept()
        if self.refuses:
            client.close()
            return client
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        self._pairs[client], self._pairs[server] = server, client
        return client

    def _pass_on(self, one: socket.socket, asks: bool) -> None:
        try:
            sent = one.recv(65536)
            if not sent:
                self._close(one)
            elif not self.swallows and not (self.swallows_answers and not asks):
                time.sleep(self.slow)
                self._pairs[one].sendall(sent)
        except (OSError, KeyError):
            self._close(one)

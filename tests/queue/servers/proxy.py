"""A network that fails when a test says so: it stands between a storage and its server.

    storage ──> a socket in a folder ──> two threads for each connection ──> the socket of the server

cut()      ends all connections; `refuses` ends new ones at once
hold()     bytes of the server stay here until flow(), as in a network that is half open: its replies are late
swallows   bytes go nowhere, and nobody is told; `swallows_answers`: only those of the server
slow       seconds that each piece is late
cut_at()   cuts all at a certain piece of a client: the server has not seen it, or has seen it and cannot answer
"""

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class Proxy:
    """Passes on what comes to the socket `own`, which `url` leads to."""

    def __init__(self, server: Path, own: Path, url: str) -> None:
        self._server = str(server)
        self.url = url
        self.refuses = self.swallows = self.swallows_answers = False
        self.slow = 0.0
        self.was_cut = False  # since the last cut_at()
        self._pieces: Iterator[int] = iter(())
        self._at, self._is_seen = 0, False
        self._flows = threading.Event()  # what the server says is passed on
        self._flows.set()
        self._open: list[socket.socket] = []  # appended to by one thread; closing one twice is harmless
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(own))
        self._door.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Keep the server's replies back from now on."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass them on again, also those that were kept back."""
        self._flows.set()

    def cut(self) -> None:
        """End all connections. What was held back is lost."""
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def cut_at(self, piece: int, is_seen: bool) -> None:
        """Cut all when so many pieces have come from clients. If `is_seen`, the server still gets the last of them."""
        self.was_cut, self._at, self._is_seen = False, piece, is_seen
        self._pieces = itertools.count(1)

    def close(self) -> None:
        """End everything."""
        self.refuses = True
        self.cut()
        self.flow()
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                if self._door.fileno() < 0:
                    return
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                if self.refuses:
                    raise ConnectionRefusedError
                server.connect(self._server)
            except OSError:
                client.close()
                server.close()
                continue
            self._open += [client, server]
            for source, target, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, target, answers), daemon=True).start()

    def _cut_here(self, server: socket.socket, part: bytes) -> None:
        self.swallows_answers = True
        if self._is_seen:
            server.sendall(part)
        self.cut()
        self.swallows_answers = False
        self.was_cut = True

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if answers:
                    self._flows.wait()
                elif next(self._pieces, 0) == self._at > 0:
                    self._cut_here(target, part)
                    continue
                if not (self.swallows or (answers and self.swallows_answers)):
                    time.sleep(self.slow)
                    target.sendall(part)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()  # the other thread closes the other one

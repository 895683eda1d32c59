"""A network that fails when a test says so: it stands between a storage and its server.

    storage ──> a socket in a folder ──> two threads for each connection ──> the socket of the server

cut()      ends all connections; `refuses` ends new ones at once
hold()     bytes of the server stay here until flow(), as in a network that is half open: its replies are late
swallows   bytes go nowhere, and nobody is told; `swallows_answers`: only those of the server
slow       seconds that each piece is late
"""

import contextlib
import socket
import threading
import time
from pathlib import Path


class Proxy:
    """Passes on what comes to the socket `own`, which `url` leads to."""

    def __init__(self, server: Path, own: Path, url: str) -> None:
        self._server = str(server)
        self.url = url
        self.refuses = self.swallows = self.swallows_answers = False
        self.slow = 0.0
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
                if self.refuses:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
            except OSError:
                if self._door.fileno() < 0:
                    return
                client.close()
                continue
            self._open += [client, server]
            for source, target, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, target, answers), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if answers:
                    self._flows.wait()
                if not (self.swallows or (answers and self.swallows_answers)):
                    time.sleep(self.slow)
                    target.sendall(part)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()  # the other thread closes the other one

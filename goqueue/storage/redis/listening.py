"""The thread that hears what other processes do, so that nobody looks again and again.

    a job is added         ──> one process that found nothing is told; it says whether a worker of it is free,
                               and if none is, the next process is told
    a job is added with a delay, which is due before all others  ──> all are told, and look when to wake
    a job ends that a process waits for, or is cancelled while it runs there  ──> that process is told

A message may be lost, with its connection; so everybody also looks by himself every `poll` seconds.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from ...errors import StorageError
from .server import Server, redis

Tell = Callable[[str, str], bool]
SHORT, LONG = 0.05, 2.0  # seconds between two tries to connect: at most, the first and the longest
LOOK = 60.0  # seconds after which it looks whether it is still wanted, though the server has not called


class Listener:
    """The thread of one storage. It ends by itself when nobody listens any more."""

    def __init__(self, server: Server, process: str) -> None:
        self._server = server
        self._process = process
        self._lock = threading.Lock()  # guards the next two; nothing else is done while it is held
        self._tells: list[Tell] = []
        self._thread: threading.Thread | None = None

    def add(self, tell: Tell) -> Callable[[], None]:
        """Have `tell` called for each message. Call what this returns to end it."""
        with self._lock:
            self._tells.append(tell)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="redis-listener", daemon=True)
                self._thread.start()
        return lambda: self.drop(tell)

    def drop(self, tell: Tell | None = None) -> None:
        """Call `tell` no more, or nobody."""
        with self._lock:
            self._tells = [each for each in self._tells if tell is not None and each is not tell]
            over = not self._tells and self._thread is not None
        if over and not self._server.closed:
            with contextlib.suppress(StorageError), self._server.patience(0.2):  # otherwise the server is away
                self._server.ask("PUBLISH", self._own_channel, "over", twice=True)  # so that the thread looks

    @property
    def _own_channel(self) -> str:
        return f"{self._server.prefix}to:{self._process}"

    def _run(self) -> None:
        pause = SHORT
        while self._goes_on():
            try:
                self._listen()
                pause = SHORT
            except (redis.exceptions.RedisError, OSError, ValueError):  # ValueError: its socket was closed
                time.sleep(random.uniform(0.0, pause))
                pause = min(2 * pause, LONG)
            except AttributeError:  # what redis-py reads from is gone, because another thread has closed the storage
                if not self._server.closed:
                    raise

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._tells or self._server.closed:
                self._thread = None
            return self._thread is not None

    def _listen(self) -> None:
        """Hear until the connection is lost, or nobody listens any more."""
        heard = redis.Redis(connection_pool=self._server.pool).pubsub()
        try:
            heard.subscribe(f"{self._server.prefix}later", self._own_channel)
            while self._tells:
                message = heard.get_message(timeout=LOOK)
                if message is not None:
                    self._take(message)
        finally:
            heard.close()

    def _take(self, message: dict[str, Any]) -> None:
        own = message["channel"] == self._own_channel.encode()
        if message["type"] == "subscribe":  # from now on, the server calls: look for what came while nobody heard
            for what in ("added", "ended") if own else ("later",):
                self._tell(what, "")
            return
        if not own:
            self._tell("later", "")
            return
        what, _, about = message["data"].decode().partition(" ")
        free = self._tell(what, about)
        if what == "added" and not free:
            with contextlib.suppress(StorageError):  # others look by themselves
                self._server.run("pass_on", about, twice=True)

    def _tell(self, what: str, about: str) -> bool:
        """Tell all, or, of a job that was added, the first that has a worker free."""
        return any(tell(what, about) for tell in list(self._tells))

"""The server: its connections, the scripts that it runs, and its errors under goqueue's names.

    call ──> connect, again and again until the caller's patience ends ──> StorageUnreachable: nothing was sent
                └──> send ──> reply
                       └──> no reply ──> StorageInDoubt: it may have been done, and nobody can tell

What only reads, or changes nothing when it is done twice, is sent again instead of being in doubt. Callers that wait
for one server pause at random (full jitter), so that they do not all come at once when it is back.
"""

import functools
import math
import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ...errors import StorageCorrupt, StorageError, StorageFull, StorageInDoubt, StorageUnreachable
from ..opened import check_process, closed
from ..patience import Patience

try:
    import redis as redis  # listening.py takes it from here
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as err:
    raise ImportError("a storage in Redis needs the library redis-py: pip install 'goqueue[redis]'") from err

SHORT, LONG = 0.05, 1.0  # seconds: a pause before the next try to connect is at most so long, at first and at last
SCRIPTS = Path(__file__).parent / "lua"
# They did not run, and will when the server has loaded its data, has a master, or has ended another script.
LATER = ("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS")
_REMEDIES: dict[str, tuple[type[StorageError], str]] = {
    "OOM": (StorageFull, "its memory is full: raise maxmemory, or let it forget more (Retention)"),
    "MISCONF": (StorageFull, "it cannot write to its disk: make room there"),
    "WRONGPASS": (StorageError, "it refuses the password: put the right one into the URL"),
    "NOAUTH": (StorageError, "it wants a password: put it into the URL"),
    "NOPERM": (StorageError, "this user may not do that: let it run scripts, and write the keys of the queue"),
    "WRONGTYPE": (StorageCorrupt, "another program uses these keys: give the queue another name"),
}


@functools.cache
def script(name: str) -> str:
    """Return the text of a script: its first line, what all have in common, and the rest."""
    own, *common = ((SCRIPTS / f"{each}.lua").read_text(encoding="utf-8") for each in (name, "keys", "calls", "jobs"))
    first, _, rest = own.partition("\n")
    return "\n".join((first, *common, rest))


def shown(url: str) -> str:
    """Return a URL without its user and password.

    >>> shown("redis://me:secret@queue.example:6379/0")
    'redis://queue.example:6379/0'
    """
    scheme, found, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{found}{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


class Server:
    """One server, or the node of a cluster that has the queue's keys. Any thread may call it."""

    def __init__(self, url: str, prefix: str, timeout: float, clock: Callable[[], float] | None) -> None:
        self.where = shown(url)
        self.prefix = prefix
        self._url = url.replace("valkey://", "redis://", 1).replace("valkeys://", "rediss://", 1)
        self._timeout = timeout
        self._clock = clock
        self._pid = os.getpid()
        self._patience = Patience()
        self._digests: dict[str, str] = {}  # of the scripts that were loaded once; written without a lock
        self.closed = False
        self.pool = self._new_pool()

    def _new_pool(self, host: str | None = None, port: int | None = None) -> Any:
        """Return new connections, to the server that the URL names, or to another node of its cluster."""
        quiet = {"retry": Retry(NoBackoff(), 0), "protocol": 2, "client_name": "goqueue"}
        limits = {"socket_timeout": self._timeout, "socket_connect_timeout": self._timeout}
        try:
            pool = redis.ConnectionPool.from_url(self._url, **quiet, **limits)
        except ValueError as err:
            raise ValueError(f"url is {self.where!r}: {err}; such as 'redis://localhost:6379/0'") from None
        self._moved = host is not None
        if host is not None:
            if pool.connection_kwargs.pop("path", None) is not None:
                pool.connection_class = redis.Connection  # the other node has no socket here
            pool.connection_kwargs.update(host=host, port=port)
        return pool

    def patience(self, seconds: float | None) -> AbstractContextManager[None]:
        """Let the calls of this thread in the `with` block wait for at most so long; None means as long as usual."""
        return self._patience.of(seconds)

    def run(self, name: str, *arguments: object, twice: bool = False, at: str = "") -> Any:
        """Run a script and return its reply. `twice` says that it does no harm if it runs twice.

        It works on the keys of the queue, or on those beside it whose names begin with `at`.
        """
        moment = "" if self._clock is None else repr(self._clock())
        rest = (1, self.prefix + at, moment, *arguments)
        while True:
            try:
                return self.ask("EVALSHA", self._digest(name), *rest, twice=twice)
            except redis.exceptions.NoScriptError:  # the server has lost its scripts
                self._digests.pop(name, None)

    def _digest(self, name: str) -> str:
        found = self._digests.get(name)
        if found is None:
            found = self._digests[name] = self.ask("SCRIPT", "LOAD", script(name), twice=True).decode()
        return found

    def ask(self, *command: object, twice: bool = False) -> Any:
        """Send a command and return the reply. Raises StorageError or a subclass, or NoScriptError."""
        self.check_usable()
        now = time.monotonic()
        until = min(now + self._timeout, self._patience.until or math.inf)
        pause = SHORT
        while True:
            sent = False
            try:
                connection = self.pool.get_connection()
                sent = True
                return self._exchange(connection, command, until)
            except (redis.exceptions.RedisError, OSError) as err:
                error = self._named(err, sent and not twice)
                if error is None:
                    continue  # the cluster has another node for it
                left = until - time.monotonic()
                if not isinstance(error, StorageUnreachable) or left <= 0.0:
                    raise error from err
            time.sleep(min(left, random.uniform(0.0, pause)))
            pause = min(2 * pause, LONG)

    def _exchange(self, connection: Any, command: tuple[object, ...], until: float) -> Any:
        left = max(0.01, until - time.monotonic())
        try:
            connection.send_command(*command)
            return connection.read_response(timeout=left) if left < self._timeout / 2 else connection.read_response()
        except redis.exceptions.ResponseError:
            raise
        except BaseException:  # an interrupt too: the reply would be taken for that of the next command
            connection.disconnect()
            raise
        finally:
            self.pool.release(connection)

    def _named(self, err: Exception, doubt: bool) -> StorageError | None:
        """Return an error as goqueue's, or None if the call is to be made again at once. Raises NoScriptError."""
        code = getattr(err, "status_code", None) or str(err).partition(" ")[0]
        if isinstance(err, redis.exceptions.NoScriptError):
            raise err
        if isinstance(err, redis.exceptions.MovedError):
            self.pool = self._new_pool(err.host, err.port)
            return None
        if code in LATER:
            return StorageUnreachable(f"{self.where}: it serves nobody at the moment: try again ({err})")
        if code in _REMEDIES:
            kind, remedy = _REMEDIES[code]
            return kind(f"{self.where}: {remedy} ({err})")
        if isinstance(err, redis.exceptions.ResponseError):
            return StorageError(f"{self.where}: it failed ({err})")
        if self._moved:
            self.pool = self._new_pool()  # that node may have been replaced: ask the first one where the keys are
        if doubt:
            return StorageInDoubt(
                f"{self.where}: the connection was lost before the reply came, so this was done or not: look, or "
                f"submit it with a unique key, which may be done twice ({err})"
            )
        return StorageUnreachable(f"{self.where}: it cannot be reached: start it, or check the URL ({err})")

    def check_process(self) -> None:
        """Raise StorageError in the child of a fork."""
        check_process(self._pid, self.where, "RedisStorage")

    def check_usable(self) -> None:
        """Raise StorageError if this is used after a fork, or after its close."""
        self.check_process()
        if self.closed:
            raise closed(self.where)

    def close(self) -> None:
        """Close the connections."""
        self.closed = True
        self.pool.disconnect()

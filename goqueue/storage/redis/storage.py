"""Jobs in Redis or Valkey: the protocol, made of the parts beside this file.

    appendfsync   submit_job returns when             a crash of the server, or a power cut, loses
    always        the job is on the server's disk     nothing
    everysec      it is in the server's memory        about the last second
    no, off       it is in the server's memory        what the system had not written; all since the last snapshot

What the server promises is what the queue promises: see promise.py. A replica that is promoted has not got what the
master had not sent yet: submissions and ends of that moment are lost, and a job that was claimed then may run twice at
the same time. A job runs at least once, and not twice at the same time while its process is not suspended for longer
than its lease (leases.py). All moments are of the server's clock.
"""

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from ...errors import StorageError, StorageTooNew
from ...job import Job, Record, id_of
from ...limits import Limit
from ...names import shown
from ...retry import check_attempts, check_seconds
from ...wake_up import nothing
from ..copying import Contents, Kept
from ..protocol import Added, Retention, Settled, check_retention
from . import copying, promise
from .leases import Leases
from .listening import Listener, Tell
from .looking import PAGE, Looking
from .rows import arguments_of, decoded, key_text
from .server import Server
from .work import Work

T = TypeVar("T")
KEEP = Retention()
SCHEMA = 1  # of the keys; a server with a greater one was used by a newer goqueue
FORGETTING = 0.1  # seconds to spend on it in each maintenance


def with_name(url: str, name: str | None) -> tuple[str, str]:
    """Return a URL without `queue=` in its query, and the name of the queue.

    >>> with_name("redis://localhost/0?queue=mails", None)
    ('redis://localhost/0', 'mails')
    """
    if not isinstance(url, str):
        raise TypeError(f"url is {shown(url)}: it must be text, such as 'redis://localhost:6379/0'")
    address, _, rest = url.partition("?")
    query = dict(parse_qsl(rest, keep_blank_values=True))
    said = query.pop("queue", None)
    found = name if name is not None else "default" if said is None else said
    if not found or not found.isascii() or set(found) & set("{} \r\n"):
        raise ValueError(f"name is {found!r}: it must be a text of ASCII letters without braces and blanks")
    return f"{address}?{urlencode(query)}" if query else address, found


class RedisStorage(Looking):
    """Keeps jobs in the server at `url`, for the queue `name`. Any thread may call it. Each process opens its own.

    If a worker sends no heartbeat for `lease` seconds, it is dead, and its jobs are pending again. A job whose worker
    died `max_lost` times fails. A call waits for at most `timeout` seconds for the server. `clock` stands for the
    server's clock, in tests. `create` says whether a queue that is not there is made. Raises StorageError, or a
    subclass, if the server cannot be used.
    """

    shared = True
    batch = 64
    keeps_progress = True
    limits_keys = True
    poll: float | None = 5.0  # a message comes first, nearly always

    def __init__(
        self,
        url: str,
        *,
        name: str | None = None,
        lease: float = 15.0,
        max_lost: int = 5,
        timeout: float = 5.0,
        retention: Retention = KEEP,
        clock: Callable[[], float] | None = None,
        create: bool = True,
    ) -> None:
        url, self.name = with_name(url, name)
        lease = check_seconds(lease, "lease", least=0.1)
        timeout, max_lost = check_seconds(timeout, "timeout", least=0.01), check_attempts(max_lost, "max_lost")
        # Seconds between heartbeats: while nothing runs here, and while something does, which may be cancelled.
        self._intervals = min(5.0, lease / 3), min(1.0, lease / 4)
        self.maintain_every = self._intervals[0]
        self._retention = check_retention(retention)
        self._virtual = clock is not None
        process = os.urandom(6).hex()
        self._process = process
        self._server = server = Server(url, f"goqueue:{{{self.name}}}:", timeout, clock)
        try:
            self.durability, self.node = self._open(create)
        except BaseException:
            server.close()
            raise
        self._leases = Leases(server, self.node, lease, max_lost)
        self._work = Work(server, process, self.node, self._leases)
        self._listener = Listener(server, process)
        self._awaited: Container[int] = ()
        self._forgotten = weakref.finalize(self, _drop, self._work, self._leases, self._listener, server)
        self._forgotten.atexit = False  # at exit, all are closed in order
        _open.add(self)

    def _open(self, create: bool) -> tuple[str, int]:
        """Look whether the server will do. Return what it promises, and the node of the queue's ids."""
        server, ask = self._server, self._server.ask
        parts = [promise.parts_of(ask("INFO", section, twice=True)) for section in ("server", "memory")]
        promise.check_server(server.where, *parts)
        try:
            found = [pair for name in ("appendonly", "appendfsync") for pair in ask("CONFIG", "GET", name, twice=True)]
            durability = promise.durability_of(promise.pairs_of(found))
        except StorageError:  # this user may not ask
            durability = promise.durability_of(None)
        promise.say(server.where, durability)
        if not create and not ask("EXISTS", f"{server.prefix}meta", twice=True):
            raise StorageError(f"{server.where}: there is no queue {self.name!r}: check the name, `?queue=` in a URL")
        node, schema = server.run("open", int.from_bytes(os.urandom(6), "big"), SCHEMA, twice=True)
        if int(schema) > SCHEMA:
            raise StorageTooNew(
                f"{server.where}: its queue {self.name!r} has schema {int(schema)}, and this goqueue knows up to "
                f"{SCHEMA}: install a newer goqueue"
            )
        return durability, int(node)

    # -- submitting -----------------------------------------------------------------------------------

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none. Return False if `limit` or more due jobs wait already."""
        arguments = [each for record in records for each in arguments_of(record)]
        first = self._server.run("add", repr(delay), "" if limit is None else limit, *arguments)
        return self._assign(records, first)

    def _assign(self, records: Sequence[Record], first: bytes) -> bool:
        for key, record in enumerate(records, int(first or 0)):
            record.key = key
        return bool(first)

    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        """Keep a new job, unless another has its key; see the protocol."""
        bound = "" if limit is None else limit
        reply = self._server.run("add_unique", repr(delay), bound, int(replace), *arguments_of(record))
        first, *rest = decoded(reply)
        accepted = self._assign((record,), first)
        return Added(accepted, self._job(rest[0]) if rest and rest[0] else None)

    def renew(self, key: int, record: Record) -> bool:
        """Forget a job that has ended, and keep a new one, in one step; see the protocol."""
        return self._assign((record,), self._server.run("renew", key_text(key), *arguments_of(record)))

    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """Note a number in the place of another, and keep new jobs; see the protocol."""
        arguments = [each for record in records for each in arguments_of(record)]
        was = "" if before is None else repr(float(before))
        return self._assign(records, self._server.run("advance", name, was, repr(float(after)), *arguments))

    # -- working --------------------------------------------------------------------------------------

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs of `types`, by priority and age."""
        self._server.check_usable()
        claimed = self._work.settle_and_claim(settled, limit if types else 0, types)
        if claimed:
            self.maintain_every = self._intervals[1]
        return claimed

    def settle_soon(self, settled: Settled, told: Callable[[Settled], None], hurry: bool = False) -> None:
        """Settle attempts with the next claim, or in a moment; `told` is called once it is done."""
        self._work.settle_soon(settled, told, hurry)

    def pause(self, job_type: str, paused: bool) -> None:
        """Claim no more jobs of a type, or claim them again; see the protocol."""
        self._server.run("pause", job_type, int(paused), twice=True)

    def obey(self, limits: Mapping[str, Limit]) -> None:
        """Keep to these limits; see the protocol."""
        self._work.limits = dict(limits)

    def attend(self) -> Callable[[], None]:
        """Note that workers claim jobs from now on. Call what it returns when the last of them has ended."""
        return self._work.attend()

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Hear what other processes do; see the protocol. With a clock of its own, a storage hears nothing."""
        return nothing if self._virtual else self._listener.add(tell)

    def maintain(self, running: Sequence[Record]) -> list[Record]:
        """Send a heartbeat, take back the jobs of dead workers, forget what is no longer kept. See the protocol."""
        keep = self._retention
        bounds = (keep.completed, keep.most, keep.completed, keep.most, keep.failed, keep.most)
        old = (PAGE, *("" if bound is None else bound for bound in bounds))
        self.maintain_every = self._intervals[bool(running)]
        stop, found = self._leases.beat(running, old)
        until = time.monotonic() + FORGETTING
        while self._forget(found) and time.monotonic() < until:
            found = self._server.run("old", *old, twice=True)
        return [record for record in running if record.key in stop]

    def _forget(self, found: list[bytes]) -> bool:
        """Forget a page of the jobs that are kept no longer. Return whether there may be more."""
        gone = [key for key in found if int(key) not in self._awaited]
        if gone:
            self._server.run("forget", *gone, twice=True)
        return len(gone) >= PAGE

    # -- ending, looking, forgetting ------------------------------------------------------------------

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""
        found = decoded(self._server.run("cancel", key_text(key), twice=True))
        return None if found is None else self._job(found)

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""
        done = self._server.run("delete", key_text(key))
        if done < 0:
            raise ValueError(f"{id_of(key, self.node)} is running: cancel it, wait for its end, and delete it then")
        return bool(done)

    def spare(self, awaited: Container[int]) -> None:
        """Forget no job whose key is in `awaited`, which is asked each time."""
        self._awaited = awaited

    def patience(self, seconds: float | None) -> AbstractContextManager[None]:
        """Let the calls of this thread in the `with` block wait for the server for at most about `seconds`. They raise
        StorageUnreachable then, if nothing was sent. None means as long as usual.
        """
        return self._server.patience(seconds)

    def export(self, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
        """Call `take` with all there is; see storage/copying.py. Nobody may change it meanwhile."""
        last = int(self._server.ask("HGET", f"{self._server.prefix}meta", "last", twice=True) or 0)
        return copying.export(self._server, self.node, last, self.paused(), take)

    def receive(self, contents: Contents, jobs: Iterable[Kept]) -> int:
        """Keep what another storage exports; see storage/copying.py."""
        return copying.receive(self._server, contents, jobs)

    def flush(self) -> None:
        """Send all outcomes that are to be settled soon. Raises StorageError if it cannot."""
        self._work.flush()

    def close(self) -> None:
        """Send what is left, and close the connections. Running jobs stay running until their lease ends."""
        self._server.check_process()
        if self._server.closed:
            return
        self._work.flush()
        self._forgotten.detach()
        _end(self._work, self._leases, self._listener, self._server)


def _end(work: Work, leases: Leases, listener: Listener, server: Server) -> None:
    """Send what is left, and let go."""
    with contextlib.suppress(StorageError):
        work.flush()
    work.end()
    listener.drop()
    with contextlib.suppress(StorageError):
        leases.leave(leases.resign())
    server.close()


def _drop(*parts: Any) -> None:
    """Let go of a storage that nobody has any more. A finalizer calls this, so it waits for nothing."""
    with contextlib.suppress(RuntimeError):  # Python ends
        threading.Thread(target=_end, args=parts, name="redis-end", daemon=True).start()


_open: "weakref.WeakSet[RedisStorage]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Close what this process still has open when it exits."""
    for storage in list(_open):
        with contextlib.suppress(StorageError):  # the server is away, or this is the child of a fork
            storage.close()

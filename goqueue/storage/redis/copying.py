"""A queue on a server as the source or the target of a copy: see storage/copying.py.

    receive   writes all jobs under names of their own, part by part; then one script gives all the right names

So whoever looks sees nothing before all is there. What a copy that was broken off has left is removed by the next.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ...errors import StorageError
from ...job import RUNNING, Status, id_of
from ..copying import Contents, Kept, limit_key_of
from ..sqlite.rows import storable
from .rows import LETTERS, STATUSES, key_text, maybe
from .server import Server

T = TypeVar("T")
PART = 200  # jobs that one script writes or reads
BESIDE = "copy:"  # what the names begin with until all is there


def export(server: Server, node: int, last: int, paused: list[str], take: Callable[[Contents, Iterable[Kept]], T]) -> T:
    """Call `take` with all there is. Nobody may change it meanwhile."""
    notes = server.ask("HGETALL", f"{server.prefix}notes", twice=True)
    pairs = zip(notes[::2], notes[1::2], strict=True)
    contents = Contents(node, last, [(name.decode(), float(value)) for name, value in pairs], paused)
    return take(contents, jobs_of(server))


def jobs_of(server: Server) -> Iterator[Kept]:
    """Yield each job, by its key."""
    after = "0"
    while page := json.loads(server.run("export", after, PART, twice=True)):
        yield from map(kept_of, page)
        after = page[-1][0]


def kept_of(values: list[Any]) -> Kept:
    """Return a job as the script has described it; what is missing is False."""
    found: list[Any] = [None if value is False else value for value in values]
    job = Kept(*found)
    return job._replace(
        key=int(job.key),
        status=STATUSES[job.status].value,
        due=float(job.due),
        delayed=bool(job.delayed),
        updated=float(job.updated),
        max_retry=int(job.max_retry),
        cancelling=bool(job.cancelling),
        kept=bool(job.kept),
    )


def receive(server: Server, contents: Contents, jobs: Iterable[Kept]) -> int:
    """Keep all of it in one step. Raises ValueError unless the queue is empty."""
    clear(server)
    count = 0
    try:
        part: list[object] = []
        for job in jobs:
            part += arguments_of(job, contents.node)
            count += 1
            if count % PART == 0:
                server.run("receive", *part, at=BESIDE)
                part = []
        server.run("receive", *part, at=BESIDE)
        for name, value in contents.notes:
            server.ask("HSET", f"{server.prefix}{BESIDE}notes", name, repr(float(value)))
        for job_type in contents.paused:
            server.ask("SADD", f"{server.prefix}{BESIDE}paused", job_type)
        if not server.run("adopt", contents.node, contents.last, *beside(server)):
            raise ValueError("the target holds jobs already: copy to an empty storage")
    except BaseException:
        with contextlib.suppress(StorageError):
            clear(server)
        raise
    return count


def beside(server: Server) -> list[str]:
    """Return the names of the keys that were written beside the queue, without what they begin with."""
    start, cursor = f"{server.prefix}{BESIDE}", b"0"
    found: set[str] = set()
    while True:
        cursor, keys = server.ask("SCAN", cursor, "MATCH", f"{start}*", "COUNT", 1000, twice=True)
        found.update(key.decode().removeprefix(start) for key in keys)
        if cursor == b"0":
            return sorted(found)


def clear(server: Server) -> None:
    """Remove what was written beside the queue."""
    for name in beside(server):
        server.ask("UNLINK", f"{server.prefix}{BESIDE}{name}", twice=True)


def arguments_of(job: Kept, node: int) -> tuple[object, ...]:
    """Return a job as arguments of the script. Raises ValueError if it runs."""
    status = Status(job.status)
    if status is RUNNING:
        raise ValueError(f"{id_of(job.key, node)} runs: stop the workers of the source, and copy then")
    return (
        *(key_text(job.key), job.type, maybe(job.payload), str(job.max_retry), maybe(job.options), LETTERS[status]),
        *(repr(float(job.due)), int(job.delayed), repr(float(job.updated)), job.attempts, storable(job.error)),
        *(maybe(job.result), int(job.cancelling), job.lost, job.priority, maybe(job.name), int(job.kept)),
        maybe(limit_key_of(job)),
    )

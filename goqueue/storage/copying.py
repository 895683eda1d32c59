"""Copying a queue from one storage into another, jobs and ids: `goqueue queue copy FROM TO`.

    source.export ── what there is at one moment: the node, the last key, notes, paused types, each job ──┐
    target.receive <── all of it in one transaction, or nothing: it must be empty ────────────────────────┘

The node goes along, so the ids stay as they are. Nobody may work on the source meanwhile: what runs would run twice.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

from ..job import Status
from .protocol import Retention, Storage

T = TypeVar("T")
FOR_EVER = Retention(None, None, None)  # a copy forgets nothing


class Kept(NamedTuple):
    """A job, with all that a storage keeps of it."""

    key: int
    type: str
    payload: str | None
    options: str | None
    status: str
    due: float
    delayed: bool
    updated: float
    attempts: int
    max_retry: int
    error: str
    result: str | None
    cancelling: bool
    lost: int
    priority: int
    name: str | None
    kept: bool


class Contents(NamedTuple):
    """What a storage keeps besides its jobs."""

    node: int
    last: int  # the greatest key that was given so far
    notes: list[tuple[str, float]]
    paused: list[str]


class Copyable(Storage, Protocol):
    """A storage that can be copied, from and to."""

    def export(self, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
        """Call `take` with all there is at one moment, and return what it returns."""

    def receive(self, contents: Contents, jobs: Iterable[Kept]) -> int:
        """Keep all of it in one step, and return how many jobs it is. Raises ValueError unless this one is empty.

        Its node is another afterwards: whoever has it open must open it again.
        """


def copy(source: Any, target: Any, patience: float = 60.0) -> int:
    """Copy all jobs of `source` to `target`, and return how many. Close both afterwards.

    Both must have been opened with the retention FOR_EVER. Waits for at most `patience` seconds until workers that were
    killed count as dead. Raises ValueError, and has copied nothing, while workers run jobs of the source, or if the
    target is not empty.
    """
    for storage in (source, target):
        if not hasattr(storage, "export"):
            raise ValueError(f"storage is {storage!r}: it cannot be copied: give the address of one that outlives us")
    wait_for_rest(source, patience)
    count = source.export(target.receive)
    more = source.export(lambda contents, jobs: sum(1 for _ in jobs)) - count
    if more > 0:
        raise ValueError(
            f"{count} jobs were copied, and {more} more came meanwhile, which are in the source only: stop whoever "
            "submits, and copy to an empty storage again"
        )
    return int(count)


def limit_key_of(job: Kept) -> str | None:
    """Return the limit key of a job, which a storage may find it by. One that is damaged has none.

    >>> limit_key_of(Kept(17, "mail", None, '{"limit_key": "ada"}', *[None] * 13))
    'ada'
    """
    try:
        found = json.loads(job.options or "{}")["limit_key"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None


def wait_for_rest(source: Any, patience: float) -> None:
    """Wait until no worker has a job of `source`. Raises ValueError if that takes too long."""
    until = time.monotonic() + patience
    while source.attended() or source.count()[Status.RUNNING]:
        if time.monotonic() >= until:
            raise ValueError(
                "workers run jobs of the source: stop them, and copy then; after a kill, wait until their lease ends"
            )
        source.maintain(())
        time.sleep(min(0.25, source.maintain_every))

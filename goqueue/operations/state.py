"""What a storage holds now, in numbers: for `stats` and `top`, for metrics, and for the dashboard."""

from typing import NamedTuple

from ..job import Status
from ..storage import Storage


class State(NamedTuple):
    """How many jobs there are, and how late the queue is."""

    by_type: dict[tuple[str, Status], int]
    due: int  # jobs that are due and wait for a worker
    oldest_due: float | None  # seconds for which the oldest of them has waited; None if there is none
    paused: tuple[str, ...] = ()  # types of which none begins

    @property
    def counts(self) -> dict[Status, int]:
        """How many jobs have each status."""
        return {status: sum(n for (_, each), n in self.by_type.items() if each is status) for status in Status}


def state_of(storage: Storage) -> State:
    """Ask a storage. Raises what the storage raises.

    One that does not offer `tally` and `oldest_due` is asked for its counts, without types, and no age is known. One
    that cannot pause has paused nothing.
    """
    paused = tuple(sorted(storage.paused())) if hasattr(storage, "paused") else ()
    tally, oldest_due = getattr(storage, "tally", None), getattr(storage, "oldest_due", None)
    if tally is None or oldest_due is None:
        return State(
            {("", status): number for status, number in storage.count().items() if number},
            storage.backlog(),
            None,
            paused,
        )
    return State(tally(), storage.backlog(), oldest_due(), paused)

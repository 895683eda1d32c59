"""Says, once each, what nobody will ever run: otherwise a program that waits for it would just hang.

a caller waits for a job of a queue in memory that was not started, or for a minute for one in a file of no workers
all workers wait for jobs, which no worker is left to run
all workers have run the same jobs for a minute, while others wait
jobs in a file have waited for a minute, and no handler of their type is here
"""

import time

from ..job import PENDING
from ..job_context import JobContext
from ..log import WARNING, tell
from ..storage import Query, Storage
from .crew import Crew
from .waiting import Waiter

MINUTE = 60.0
SAMPLE = 100  # jobs to look at
BETWEEN = 15.0  # seconds between two looks at what the workers run


class Stalls:
    """What was said already. Any thread may call it; it is called under no lock."""

    def __init__(self, storage: Storage, crew: Crew) -> None:
        self._storage = storage
        self._crew = crew
        self._said: set[str] = set()
        self._look_at = time.monotonic() + MINUTE
        self._runs: dict[JobContext, float] = {}  # what each worker runs, and since when (time.monotonic), as seen
        self._runs_at = time.monotonic() + BETWEEN
        self._blocked: list[Waiter] = []  # of the pool's own threads; one look at it, and one change, is one step

    def _say(self, what: str, message: str, *values: object) -> None:
        if what not in self._said:
            self._said.add(what)
            tell(WARNING, message, *values)

    def not_started(self, job_id: str) -> None:
        """Say that a job is waited for whose queue was not started."""
        self._say(
            "not started",
            "%s is waited for, but no worker runs it before the queue is started: use `with queue:`, start() or run()",
            job_id,
        )

    def not_attended(self, waiter: Waiter, job_id: str) -> None:
        """After a minute, say that a job in a shared storage is waited for, on which no process works."""
        attended = getattr(self._storage, "attended", None)  # a storage need not be able to tell
        if attended is None or time.monotonic() < waiter.since + MINUTE or "not attended" in self._said:
            return
        if not attended():
            self._say(
                "not attended",
                "%s has been waited for for a minute, and no process runs jobs of this storage: start this queue, or a "
                "worker process that has a handler for its type",
                job_id,
            )

    def blocks(self, waiter: Waiter, job_id: str) -> None:
        """Note that a worker waits for a job. If no worker is left that does not, say so."""
        self._blocked.append(waiter)
        blocked = list(self._blocked)
        if len(blocked) >= self._crew.at_work() and not any(each.told for each in blocked):
            self._say(
                "all wait",
                "All %d workers run handlers that wait for other jobs, such as %s, and none is left to run these: "
                "use more workers, or let the handler return and a later job go on",
                *(len(blocked), job_id),
            )

    def goes_on(self, waiter: Waiter) -> None:
        """Note that a worker waits no longer."""
        self._blocked.remove(waiter)

    def look_at_workers(self) -> None:
        """Now and then, see whether all workers are busy with the same jobs for long. Raises what the storage raises.

        A handler that never returns and has no timeout cannot be told from one that takes long, so this only warns.
        """
        now = time.monotonic()
        if now < self._runs_at:
            return
        self._runs_at = now + BETWEEN
        running = {  # an attempt whose time is up has been told of by itself
            ctx: worker for worker, _, ctx in self._crew.running() if ctx.deadline is None or now < ctx.deadline
        }
        self._runs = {ctx: self._runs.get(ctx, now) for ctx in running}
        long = [ctx for ctx, since in self._runs.items() if now - since >= MINUTE]
        if len(long) >= self._crew.size and "all wait" not in self._said and (count := self._storage.backlog()):
            self._say(
                "all busy",
                "All %d workers have run the same jobs for a minute, such as %s (%s) on %s, and %d jobs wait: give a "
                "handler that may hang a timeout; if they are meant to take so long, use more workers",
                *(len(long), long[0].job_id, long[0]._record.type, running[long[0]].thread.name, count),
            )

    def look(self, types: tuple[str, ...]) -> None:
        """Once a minute, look for jobs in a shared storage that nobody takes. Raises what the storage raises."""
        if not self._storage.shared or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + MINUTE
        old = Query(status=PENDING, created_before=time.time() - MINUTE, limit=SAMPLE)
        for job in self._storage.list_jobs(old):
            if job.type not in types:
                self._say(
                    f"no handler {job.type}",
                    "%s has waited for a minute: no handler for its type %r is here, and no other process takes it. "
                    "Is the type misspelt, or does the process not run that has the handler?",
                    *(job.id, job.type),
                )

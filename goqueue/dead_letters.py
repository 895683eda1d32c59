"""Dead letters: jobs that failed for good. They are looked at, run again or discarded. And waiting until all is done.

    list_jobs(ctx, status="failed") ──> retry(ctx, job) ────> a new job with an id of its own; the old one is forgotten
                                        retry_all(ctx, type)
                                        delete(ctx, job), discard_all(ctx, type)

A final status never changes, so what somebody has read of a job stays true: a retry is a new job. The storage forgets
the old one and keeps the new one in one step, so that neither two nor none is left, whatever happens.

Queue inherits it.
"""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .context import Context
from .controls import Controls
from .errors import JobNotFound
from .job import COMPLETED, FAILED, PENDING, RUNNING, Job, Record, Status, known_in
from .payload import freeze
from .registry import check_type
from .storage import Query

if TYPE_CHECKING:
    from .hooks import Hooks
    from .progress_bar import Show
    from .running.lookup import Lookup

PAGE = 500  # jobs that are read at once
SAMPLE = 100  # jobs that are waited for together


def check_ended(job: Job) -> None:
    """Raise ValueError unless a job has ended."""
    if not job.final:
        raise ValueError(f"job {job.id} is {job.status}: only a job that has ended can run again")


class DeadLetters(Controls):
    """What can be done with jobs that have ended. Any thread may call it."""

    _lookup: "Lookup"
    _hooks: "Hooks"

    def retry(self, ctx: Context, job: Job | str) -> Job:
        """Run an ended job again: submit it anew, as it was, and forget the old one. Return the new job.

        It has all its attempts again, and no deadline, because that may have passed. Raises JobNotFound if there is
        none, and ValueError if it has not ended, or if another job has its unique key.
        """
        with self._calls.begin(ctx):
            key = self._lookup.key(job)
            old = self._lookup.get(key)
            new = self._renewed(old)
            if new is None:
                raise self._not_renewed(old)
        self._tell_renewed([new])
        return new

    def retry_all(self, ctx: Context, job_type: str | None = None) -> list[Job]:
        """Run all failed jobs again, or those of a type, and return the new ones. Those that cannot are left."""
        with self._calls.begin(ctx):
            made = [new for old in self._failed(job_type) if (new := self._renewed(old)) is not None]
        self._tell_renewed(made)
        return made

    def discard_all(self, ctx: Context, job_type: str | None = None) -> int:
        """Forget all failed jobs, or those of a type. Return how many."""
        with self._calls.begin(ctx):
            return sum(self.storage.delete(job._record.key) for job in self._failed(job_type))

    def drain(self, ctx: Context) -> None:
        """Wait until no job is pending or running, those that are delayed or paused included.

        Raises ContextDone if `ctx` ends first, QueueStopped as `wait` does, and RuntimeError in a handler, whose own
        job would have to end first.
        """
        if self.pool.floor.belongs():
            raise RuntimeError("drain() waits for all jobs, and this handler's is one of them: call it elsewhere")
        while True:
            with self._calls.begin(ctx):
                counts = self.storage.count()  # of one moment: between two lists, a job may go from one to the other
                if not counts[PENDING] + counts[RUNNING]:
                    return
                left = [each for status in (RUNNING, PENDING) for each in self._listed(status, None, SAMPLE)]
            for job in left:
                with contextlib.suppress(JobNotFound):  # it was deleted, or is kept no longer
                    self.wait(ctx, job)

    if TYPE_CHECKING:  # Queue has it

        def wait(self, ctx: Context, job: Job | str, *, show: Show | bool = False) -> Job: ...

    def _listed(self, status: Status, job_type: str | None, limit: int, after: int = 0) -> list[Job]:
        return self.storage.list_jobs(Query(status=status, type=job_type, limit=limit, after=after))

    def _failed(self, job_type: str | None) -> list[Job]:
        """Return the jobs that have failed by now."""
        if job_type is not None:
            check_type(job_type)
        found: list[Job] = []
        while page := self._listed(FAILED, job_type, PAGE, found[-1]._record.key if found else 0):
            found += page
        return found

    def _renewed(self, old: Job) -> Job | None:
        was = old._record.options
        options = None if was is None else was.but(deadline=None, before=plan_again(old))
        record = Record(old.type, freeze(old.payload), old._record.max_retry, options)
        new = Job(record, self.storage.node)
        return new if self._able("renew")(old._record.key, record) else None

    def _tell_renewed(self, jobs: Sequence[Job]) -> None:
        """Let workers look for these jobs, and tell who listens to submissions."""
        self.pool.floor.wake_all_idle()
        for job in jobs if self._hooks.submits else ():
            self._hooks.tell("submit", job)

    def _not_renewed(self, old: Job) -> Exception:
        now = self._lookup.get(old._record.key)  # raises JobNotFound
        check_ended(now)
        return ValueError(f"job {now.id} cannot run again: another job has its unique key {now.key!r}")


def plan_again(old: Job) -> dict[str, Any] | None:
    """Return the plan of the jobs before a job that runs again: those that have completed are not run again."""
    options = old._record.options
    if options is None or options.before is None or old.status is COMPLETED:
        return None if options is None else options.before
    known = known_in(old._result)
    whole = len(known) == len(options.before["jobs"])  # otherwise it is damaged
    return {**options.before, "known": [each if may_complete(each) else None for each in known] if whole else None}


def may_complete(known: Any) -> bool:
    """Whether what is known of a job before another is that it has completed, or that it has not ended yet."""
    return known[1] == COMPLETED if isinstance(known, list) else known is not None

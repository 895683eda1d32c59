"""One worker: a thread that settles the job it has run, claims the next one in the same step, and runs it.

    settle and claim ──> attempt ──> settle and claim ──> … no job ──> enters `idle`, looks once more, sleeps
                                                              ^ a thread that adds a job finds it there, and wakes it

Whatever is raised in this thread, outside of a handler too, does not end it: it is logged, the attempt in hand ends as
if its handler had raised that, and the thread goes on.
"""

import math
import threading
import time

from ..errors import ends_thread
from ..failure import SEPARATOR
from ..job import COMPLETED, FAILED, UNSAID, Job, Outcome, Record, id_of
from ..job_context import JobContext
from ..log import CRITICAL, INFO, fields, tell
from ..storage import Settled
from ..wake_up import WakeUp
from .attempt import CANCEL, RETURNED, Attempts, outcome_of, rejected, run_attempt
from .dispatch import SHORT, Dispatch
from .floor import Floor
from .follow_ups import NotYet, keeping
from .prefetch import next_limit

# Seconds between two claims, if short jobs come one after another: at least, and at most. The slower a claim is, the
# longer, so that the storage has time for submissions.
GATHER, MOST = 0.002, 0.02
WORTH = 0.001  # seconds of work for which it is worth to wake another worker


class Worker:
    """A thread and its state. Only its own thread writes here, except `replaced`; others read without a lock."""

    def __init__(self, floor: Floor, dispatch: Dispatch, attempts: Attempts, name: str) -> None:
        self._floor = floor
        self._dispatch = dispatch
        self._attempts = attempts
        self._limit = 1  # how many jobs to claim next
        self._gathers_until = -math.inf  # its last claim left nothing to claim: let some jobs come (time.monotonic)
        self._begun = 0.0  # when its last claim began (time.monotonic)
        self._took = 0.0  # how many seconds its last attempt took
        self._settled: Settled = ()  # what it has run and not settled yet
        self.wake_up = WakeUp()
        self.now: tuple[Record, JobContext] | None = None  # what it runs or has not settled, replaced as one value
        self.replaced = False  # its handler overran its timeout, and a new worker was started
        self.ended = False  # its thread has ended as it should
        self.completed = 0
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)

    def run(self) -> None:
        """Run jobs until the pool stops: the body of the thread."""
        self._floor.belong()
        while not self.ended:
            try:
                self._work()
                self._dispatch.settle_rest()
                self.ended = True
            except BaseException as err:
                if ends_thread(err):
                    raise
                self._recover(err)

    def _work(self) -> None:
        hooks = self._attempts.hooks
        while (record := self._next()) is not None:
            if not (self._floor.gathers or hooks.ends):
                self._settled = ((record, self._attempt(record)),)
            else:
                begun = time.monotonic()
                self._settled = ((record, self._attempt(record)),)
                self._took = time.monotonic() - begun
                self._dispatch.note_seconds(record, self._took)
            if self.replaced:
                self._settle()
                break

    def run_job(self, record: Record) -> None:
        """Run a claimed job and settle it, in the calling thread."""
        begun = time.monotonic()
        self._settled = ((record, self._attempt(record)),)
        self._took = time.monotonic() - begun
        self._settle()

    def _recover(self, err: BaseException) -> None:
        """Go on after an exception that no handler raised. Nothing that a log handler raises leaves this."""
        now = self.now
        if now is not None and not self._settled:
            registration = self._attempts.registry.find(now[0].type)
            assert registration is not None
            outcome = keeping(outcome_of(err, now[1], now[0], registration), now[0].result)
            self._settled = ((now[0], outcome),)
        try:
            tell(CRITICAL, "%s failed outside of a handler, and goes on", self.thread.name, error=err)
            self._floor.stop_begins.wait(SHORT)  # so that a thread that fails again and again does nothing else
        except BaseException:
            pass

    # -- claiming -------------------------------------------------------------------------------------

    def _next(self) -> Record | None:
        """Settle what is done, sleep until there is a job, and return it. None means that the pool stops."""
        floor, dispatch = self._floor, self._dispatch
        if self._settled and self._attempts.hooks.ends:
            self._settle()  # by itself: no job is claimed that would wait for a listener
        if floor.gathers and self._settled and dispatch.settle_soon(self._settled, self._took):
            self._note_settled(self._settled[0][1])
        limit = 0 if floor.stopping or dispatch.prefetched.records else self._limit
        if floor.gathers and limit:
            self._gather()
        claimed = self._settle_and_claim(limit) if limit or self._settled else []
        if floor.gathers and claimed:
            self._share_out(claimed)
        elif not claimed and limit == 0 and not floor.stopping:
            claimed = dispatch.prefetched.take()
        if not claimed:
            claimed = self._sleep()
            if not claimed:
                return None
        if floor.idle and not floor.gathers and dispatch.storage.backlog():
            floor.wake()
        if floor.producers:
            dispatch.make_room()
        return claimed[0]

    def _settle_and_claim(self, limit: int) -> list[Record]:
        settled = self._settled
        claimed = self._dispatch.settle_and_claim(settled, limit)
        if claimed is None:  # the storage fails and the pool stops: `now` says that the job is not settled
            self._settled = ()
            return []
        if settled:
            self._note_settled(settled[0][1])
        return claimed

    def _settle(self) -> None:
        """Settle what it has run, claim nothing, and tell the listeners."""
        hooks, ((record, outcome),) = self._attempts.hooks, self._settled
        attempt = record.attempts  # a storage in memory may count it down
        self._settle_and_claim(0)
        stored = self.now is None  # otherwise the storage fails, and the pool stops
        if hooks.ends and stored and not isinstance(outcome, NotYet):
            hooks.tell_end(self._dispatch.storage, record, attempt, outcome, self._took)

    def _note_settled(self, outcome: Outcome) -> None:
        if outcome.status is COMPLETED:
            self.completed += 1
        self._settled = ()
        self.now = None

    def _gather(self) -> None:
        """Prepare for a claim from a storage where a claim is expensive.

        If jobs come one after another, and are so short that the last claim took all there were a moment ago, let some
        more come. Somebody who waits for a job need not wait for this.
        """
        self._floor.coming = True
        seconds = self._gathers_until - time.monotonic() if self._took < WORTH else 0.0
        if seconds > 0.0 and not self._dispatch.waiting.by_key:
            self.wake_up.sleep(seconds)  # nobody wakes it, or for nothing
        self._floor.added = False  # before the claim, which sees what was added so far
        self._begun = time.monotonic()

    def _sleep(self) -> list[Record]:
        """Sleep until a job is claimed. Return [] if the pool stops."""
        floor, dispatch, wake_up = self._floor, self._dispatch, self.wake_up
        while floor.enter(wake_up):  # before looking, so that a thread that adds a job later sees it
            if claimed := self._look():
                floor.leave(wake_up)
                return claimed
            if floor.producers:  # all the jobs it looked at may have been cancelled
                dispatch.make_room()
            wake_up.sleep()
            if not floor.stopping and (claimed := self._look()):
                floor.due_in(dispatch.storage.maintain_every)  # after a long silence, maintenance is far away
                return claimed
        return []

    def _look(self) -> list[Record]:
        floor, dispatch = self._floor, self._dispatch
        if claimed := dispatch.prefetched.take():
            if floor.gathers:
                floor.come_no_more()  # it was perhaps called for what was added
            return claimed
        if not floor.gathers:
            return dispatch.look(self._limit)
        floor.coming, floor.added = True, False
        self._begun = time.monotonic()
        claimed = dispatch.look(self._limit)
        self._share_out(claimed)
        return claimed

    def _share_out(self, claimed: list[Record]) -> None:
        """Keep one job for this worker, and leave the others to the next free workers."""
        dispatch, floor, count = self._dispatch, self._floor, len(claimed)
        now = time.monotonic()
        if count < self._limit:
            self._gathers_until = now + max(GATHER, min(MOST, 4.0 * (now - self._begun)))
        work = dispatch.seconds_of(claimed)
        if count >= self._limit:
            floor.added = True  # there may be more
        if count > 1:
            dispatch.prefetched.put(claimed[1:])
        if count > 1 and work >= WORTH:
            floor.wake(int(min(count - 1, work / WORTH)))  # the first of them says that nobody comes any more
        elif not 0.0 < work < WORTH:  # otherwise this worker comes again in a moment
            floor.come_no_more()
        if count:
            self._limit = next_limit(count, work, dispatch.storage.batch)

    # -- running --------------------------------------------------------------------------------------

    def _attempt(self, record: Record) -> Outcome:
        attempts = self._attempts
        registration = attempts.registry.find(record.type)
        if registration is None:
            return rejected(record, attempts.node)
        if record.options is None and registration.timeout is None:
            ctx = JobContext.of_attempt(attempts.parent, record, attempts.node, None, attempts.parent._values)
        else:
            ctx = attempts.bounded_context(record, registration)
        self.now = (record, ctx)
        if record.cancelling:  # after the line above, because cancel marks the record first and looks here second
            ctx.cancel(CANCEL)
        if ctx._deadline is not None:
            self._floor.due_in(ctx._deadline - time.monotonic())
        hooks, known = attempts.hooks, None
        if record.options is not None and record.options.before is not None:
            found = self._dispatch.follow_ups.begin(ctx, record, registration, hooks)
            if isinstance(found, Outcome):
                ctx.close(RETURNED, RETURNED)
                return found
            registration, known = found
        if hooks.starts:
            hooks.tell("start", Job(record, attempts.node), time.time() - record.created)
        if hooks.middlewares:
            registration = attempts.with_middlewares(self._floor, record, registration)
        if attempts.logged:
            most = registration.retry.attempts if record.max_retry == UNSAID else record.max_retry
            self._log("Processing job %s (attempt %d/%d)", record, record.attempts, max(most, 1))
        outcome = run_attempt(self._floor, ctx, record, registration)
        ctx.close(RETURNED, RETURNED)  # tells threads that the handler has left behind
        if known is not None:
            outcome = keeping(outcome, known)
        if record.progress is not None:
            record.progress = None  # the next attempt begins anew
        if outcome.error and attempts.logged and outcome.status is not FAILED:  # a failure has been logged already
            self._log("Job %s: %s; %s", record, outcome.error.partition(SEPARATOR)[0], outcome.status)
        return outcome

    def _log(self, what: str, record: Record, *more: object) -> None:
        job_id = id_of(record.key, self._attempts.node)
        about = fields(job_id, record.type, record.attempts)
        tell(INFO, f"[{self.thread.name.upper()}] {what}", job_id, *more, about=about)

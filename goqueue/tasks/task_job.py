"""The jobs of tasks: a job that knows the type of its result."""

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ..context import Context
from ..errors import NoResult
from ..job import Job, Status
from ..progress import Progress
from ..progress_bar import Show
from ..retry import check_seconds
from .coroutines import not_blocking
from .current import current_context

if TYPE_CHECKING:
    from .task import Call

R = TypeVar("R")


class TaskJob(Generic[R]):
    """A job that a task submitted, as it was when it was last looked at. `R` is what the task returns.

    One thread at a time may use it; another takes a TaskJob of its own, from `task.job(id)`.
    """

    def __init__(self, task: "Call[Any, R]", job: Job) -> None:
        self._task = task
        self.job = job  # the snapshot: its id, status, attempts, error, traceback, times

    @property
    def id(self) -> str:
        """The id of the job."""
        return self.job.id

    @property
    def status(self) -> Status:
        """The status when it was last looked at. See `refresh`."""
        return self.job.status

    @property
    def result(self) -> R:
        """What the task returned. Raises NoResult if the job had not completed when it was last looked at."""
        if self.job.status is not Status.COMPLETED:
            raise NoResult(no_result(self.job))
        return self._task.loaded(self.job.result)

    def refresh(self) -> Self:
        """Look at the job again. Returns itself. Raises JobNotFound if it is not kept any more."""
        self.job = self._task.queue.get_job(current_context(), self.job)
        return self

    @property
    def progress(self) -> Progress | None:
        """How far the attempt had come that ran when the job was last looked at, or None."""
        return self.job.progress

    def wait(self, timeout: float | None = None, *, show: Show | bool = False) -> Self:
        """Wait until the job has ended, whatever its end. Returns itself. `show` is that of `Queue.wait`.

        Raises DeadlineExceeded, which is a TimeoutError, if that takes longer than `timeout` seconds.
        """
        with bounded(current_context(), timeout) as ctx:
            self.job = self._task.queue.wait(ctx, self.job, show=show)
        return self

    async def wait_async(self, timeout: float | None = None) -> Self:
        """Wait as `wait` does, without blocking the event loop."""
        with bounded(current_context(), timeout) as ctx:
            self.job = await not_blocking(lambda ctx: self._task.queue.wait(ctx, self.job), ctx)
        return self

    def cancel(self) -> Self:
        """Ask for the end of the job. Returns itself, as it is afterwards."""
        self.job = self._task.queue.cancel(current_context(), self.job)
        return self

    def __repr__(self) -> str:
        return f"<TaskJob {self.job!r}>"


def bounded(ctx: Context, timeout: float | None) -> Context:
    """Return a child of `ctx` that ends after `timeout` seconds, if that is given."""
    return ctx.with_cancel() if timeout is None else ctx.with_timeout(check_seconds(timeout, "timeout"))


def no_result(job: Job) -> str:
    """Say why a job has no result."""
    told = f"job {job.id} ({job.type}) has no result: "
    if not job.final:
        return f"{told}it was {job.status} when it was last looked at; call wait() first"
    return f"{told}it {'was cancelled' if job.status is Status.CANCELLED else f'failed: {job.error}'}"

"""What the benchmark of the race lab runs: two threads, one loop, and worker pools."""

from collections.abc import Callable
from queue import Queue
from threading import Lock, Thread
from types import ModuleType

Model = Callable[[], None]


class Job:
    def __init__(self) -> None:
        self.attempts = 0


def run(*functions: Callable[[], None]) -> None:
    """Run each function in a thread of its own."""
    threads = [Thread(target=function, name=f"{function.__name__}-{n}") for n, function in enumerate(functions, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def idle(threads: int) -> Model:
    """Threads that do nothing: what a run costs by itself."""

    def model() -> None:
        run(*[nothing] * threads)

    return model


def nothing() -> None:
    """Do nothing."""


# -- two threads -----------------------------------------------------------------------------------------


def lost_update(times: int) -> Model:
    """Two threads count the attempts of one job, without a lock."""

    def model() -> None:
        job = Job()

        def attempt() -> None:
            for _ in range(times):
                job.attempts += 1

        run(attempt, attempt)
        assert job.attempts == 2 * times

    return model


def locked_counter(times: int) -> Model:
    """The same under a lock."""

    def model() -> None:
        job, lock = Job(), Lock()

        def attempt() -> None:
            for _ in range(times):
                with lock:
                    job.attempts += 1

        run(attempt, attempt)
        assert job.attempts == 2 * times

    return model


def opposite_order(times: int) -> Model:
    """Two threads take two locks, one of them in the opposite order."""

    def model() -> None:
        stock, orders = Lock(), Lock()

        def pack() -> None:
            for _ in range(times):
                with stock, orders:
                    pass

        def refund() -> None:
            for _ in range(times):
                with orders, stock:
                    pass

        run(pack, refund)

    return model


# -- one thread, many accesses ---------------------------------------------------------------------------


def reads(times: int) -> Model:
    """Read an attribute again and again."""

    def model() -> None:
        job = Job()
        for _ in range(times):
            job.attempts  # noqa: B018

    return model


def writes(times: int) -> Model:
    """Write an attribute again and again."""

    def model() -> None:
        job = Job()
        for _ in range(times):
            job.attempts = 1

    return model


# -- pools -----------------------------------------------------------------------------------------------


def pool(workers: int, jobs: int, producing: bool) -> Model:
    """A right pool, on a queue, stopped by one None for each worker; filled before it starts, or meanwhile."""

    def model() -> None:
        waiting: Queue[int | None] = Queue()
        done: list[int] = []

        def work() -> None:
            while (job := waiting.get()) is not None:
                done.append(job)

        def produce() -> None:
            for job in range(jobs):
                waiting.put(job)
            for _ in range(workers):
                waiting.put(None)

        threads = [Thread(target=work, name=f"worker-{n}") for n in range(1, workers + 1)]
        if not producing:
            produce()
        for thread in threads:
            thread.start()
        if producing:
            produce()
        for thread in threads:
            thread.join()
        assert sorted(done) == list(range(jobs))

    return model


def course_pool(version: ModuleType, workers: int, jobs: int) -> Model:
    """The queue of a step of the course: started, given jobs, and told to stop."""

    def model() -> None:
        queue = version.Queue(workers=workers, buffer_size=jobs)
        sent: list[int] = []
        queue.register_handler("webhook", lambda _, payload: sent.append(payload["order"]))
        stop = version.Context()
        server = Thread(target=queue.start, args=(stop,), name="start")
        server.start()
        names = [queue.submit_job(version.Context(), "webhook", {"order": order}).id for order in range(jobs)]
        stop.cancel()
        server.join()
        states = [queue.get_job(version.Context(), name).status for name in names]
        assert all(state in ("pending", "completed") for state in states)

    return model

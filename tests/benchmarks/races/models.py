"""What else the race lab's benchmark runs: one loop, and worker pools."""

from queue import Queue
from threading import Thread
from types import ModuleType

from .cases import Model


class Job:
    def __init__(self) -> None:
        self.attempts = 0


def accesses(times: int, writing: bool) -> Model:
    """One thread reads an attribute again and again, or writes it."""

    def model() -> None:
        job = Job()
        if writing:
            for _ in range(times):
                job.attempts = 1
        else:
            for _ in range(times):
                job.attempts  # noqa: B018

    return model


def pool(workers: int, jobs: int, producing: bool) -> Model:
    """A right pool, on a queue, stopped by one None for each worker; filled before it starts, or meanwhile."""

    def model() -> None:
        waiting: Queue[int | None] = Queue()
        done: list[int] = []

        def work() -> None:
            while (job := waiting.get()) is not None:
                done.append(job)

        def produce() -> None:
            for job in [*range(jobs), *[None] * workers]:
                waiting.put(job)

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
        queue, stop = version.Queue(workers=workers, buffer_size=jobs), version.Context()
        queue.register_handler("webhook", lambda _, payload: None)
        server = Thread(target=queue.start, args=(stop,), name="start")
        server.start()
        names = [queue.submit_job(version.Context(), "webhook", {"order": order}).id for order in range(jobs)]
        stop.cancel()
        server.join()
        states = [queue.get_job(version.Context(), name).status for name in names]
        assert all(state in ("pending", "completed") for state in states)

    return model

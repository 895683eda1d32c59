"""SCTBench: pools, pipelines, and a read-write lock made by hand."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue

from .kernels import Program, State, kernel, program


@kernel("qsort_mt", "failed assertion")
def qsort_mt(right: bool) -> Program:
    """A free worker is looked up under the pool's lock and marked later, under its own: two may choose the same."""
    pool, lock = [State(lock=threading.Lock(), working=False, work=list[str]()) for _ in range(2)], threading.Lock()

    def hand_out(work: str) -> None:
        with lock:
            worker = next(one for one in pool if not one.working)
            if right:
                worker.working = True
        with worker.lock:
            if not right:
                worker.working = True
            worker.work = [work]

    def left() -> None:
        hand_out("left half")

    def right_half() -> None:
        hand_out("right half")

    return program(left, right_half, holds=lambda: all(worker.work for worker in pool))


@kernel("ctrace-test", "exception in a thread")
def ctrace_test(right: bool) -> Program:
    """A function changes the table of threads as one of its readers; another reader walks the table."""
    lock, free, table = threading.Lock(), threading.Semaphore(1), State(readers=0, threads={1: "a", 2: "b"})

    @contextmanager
    def reading() -> Iterator[None]:
        with lock:
            table.readers += 1
            if table.readers == 1:
                free.acquire()
        yield
        with lock:
            table.readers -= 1
            if table.readers == 0:
                free.release()

    def walk() -> None:
        with reading():
            assert sum(1 for _ in table.threads) in (2, 3)

    def add() -> None:
        with free if right else reading():
            table.threads[3] = "c"

    return program(walk, add)


@kernel("ferret", "failed assertion")
def ferret(right: bool) -> Program:
    """The last stage is told "no more" by a counter that a stage raises before its last item is queued."""
    lock, images, out = threading.Condition(), Queue[str](), list[str]()
    count = State(done=0)

    def load() -> None:
        for name in ("a", "b"):
            if right:
                images.put(name)
            with lock:
                count.done += 1
                lock.notify()
            if not right:
                images.put(name)

    def write() -> None:
        with lock:
            lock.wait_for(lambda: count.done == 2)
        while not images.empty():
            out.append(images.get())

    return program(load, write, holds=lambda: out == ["a", "b"])


@kernel("threadpooldead", "deadlock")
def threadpooldead(right: bool) -> Program:
    """Workers wait for their event and then look at "done"; shutdown sets "done" but not the events."""
    lock, pool, wake = threading.Lock(), State(done=False), [threading.Event() for _ in range(2)]

    def worker(number: int) -> Callable[[], None]:
        def work() -> None:
            while True:
                with lock:
                    if pool.done:
                        return
                wake[number].wait()
                wake[number].clear()

        return work

    def shut_down() -> None:
        with lock:
            pool.done = True
        if right:
            for event in wake:
                event.set()

    return program(worker(0), worker(1), shut_down)


@kernel("IoCompletionAtShutdown", "deadlock")
def io_completion_at_shutdown(right: bool) -> Program:
    """Two workers, two jobs, and one end mark too few, which a job sends."""
    port = Queue[Callable[[], None] | None]()

    def end() -> None:
        for _ in range(2 if right else 1):
            port.put(None)

    def work() -> None:
        while job := port.get():
            job()

    def post() -> None:
        port.put(lambda: None)
        port.put(end)

    return program(work, work, post)

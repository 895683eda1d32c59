"""Python projects: starting and stopping."""

import threading
from concurrent.futures import Future
from queue import Queue

from .kernels import Program, State, kernel, lock_if, program


@kernel("python/cpython#75964", "deadlock")
def cpython_75964(right: bool) -> Program:
    """Shutdown, and the end of all workers, comes between submit's look at the flag and its put."""
    lock, pool, jobs = lock_if(right), State(closed=False), Queue[Future[str] | None]()
    flag = threading.Lock()

    def submit() -> None:
        future = Future[str]()
        with lock:
            with flag:
                closed = pool.closed
            if closed:
                return
            jobs.put(future)
        future.result()

    def shut_down() -> None:
        with lock:
            with flag:
                pool.closed = True
            jobs.put(None)

    def work() -> None:
        while future := jobs.get():
            future.set_result("done")

    return program(submit, shut_down, work)


@kernel("python/cpython#116631", "exception in a thread")
def cpython_116631(right: bool) -> Program:
    """A shutdown counts what it drops as done, and also what a worker has taken, who counts it once more."""
    lock, queue = threading.Condition(), State(items=["a", "b"], unfinished=2)

    def task_done() -> None:
        with lock:
            if queue.unfinished == 0:
                raise ValueError("task_done() called too many times")
            queue.unfinished -= 1

    def work() -> None:
        with lock:
            item = queue.items.pop() if queue.items else None
        if item:
            task_done()

    def shut_down() -> None:
        with lock:
            queue.unfinished -= len(queue.items) if right else queue.unfinished
            queue.items.clear()

    return program(work, shut_down)


@kernel("agronholm/apscheduler#37", "exception in a thread")
def apscheduler_37(right: bool) -> Program:
    """A pool's thread removes itself from the set of threads before its maker has added it."""
    lock, threads = threading.Lock(), set[str]()

    def work() -> None:
        with lock:
            threads.remove("worker")

    def submit() -> None:
        thread = threading.Thread(target=work)
        if not right:
            thread.start()
        with lock:
            threads.add("worker")
        if right:
            thread.start()
        thread.join()

    return program(submit)


@kernel("Unleash/unleash-python-sdk#373", "exception in a thread")
def unleash_373(right: bool) -> Program:
    """Stop removes a scheduled job that start has not added yet."""
    lock, jobs, client = threading.Lock(), dict[str, int](), State(started=False)

    def start() -> None:
        with lock:
            client.started = True
            if right:
                jobs["refresh"] = 15
        if not right:
            jobs["refresh"] = 15

    def stop() -> None:
        with lock:
            if client.started:
                del jobs["refresh"]

    return program(start, stop)


@kernel("gorakhargosh/watchdog#786", "exception in a thread")
def watchdog_786(right: bool) -> Program:
    """Stopping sets the watch to None; a late callback reads its attribute."""
    emitter, lock, paths = State(watch=State(path="/data")), lock_if(right), list[str]()

    def stop() -> None:
        with lock:
            emitter.watch = None

    def callback() -> None:
        with lock:
            if emitter.watch:
                paths.append(emitter.watch.path)

    return program(stop, callback)

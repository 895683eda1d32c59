"""Python projects: starting, stopping, cancelling, and notifications that nobody gets."""

import threading
import time
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


@kernel("python/cpython#74912", "lost wake-up")
def cpython_74912(right: bool) -> Program:
    """notify(2) is called when fewer than two threads have come to wait."""
    changed, state = threading.Condition(), State(waiting=0)

    def wait() -> None:
        with changed:
            state.waiting += 1
            if right and state.waiting == 2:
                arrived.set()
            changed.wait()

    arrived = threading.Event()

    def notify() -> None:
        if right:
            arrived.wait()
        with changed:
            changed.notify(2)

    return program(wait, wait, notify)


@kernel("python/cpython#112202", "lost wake-up", "deadlock")  # each waiter has an event, so no one sees that it is one
def cpython_112202(right: bool) -> Program:
    """notify chooses a waiter that is just being cancelled; it leaves without passing the notification on."""
    lock, first, second = threading.Lock(), threading.Event(), threading.Event()
    waiters = [first, second]

    def notify() -> None:
        if waiters:
            waiters.pop(0).set()

    def cancelled() -> None:
        with lock:
            if first in waiters:
                waiters.remove(first)
            elif right:
                notify()

    def wait() -> None:
        second.wait()

    def notify_one() -> None:
        with lock:
            notify()

    return program(cancelled, wait, notify_one)


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


@kernel("agronholm/apscheduler#13", "lost wake-up")
def apscheduler_13(right: bool) -> Program:
    """The loop looks, finds no job, clears the event and waits; the job was added between look and clear."""
    lock, jobs, wake, ran = threading.Lock(), list[str](), threading.Event(), list[str]()

    def add() -> None:
        with lock:
            jobs.append("job")
        wake.set()

    def loop() -> None:
        while not ran:
            if right:
                wake.clear()
            with lock:
                ran.extend(jobs)
            if not ran:
                if not right:
                    wake.clear()
                wake.wait()

    return program(loop, add, holds=lambda: ran == ["job"])


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


@kernel("agronholm/apscheduler#383", "failed assertion")
def apscheduler_383(right: bool) -> Program:
    """A listener removes a job after its first run, but the next run, due at that instant, was let pass already."""
    lock, whole, job, runs = threading.Lock(), lock_if(right), State(removed=False), list[str]()

    def run() -> None:
        time.sleep(60)
        with whole:
            with lock:
                removed = job.removed
            if not removed:
                runs.append("run")
                with lock:
                    job.removed = True  # what the listener does

    return program(run, run, holds=lambda: len(runs) == 1)


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


@kernel("rohanpm/more-executors#150", "failed assertion")
def more_executors_150(right: bool) -> Program:
    """A failed job is put up for a retry after it was cancelled: it runs again."""
    lock, job = threading.Lock(), State(cancelled=False, runs=0, late=False)
    delay = 5

    def attempt() -> None:
        with lock:
            if right and job.cancelled:
                return
            job.runs += 1
            job.late = job.cancelled

    def run() -> None:
        attempt()
        with lock:
            cancelled = job.cancelled
        if not cancelled:
            retry = threading.Timer(delay, attempt)
            retry.start()
            retry.join()

    def cancel() -> None:
        with lock:
            job.cancelled = True

    return program(run, cancel, holds=lambda: not job.late)


@kernel("lawsie/guizero#296", "failed assertion")
def guizero_296(right: bool) -> Program:
    """A repeating callback registers anew inside itself, and the wrapper re-arms the old one as well."""
    lock, callbacks, calls = threading.RLock(), dict[str, int](), list[int]()

    def arm(number: int) -> None:
        threading.Timer(1, fire, args=(number,)).start()

    def fire(number: int) -> None:
        with lock:
            calls.append(number)
            if number < 2:  # the callback
                callbacks["tick"] = number + 1
                arm(number + 1)
            else:
                callbacks.clear()
            registered = callbacks.get("tick")
            if registered is not None and (not right or registered == number):
                arm(number)

    def show_window() -> None:
        with lock:
            callbacks["tick"] = 0
            arm(0)
        time.sleep(10)
        with lock:
            assert calls == [0, 1, 2]

    return program(show_window)

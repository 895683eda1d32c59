"""Python projects: notifications that nobody gets, and timers."""

import threading
import time

from .kernels import Program, State, kernel, lock_if, program


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

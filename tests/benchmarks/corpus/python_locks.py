"""Python projects: one lock twice, locks in opposite order, an event that is not set."""

import threading
from collections.abc import Callable

from .kernels import Program, State, kernel, lock_if, program


@kernel("prometheus/client_python#1014", "deadlock")
def prometheus_1014(right: bool) -> Program:
    """Registering a collector calls it once under the registry's lock, and that registers another."""
    lock, names = threading.Lock(), list[str]()

    def register(name: str, describe: Callable[[], None]) -> None:
        if right:
            describe()
        with lock:
            if not right:
                describe()
            names.append(name)

    def describe_parent() -> None:
        register("child", lambda: None)

    def start() -> None:
        register("parent", describe_parent)

    return program(start, holds=lambda: sorted(names) == ["child", "parent"])


@kernel("python/cpython#89184", "deadlock")
def cpython_89184(right: bool) -> Program:
    """A fork copies the table's lock as it is: if another thread holds it, nobody gives the copy back."""
    lock, table = threading.Lock(), {"main": 1}

    def work() -> None:
        with lock:
            table["worker"] = 2

    def fork() -> None:
        inherited = threading.Lock()
        if lock.acquire(blocking=right):  # right: the parent holds it around the fork
            lock.release()
        else:
            inherited.acquire()
        with inherited:
            pass

    return program(work, fork)


@kernel("gorakhargosh/watchdog#229", "deadlock")
def watchdog_229(right: bool) -> Program:
    """An event handler calls stop, which takes the lock that the dispatcher holds during the handler."""
    lock, observer = threading.Lock(), State(stopped=False)

    def stop() -> None:
        with lock:
            observer.stopped = True

    def dispatch() -> None:
        with lock:
            if not right:
                stop()
        if right:
            stop()

    return program(dispatch, holds=lambda: observer.stopped)


@kernel("storaged-project/blivet#1500", "deadlock")
def blivet_1500(right: bool) -> Program:
    """A text method takes the library's lock, and the log handler calls it under its own; elsewhere it is reversed."""
    library, handler, lines = threading.RLock(), threading.RLock(), list[str]()

    class Device:
        def __str__(self) -> str:
            with library:
                return "sda"

    def log(thing: object) -> None:
        text = str(thing) if right else ""
        with handler:
            lines.append(text or str(thing))

    def log_device() -> None:
        log(Device())

    def scan() -> None:
        with library:
            log("scanned")

    return program(log_device, scan, holds=lambda: sorted(lines) == ["scanned", "sda"])


@kernel("rohanpm/more-executors#12", "lost wake-up", "deadlock")
def more_executors_12(right: bool) -> Program:
    """One of two ways to add a job does not set the event that wakes the thread."""
    jobs, wake, done = list[str](), threading.Event(), list[str]()
    lock = threading.Lock()

    def submit() -> None:
        with lock:
            jobs.append("first")
        wake.set()

    def retry() -> None:
        with lock:
            jobs.append("again")
        if right:
            wake.set()

    def work() -> None:
        while len(done) < 2:
            wake.wait()
            wake.clear()
            with lock:
                done.extend(jobs)
                jobs.clear()

    return program(submit, retry, work)


@kernel("apache/cassandra-python-driver#479", "failed assertion")
def cassandra_479(right: bool) -> Program:
    """First use connects; two first uses connect twice, and one goes on with a half-made session."""
    lock, cluster, ready = lock_if(right), State(session=None), list[bool]()

    def execute() -> None:
        with lock:
            if cluster.session is None:
                cluster.session = State(ready=False)
                cluster.session.ready = True
            ready.append(cluster.session.ready)

    return program(execute, execute, holds=lambda: ready == [True, True])

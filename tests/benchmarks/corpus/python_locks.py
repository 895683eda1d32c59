"""Python projects: one lock twice, locks in opposite order, and callbacks that come under a lock."""

import threading
from collections.abc import Callable

from .kernels import Program, State, kernel, lock_if, program


def collected_inside(right: bool) -> Program:
    """The garbage collector may run a callback that puts, in the middle of a put or get of the same thread.

    Right: the callback takes the lock if it is free, and otherwise leaves its item to the holder of the lock.
    """
    lock, items, left = threading.Lock(), list[str](), list[str]()
    garbage = threading.Event()

    def callback() -> None:
        if lock.acquire(blocking=not right):
            items.append("from the callback")
            lock.release()
        else:
            left.append("from the callback")

    def put() -> None:
        with lock:
            items.append("item")
            if garbage.is_set():  # the collector runs here
                callback()

    def make_garbage() -> None:
        garbage.set()

    return program(put, make_garbage)


@kernel("python/cpython#76757", "deadlock")
def cpython_76757(right: bool) -> Program:
    """A weak reference's callback puts into the queue whose lock the interrupted code holds."""
    return collected_inside(right)


@kernel("getsentry/sentry-python#803", "deadlock")
def sentry_803(right: bool) -> Program:
    """A destructor logs, and logging puts into the queue whose lock the worker holds in get."""
    lock, records, sent = threading.RLock() if right else threading.Lock(), ["record"], list[str]()

    class Connection:
        def __del__(self) -> None:
            with lock:
                records.append("connection dropped")

    def log() -> None:
        with lock:
            records.append("record")

    def work() -> None:
        connection = Connection()
        with lock:
            sent.append(records.pop(0))
            del connection

    return program(log, work, holds=lambda: sent == ["record"])


@kernel("paramiko/paramiko#1634", "deadlock")
def paramiko_1634(right: bool) -> Program:
    """A destructor sends over the transport whose send lock the interrupted code holds."""
    lock, wire, later = threading.Lock(), list[str](), list[str]()

    class Channel:
        def __del__(self) -> None:
            if right:
                later.append("close")  # the holder of the lock sends it
            else:
                with lock:
                    wire.append("close")

    def send() -> None:
        channel = Channel()
        with lock:
            wire.append("data")
            del channel
            wire.extend(later)

    def ping() -> None:
        with lock:
            wire.append("ping")

    return program(send, ping, holds=lambda: sorted(wire) == ["close", "data", "ping"])


@kernel("prometheus/client_python#363", "deadlock")
def prometheus_363(right: bool) -> Program:
    """Reading a metric holds its lock; the collector runs then, and its callback increments the same metric."""
    lock, metric, garbage = threading.RLock() if right else threading.Lock(), State(value=0), threading.Event()

    def increment() -> None:
        with lock:
            metric.value += 1

    def read() -> None:
        with lock:
            if garbage.is_set():  # the collector runs here
                increment()

    return program(read, garbage.set, increment)


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


@kernel("eventlet/eventlet#743", "deadlock")
def eventlet_743(right: bool) -> Program:
    """A re-entrant lock forgets its owner and then frees the inner lock; a callback in between waits for itself."""
    inner, lock, log = threading.Lock(), State(owner=0, calls=0), list[str]()

    def acquire() -> None:
        me = threading.get_ident()
        if lock.owner != me:
            inner.acquire()
            lock.owner = me
        lock.calls += 1

    def release(signal: Callable[[], None]) -> None:
        lock.calls -= 1
        lock.owner = 0
        if not right:
            signal()
        inner.release()
        if right:
            signal()

    def handle_signal() -> None:
        acquire()
        log.append("signal")
        release(lambda: None)

    def use() -> None:
        acquire()
        release(handle_signal)

    return program(use, holds=lambda: log == ["signal"])


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

"""Interrupts: what is taken but not given back, begun but not ended, announced but not done."""

from __future__ import annotations

from collections import deque
from queue import Queue
from threading import Condition, Event, Lock, Semaphore, Thread
from types import SimpleNamespace

from tests.races.faults.pairs import interrupted


def increment(shop: SimpleNamespace) -> None:
    shop.orders += 1


@interrupted("a lock is taken before the try", "deadlock")
def before_the_try(right: bool) -> None:
    """The interrupt comes when the lock is taken and the `try` has not begun."""
    lock, shop = Lock(), SimpleNamespace(orders=0)

    def work() -> None:
        with lock:
            shop.orders += 1

    worker = Thread(target=work)
    worker.start()
    if right:
        with lock:
            increment(shop)
    else:
        lock.acquire()
        try:
            increment(shop)
        finally:
            lock.release()
    worker.join()


@interrupted("a lock that nobody else wants is kept", "failed assertion")
def lock_kept(right: bool) -> None:
    """Nobody waits for the lock, so nothing hangs; but it is never given back."""
    lock, shop = Lock(), SimpleNamespace(orders=0)
    if right:
        with lock:
            increment(shop)
    else:
        lock.acquire()
        increment(shop)
        lock.release()


@interrupted("half of a change", "failed assertion")
def half_a_change(right: bool) -> None:
    """The money has left one account and has not reached the other."""
    accounts, lock = SimpleNamespace(both=(100, 0), mine=100, yours=0), Lock()
    try:
        with lock:
            if right:
                accounts.both = (90, 10)
            else:
                accounts.mine -= 10
                accounts.yours += 10
    except KeyboardInterrupt:
        pass
    assert sum(accounts.both) == 100
    assert accounts.mine + accounts.yours == 100


@interrupted("a notification is taken along", "lost wake-up")
def notification_lost(right: bool) -> None:
    """Each waiter wakes the next. The interrupted one was woken, and wakes nobody."""
    changed, state = Condition(Lock()), SimpleNamespace(ready=False)

    def wait() -> None:
        with changed:
            try:
                while not state.ready:
                    changed.wait()
            finally:
                if right:
                    changed.notify()
            changed.notify()

    def announce() -> None:
        with changed:
            state.ready = True
            changed.notify()

    threads = [Thread(target=announce, name="announcer"), Thread(target=wait, name="waiter")]
    for thread in threads:
        thread.start()
    wait()


@interrupted("a counter is not set back", "failed assertion")
def counter_not_set_back(right: bool) -> None:
    """The interrupt comes while the work is done, and skips the line that counts down."""
    shop = SimpleNamespace(orders=0, busy=0)
    try:
        shop.busy += 1
        try:
            increment(shop)
            if not right:
                shop.busy -= 1
        finally:
            if right:
                shop.busy -= 1
    except KeyboardInterrupt:
        pass
    assert shop.busy == 0


@interrupted("a job is taken, and not done", "failed assertion")
def job_lost(right: bool) -> None:
    """The job is in no line any more when the interrupt comes. It is done first, and leaves the line then."""
    jobs, done = deque(["job-1"]), list[str]()
    try:
        if right:
            done.append(jobs[0])
            jobs.popleft()
        else:
            job = jobs.popleft()
            done.append(job)
    except KeyboardInterrupt:
        pass
    assert "job-1" in [*jobs, *done]


@interrupted("a pool waits for workers that nobody stops", "deadlock")
def pool_never_stops(right: bool) -> None:
    """The interrupt skips the line that tells the worker to stop; the clean-up waits for the worker."""
    jobs: Queue[str | None] = Queue()

    def work() -> None:
        while jobs.get() is not None:
            pass

    worker = Thread(target=work, name="worker")
    try:
        worker.start()
        jobs.put("job-1")
        if not right:
            jobs.put(None)
    finally:
        if right:
            jobs.put(None)
        if worker.is_alive():
            worker.join()


@interrupted("a clean-up is interrupted", "failed assertion")
def cleanup_interrupted(right: bool) -> None:
    """The interrupt comes between the two lines of the clean-up."""
    opened: set[str] = set()
    try:
        try:
            opened.update(("file", "socket"))
        finally:
            if right:
                try:
                    opened.discard("socket")
                finally:
                    opened.discard("file")
            else:
                opened.discard("socket")
                opened.discard("file")
    except KeyboardInterrupt:
        pass
    assert not opened


@interrupted("a second Ctrl-C ends the clean-up of the first", "failed assertion", most=2)
def second_interrupt(right: bool) -> None:
    """The clean-up of a Ctrl-C is several steps, so a second one leaves it half done; one step cannot be half done."""
    opened = {"file", "socket"}
    try:
        try:
            opened.copy()
        finally:
            if right:
                opened.clear()
            else:
                opened.discard("socket")
                opened.discard("file")
    except KeyboardInterrupt:
        pass
    assert len(opened) != 1


@interrupted("a lock is handed over", "deadlock")
def lock_handed_over(right: bool) -> None:
    """The main thread takes the lock for a helper, and is interrupted before the helper is there."""
    lock, sent = Lock(), list[str]()

    def send() -> None:
        if right:
            with lock:
                sent.append("order-1")
        else:
            sent.append("order-1")
            lock.release()

    def count() -> None:
        with lock:
            len(sent)

    counter, helper = Thread(target=count, name="counter"), Thread(target=send, name="helper")
    counter.start()
    if not right:
        lock.acquire()
    helper.start()


@interrupted("nobody sets the flag", "deadlock")
def flag_not_set(right: bool) -> None:
    """The worker waits for the flag that the main thread sets at its end, which does not come."""
    stopping = Event()
    worker = Thread(target=stopping.wait, name="worker")
    try:
        worker.start()
        if not right:
            stopping.set()
    finally:
        if right:
            stopping.set()


@interrupted("a permit is kept", "deadlock")
def permit_kept(right: bool) -> None:
    """One of one permits is gone, and the next who asks waits for ever."""
    permits, shop = Semaphore(1), SimpleNamespace(orders=0)

    def work() -> None:
        with permits:
            shop.orders += 1

    Thread(target=work, name="worker").start()
    if right:
        with permits:
            increment(shop)
    else:
        permits.acquire()
        increment(shop)
        permits.release()


@interrupted("ready is said too early", "exception in a thread")
def said_too_early(right: bool) -> None:
    """The flag is set before what it announces, and the interrupt comes in between."""
    cache, lock = SimpleNamespace(ready=False, prices=None), Lock()

    def look() -> None:
        with lock:
            if cache.ready:
                len(cache.prices)

    reader = Thread(target=look, name="reader")
    reader.start()
    with lock:
        cache.ready = not right
        cache.prices = {"order": 17}
        cache.ready = True


@interrupted("a worker dies and says nothing", "deadlock", threads="all")
def worker_dies(right: bool) -> None:
    """Another thread than the main one is interrupted: what PyThreadState_SetAsyncExc does."""
    done, sent = Event(), list[str]()

    def send() -> None:
        sent.append("order-1")
        done.set()

    worker = Thread(target=send, name="worker")
    worker.start()
    while not done.wait(1 if right else None) and worker.is_alive():
        pass

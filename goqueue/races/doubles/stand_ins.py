"""What was made before a run: each run gets a stand-in for it at its first touch, in the state in which it was made.

    a lock, an RLock        a controlled lock of this run; it is held if the real one is held
    a Condition, an Event, a Semaphore, a Barrier, a Queue
                            the object itself, on a controlled lock; its state is put back before the next run
    a SimpleQueue           a controlled one, with the same items
    an executor             itself, without its real threads
    a threading.local       one for each thread of this run: see `thread_locals`

References to locks and SimpleQueues are replaced by objects of this file while an exploration lasts. In a thread that
no run controls, these do what the real ones do.
"""

from __future__ import annotations

import concurrent.futures.thread
import queue
import re
import threading
from collections import deque
from typing import Any

from ..engine.active import here
from ..engine.carrying import get_ident
from ..engine.ends.ending import REAL_LOCKS
from ..engine.identity import identity
from ..engine.naming import a, numbered
from ..engine.run import Run
from .locks import Lock, RLock
from .simple_queues import NAME, SimpleQueue
from .stage import collected
from .stage.references import find_holders, replace_references
from .stage.replacements import Replacements
from .stage.snapshots import Snapshots
from .thread_locals import LOCAL, is_local, reference_to

REAL_LOCK_TYPE, REAL_RLOCK_TYPE = REAL_LOCKS
REAL_SIMPLE_QUEUE: Any = queue.SimpleQueue
EXECUTORS_OWN: Any = concurrent.futures.thread._global_shutdown_lock  # `factories` replaces it by name
EXECUTOR = concurrent.futures.ThreadPoolExecutor

# What is built on a lock, and the attribute that leads to it.
BUILT_ON: dict[type, str] = {
    threading.Condition: "_lock",
    threading.Event: "_cond",
    threading.Semaphore: "_cond",
    threading.Barrier: "_cond",
    queue.Queue: "mutex",
    queue._PySimpleQueue: "_count",  # type: ignore[attr-defined]
    EXECUTOR: "_shutdown_lock",
}
MOMENT = 0.02  # seconds of real time, after which a lock counts as held: other threads take locks for a moment


class Before:
    """Owns the locks that are held when a run begins, if no thread of the run does."""

    name = "code outside of the run"
    gate = None
    waits_for = ("", None)
    finished = False
    index = -1


class Known:
    """What the objects that were made before this exploration are called, and who is built on them."""

    names: dict[int, str] = {}  # noqa: RUF012  # one exploration at a time
    users: dict[int, list[Any]] = {}  # noqa: RUF012
    ident = 0  # of the real thread that explores


class LockReference:
    """Replaces a reference to a real lock."""

    __slots__ = ("__weakref__", "real")

    def __init__(self, real: Any) -> None:
        self.real = real

    @property  # type: ignore[misc]  # as isinstance() sees it
    def __class__(self) -> Any:
        return type(self.real)

    def _lock(self) -> Any:
        run = here()
        return self.real if run is None or run.guest is not None else controlled(run, self.real)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: see threading.Lock."""
        return bool(self._lock().acquire(blocking, timeout))

    def release(self) -> None:
        """Release the lock."""
        self._lock().release()

    def locked(self) -> bool:
        """Whether a thread holds the lock."""
        return bool(self._lock().locked())

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __enter__(self) -> bool:
        return bool(self._lock().acquire())

    def __exit__(self, *_: object) -> None:
        self._lock().release()

    def _at_fork_reinit(self) -> None:
        self._lock()._at_fork_reinit()

    def __eq__(self, other: object) -> bool:
        return self.real is (other.real if type(other) in REFERENCES else other)  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.real)

    def __repr__(self) -> str:
        return repr(self.real)

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {type(self.real).__name__!r} object")


class RLockReference(LockReference):
    """Replaces a reference to a real RLock."""

    __slots__ = ()

    def _is_owned(self) -> bool:
        return bool(self._lock()._is_owned())

    def _release_save(self) -> Any:
        return self._lock()._release_save()

    def _acquire_restore(self, state: Any) -> None:
        self._lock()._acquire_restore(state)

    def _recursion_count(self) -> int:
        return int(self._lock()._recursion_count())


class SimpleQueueReference:
    """Replaces a reference to a real SimpleQueue."""

    __slots__ = ("__weakref__", "real")

    def __init__(self, real: Any) -> None:
        self.real = real

    @property  # type: ignore[misc]  # as isinstance() sees it
    def __class__(self) -> Any:
        return REAL_SIMPLE_QUEUE

    def __getattr__(self, name: str) -> Any:
        run = here()
        return getattr(self.real if run is None or run.guest is not None else queue_of(run, self.real), name)

    def __repr__(self) -> str:
        return repr(self.real)


REFERENCES = frozenset({LockReference, RLockReference})

STANDS_FOR: dict[Any, Any] = {
    REAL_LOCK_TYPE: LockReference,
    REAL_RLOCK_TYPE: RLockReference,
    REAL_SIMPLE_QUEUE: SimpleQueueReference,
}


def find_what_was_made_before(replaced: Replacements, others: dict[int, tuple[Any, Any]]) -> None:
    """Replace the references to real locks and SimpleQueues, and to `others`: pairs of what is and what replaces it."""
    Known.ident = get_ident()
    pairs = list[tuple[Any, Any]]()
    Known.users = {}
    replaced.later(Known.users.clear)
    for thing in collected.begin((*REAL_LOCKS, REAL_SIMPLE_QUEUE, LOCAL, *BUILT_ON)):
        if thing is EXECUTORS_OWN:
            continue
        if is_local(thing):
            pairs.append((thing, reference_to(thing)))
            continue
        inner = innermost(thing)
        if type(thing) in STANDS_FOR:
            pairs.append((thing, STANDS_FOR[type(thing)](thing)))
        elif inner is not None:
            Known.users.setdefault(identity(inner), []).append(thing)
    pairs += others.values()
    find_holders()
    Known.names = replace_references(iter(pairs), replaced)
    replaced.later(Snapshots.restore)


def innermost(thing: Any) -> Any:
    """Return the lock that an object is built on, or None."""
    for _ in range(4):
        name = next((BUILT_ON[base] for base in type(thing).__mro__ if base in BUILT_ON), None)
        if name is None:
            return thing.real if type(thing) in REFERENCES else thing
        thing = vars(thing).get(name)
    return None


# -- at the first touch in a run ----------------------------------------------------------------------


def run_of(thing: Any, lock: Any) -> Run | None:
    """Return the run, if the caller is in one; `thing` is built on `lock`, and can be used in the run from then on.

    In virtual_time() what was made before stays real, because the caller's thread may use it for something else, such
    as showing what it finds.
    """
    run = here()
    if run is None or (isinstance(lock, Lock) and (lock.belongs_to(run) or run.guest is not None)):
        return run
    if run.guest is not None:
        return None
    controlled(run, lock)
    touch(run, thing)
    return run


def controlled(run: Run, lock: Any) -> Lock:
    """Return this run's lock for one that was made before the run, and for its own lock itself."""
    if type(lock) in REFERENCES:
        lock = lock.real
    if isinstance(lock, Lock) and lock.belongs_to(run):
        return lock
    found = run.stand_ins.get(identity(lock))
    if found is None:
        found = run.stand_ins[identity(lock)] = stand_in(run, lock)
        for thing in Known.users.get(identity(lock), ()):
            touch(run, thing)
    assert isinstance(found, Lock)
    return found


def stand_in(run: Run, real: Any) -> Lock:
    """Return a new lock of this run, held if the real one is."""
    reentrant = isinstance(real, (REAL_RLOCK_TYPE, RLock))
    made = RLock(run) if reentrant else Lock(run)
    kind = "RLock" if reentrant else "Lock"
    name = Known.names.get(id(real)) or (real.name if isinstance(real, Lock) else "")
    made.name = numbered(run, name or f"{a(kind)} made before the run", kind)
    run.made[~identity(real)] = real  # kept alive, so that its id is not reused
    if not isinstance(real, Lock) and is_held(real):
        owner, times = holder(real)
        made.owner = run.tasks[0] if owner == Known.ident else Before()  # type: ignore[assignment]
        if isinstance(made, RLock):
            made.times = times
    return made


def is_held(real: Any) -> bool:
    """Whether a real lock is held, and for longer than a moment."""
    if not (real.locked() if hasattr(real, "locked") else holder(real)[1]):
        return False
    if not real.acquire(timeout=MOMENT):
        return True
    real.release()
    return False


def holder(real: Any) -> tuple[int, int]:
    """Return the real thread that holds a real RLock, and how often. Nothing but its repr tells."""
    told = re.search(r"owner=(\d+) count=(\d+)", repr(real))
    return (int(told[1]), int(told[2])) if told else (0, 0)


def touch(run: Run, thing: Any) -> None:
    """A run touches an object that was made before it: remember its state, and make it usable in this run."""
    if not hasattr(thing, "__dict__") or not Snapshots.take(thing):
        return
    if isinstance(thing, threading.Condition):
        thing._waiters = deque()  # type: ignore[attr-defined]  # real threads may wait, and are not woken
    elif isinstance(thing, EXECUTOR):
        renew(thing)
    name = next((BUILT_ON[base] for base in type(thing).__mro__ if base in BUILT_ON), None)
    inner = vars(thing).get(name) if name is not None else None
    if inner is not None and not isinstance(inner, Lock) and type(inner) not in (*REFERENCES, *REAL_LOCKS):
        touch(run, inner)
    if isinstance(thing, queue.Queue):
        for condition in (thing.not_empty, thing.not_full, thing.all_tasks_done):
            touch(run, condition)


def renew(executor: Any) -> None:
    """Give an executor new threads in this run: its real ones get none of the run's work, and keep what they have."""
    executor._threads = set()
    executor._idle_semaphore = threading.Semaphore(0)
    executor._work_queue = queue.SimpleQueue()


def queue_of(run: Run, real: Any) -> Any:
    """Return this run's queue for a real SimpleQueue, with the same items."""
    if type(real) is SimpleQueueReference:
        real = real.real
    if not isinstance(real, REAL_SIMPLE_QUEUE):
        return real
    found = run.stand_ins.get(identity(real))
    if found is None:
        name = numbered(run, Known.names.get(id(real)) or f"{a(NAME)} made before the run", NAME)
        found = run.stand_ins[identity(real)] = SimpleQueue(run, name)
        run.made[~identity(real)] = real
        items = []
        while not real.empty():
            items.append(real.get_nowait())
        for item in items:
            real.put(item)
            found._items.append(item)
    return found

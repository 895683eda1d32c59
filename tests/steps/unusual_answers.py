"""Right answers to exercises that nobody expects: other tools, other names, other designs. Each must pass.

What the text of an exercise asks for is what is judged, and nothing else: neither how a class keeps its state, nor
which of Python's tools it waits with.
"""

UNUSUAL: dict[str, dict[str, str]] = {
    "09.1": {
        "no with, and cancel after it": """
def send_catalogue(ctx, send):
    for chunk in range(5):
        ctx.raise_if_done()
        limited = ctx.with_timeout(2)
        send(limited, chunk)
        limited.cancel()
""",
        "a deadline for each": """
import time
def send_catalogue(ctx, send):
    for chunk in range(5):
        ctx.raise_if_done()
        with ctx.with_deadline(time.monotonic() + 2) as c:
            send(c, chunk)
""",
        "all and map": """
def send_catalogue(ctx, send):
    def one(chunk):
        if ctx.done:
            return False
        with ctx.with_timeout(2) as c:
            send(c, chunk)
        return True
    all(map(one, range(5)))
""",
        "a while loop and an early return": """
def send_catalogue(ctx, send):
    chunk = 0
    while chunk < 5:
        if ctx.done:
            return
        limited = ctx.with_timeout(2.0)
        with limited:
            send(limited, chunk)
        chunk += 1
""",
        "a helper, and cancel in the end": """
def send_one(ctx, send, chunk):
    limit = ctx.with_timeout(seconds=2) if False else ctx.with_timeout(2)
    try:
        send(limit, chunk)
    finally:
        limit.cancel()

def send_catalogue(ctx, send):
    for chunk in range(5):
        ctx.raise_if_done()
        send_one(ctx, send, chunk)
""",
        "recursion": """
def send_catalogue(ctx, send, chunk=0):
    if chunk == 5 or ctx.done:
        return
    with ctx.with_timeout(2) as limited:
        send(limited, chunk)
    send_catalogue(ctx, send, chunk + 1)
""",
    },
    "09.2": {
        "looks whether the name is there": """
def log_ends(contexts, ended):
    def log(name):
        if name not in ended:
            ended.append(name)
    for name in contexts:
        contexts[name].after_done(lambda n=name: log(n))
""",
        "generators": """
def log_ends(contexts, ended):
    def teller(name):
        while True:
            yield
            ended.append(name)
    for name, ctx in contexts.items():
        t = teller(name)
        next(t)
        ctx.after_done(t.__next__)
""",
        "partial": """
from functools import partial

def log_ends(contexts, ended):
    for name, ctx in contexts.items():
        ctx.after_done(partial(ended.append, name))
""",
        "a function that makes functions": """
def log_ends(contexts, ended):
    def logger(name):
        def log():
            ended.append(name)
        return log
    for name in contexts:
        contexts[name].after_done(logger(name))
""",
        "an object that can be called": """
class Log:
    def __init__(self, name, ended):
        self.name, self.ended = name, ended

    def __call__(self):
        self.ended.append(self.name)

def log_ends(contexts, ended):
    for name, ctx in contexts.items():
        ctx.after_done(Log(name, ended))
""",
        "with a lock of its own": """
import threading

def log_ends(contexts, ended):
    lock = threading.RLock()
    def log(name):
        with lock:
            ended.append(name)
    [ctx.after_done(lambda name=name: log(name)) for name, ctx in contexts.items()]
""",
    },
    "10.1": {
        "catches the overflow": """
def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError('no')
    if attempts == 0:
        return 0.0
    try:
        return min(cap, first * factor ** (attempts - 1))
    except OverflowError:
        return cap
""",
        "logarithms": """
import math
def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError('no')
    if attempts == 0:
        return 0.0
    if first >= cap or (factor > 1 and (attempts - 1) * math.log(factor) > math.log(cap / first)):
        return float(cap)
    return min(cap, first * factor ** (attempts - 1))
""",
        "decimals": """
from decimal import Decimal
def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError('no')
    if attempts == 0:
        return 0
    return float(min(Decimal(str(cap)), Decimal(str(first)) * Decimal(str(factor)) ** (attempts - 1)))
""",
        "recursion with a bound": """
def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError("negative")
    wait, left = first, attempts - 1
    while left > 0 and wait < cap and factor > 1:
        wait *= factor
        left -= 1
    if factor <= 1:
        for _ in range(left):
            wait = wait * factor
    return min(wait, cap) if attempts else 0
""",
        "itertools": """
from itertools import accumulate, repeat

def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError(attempts)
    waits = [0, *accumulate(repeat(factor, max(0, attempts - 1)), lambda wait, by: min(cap, wait * by),
                            initial=min(cap, first))]
    return waits[attempts]
""",
        "reduce": """
import functools

def backoff(attempts, first, factor, cap):
    if attempts < 0:
        raise ValueError(f"{attempts} attempts")
    if not attempts:
        return 0
    return functools.reduce(lambda wait, _: min(cap, factor * wait), range(1, attempts), min(first, cap))
""",
    },
    "10.2": {
        "relies on the storage": """
def settle(queue, ctx, handler):
    while jobs := queue.storage.list_by_status(ctx, 'pending'):
        for job in jobs:
            ctx.wait(job.backoff_duration())
            queue.processor.process_job(ctx, job, handler)
""",
        "due times": """
import time
def settle(queue, ctx, handler):
    due = {}
    while jobs := queue.storage.list_by_status(ctx, 'pending'):
        for job in jobs:
            due.setdefault((job.id, job.attempts), time.monotonic() + job.backoff_duration())
        job = min(jobs, key=lambda job: due[job.id, job.attempts])
        if ctx.wait(max(0, due[job.id, job.attempts] - time.monotonic())):
            return
        queue.processor.process_job(ctx, job, handler)
""",
        "waits in pieces": """
def settle(queue, ctx, handler):
    while jobs := queue.storage.list_by_status(ctx, 'pending'):
        for job in jobs:
            left = job.backoff_duration()
            while left > 0:
                if ctx.wait(min(0.5, left)):
                    return
                left -= 0.5
            queue.processor.process_job(ctx, job, handler)
""",
        "the longest wait for the round": """
def settle(queue, ctx, handler):
    while jobs := queue.storage.list_by_status(ctx, 'pending'):
        if ctx.wait(max(job.backoff_duration() for job in jobs)):
            ctx.raise_if_done()
        for job in jobs:
            if ctx.done:
                return
            queue.processor.process_job(ctx, job, handler)
""",
        "a deque": """
from collections import deque
def settle(queue, ctx, handler):
    line = deque(queue.storage.list_by_status(ctx, 'pending'))
    while line:
        job = line.popleft()
        if ctx.wait(job.backoff_duration()):
            return
        queue.processor.process_job(ctx, job, handler)
        if not line:
            line.extend(queue.storage.list_by_status(ctx, 'pending'))
""",
        "one at a time": """
def settle(queue, ctx, handler):
    while True:
        pending = queue.storage.list_by_status(ctx, v10.job.Status.PENDING)
        if not pending:
            return
        job = pending[0]
        if ctx.wait(job.backoff_duration()):
            return
        queue.processor.process_job(ctx, job, handler)
""",
        "raises when it ends": """
def settle(queue, ctx, handler):
    jobs = queue.storage.list_by_status(ctx, "pending")
    while jobs:
        for job in jobs:
            ctx.wait(job.backoff_duration())
            ctx.raise_if_done()
            queue.processor.process_job(ctx, job, handler)
        jobs = queue.storage.list_by_status(ctx, "pending")
""",
        "the shortest wait first": """
def settle(queue, ctx, handler):
    while jobs := queue.storage.list_by_status(ctx, "pending"):
        for job in sorted(jobs, key=lambda job: job.backoff_duration()):
            if ctx.wait(job.backoff_duration()):
                return
            queue.processor.process_job(ctx, job, handler)
""",
    },
    "11.2": {
        "slots": """
class Registry:
    __slots__ = ('lock', 'handlers', '__weakref__')
    def __init__(self):
        self.lock = threading.Lock()
        self.handlers = {}

    def register_handler(self, job_type, handler):
        with self.lock:
            if job_type in self.handlers:
                raise ValueError(job_type)
            self.handlers[job_type] = handler
""",
        "looks before it takes the lock, and again": """
class Registry:
    def __init__(self):
        self.lock = threading.Lock()
        self.handlers = {}

    def register_handler(self, job_type, handler):
        if job_type in self.handlers:
            raise ValueError(job_type)
        with self.lock:
            if job_type in self.handlers:
                raise ValueError(job_type)
            self.handlers[job_type] = handler
""",
        "a queue that holds the dict": """
import queue
class Registry:
    def __init__(self):
        self.turn = queue.Queue()
        self.turn.put({})

    def register_handler(self, job_type, handler):
        handlers = self.turn.get()
        try:
            if job_type in handlers:
                raise ValueError(job_type)
            handlers[job_type] = handler
        finally:
            self.turn.put(handlers)
""",
        "RLock": """
class Registry:
    def __init__(self):
        self._guard = threading.RLock()
        self.handlers = {}

    def register_handler(self, job_type, handler):
        with self._guard:
            if self.handlers.get(job_type) is not None:
                raise ValueError(f"{job_type} is taken")
            self.handlers[job_type] = handler
""",
        "acquire and release": """
class Registry:
    def __init__(self):
        self.lock = threading.Lock()
        self.handlers = {}

    def register_handler(self, job_type, handler):
        self.lock.acquire()
        try:
            if job_type in self.handlers:
                raise ValueError("taken")
            self.handlers.update({job_type: handler})
        finally:
            self.lock.release()
""",
        "setdefault": """
class Registry:
    def __init__(self):
        self.lock, self.handlers = threading.Lock(), {}

    def register_handler(self, job_type, handler):
        mine = [handler]
        with self.lock:
            winner = self.handlers.setdefault(job_type, mine[0])
            first = winner is handler and not getattr(self, "seen", set()) & {job_type}
            self.seen = getattr(self, "seen", set()) | {job_type}
        if not first:
            raise ValueError(f"{job_type!r} has a handler already")
""",
        "a semaphore of one": """
class Registry:
    def __init__(self):
        self.turn = threading.BoundedSemaphore(1)
        self.handlers = {}

    def register_handler(self, job_type, handler):
        with self.turn:
            taken = job_type in self.handlers
            if not taken:
                self.handlers[job_type] = handler
        if taken:
            raise ValueError(f"{job_type!r} has a handler already")
""",
        "a condition": """
class Registry:
    def __init__(self):
        self.changed = threading.Condition()
        self.handlers = {}

    def register_handler(self, job_type, handler):
        with self.changed:
            if job_type not in self.handlers:
                self.handlers[job_type] = handler
                return
        raise ValueError("there is one already")
""",
    },
    "11.3": {
        "copy on write, unlocked readers": """
from copy import deepcopy

class Shelf:
    def __init__(self):
        self._write = threading.Lock()
        self._jobs = {}

    def save(self, job):
        mine = deepcopy(job)
        with self._write:
            if job.id in self._jobs:
                raise ValueError(job.id)
            self._jobs = {**self._jobs, job.id: mine}

    def get(self, job_id):
        jobs = self._jobs
        if job_id not in jobs:
            raise LookupError(job_id)
        return deepcopy(jobs[job_id])

    def count(self, status):
        return len([job for job in self._jobs.values() if job.status == status])
""",
        "pickled": """
import pickle

class Shelf:
    def __init__(self):
        self.lock = threading.RLock()
        self.stored = {}

    def save(self, job):
        text = pickle.dumps(job)
        with self.lock:
            if job.id in self.stored:
                raise ValueError("taken")
            self.stored[job.id] = text

    def get(self, job_id):
        with self.lock:
            if job_id not in self.stored:
                raise KeyError(job_id)
            return pickle.loads(self.stored[job_id])

    def count(self, status):
        with self.lock:
            return sum(pickle.loads(text).status == status for text in self.stored.values())
""",
        "everything under one lock": """
import copy

class Shelf:
    def __init__(self):
        self.mutex = threading.Lock()
        self.jobs = []

    def save(self, job):
        with self.mutex:
            if any(kept.id == job.id for kept in self.jobs):
                raise ValueError(f"{job.id} is there")
            self.jobs.append(copy.deepcopy(job))

    def get(self, job_id):
        with self.mutex:
            for kept in self.jobs:
                if kept.id == job_id:
                    return copy.deepcopy(kept)
        raise LookupError(f"no {job_id}")

    def count(self, status):
        with self.mutex:
            return sum(1 for kept in self.jobs if kept.status == status)
""",
        "a property and slots": """
from copy import deepcopy
from dataclasses import dataclass, field

@dataclass
class Shelf:
    lock: threading.Lock = field(default_factory=threading.Lock)
    _jobs: dict = field(default_factory=dict)

    @property
    def jobs(self):
        return self._jobs

    def save(self, job):
        copy = deepcopy(job)
        with self.lock:
            if job.id in self.jobs:
                raise ValueError(job.id)
            self.jobs[job.id] = copy

    def get(self, job_id):
        with self.lock:
            if job_id not in self.jobs:
                raise LookupError(job_id)
            kept = self.jobs[job_id]
        return deepcopy(kept)

    def count(self, status):
        with self.lock:
            return [job.status for job in self.jobs.values()].count(status)
""",
    },
    "12.1": {
        "wait_for": """
class Channel(v12.channel.Channel):
    def get(self):
        with self._lock:
            self._ready.wait_for(lambda: self._items or self._closed)
            if self._closed:
                return None
            item = self._items.popleft()
            self._room.notify_all()
            return item
""",
        "while True and break": """
class Channel(v12.channel.Channel):
    def get(self):
        with self._ready:
            while True:
                if self._closed:
                    return None
                if self._items:
                    break
                self._ready.wait()
            self._room.notify_all()
            return self._items.popleft()
""",
        "takes first, then tells": """
class Channel(v12.channel.Channel):
    def get(self):
        self._lock.acquire()
        try:
            while len(self._items) == 0 and self._closed is False:
                self._ready.wait(3600.0)
            item = None if self._closed else self._items.popleft()
            if item is not None:
                self._room.notify_all()
            return item
        finally:
            self._lock.release()
""",
    },
    "12.2": {
        "an ExitStack": """
import contextlib
class Meter:
    def __init__(self, send):
        self.send, self.running, self.most, self.lock = send, 0, 0, threading.Lock()
    def out(self):
        with self.lock:
            self.running -= 1
    def deliver(self, ctx, payload):
        with contextlib.ExitStack() as stack:
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            stack.callback(self.out)
            self.send(payload)
""",
        "a history of numbers": """
class Meter:
    def __init__(self, send):
        self.send, self._lock, self._numbers = send, threading.Lock(), [0]
    @property
    def running(self):
        with self._lock:
            return self._numbers[-1]
    @property
    def most(self):
        with self._lock:
            return max(self._numbers)
    def deliver(self, ctx, payload):
        with self._lock:
            self._numbers.append(self._numbers[-1] + 1)
        try:
            self.send(payload)
        finally:
            with self._lock:
                self._numbers.append(self._numbers[-1] - 1)
""",
        "a dataclass": """
from dataclasses import dataclass, field
from typing import Any
@dataclass
class Meter:
    send: Any
    running: int = 0
    most: int = 0
    lock: Any = field(default_factory=threading.RLock)
    def deliver(self, ctx, payload):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            self.send(payload)
        finally:
            with self.lock:
                self.running -= 1
""",
        "RLock and a stack": """
class Meter:
    def __init__(self, send):
        self.send = send
        self.most = self.running = 0
        self._lock = threading.RLock()

    def deliver(self, ctx, payload):
        self._change(1)
        try:
            return self.send(payload)
        finally:
            self._change(-1)

    def _change(self, by):
        with self._lock:
            self.running += by
            if self.running > self.most:
                self.most = self.running
""",
        "a context manager": """
from contextlib import contextmanager

class Meter:
    def __init__(self, send):
        self.send, self.running, self.most = send, 0, 0
        self.guard = threading.Condition()

    @contextmanager
    def counted(self):
        with self.guard:
            self.running = self.running + 1
            self.most = max(self.running, self.most)
        try:
            yield
        finally:
            with self.guard:
                self.running = self.running - 1

    def deliver(self, ctx, payload):
        with self.counted():
            self.send(payload)
""",
        "properties over a set": """
class Meter:
    def __init__(self, send):
        self.send = send
        self._lock = threading.Lock()
        self._now = []
        self._most = 0

    @property
    def running(self):
        with self._lock:
            return len(self._now)

    @property
    def most(self):
        with self._lock:
            return self._most

    def deliver(self, ctx, payload):
        ticket = object()
        with self._lock:
            self._now.append(ticket)
            self._most = max(self._most, len(self._now))
        try:
            self.send(payload)
        finally:
            with self._lock:
                self._now.remove(ticket)
""",
        "except and raise": """
class Meter:
    def __init__(self, send):
        self.deliver_one = send
        self.running = 0
        self.most = 0
        self.lock = threading.Lock()

    def deliver(self, ctx, payload):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            self.deliver_one(payload)
        except BaseException:
            with self.lock:
                self.running -= 1
            raise
        with self.lock:
            self.running -= 1
""",
        "a semaphore as a lock": """
class Meter:
    most = 0
    running = 0

    def __init__(self, send):
        self.send = send
        self.turn = threading.Semaphore()

    def deliver(self, ctx, payload):
        with self.turn:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            self.send(payload)
        finally:
            with self.turn:
                self.running -= 1
""",
    },
    "12.3": {
        "two conditions, one lock": """
class Channel:
    def __init__(self, size):
        self._size = size
        self._lock = threading.RLock()  # raise_if_done() may call wake()
        self._room, self._ready = threading.Condition(self._lock), threading.Condition(self._lock)
        self._items, self._closed = [], False

    def put(self, ctx, item):
        def wake():
            with self._lock:
                self._room.notify_all()

        forget = ctx.after_done(wake)
        try:
            with self._lock:
                while len(self._items) >= self._size and not self._closed and not ctx.done:
                    self._room.wait(ctx.remaining())
                ctx.raise_if_done()
                if self._closed:
                    raise RuntimeError("the queue has stopped")
                self._items.append(item)
                self._ready.notify()
        finally:
            forget()

    def get(self):
        with self._lock:
            while not (self._items or self._closed):
                self._ready.wait()
            if self._closed:
                return None
            self._room.notify_all()
            return self._items.pop(0)

    def close(self):
        with self._lock:
            self._closed = True
            self._room.notify_all()
            self._ready.notify_all()
""",
        "wait_for and RLock": """
class Channel:
    def __init__(self, size):
        self.size, self.items, self.open = size, deque(), True
        self.changed = threading.Condition(threading.RLock())

    def put(self, ctx, item):
        stop = ctx.after_done(self.tell)
        try:
            with self.changed:
                self.changed.wait_for(
                    lambda: len(self.items) < self.size or not self.open or ctx.done, ctx.remaining()
                )
                ctx.raise_if_done()
                if not self.open:
                    raise RuntimeError("the queue has stopped")
                self.items.append(item)
                self.changed.notify_all()
        finally:
            stop()

    def tell(self):
        with self.changed:
            self.changed.notify_all()

    def get(self):
        with self.changed:
            self.changed.wait_for(lambda: self.items or not self.open)
            if not self.open:
                return None
            item = self.items.popleft()
            self.changed.notify_all()
            return item

    def close(self):
        with self.changed:
            self.open = False
            self.changed.notify_all()
""",
    },
    "13.1": {
        "by the job's id": """
def backoff(job):
    if job.payload.get('partner') != 'Slow & Sons':
        return v13.retry.full_jitter(job)
    part = random.Random(f'{job.id} {job.attempts}').random()
    return part * min(600, 30 * 2 ** (job.attempts - 1))
""",
        "whole seconds": """
def backoff(job):
    if job.payload.get('partner') != 'Slow & Sons':
        return v13.retry.full_jitter(job)
    return random.randint(0, int(min(600, 30 * 2 ** (job.attempts - 1))))
""",
        "a closure": """
def slow(first, cap):
    draw = random.Random()
    def policy(job):
        return draw.random() * min(cap, first * 2 ** (job.attempts - 1))
    return policy

POLICIES = {'Slow & Sons': slow(30, 600)}

def backoff(job):
    return POLICIES.get(job.payload.get('partner'), v13.retry.full_jitter)(job)
""",
        "a partial": """
import functools
def policy(partner, job):
    if job.payload.get('partner') != partner:
        return v13.retry.full_jitter(job)
    return random.uniform(0, min(600, 30 * 2 ** (job.attempts - 1)))
backoff = functools.partial(policy, 'Slow & Sons')
""",
        "random times the limit": """
def backoff(job):
    if job.payload.get("partner") == "Slow & Sons":
        limit = 30.0
        for _ in range(1, job.attempts):
            limit = min(600.0, limit * 2)
        return random.random() * limit
    return v13.retry.full_jitter(job)
""",
        "a class that can be called": """
class Policy:
    def __call__(self, job):
        if "partner" in job.payload and job.payload["partner"] == "Slow & Sons":
            return random.uniform(0.0, min(600.0, 30.0 * 2.0 ** min(job.attempts - 1, 10)))
        return v13.retry.full_jitter(job)

backoff = Policy()
""",
        "a table": """
LIMITS = [30, 60, 120, 240, 480, 600]

def backoff(job):
    partner = job.payload.get("partner", "")
    if partner != "Slow & Sons":
        return v13.retry.full_jitter(job)
    return random.uniform(0, LIMITS[min(job.attempts, len(LIMITS)) - 1])
""",
        "a loop over the attempts": """
def backoff(job):
    match job.payload:
        case {"partner": "Slow & Sons"}:
            limit = 30
            for attempt in range(job.attempts - 1):
                limit *= 2
            return random.uniform(0, limit if limit < 600 else 600)
        case _:
            return v13.retry.full_jitter(job)
""",
    },
    "13.2": {
        "an event that is cleared after the wait": """
class RetryTimer:
    def __init__(self, give):
        self._give, self._lock, self._look = give, threading.Lock(), threading.Event()
        self._heap, self._parked, self._closed = [], 0, False

    def park(self, item, seconds):
        with self._lock:
            self._parked += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds, self._parked, item))
        self._look.set()

    def run(self):
        while True:
            with self._lock:
                if self._closed:
                    return
                left = self._heap[0][0] - time.monotonic() if self._heap else None
                item = heapq.heappop(self._heap)[2] if left is not None and left <= 0 else None
            if item is not None:
                self._give(item)
                continue
            self._look.wait(left)
            self._look.clear()

    def close(self):
        with self._lock:
            self._closed = True
        self._look.set()

    def drain(self):
        with self._lock:
            items, self._heap = [item for _, _, item in self._heap], []
            return items
""",
        "a list and min": """
class RetryTimer:
    def __init__(self, give):
        self.give, self.cond, self.waiting, self.closed = give, threading.Condition(), [], False

    def park(self, item, seconds):
        with self.cond:
            self.waiting.append((time.monotonic() + seconds, item))
            self.cond.notify_all()

    def run(self):
        while True:
            with self.cond:
                if self.closed:
                    return
                first = min(self.waiting, key=lambda one: one[0], default=None)
                if first is None:
                    self.cond.wait()
                    continue
                left = first[0] - time.monotonic()
                if left > 0:
                    self.cond.wait(left)
                    continue
                self.waiting.remove(first)
            self.give(first[1])

    def close(self):
        with self.cond:
            self.closed = True
            self.cond.notify_all()

    def drain(self):
        with self.cond:
            items = [item for _, item in self.waiting]
            del self.waiting[:]
        return items
""",
        "notifies only for a new first": """
class RetryTimer:
    def __init__(self, give):
        self._give = give
        self._changed = threading.Condition()
        self._heap, self._parked, self._closed = [], 0, False

    def park(self, item, seconds):
        with self._changed:
            self._parked += 1
            entry = (time.monotonic() + seconds, self._parked, item)
            heapq.heappush(self._heap, entry)
            if self._heap[0] is entry:
                self._changed.notify()

    def run(self):
        while True:
            with self._changed:
                while not self._closed and not (self._heap and self._heap[0][0] <= time.monotonic()):
                    self._changed.wait(self._heap[0][0] - time.monotonic() if self._heap else None)
                if self._closed:
                    break
                item = heapq.heappop(self._heap)[2]
            self._give(item)

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify()

    def drain(self):
        with self._changed:
            items = [entry[-1] for entry in self._heap]
            self._heap.clear()
            return items
""",
        "buckets by time": """
class RetryTimer:
    def __init__(self, give):
        self.give, self.cv, self.due, self.closed = give, threading.Condition(), {}, False

    def park(self, item, seconds):
        with self.cv:
            self.due.setdefault(time.monotonic() + seconds, []).append(item)
            self.cv.notify_all()

    def run(self):
        while (got := self.next()):
            self.give(got[0])

    def next(self):
        with self.cv:
            while not self.closed:
                first = min(self.due, default=None)
                now = time.monotonic()
                if first is not None and first <= now:
                    item = self.due[first].pop(0)
                    if not self.due[first]:
                        del self.due[first]
                    return [item]
                self.cv.wait(None if first is None else first - now)

    def close(self):
        with self.cv:
            self.closed = True
            self.cv.notify_all()

    def drain(self):
        with self.cv:
            items = [item for when in sorted(self.due) for item in self.due[when]]
            self.due = {}
            return items
""",
        "wait_for": """
class RetryTimer:
    def __init__(self, give):
        self.give, self.closed, self.count, self.heap = give, False, 0, []
        self.changed = threading.Condition()

    def park(self, item, seconds):
        with self.changed:
            self.count += 1
            heapq.heappush(self.heap, (time.monotonic() + seconds, self.count, item))
            self.changed.notify_all()

    def due(self):
        return self.heap[0][0] - time.monotonic() if self.heap else None

    def run(self):
        while True:
            with self.changed:
                while not self.closed and (self.due() is None or self.due() > 0):
                    self.changed.wait(self.due())
                if self.closed:
                    return
                _, _, item = heapq.heappop(self.heap)
            self.give(item)

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def drain(self):
        with self.changed:
            found = []
            while self.heap:
                found.append(heapq.heappop(self.heap)[2])
            return found
""",
        "a sorted list": """
class RetryTimer:
    def __init__(self, give):
        self.give, self.stopped = give, False
        self.lock = threading.Lock()
        self.wake = threading.Condition(self.lock)
        self.waiting = []

    def park(self, item, seconds):
        with self.lock:
            self.waiting.append((time.monotonic() + seconds, item))
            self.waiting.sort(key=lambda pair: pair[0])  # stable: the first parked stays first
            self.wake.notify()

    def run(self):
        while (pair := self.next()) is not None:
            self.give(pair[1])

    def next(self):
        with self.lock:
            while not self.stopped:
                if not self.waiting:
                    self.wake.wait()
                elif (left := self.waiting[0][0] - time.monotonic()) > 0:
                    self.wake.wait(left)
                else:
                    return self.waiting.pop(0)
            return None

    def close(self):
        with self.lock:
            self.stopped = True
            self.wake.notify()

    def drain(self):
        with self.lock:
            items = [item for _, item in self.waiting]
            self.waiting.clear()
        return items
""",
        "a dataclass in the heap": """
import itertools
from dataclasses import dataclass, field

@dataclass(order=True)
class Entry:
    due: float
    number: int
    item: object = field(compare=False)

class RetryTimer:
    def __init__(self, give):
        self._give = give
        self._numbers = itertools.count()
        self._condition = threading.Condition(threading.RLock())
        self._entries = []
        self._closed = False

    def park(self, item, seconds):
        with self._condition:
            heapq.heappush(self._entries, Entry(time.monotonic() + seconds, next(self._numbers), item))
            self._condition.notify()

    def run(self):
        while True:
            with self._condition:
                while True:
                    if self._closed:
                        return
                    left = self._entries[0].due - time.monotonic() if self._entries else None
                    if left is not None and left <= 0:
                        break
                    self._condition.wait(left)
                entry = heapq.heappop(self._entries)
            self._give(entry.item)

    def close(self):
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def drain(self):
        with self._condition:
            entries, self._entries = sorted(self._entries), []
        return [entry.item for entry in entries]
""",
        "wakes all, a flag as an event": """
class RetryTimer:
    def __init__(self, give):
        self.give = give
        self.cond = threading.Condition()
        self.jobs = []
        self.number = 0
        self.over = threading.Event()

    def park(self, item, seconds):
        due = time.monotonic() + seconds
        with self.cond:
            self.number = self.number + 1
            heapq.heappush(self.jobs, (due, self.number, item))
            self.cond.notify_all()

    def run(self):
        while not self.over.is_set():
            item = None
            with self.cond:
                if self.over.is_set():
                    return
                now = time.monotonic()
                if self.jobs and self.jobs[0][0] <= now:
                    item = heapq.heappop(self.jobs)
                else:
                    self.cond.wait(self.jobs[0][0] - now if self.jobs else None)
            if item is not None:
                self.give(item[2])

    def close(self):
        with self.cond:
            self.over.set()
            self.cond.notify_all()

    def drain(self):
        with self.cond:
            left = [heapq.heappop(self.jobs)[2] for _ in range(len(self.jobs))]
            return left
""",
    },
}

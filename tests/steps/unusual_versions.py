"""Right versions of other designs: a version of the course, with parts built in another way. Each keeps all promises.

A design is the step, and for each file the pieces of text that are replaced:
(old, new). An empty `old` is the whole file.
"""

from pathlib import Path

from goqueue.lab.versions.course import entry

Edits = dict[str, list[tuple[str, str]]]

_CHANNEL = '''
"""A bounded channel."""

import threading

from .context import Context


class Channel:
    """Holds up to `size` items."""

    def __init__(self, size):
        if not isinstance(size, int):
            raise TypeError(f"size is {size!r}")
        if size < 1:
            raise ValueError(f"size is {size!r}")
        self.size = size
        self.changed = threading.Condition(threading.RLock())
        self.items, self.is_closed = [], False

    def put(self, ctx, item):
        forget = ctx.after_done(self.tell)
        try:
            with self.changed:
                self.changed.wait_for(
                    lambda: self.is_closed or ctx.done or len(self.items) < self.size, ctx.remaining()
                )
                if self.is_closed:
                    raise RuntimeError("the queue has stopped and takes no more jobs")
                ctx.raise_if_done()
                self.items.append(item)
                self.changed.notify_all()
        finally:
            forget()

    def get(self):
        with self.changed:
            self.changed.wait_for(lambda: self.is_closed or self.items)
            if self.is_closed:
                return None
            self.changed.notify_all()
            return self.items.pop(0)

    def close(self):
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()

    def tell(self):
        with self.changed:
            self.changed.notify_all()
'''

_COPY_ON_WRITE = '''
"""Jobs in a dict that is never changed: each writer puts a new one in its place, and readers need no lock."""

import threading
from copy import deepcopy


class MemoryStorage:
    """Keeps jobs in memory."""

    def __init__(self):
        self._writers = threading.Lock()
        self._jobs = {}

    def save_job(self, ctx, job):
        ctx.raise_if_done()
        copy = deepcopy(job)
        with self._writers:
            if job.id in self._jobs:
                raise ValueError(f"{job.id} is there already")
            self._jobs = {**self._jobs, job.id: copy}

    def get_job(self, ctx, job_id):
        ctx.raise_if_done()
        found = self._jobs.get(job_id)
        if found is None:
            raise LookupError(f"no job {job_id!r}")
        return deepcopy(found)

    def update_job(self, ctx, job):
        ctx.raise_if_done()
        copy = deepcopy(job)
        with self._writers:
            if job.id not in self._jobs:
                raise LookupError(f"no job {job.id!r}")
            self._jobs = {**self._jobs, job.id: copy}

    def delete_job(self, ctx, job_id):
        ctx.raise_if_done()
        with self._writers:
            self._jobs = {one: job for one, job in self._jobs.items() if one != job_id}

    def list_by_status(self, ctx, status):
        ctx.raise_if_done()
        return [deepcopy(job) for job in self._jobs.values() if job.status == status]

    def clear_storage(self):
        with self._writers:
            self._jobs = {}


JobStorage = MemoryStorage
'''

_PICKLED = '''
"""Jobs as bytes, under one lock."""

import pickle
import threading


class MemoryStorage:
    """Keeps jobs in memory."""

    def __init__(self):
        self.lock = threading.RLock()
        self.rows = {}

    def save_job(self, ctx, job):
        ctx.raise_if_done()
        row = (job.status, pickle.dumps(job))
        with self.lock:
            if job.id in self.rows:
                raise ValueError(f"{job.id} is there already")
            self.rows[job.id] = row

    def get_job(self, ctx, job_id):
        ctx.raise_if_done()
        with self.lock:
            if job_id not in self.rows:
                raise KeyError(job_id)
            return pickle.loads(self.rows[job_id][1])

    def update_job(self, ctx, job):
        ctx.raise_if_done()
        row = (job.status, pickle.dumps(job))
        with self.lock:
            if job.id not in self.rows:
                raise LookupError(job.id)
            self.rows[job.id] = row

    def delete_job(self, ctx, job_id):
        ctx.raise_if_done()
        with self.lock:
            if job_id in self.rows:
                del self.rows[job_id]

    def list_by_status(self, ctx, status):
        ctx.raise_if_done()
        with self.lock:
            return [pickle.loads(row) for kept, row in self.rows.values() if kept == status]

    def clear_storage(self):
        with self.lock:
            self.rows = {}


JobStorage = MemoryStorage
'''

_TIMER = '''

class RetryTimer:
    """Keeps items until they are due; its thread waits for an event."""

    def __init__(self, give):
        self._give = give
        self._lock = threading.Lock()
        self._look = threading.Event()
        self._items = []
        self._closed = False

    def park(self, item, seconds):
        with self._lock:
            self._items.append((time.monotonic() + seconds, item))
            self._items.sort(key=lambda one: one[0])
        self._look.set()

    def run(self):
        while True:
            self._look.clear()
            with self._lock:
                if self._closed:
                    return
                left = self._items[0][0] - time.monotonic() if self._items else None
                item = self._items.pop(0)[1] if left is not None and left <= 0 else None
            if item is not None:
                self._give(item)
            else:
                self._look.wait(left)

    def close(self):
        with self._lock:
            self._closed = True
        self._look.set()

    def drain(self):
        with self._lock:
            items, self._items = [item for _, item in self._items], []
        return items
'''

_RLOCK: Edits = {
    "storage.py": [("threading.Lock()", "threading.RLock()")],
    "registry.py": [("threading.Lock()", "threading.RLock()")],
    "queue.py": [("threading.Lock()", "threading.RLock()")],
}

VERSIONS: dict[str, tuple[int, Edits]] = {
    "11: copy on write, unlocked readers": (11, {"storage.py": [("", _COPY_ON_WRITE)]}),
    "11: pickled rows": (11, {"storage.py": [("", _PICKLED)]}),
    "11: RLock everywhere": (11, _RLOCK),
    "12: copy on write, unlocked readers": (12, {"storage.py": [("", _COPY_ON_WRITE)]}),
    "12: pickled rows": (12, {"storage.py": [("", _PICKLED)]}),
    "12: one condition, wait_for, an RLock": (12, {"channel.py": [("", _CHANNEL)]}),
    "12: RLock everywhere": (12, _RLOCK),
    "12: daemon threads of other names": (
        12,
        {"pool.py": [('name=f"worker-{worker_id}"', 'name=f"hand {worker_id}", daemon=True')]},
    ),
    "12: the channel is a property": (
        12,
        {
            "pool.py": [
                ("self._channel: Channel[tuple[Context, Job]] = Channel", "self._line = Channel"),
                (
                    "    def enqueue(",
                    "    @property\n    def _channel(self):\n        return self._line\n\n    def enqueue(",
                ),
            ]
        },
    ),
    "12: another message": (12, {"channel.py": [("the queue has stopped and takes no more jobs", "it was closed")]}),
    "12: waits in pieces": (12, {"channel.py": [("self._ready.wait()", "self._ready.wait(3600.0)")]}),
    "12: a job with slots": (12, {"job.py": [("@dataclass\nclass Job:", "@dataclass(slots=True)\nclass Job:")]}),
    "12: a registry that acquires": (
        12,
        {
            "registry.py": [
                (
                    "        with self._lock:\n            handler = self._handlers.get(job_type)\n",
                    "        self._lock.acquire()\n        try:\n            handler = self._handlers.get(job_type)\n"
                    "        finally:\n            self._lock.release()\n",
                )
            ]
        },
    ),
    "13: a timer that waits for an event": (13, {"retry.py": [("class RetryTimer", f"{_TIMER}\n\nclass _Old")]}),
    "13: RLock everywhere": (13, _RLOCK),
}  # fmt: skip


def write_version(folder: Path, name: str, step: int = 12) -> int:
    """Write the version of that name into a new folder, or the course's own without a name; return its step."""
    step, edits = VERSIONS[name] if name else (step, {})
    folder.mkdir()
    for file in entry(step).path.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for old, new in edits.get(file.name, []):
            assert old in text
            text = text.replace(old, new) if old else new.lstrip()
        (folder / file.name).write_text(text, encoding="utf-8")
    return step

"""The lines of a storage in memory: in which order jobs wait, and in which order they are forgotten.

    Waiting    ready: deque, oldest first ─────────┬─ next() ──> a worker
               urgent: heap, by place ─────────────┤   jobs with a priority
               lanes:  a heap for each type ───────┘   of a type that is paused or has a limit, while its gate is open;
                                                       one for each limit key, if it has a limit by key
                 ^
               parked: heap, earliest first        a job that waits for its time

    Ended      completed, cancelled, failed: a deque each, in the order in which they ended ── forget ──> gone

The place of a job is the moment since when it waits, moved forward by a minute for each step of its priority. As all
jobs grow older alike, the order of two of them never changes, and nothing has to be looked at again while they wait.

A job that is cancelled or deleted while it waits stays where it is until somebody finds it there, because to look for
it would take long. When more than half of a line are such, the line is made anew, so each of them costs the same.

The storage's lock guards all of it.
"""

import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence

from ..job import COMPLETED, FAILED, PENDING, Record
from .protocol import Retention
from .steady import Steady

PARKED = math.inf  # seconds since 1970: never, as long as nobody says otherwise
Lane = str | tuple[str, str]  # a type, or a type and a limit key
FEW = 64  # a line with fewer that are gone is left as it is


def place(record: Record) -> float:
    """Return what orders the jobs that wait for a worker: the smallest comes first."""
    return record.place(record.due or record.created)


def type_of(lane: Lane) -> str:
    """Return the type of the jobs in a lane."""
    return lane if isinstance(lane, str) else lane[0]


class Waiting:
    """The jobs that wait for a worker, or for their time."""

    def __init__(self) -> None:
        self.ready: deque[Record] = deque()
        self.urgent: list[tuple[float, int, Record]] = []  # place, key, record
        self.parked: list[tuple[float, int, Record]] = []  # due time (time.monotonic), key, record
        self.lanes: dict[Lane, list[tuple[float, int, Record]]] = {}  # by type, or by type and limit key: as `urgent`
        self._keyed: set[str] = set()  # types that have a lane for each limit key
        self._gone_ready = 0  # how many are not pending any more: of those in these three, and in `parked`
        self._gone_parked = 0

    def __len__(self) -> int:
        """How many wait for a worker."""
        return self._lined() - self._gone_ready

    def _lined(self) -> int:
        count = len(self.ready) + len(self.urgent)
        return count + sum(map(len, self.lanes.values())) if self.lanes else count

    def enter(self, record: Record) -> None:
        """Let a job wait for a worker."""
        if self.lanes and record.type in self.lanes:
            heapq.heappush(self.lanes.setdefault(self.lane_of(record), []), (place(record), record.key, record))
        elif record.options is not None and record.options.priority:
            heapq.heappush(self.urgent, (place(record), record.key, record))
        else:
            self.ready.append(record)

    def lane_of(self, record: Record) -> Lane:
        """Return in which lane a job of a type waits that has one."""
        if record.type not in self._keyed or record.options is None or record.options.limit_key is None:
            return record.type
        return record.type, record.options.limit_key

    def split(self, job_type: str, keyed: bool = False) -> None:
        """Give a type a lane of its own, and one for each limit key if it is `keyed`."""
        if job_type in self.lanes:
            if keyed == (job_type in self._keyed):
                return
            self.join(job_type)
        if keyed:
            self._keyed.add(job_type)
        lined = [*self.ready, *(entry[2] for entry in self.urgent)]
        self.lanes[job_type] = []
        self.ready, self.urgent = deque(), []
        for record in lined:
            self.enter(record)

    def join(self, job_type: str) -> None:
        """Let a type wait with the others again, each of its jobs at its place."""
        for lane in [each for each in self.lanes if type_of(each) == job_type]:
            self.urgent += self.lanes.pop(lane)
        self._keyed.discard(job_type)
        heapq.heapify(self.urgent)

    def next_with_lanes(self, is_open: Callable[[Lane], bool]) -> Record | None:
        """Take the job that is the first of those whose types may run. It looks at each lane, so keys cost time."""
        lanes, gone = [], []
        for name, each in self.lanes.items():
            if not self._trimmed(each):
                gone.append(name)
            elif is_open(name):
                lanes.append(each)
        for name in gone:
            if not isinstance(name, str):  # the lane of a type stays: it says that there is a gate
                del self.lanes[name]
        lane = min(lanes, key=lambda lane: lane[0][:2], default=None)
        self._trimmed(self.urgent)
        while self.ready and self.ready[0].status is not PENDING:
            self.ready.popleft()
            self._gone_ready -= 1
        others = [self.urgent[0][:2]] if self.urgent else []
        others += [(place(self.ready[0]), self.ready[0].key)] if self.ready else []
        if lane is not None and (not others or lane[0][:2] < min(others)):
            return heapq.heappop(lane)[2]
        return self.next()

    def heads(self) -> Iterator[Record]:
        """Yield the first job of each line, of those that wait for a worker."""
        yield from itertools.islice((record for record in self.ready if record.status is PENDING), 1)
        for heap in (self.urgent, *self.lanes.values()):
            if self._trimmed(heap):
                yield heap[0][2]

    def _trimmed(self, heap: list[tuple[float, int, Record]]) -> bool:
        """Drop those at the head of a heap that are gone. Return whether there is another."""
        while heap and heap[0][2].status is not PENDING:
            heapq.heappop(heap)
            self._gone_ready -= 1
        return bool(heap)

    def park(self, record: Record, due: float) -> None:
        """Let a job wait for its time."""
        record.due = PARKED
        heapq.heappush(self.parked, (due, record.key, record))

    def put_back(self, record: Record) -> None:
        """Let a job that was handed back have its old place."""
        if record.priority or record.type in self.lanes:
            self.enter(record)
            return
        older = itertools.takewhile(lambda other: other.key < record.key, self.ready)
        self.ready.insert(sum(1 for _ in older), record)

    def next(self) -> Record | None:
        """Take the job that is the first, or None."""
        if self.urgent:
            return self._first_of_both()
        while self.ready:
            record = self.ready.popleft()
            if record.status is PENDING:
                return record
            self._gone_ready -= 1
        return None

    def _first_of_both(self) -> Record | None:
        while self.ready or self.urgent:
            urgent = self.urgent and (not self.ready or self.urgent[0][0] < place(self.ready[0]))
            record = heapq.heappop(self.urgent)[2] if urgent else self.ready.popleft()
            if record.status is PENDING:
                return record
            self._gone_ready -= 1
        return None

    def release(self, now: float) -> None:
        """Let those be ready whose time has come."""
        while self.parked and (self.parked[0][0] <= now or self.parked[0][2].status is not PENDING):
            due, _, record = heapq.heappop(self.parked)
            if record.status is PENDING:
                record.due = time.time() - max(0.0, now - due)
                self.enter(record)
            else:
                self._gone_parked -= 1

    def gone(self, record: Record) -> None:
        """Note that a job which waited is cancelled or deleted."""
        if record.due == PARKED:
            self._gone_parked += 1
            if self._gone_parked > max(FEW, len(self.parked) // 2):
                self.parked = [entry for entry in self.parked if entry[2].status is PENDING]
                heapq.heapify(self.parked)
                self._gone_parked = 0
        else:
            self._gone_ready += 1
            if self._gone_ready > max(FEW, self._lined() // 2):
                self._keep(lambda each: each.status is PENDING)
                self._gone_ready = 0

    def undo(self, records: Sequence[Record]) -> bool:
        """After an interrupt: take these new jobs out, unless all of them have come. Return whether they were out."""
        if records and self.ready and self.ready[-1] is records[-1]:
            return False
        new = set(map(id, records))
        self._keep(lambda each: id(each) not in new)
        self.parked = [entry for entry in self.parked if id(entry[2]) not in new]
        heapq.heapify(self.parked)
        return True

    def _keep(self, wanted: Callable[[Record], bool]) -> None:
        """Keep only some of those that wait for a worker."""
        self.ready = deque(each for each in self.ready if wanted(each))
        for heap in (self.urgent, *self.lanes.values()):
            heap[:] = [entry for entry in heap if wanted(entry[2])]
            heapq.heapify(heap)


class Ended:
    """The jobs that have ended, until they are forgotten: then they are taken out of `records`."""

    def __init__(self, retention: Retention, records: dict[int, Record]) -> None:
        self.awaited: Container[int] = ()  # keys of jobs that somebody waits for: these are not forgotten
        self._retention = retention
        self._most = retention.most
        self._records = records
        self._clock = Steady()
        self._completed = self._line(retention.completed)
        self._cancelled = self._line(retention.completed)
        self._failed = self._line(retention.failed)

    def _line(self, seconds: float | None) -> deque[Record]:
        """Return a line; one that stays empty if nothing is ever forgotten."""
        return deque(maxlen=0 if seconds is None and self._retention.most is None else None)

    def add(self, record: Record) -> None:
        """Keep a job that has ended, and forget the oldest of its kind if they are too many."""
        status, most = record.status, self._most
        line = self._completed if status is COMPLETED else self._failed if status is FAILED else self._cancelled
        line.append(record)
        if most is not None and len(line) > most and line[0].key not in self.awaited:
            self._forget(line.popleft())

    def _forget(self, record: Record) -> None:
        self._records.pop(record.key, None)

    def maintain(self) -> None:
        """Forget what is too old, or too many."""
        keep = self._retention
        for line, seconds in (
            (self._completed, keep.completed),
            (self._cancelled, keep.completed),
            (self._failed, keep.failed),
        ):
            before = float("-inf") if seconds is None else self._clock.before(seconds)
            spared = list(self._over(line, before))
            line.extendleft(reversed(spared))

    def _over(self, line: deque[Record], before: float) -> Iterator[Record]:
        """Forget the oldest of a line; yield those that somebody waits for."""
        most = self._retention.most
        while line and (line[0].updated < before or (most is not None and len(line) > most)):
            record = line.popleft()
            if record.key in self.awaited:
                yield record
            else:
                self._forget(record)

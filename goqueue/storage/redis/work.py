"""Settling and claiming in one call, and the outcomes that go along with the next one.

    a worker ends a short attempt ── settle_soon ──> items ── the next claim takes them along ──> one script
                                                        └── after SOON seconds without one ──> the thread sends them

Each claim has a name of its own. If its reply is lost, nobody knows what it took; so the next call says that this claim
does not count, the server gives back what it took, and refuses it if it arrives late. An outcome that is sent a second
time finds its claim gone and changes nothing.
"""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ...errors import StorageError, ends_thread
from ...job import DONE, FAILED, Outcome, Record, id_of
from ...limits import Limit
from ...log import ERROR, WARNING, tell
from ...wake_up import WakeUp
from ..attendance import Attendance
from ..convoy import check_not_held
from ..protocol import Settled
from .leases import Leases
from .rows import key_text, outcome_of, owner_of, readable, record_of
from .server import Server

SOON = 0.005  # seconds, at most, until outcomes that nobody waits for are sent
SHORT, LONG = 0.05, 2.0  # seconds between two tries of the thread: the first, and the longest
LATE = "%s is no longer ours: an outcome of it came late, and is dropped"


class Item(NamedTuple):
    """Outcomes that are settled soon, and whom to tell."""

    settled: Settled
    told: Callable[[Settled], None]


class Work:
    """What workers of this process do. Any thread may call it."""

    def __init__(self, server: Server, process: str, node: int, leases: Leases) -> None:
        self._server = server
        self._process = process
        self._node = node
        self._leases = leases
        self.limits: Mapping[str, Limit] = {}  # replaced by another, and never changed
        # Held during a call, so that outcomes go in order; guards the next three. Only the lock of the leases is taken
        # under it. It knows its owner, which `settle_and_claim` needs.
        self._turn = threading.RLock()
        self._claims = 0
        self._void: list[str] = []  # claims that do not count
        self._sent: set[tuple[int, str]] = set()  # jobs, and their claims, whose outcomes may have arrived already
        self._items: deque[Item] = deque()  # its appends and pops are atomic
        self._wake_up = WakeUp()
        self._hurry = False  # hints, read and written without a lock
        self._failed: StorageError | None = None  # why outcomes could not be sent, until they can
        self._thread: threading.Thread | None = None
        self._ended = False
        self._attendance = Attendance()

    def attend(self) -> Callable[[], None]:
        """Note that the workers of one more queue claim jobs. Call what it returns when the last of them has ended."""
        return self._attendance.begin(self._leases.resign, self._leases.leave)

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle what is due and these, then claim jobs."""
        check_not_held(self._turn)
        with self._turn:
            items = self._take()
            every = [*(pair for item in items for pair in item.settled), *settled]
            if not every and not limit:
                return []
            late, rows, owner = self._call(items, every, limit, types)
        for item in items:
            item.told(item.settled)
        for key in late:
            tell(WARNING, LATE, id_of(key, self._node))
        return self._readable(rows, owner)

    def _take(self) -> list[Item]:
        items = []
        while self._items:
            items.append(self._items.popleft())
        return items

    def _call(
        self, items: list[Item], every: Settled, limit: int, types: Sequence[str]
    ) -> tuple[list[int], list[list[object]], str]:
        worker, new = self._leases.claimant(self._process) if limit else ("-", False)
        self._claims += 1
        owner = f"{worker} {self._claims}"
        try:
            texts, rows, known = self._send(worker, new, every, limit, types)
        except BaseException as err:
            self._items.extendleft(reversed(items))
            self._sent.update((record.key, owner_of(record)) for record, _ in every)
            if limit:
                self._void.append(owner)
            self._failed = err if isinstance(err, StorageError) else self._failed
            raise
        owners = {record.key: owner_of(record) for record, _ in every}
        late = [key for key in map(int, texts) if (key, owners[key]) not in self._sent]
        if new:
            self._leases.enter(worker)
        self._sent.clear()
        self._void.clear()
        self._failed = None
        if limit and not known:  # others have buried us: what we had is theirs, and we begin again
            self._leases.lost(worker)
            return late, *self._call([], (), limit, types)[1:]
        return late, rows, owner

    def _send(
        self, worker: str, new: bool, every: Settled, limit: int, types: Sequence[str]
    ) -> tuple[list[str], list[list[object]], bool]:
        done: list[object] = []
        others: list[object] = []
        for record, outcome in every:
            if outcome is DONE:
                done += (key_text(record.key), owner_of(record))
            else:
                others += outcome_of(record, outcome)
        kept = [(name, self.limits[name]) for name in types if name in self.limits] if self.limits else []
        bounds = [text for name, limit in kept for text in (name, *("" if x is None else x for x in limit))]
        counts = (len(self._void), len(done) // 2, len(others) // 8, len(types), len(kept))
        head = (worker, int(new), self._claims, limit, *counts)
        late, rows, known = json.loads(self._server.run("work", *head, *self._void, *done, *others, *types, *bounds))
        return late or [], rows or [], known

    def _readable(self, rows: list[list[object]], owner: str) -> list[Record]:
        """Return the claimed jobs; one that is damaged fails, and the others go on."""
        records: list[Record] = []
        for row in rows:
            try:
                records.append(record_of(row, owner))
            except ValueError as err:
                bad = readable(row, owner)
                self.settle_and_claim(((bad, Outcome(FAILED, error=str(err))),), 0, ())
                about = (id_of(bad.key, self._node), bad.type, bad.attempts, err)
                tell(ERROR, "Job %s (%s) failed at attempt %d: %s", *about)
        return records

    # -- outcomes for which nobody waits --------------------------------------------------------------

    def settle_soon(self, settled: Settled, told: Callable[[Settled], None], hurry: bool) -> None:
        """Settle with the next claim, or in a moment. Raises StorageError if those before could not be sent."""
        if self._failed is not None:
            raise self._failed
        self._server.check_usable()
        self._items.append(Item(settled, told))
        if self._thread is None:
            self._start()
        if hurry and not self._hurry:
            self._hurry = True
            self._wake_up.wake()

    def _start(self) -> None:
        with self._turn:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="redis-outcomes", daemon=True)
                self._thread.start()
        self._wake_up.wake()

    def _run(self) -> None:
        pause = SHORT
        while not self._ended:
            self._wake_up.sleep(None if not self._items else 0.0 if self._hurry else SOON)
            self._hurry = False
            try:
                self.flush()
                pause = SHORT
            except BaseException as err:
                if ends_thread(err):
                    raise
                time.sleep(random.uniform(0.0, pause))
                pause = min(2 * pause, LONG)

    def flush(self) -> None:
        """Send all that is to be settled soon. Raises StorageError if it cannot be sent; it is kept then."""
        if self._items:
            self.settle_and_claim((), 0, ())

    def end(self) -> None:
        """Let the thread end."""
        self._ended = True
        self._wake_up.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1.0)

"""How the benchmark of the race lab measures: in seconds of the processor, and elapsed.

The time of the processor (`time.process_time`) is that of all threads of this process; it leaves out the time in which
other processes had the machine. Elapsed time is stated where that is what a reader waits for.
"""

import _thread
import contextlib
import time
from collections.abc import Callable, Iterator

from goqueue.races.doubles.outside_world import listen_to_audit
from goqueue.races.doubles.stage.staging import stage
from goqueue.races.engine.run import Run
from goqueue.races.models import checked
from goqueue.races.search.bounded import Bounded
from goqueue.races.search.exploration import Exploration
from goqueue.races.watch.watching import Watching

from .cases import Model
from .models import accesses

HAND_OFFS = 2_000  # of a measurement


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the processor's and the elapsed seconds of a call."""
    used, start = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - used, time.perf_counter() - start


@contextlib.contextmanager
def exploration(model: Model) -> Iterator[Exploration]:
    """Yield an exploration of a watched model, whose runs the caller asks for one by one."""
    with stage() as (replaced, idle):
        listen_to_audit()
        Watching(checked(model), None, replaced)
        yield Exploration(model, limit=1_000_000, idle=idle)


def many_runs(runs: Exploration, times: int) -> Iterator[Run]:
    """Run the schedules with few preemptions, and begin anew when there are no more."""
    search = Bounded(3)
    for _ in range(times):
        run = runs.run(search.pick, hot=runs.hot)
        yield run
        if not run.wanted <= runs.hot or not search.plan(run):
            runs.hot |= run.wanted
            search = Bounded(3)


def watched_access(times: int, writing: bool = False, hot: bool = False) -> float:
    """Return the seconds of an access inside a run, with its part of the loop."""
    places = frozenset({("Job", "attempts")}) if hot else frozenset()
    with exploration(accesses(times, writing)) as runs:
        return seconds(lambda: runs.run(lambda run, able: able[0], hot=places))[0] / times


def hand_off() -> float:
    """Return the seconds of handing a lock from one thread to another, and nothing else, on one processor."""
    ping, pong, gone = (_thread.allocate_lock() for _ in range(3))
    for lock in (ping, pong, gone):
        lock.acquire()

    def answer() -> None:
        for _ in range(HAND_OFFS // 2):
            ping.acquire()
            pong.release()
        gone.release()

    def play() -> None:
        _thread.start_new_thread(answer, ())
        for _ in range(HAND_OFFS // 2):
            ping.release()
            pong.acquire()
        gone.acquire()

    with stage():  # keeps the threads on one processor
        return seconds(play)[0] / HAND_OFFS

"""Race lab: where the time of a schedule goes, in time of the processor.

Set-up is what a run takes whose threads do nothing. What is left is locks, waits, who can go on, copies, the model
itself, and the look at what turns out to be no data: methods, and objects that are no container. Hand-offs, accesses
and the search are counted in explorations of their own, and multiplied by what one of each costs.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from goqueue.lab import explore, load
from goqueue.lab.races.happens_before import Races
from goqueue.lab.races.scheduler import Run
from goqueue.lab.races.search import Bounded, Reduction

from ..harness import Comparison, Contender, Figures
from .cases import LOCKED_COUNTER, Case, Model, model_of, nothing
from .measuring import exploration, hand_off, many_runs, seconds, watched_access
from .models import course_pool, pool

COUNTED = {
    "hand-offs": ((Run, "pass_baton"),),
    "steps": ((Run, "choose"),),
    "accesses": ((Races, "note"),),
    "search": tuple((kind, name) for kind in (Reduction, Bounded) for name in ("pick", "plan")),
}


def count(work: Callable[[], int]) -> dict[str, float]:
    """Return how many of each are in one schedule, and the seconds of the search. `work` returns how many it tried."""
    calls, used = dict.fromkeys(COUNTED, 0), dict.fromkeys(COUNTED, 0.0)

    def around(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            calls[kind] += 1
            start = time.thread_time()
            result = real(*args, **options)
            used[kind] += time.thread_time() - start
            return result

        return counted

    with ExitStack() as replaced:
        for kind, owners in COUNTED.items():
            for owner, name in owners:
                replaced.enter_context(patch.object(owner, name, around(kind, getattr(owner, name))))
        tried = work()
    calls["hand-offs"] += tried  # the last hand-off of a run wakes its caller
    return {**{kind: number / tried for kind, number in calls.items()}, "search": used["search"] / tried}


def set_up(threads: int, times: int, one_hand_off: float) -> float:
    """Return the seconds of a run whose threads do nothing, without handing on and the search."""

    def all_runs() -> int:
        with exploration(model_of(Case("idle", object, (nothing,) * threads))) as runs:
            return sum(1 for _ in many_runs(runs, times))

    counts = count(all_runs)
    return max(0.0, seconds(all_runs)[0] / times - counts["hand-offs"] * one_hand_off - counts["search"])


def parts(name: str, threads: int, make: Callable[[], Model]) -> Contender:
    def measure(size: int) -> Figures:
        model, one_hand_off = make(), hand_off()

        def search() -> int:
            return explore(model, schedules=size).schedules

        counts, tried = count(search), search()
        schedule = seconds(search)[0] / tried
        shares = {
            "handing on": counts["hand-offs"] * one_hand_off / schedule,
            "watching": counts["accesses"] * watched_access(20 * size) / schedule,
            "search": counts.pop("search") / schedule,
            "set-up": set_up(threads, size, one_hand_off) / schedule,
        }
        shares["what is left"] = max(0.0, 1 - sum(shares.values()))
        times = {"µs a schedule": schedule * 1e6, "in bare hand-offs": schedule / one_hand_off}
        return {**times, **counts, **{f"{part}, %": share * 100 for part, share in shares.items()}}

    return Contender(name, measure)


CONTENDERS = (
    parts("locked counter, 5 times each", 2, lambda: model_of(LOCKED_COUNTER, 5)),
    parts("pool filled before, 3 × 2", 3, lambda: pool(3, 2, False)),
    parts("pool filled meanwhile, 2 × 1", 2, lambda: pool(2, 1, True)),
    parts("step 12, 1 × 1", 2, lambda: course_pool(load(12), 1, 1)),
)

COMPARISON = Comparison(__doc__, CONTENDERS, size=600, quick=10)

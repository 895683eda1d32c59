"""Where the time of a schedule goes: what is counted in explorations of its own, times what one of each costs."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from goqueue.lab import explore
from goqueue.races.engine.happens_before import Races
from goqueue.races.engine.run import Run
from goqueue.races.search.bounded import Bounded
from goqueue.races.search.reduction import Reduction

from ..harness import Figures
from .cases import Case, Model, model_of, nothing
from .measuring import exploration, hand_off, many_runs, seconds, watched_access

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


def shares(model: Model, threads: int, size: int) -> Figures:
    """Return what a schedule of a model takes, how often it does what, and the share of each part in its time."""
    one_hand_off = hand_off()

    def search() -> int:
        return explore(model, schedules=size).schedules

    counts, tried = count(search), search()
    schedule = seconds(search)[0] / tried
    found = {
        "handing on": counts["hand-offs"] * one_hand_off / schedule,
        "watching": counts["accesses"] * watched_access(20 * size) / schedule,
        "search": counts.pop("search") / schedule,
        "set-up": set_up(threads, size, one_hand_off) / schedule,
    }
    found["what is left"] = max(0.0, 1 - sum(found.values()))
    times = {"µs a schedule": schedule * 1e6, "in bare hand-offs": schedule / one_hand_off}
    return {**times, **counts, **{f"{part}, %": share * 100 for part, share in found.items()}}

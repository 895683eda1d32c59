"""Each mistake in the reduction, the clocks, the doubles and the hooks is seen by some program.

A mutant is seen if with it the exhausted reduction reaches other outcomes of a program, or needs another number of
schedules. What it should reach was compared with the oracle: for the fixed programs here, for the others in
`test_oracle.py`.
"""

import functools

import pytest

from .generated.comparing import Seen, missed, reduced
from .generated.guarded import GUARDS
from .generated.programs import Program, program_of, random_program
from .generated.theme import Theme
from .generated.vocabulary import (
    CONDITIONS,
    DICT,
    EVENTS,
    LIST,
    LOCKS,
    NAMES,
    OBJECT,
    QUEUES,
    THREADS,
)
from .mutants import MUTANTS, applied

LATE = "time.sleep({})\nwith cv:\n    {}"
TAKE = "with cv:\n    cv.wait_for(lambda: ready)\n    me.append(ready.pop())"
HELPER = "helper = threading.Thread(target=lambda: state.append(1){})\nhelper.start()\n{}"

FIXED: list[tuple[Theme, tuple[str, ...]]] = [
    (DICT, ("d['a'] = 2", "d['a'] = 3")),
    (DICT, ("me.append(d.get('a'))", "d['a'] = 2", "d['a'] = 3")),
    (LIST, ("if r:\n    me.append('full')", "r.clear()")),
    (LIST, ("match r:\n    case [_, _, _]:\n        me.append(3)", "r.pop()")),
    (NAMES, ("me.append(n)", "n = 5")),
    (OBJECT, ("me.append(x.made)", "Thing.made += 1")),
    (LOCKS, ("la.release()", "with la:\n    v[0] = 1")),
    (LOCKS, ("with la:\n    time.sleep(2)", "me.append(la.acquire(timeout=1))")),
    (LOCKS, ("la.acquire()\nla.acquire()", "la.acquire()")),
    (LOCKS, ("with la:\n    pass\nv[1] = 5", "with la:\n    pass\nme.append(v[1])")),
    (GUARDS, ("with lock:\n    v[0] = 1", "with lock:\n    me.append(v[0])")),
    (GUARDS, ("with lock:\n    v[0] = 1", "with again:\n    me.append(v[0])")),
    (GUARDS, ("with lock:\n    abs(-1)", "with lock:\n    abs(-1)")),
    (GUARDS, ("with lock:\n    threads[0].ident",) * 3),
    (GUARDS, ("v[1] = 5", "with lock:\n    gc.enable()", "with lock:\n    gc.enable()\nme.append(v[1])")),
    (GUARDS, ("v[1] = 5\nwith lock:\n    pass", "with lock:\n    me.append(v[1])")),
    (GUARDS, ("v[1] = 5\nwith lock:\n    me.append(v[0])",
              "with lock:\n    v[0] = 1\n    gc.enable()\n    me.append(v[1])")),
    (GUARDS, ("with again:\n    v[0] = 1",
              "with lock:\n    [1].append(2)\n    gc.enable()\nwith again:\n    me.append(v[0])")),
    (LOCKS, ("with la:\n    pass", "v[1] = 5", "with la:\n    pass\nme.append(v[1])")),
    (CONDITIONS, (LATE.format(0, "me.append(cv.wait(9))"), LATE.format(1, "me.append(cv.wait(9))"),
                  LATE.format(2, "cv.notify()"))),
    (CONDITIONS, ("with cv:\n    cv.notify(2)", TAKE + "\n" + TAKE,
                  "with cv:\n    ready.append(2)\n    cv.notify_all()")),
    (LOCKS, ("with la:\n    pass", "me.append(la.locked())")),
    (LOCKS, ("with lr:\n    with lr:\n        v[0] += 1\n    v[1] += 1", "with lr:\n    v[0] += 1")),
    (EVENTS, ("ev.wait()\nme.append(1)", "ev.set()\nev.clear()")),
    (EVENTS, ("ev.wait()", "ev.wait()", "ev.set()")),
    (THREADS, (HELPER.format(", daemon=True", "me.append(helper.is_alive())"), "state[0] += 1")),
    (THREADS, (HELPER.format("", "state.append(2)\nhelper.join()"), "pass")),
    (QUEUES, ("simple.put(1)", "simple.put(2)", "me.append(simple.get())")),
    (THREADS, ("time.sleep(1)\nstate.append(1)", "state.append(2)")),
]  # fmt: skip
PROGRAMS = [program_of(theme, *threads) for theme, threads in FIXED]
RANDOM = [random_program(seed) for seed in range(120)]
MOST = 200  # schedules


@functools.cache
def usual(program: Program) -> Seen:
    """Return what the reduction reaches without a mutant."""
    return reduced(program, MOST)


def is_seen(name: str, program: Program) -> bool:
    """Whether a program shows a mutant."""
    before = usual(program)
    if not before.exhausted:
        return False
    try:
        with applied(name):
            now = reduced(program, MOST)
    except Exception:
        return True  # the lab itself fails
    return (set(now.outcomes), now.runs) != (set(before.outcomes), before.runs)


@pytest.mark.parametrize("program", PROGRAMS, ids=[" | ".join(threads) for _, threads in FIXED])
def test_the_fixed_programs_are_explored_as_the_oracle_says(program: Program) -> None:
    only_oracle, few, _ = missed(program, schedules=MOST)
    assert few.exhausted
    assert not only_oracle


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_program_shows_the_mutant(name: str) -> None:
    assert any(is_seen(name, program) for program in [*PROGRAMS, *RANDOM])

"""The words of the engine: how an exploration ends, what a step does, how an access touches, and what is hot."""

from __future__ import annotations

from enum import StrEnum

EPOCH = 1_767_225_600.0  # what time.time() shows when the virtual clock begins: 2026-01-01T00:00:00 UTC


class Verdict(StrEnum):
    """How a run or an exploration ended. A verdict equals its text: `result.verdict == "deadlock"`."""

    FAILED_ASSERTION = "failed assertion"
    EXCEPTION = "exception in a thread"
    DEADLOCK = "deadlock"
    LOST_WAKE_UP = "lost wake-up"
    LIVELOCK = "livelock"
    DATA_RACE = "data race"
    TOO_LONG = "too long"  # a run reached the limit of steps while its threads still made progress
    EXHAUSTED = "exhausted"  # every order that can matter was tried
    BUDGET_SPENT = "budget spent"
    PASSED = "passed"  # a replay in which nothing failed

    # These end a run, and no exploration.
    WELL = ""
    UNFAIR = "unfair"  # one thread ran on and on, while another could have and never did
    REDUNDANT = "redundant"  # all that could go on leads to what was tried before
    CHANGED = "changed"  # the model did something else than in the run before
    MISFIT = "misfit"  # the schedule names a thread that cannot go on
    OUTSIDE = "outside"  # the model waits for something that the engine does not control

    __repr__ = str.__repr__  # what a notebook shows of `result.verdict`
    __hash__ = str.__hash__


FAILURES = frozenset(
    {Verdict.FAILED_ASSERTION, Verdict.EXCEPTION, Verdict.DEADLOCK, Verdict.LOST_WAKE_UP, Verdict.LIVELOCK}
)
SHORT_RUNS = frozenset({Verdict.WELL, Verdict.FAILED_ASSERTION, Verdict.EXCEPTION})  # some tasks could have gone on


class Mode(StrEnum):
    """What a step or an access does to an object."""

    READ = "r"
    WRITE = "w"
    LOCK = "lock"  # waits for a lock, then takes it
    TRY = "try"  # takes a lock if it is free
    UNLOCK = "unlock"
    GIVE = "give"  # releases a lock that another task took

    __hash__ = str.__hash__  # Enum's own is slow, and these are hashed at each access


class Sort(StrEnum):
    """How an access touches: it decides whether two unordered accesses are a data race."""

    PLAIN = "plain"  # reads or replaces a named value
    INSERT = "insert"  # adds or removes an item
    CALL = "call"  # a method of a container: atomic in Python
    ITERATION = "iteration"  # one of many steps

    __hash__ = str.__hash__


# By name, because an attribute of an enum is slow to look up.
READ, WRITE, LOCK, TRY, UNLOCK, GIVE = Mode
PLAIN, INSERT, CALL, ITERATION = Sort

# What can be hot, besides the locations that race. Each makes a further sort of operation a step of its own.
POLLED = "a lock is polled"  # with the number of the lock: a task checks it without waiting, so a release is a step
ENDS_SEEN = ("a thread's end is polled", None)  # the end of a thread is a step
HANDED_OVER = ("a lock is given back by another", None)  # the release may come before the taking
PULSED = ("an event is cleared", None)  # the start of a wait is a step, because a set may come and go
NEVER = ("never hot", None)  # only a schedule can make this a step
COUNTED = ("threads are counted", None)  # the start and the end of each thread are steps
BETWEEN = (
    "cannot go on, because main is between two steps",
    None,
)  # where Ctrl-C may come, main stops: for a run made by hand
THREADS = 0  # the serial number of the list of threads

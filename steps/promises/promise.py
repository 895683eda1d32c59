"""What a promise is: a name, a sentence, the versions that keep it, its counterexamples, and a function that tries it.

The function takes a version (a package, as `load(12)` returns it) and raises Broken, which says which call was made,
what came back and what was expected. A promise that cannot fail proves nothing, so each names counterexamples: code
that breaks it. A counterexample is a version (a number), or a module of steps/counterexamples/ (a name).
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goqueue.races import Result

STEPS = (8, 9, 10, 11, 12, 13)
PARTS = ("context", "job", "channel", "timer")  # those that a promise can try alone, each after what it is made of


class Broken(AssertionError):
    """A promise is not kept. Says which call was made, what came back and what was expected.

    `how` is a second line, which says how to see it again. `run` is the run that shows it, if an order of threads did.

    >>> str(Broken("get_job('job-1').status", "'pending'", "'failed'"))
    "get_job('job-1').status: 'pending' came back, 'failed' was expected"
    """

    def __init__(self, call: str, got: str, expected: str, how: str = "", run: "Result | None" = None) -> None:
        super().__init__(f"{call}: {got} came back, {expected} was expected" + (how and f"\n{how}"))
        self.run = run


@dataclass(frozen=True)
class Promise:
    """One promise. `since` is the step that first keeps it; `except_in` are later steps that lose it for a while.

    `alone` is the part that it tries without a queue ('context', say), or ''.
    """

    name: str
    sentence: str
    since: int
    except_in: tuple[int, ...]
    needs: tuple[str, ...]
    alone: str
    counterexamples: tuple[int | str, ...]
    check: Callable[[ModuleType], None]

    @property
    def kept_by(self) -> tuple[int, ...]:
        """The steps that keep it."""
        return tuple(step for step in STEPS if step >= self.since and step not in self.except_in)

    def missing(self, version: ModuleType) -> str:
        """Return the first part of `needs` that `version` lacks, or ''."""
        return next((need for need in self.needs if not has(version, need)), "")


def promise(
    sentence: str,
    *,
    counterexamples: tuple[int | str, ...],
    needs: tuple[str, ...] = (),
    alone: str = "",
    except_in: tuple[int, ...] = (),
) -> Callable[[Callable[[ModuleType], None]], Promise]:
    """Make a promise of the function below, since the step that its file is named after.

    `needs` names parts: 'pool', 'job.Job.attempts', 'queue.Queue(backoff)'. `alone` is one of PARTS: no queue runs.
    """

    def make(check: Callable[[ModuleType], None]) -> Promise:
        since = int(check.__module__.removeprefix(f"{__package__}.step")[:2])
        return Promise(check.__name__, sentence, since, except_in, needs, alone, counterexamples, check)

    return make


def has(version: ModuleType, need: str) -> bool:
    """Whether `version` has a part: a module, a name in it, a field of a dataclass, or a (parameter) of a callable.

    >>> import collections
    >>> has(collections, "OrderedDict.move_to_end(last)"), has(collections, "OrderedDict.shuffle")
    (True, False)
    """
    path, _, parameter = need.rstrip(")").partition("(")
    part: object = version
    for name in path.split("."):
        fields = getattr(part, "__dataclass_fields__", {})
        if not hasattr(part, name) and name not in fields:
            return False
        part = getattr(part, name, None)
    return not parameter or (callable(part) and parameter in inspect.signature(part).parameters)


def expect(call: str, got: object, expected: object) -> None:
    """Raise Broken unless `got` equals `expected`."""
    if not same(got, expected):
        raise Broken(call, repr(got), repr(expected))


def same(got: Any, expected: Any) -> bool:
    """Whether `got` equals `expected` by the rules of Python's own types, whatever a subclass of them says of itself.

    >>> class Pleasing(str):
    ...     def __eq__(self, other): return True
    >>> ["completed"] == [Pleasing("pending")], same([Pleasing("pending")], ["completed"])
    (True, False)
    """
    kind = type(expected)
    if kind is str:
        return isinstance(got, str) and str.__eq__(got, expected)
    if kind in (bool, int, float) and isinstance(got, float):
        return float.__eq__(got, expected)
    if kind in (bool, int, float) and isinstance(got, int):
        return float.__eq__(expected, got) if kind is float else int.__eq__(expected, got)
    if kind in (list, tuple):
        parts = [*kind.__iter__(got)] if isinstance(got, kind) else None
        return parts is not None and len(parts) == len(expected) and all(map(same, parts, expected))
    if kind is dict:
        known = isinstance(got, dict) and dict.__len__(got) == len(expected)
        return known and all(same(dict.get(got, key), value) for key, value in expected.items())
    return bool(got == expected)


def expect_at_most(call: str, got: float, limit: float) -> None:
    """Raise Broken if `got` is more than `limit`."""
    if got > limit:
        raise Broken(call, repr(got), f"at most {limit!r}")

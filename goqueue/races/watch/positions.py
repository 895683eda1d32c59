"""Where an iterator in C is, and another one that goes on from there. Neither takes an item.

    list, tuple, str, bytes, range, array, reversed, deque    how many items are gone
    enumerate, zip, map, filter, of itertools                 where the iterators in it are, and what it adds

Python tells that by `__reduce__`, which the iterators of itertools no longer have in 3.14. An iterator of a dict or a
set copies into a list of another kind, and what tee(), groupby() and generators know cannot be copied.
"""

from __future__ import annotations

import array
import contextlib
import gc
import itertools
import re
import sys
import warnings
from collections import Counter as Numbers
from collections import deque
from collections.abc import Iterator
from types import MethodWrapperType
from typing import Any

from ..engine.identity import identity

WALKED: tuple[Any, ...] = ([], (), "", "ä", b"", bytearray(), range(0), range(1 << 99), array.array("b"))
SIMPLE: frozenset[Any] = frozenset({type(reversed([])), reversed, *(type(iter(each)) for each in WALKED)})
SEQUENCES = (list, tuple, str, bytes, bytearray, array.array)
COMPOSED: frozenset[Any] = frozenset({enumerate, zip, map, filter, type(iter(deque()))})
OF_ITERTOOLS: frozenset[Any] = frozenset(
    {itertools.chain, itertools.islice, itertools.cycle, itertools.repeat, itertools.starmap, itertools.takewhile}
    | {itertools.dropwhile, itertools.filterfalse, itertools.compress}
)
KNOWN = SIMPLE | COMPOSED | OF_ITERTOOLS | {itertools.count}
WITHOUT_STATE: frozenset[Any] = frozenset({zip, map, filter, itertools.starmap, itertools.filterfalse})  # of their own

END = "the end"


class Unknown(Exception):
    """Nobody can say where an iterator is."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let itertools not warn, from 3.12 on, that 3.14 has lost this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def reduced(iterator: Any) -> tuple[Any, Any, Any]:
    """Return what makes another one like it: a function, its arguments, and what is set then, or None."""
    kind: Any = type(iterator)
    if kind.__reduce__ is object.__reduce__:
        raise Unknown
    with quiet() if kind in OF_ITERTOOLS else contextlib.nullcontext():
        made, args, *more = iterator.__reduce__()
    return made, args, more[0] if more else None


def position_of(iterator: Any, deep: bool = True) -> Any:
    """Return where an iterator is, to be compared. `deep`: where those in it are counts as well. Raises Unknown.

    >>> one, other = iter([1, 2]), iter((1, 2))
    >>> before = position_of(zip(one, other))
    >>> (next(one), position_of(zip(one, other)) == before)
    (1, False)
    """
    kind = type(iterator)
    if kind is itertools.count:
        return repr(iterator)
    if kind not in KNOWN:
        raise Unknown
    _, args, state = reduced(iterator)
    if kind in SIMPLE and type(args[0]) in SEQUENCES and not args[0]:
        return END  # where an iterator has let go of its list
    if kind is itertools.cycle:
        (source,), (kept, ended) = args, state
        where = reduced(source)[2] if ended else position_in(source, deep)  # of a list that it has made
        return where, ended, [identity(item) for item in kept]
    if kind is itertools.chain and [position_in(part, deep) for part in state or ()] in ([], [END]):
        return END
    if kind is itertools.islice and position_in(args[0], deep) == END:
        return END
    return kind, position_in(args, deep), position_in(state, deep)


def position_in(part: Any, deep: bool) -> Any:
    """Return what tells one part of an iterator from another."""
    kind = type(part)
    if kind is int or part is None:
        return part
    if kind is range:
        return part.start, part.stop, part.step
    if kind is tuple:
        return tuple(position_in(each, deep) for each in part)
    if kind in KNOWN and (deep or (kind in SIMPLE and not part.__length_hint__())):
        return position_of(part)
    return identity(part)


def another_like(iterator: Any) -> Any:
    """Return another iterator that goes on from the same position, or None. At the end, there is none.

    >>> letters = zip("abc", itertools.count(5, 2))
    >>> next(letters), next(another_like(letters)), next(letters)
    (('a', 5), ('b', 7), ('b', 7))
    """
    if owner_of(iterator) is not iterator:
        return getattr(another_like(owner_of(iterator)), "__next__", None)
    try:
        return copied(iterator, {}) if position_of(iterator) != END else None
    except Unknown:
        return None


def copied(part: Any, made: dict[int, Any]) -> Any:
    """Return a copy of an iterator, or of a part of one. Other parts are shared. Raises Unknown."""
    kind = type(part)
    if kind is tuple and any(hasattr(type(each), "__next__") for each in part):
        return tuple(copied(each, made) for each in part)
    if not hasattr(kind, "__next__"):
        return part
    if identity(part) not in made:
        made[identity(part)] = counted_on(part) if kind is itertools.count else composed(part, made)
    return made[identity(part)]


def composed(iterator: Any, made: dict[int, Any]) -> Any:
    """Return a copy of an iterator that is no counter. Raises Unknown."""
    kind = type(iterator)
    if kind not in KNOWN:
        raise Unknown
    make, args, state = reduced(iterator)
    if kind is itertools.repeat:
        return make(*args)
    fresh = make(*(copied(each, made) for each in args))
    if kind is itertools.cycle:
        state = list(state[0]), state[1]  # it adds to this list
    if state is not None:
        with quiet():
            fresh.__setstate__(copied(state, made))
    return fresh


def is_alone(iterator: Any) -> bool:
    """Whether nobody else knows the iterators in this one: they must not part."""
    found, times = inner_of(owner_of(iterator))
    return all(known_by(found, number) <= times[identity(part)] + SPARE for number, part in enumerate(found))


def inner_of(iterator: Any) -> tuple[list[Any], Numbers[int]]:
    """Return the iterators in an iterator, and how often each is in it."""
    found: list[Any] = []
    times = Numbers[int]()
    left = [iterator]
    while left:
        for part in gc.get_referents(left.pop()):
            if type(part) is tuple:
                left.append(part)
            elif type(part) in KNOWN:
                times[identity(part)] += 1
                if times[identity(part)] == 1:
                    found.append(part)
                    left.append(part)
    return found, times


def known_by(found: list[Any], number: int) -> int:
    """Return how many references one of these has, as this function sees it."""
    return sys.getrefcount(found[number])


def spare() -> int:
    """Return how many references `is_alone` sees besides the true ones."""
    probe = zip(iter([1]))
    found, _ = inner_of(probe)
    return max(known_by(found, number) for number, part in enumerate(found)) - 1


SPARE = spare()


# -- what a name may stand for ------------------------------------------------------------------------


def owner_of(thing: Any) -> Any:
    """Return what a `__next__` belongs to, and another thing itself."""
    return thing.__self__ if type(thing) is MethodWrapperType and thing.__name__ == "__next__" else thing


def stands_at(thing: Any, position: Any) -> bool:
    """Whether a thing is an iterator at a position, or the `__next__` of one."""
    with contextlib.suppress(Unknown):
        return bool(position_of(owner_of(thing)) == position)
    return False


def has_position(thing: Any) -> bool:
    """Whether a thing is an iterator of a kind that is known here, or the `__next__` of one."""
    return type(owner_of(thing)) in KNOWN


def counted_on(counter: Any) -> Any:
    """Return another itertools.count that goes on from the same number. Raises Unknown for numbers of another kind."""
    match = re.fullmatch(r"count\((-?[\d.]+)(?:, (-?[\d.]+))?\)", repr(counter))
    if match is None:
        raise Unknown
    start, step = (float(text) if "." in text else int(text) for text in (match[1], match[2] or "1"))
    return itertools.count(start, step)

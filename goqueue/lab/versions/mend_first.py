"""Which of several broken promises to show first.

It is the first in the order of the course, with one exception. If a whole queue hangs, because its context or its
channel does not work, that says nothing about why. Then a promise about that part alone comes first.
"""

from collections.abc import Iterable

from .trial import BROKEN, KEPT, TOO_SLOW, Result, promises

_PARTS = {"context", "channel.Channel", "retry.RetryTimer"}  # each can be tried without a queue
_HANGS = ("nobody can go on", "s after ctx ended: nothing")  # what is said of threads that wait for ever


def first_to_mend(results: Iterable[Result]) -> Result | None:
    """Return the result to look at first, or None if all are kept."""
    missed = [one for one in results if one.outcome != KEPT]
    if not missed or not _hangs(missed[0]):
        return missed[0] if missed else None
    return next((one for one in missed if one.outcome == BROKEN and _is_about_a_part(one.name)), missed[0])


def _hangs(one: Result) -> bool:
    return one.outcome == TOO_SLOW or any(words in one.message for words in _HANGS)


def _is_about_a_part(name: str) -> bool:
    needs = {*promises()[name].needs} if name in promises() else set()
    return bool(needs) and needs <= _PARTS

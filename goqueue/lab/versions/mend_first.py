"""Which of several broken promises to show first.

It is the first in the order of the course, with one exception. What a whole queue does wrong says little about why, if
a part of it does not work. So a broken promise that tries a part alone comes first, and the parts come in their order:
a channel is made of contexts, so a broken context is mended before the channel.
"""

from collections.abc import Iterable

from .course import course_root
from .trial import BROKEN, ERROR, KEPT, TOO_SLOW, Result, promises

_WHOLE = (BROKEN, ERROR, TOO_SLOW)  # what may come of a whole queue if one of its parts does not work


def first_to_mend(results: Iterable[Result]) -> Result | None:
    """Return the result to look at first, or None if all are kept."""
    missed = [one for one in results if one.outcome != KEPT]
    if not missed or missed[0].outcome not in _WHOLE:
        return missed[0] if missed else None
    parts = [one for one in missed if _part(one.name)]
    broken = [one for one in parts if one.outcome == BROKEN]
    if missed[0].outcome != ERROR:  # an error of a part says in which line, and of a whole queue only which error
        broken = broken or [one for one in parts if one.outcome == ERROR]
    return min(broken, key=lambda one: _order(one.name), default=missed[0])


def tries_a_part(name: str) -> bool:
    """Whether a promise tries a part alone, without a queue. A check of an exercise does not."""
    return bool(_part(name))


def _part(name: str) -> str:
    return promises()[name].alone if name in promises() else ""


def _order(name: str) -> int:
    course_root()
    from steps.promises.promise import PARTS

    return PARTS.index(_part(name))

"""check(…) answers two questions. Does a version keep its promises? Is this the answer to an exercise?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import overload

from ..versions import check as check_version
from ..versions.trial import Checks
from .grading import Graded, check_answer

_EXERCISE = re.compile(r"\d?\d\.\d")


@overload
def check(what: int | Path, *names: str, step: int | None = None) -> Checks: ...


@overload
def check(what: str, *names: object, step: int | None = None) -> Checks | Graded: ...


def check(what: int | str | Path, *names: object, step: int | None = None) -> Checks | Graded:
    """check(12, "no_handler") tries promises on a version; check("12.2", Buffer) an answer to an exercise.

    A version is a step, a counterexample or a folder. The promises named are tried, or those that `step` keeps, or all.
    Raises LookupError for an unknown version, promise or exercise.

    >>> check(12, "graceful_stop")
    ✓ 12 stop lets running jobs finish, joins every thread, and may be called twice
    """
    if isinstance(what, str) and _EXERCISE.fullmatch(what):
        if len(names) != 1:
            raise TypeError(f"check({what!r}, answer) takes one answer, and {len(names)} came")
        return check_answer(what, names[0])
    return check_version(what, *map(str, names), step=step)

"""A schedule as a short string: where a thread other than the default one went on, and a checksum of the run.

"23.1-41.0-a3f1c2": thread 1 went on at position 23 of the run, and thread 0 at position 41. Everywhere else the running
thread went on or, if it could not, the first thread that could. "x" instead of a thread: the run was cut off.
"""

from __future__ import annotations

import re

Choices = tuple[tuple[int, int], ...]  # (position, thread by its number)

_SCHEDULE = re.compile(r"(?:\d+\.(?:\d+|x)-)*[0-9a-f]{6}")


def write_out(choices: Choices, checksum: int) -> str:
    """Return a schedule as a string.

    >>> write_out(((23, 1), (41, 0)), 0xA3F1C2)
    '23.1-41.0-a3f1c2'
    """
    parts = [f"{position}.{'x' if task < 0 else task}" for position, task in choices]
    return "-".join([*parts, f"{checksum & 0xFFFFFF:06x}"])


def parse(schedule: object) -> tuple[Choices, int]:
    """Return what `write_out` was given. Raises ValueError if the string is not a schedule.

    >>> parse("23.1-41.0-a3f1c2")
    (((23, 1), (41, 0)), 10744258)
    """
    if not isinstance(schedule, str) or not _SCHEDULE.fullmatch(schedule):
        raise ValueError(f"schedule is {schedule!r}: it must be one that explore() returned, such as '23.1-a3f1c2'")
    *parts, checksum = schedule.split("-")
    pairs = (part.split(".") for part in parts)
    return tuple((int(position), -1 if task == "x" else int(task)) for position, task in pairs), int(checksum, 16)

"""A schedule as a short string: where a thread other than the default one went on, and a checksum of the run.

"23.1-41.0-a3f1c2": thread 1 went on at position 23 of the run, and thread 0 at position 41. Everywhere else the running
thread went on or, if it could not, the first thread that could. Instead of a thread, "x" says that the run was cut off
as a livelock, "long" that it was cut off because it was too long, and "tick" that the clock moved, because all threads
that could go on polled.

"oracle-523.1-a3f1c2": the same in a run of the oracle, in which each instruction is a position.
"""

from __future__ import annotations

import re

from ..engine.run import ENDLESS, STOPPED, TICKED

Choices = tuple[tuple[int, int], ...]  # (position, thread by its number)

TRACED = "oracle-"  # before a schedule of the oracle
INSTEAD = {ENDLESS: "x", STOPPED: "long", TICKED: "tick"}

_SCHEDULE = re.compile(r"(?:\d+\.(?:\d+|x|long|tick)-)*[0-9a-f]{6}")


def write_out(choices: Choices, checksum: int) -> str:
    """Return a schedule as a string.

    >>> write_out(((23, 1), (41, 0)), 0xA3F1C2)
    '23.1-41.0-a3f1c2'
    """
    parts = [f"{position}.{INSTEAD.get(task, task)}" for position, task in choices]
    return "-".join([*parts, f"{checksum & 0xFFFFFF:06x}"])


def parse(schedule: object) -> tuple[Choices, int]:
    """Return what `write_out` was given. Raises ValueError if the string is not a schedule.

    >>> parse("23.1-41.0-a3f1c2")
    (((23, 1), (41, 0)), 10744258)
    """
    if not isinstance(schedule, str) or not _SCHEDULE.fullmatch(schedule):
        raise ValueError(f"schedule is {schedule!r}: it must be one that explore() returned, such as '23.1-a3f1c2'")
    *parts, checksum = schedule.split("-")
    numbers = {word: task for task, word in INSTEAD.items()}
    pairs = (part.split(".") for part in parts)
    return tuple((int(position), int(numbers.get(task, task))) for position, task in pairs), int(checksum, 16)

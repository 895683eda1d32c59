"""Promises tried on a version or on a learner's folder: each in a process of its own, never in this one."""

from collections.abc import Sequence
from pathlib import Path

from ..versions.trial import Result, check_many
from .snapshot import snapshot


def try_promises(version: int | Path, names: Sequence[str]) -> tuple[Result, ...]:
    """Return what came of each promise, in their order. A folder is tried on a copy.

    Raises ValueError if the folder cannot be copied: too large, or with a link that leads out of it.
    """
    if isinstance(version, int):
        return check_many([(version, name) for name in names])
    with snapshot(version) as copy:
        return check_many([(copy, name) for name in names])

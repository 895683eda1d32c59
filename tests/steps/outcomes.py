"""What came of a promise on a version: tried when a test first asks for it, and kept for the next one.

Each is tried in this process, which costs a hundredth of a new one. `check` and `goqueue matrix` try the same in
subprocesses with a deadline: test_trial.py proves that both find the same.
"""

import functools

from goqueue.lab.versions.trial import Result, check_many, try_here

LEAVES_THREADS = ("step12_pool_is_an_executor",)  # its executors are collected later, in the middle of another test


@functools.cache
def outcome(version: int | str, name: str) -> Result:
    """Try a promise on a version, each pair once."""
    if version in LEAVES_THREADS:
        return check_many([(version, name)])[0]
    return try_here(version, name)

"""Unique keys: of all jobs of a type that have the same key, one at a time is kept, whoever submits.

    submit_job(…, key="mail-17")
        nobody has the key      the job is kept, and has it: until it has ended, or until it is forgotten (`key_until`)
        another job has it      "ignore": that job is returned, and nothing is kept
                                "raise": DuplicateKey
                                "replace": that job is cancelled, and the new one is kept and has the key

The storage looks and keeps in one step, so two processes that submit at the same moment get one job. Keys of different
types have nothing to do with each other.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from .errors import DuplicateKey
from .job import Job, Options, Record
from .names import check_name
from .storage import Added, Storage

OnDuplicate = Literal["ignore", "replace", "raise"]
KeyUntil = Literal["ended", "forgotten"]


def check_key(key: Any, name: str = "key", such: str = "what must not be done twice, such as 'mail-17'") -> str:
    """Return a key. Raises TypeError if it is no text, ValueError if it is empty, too long, or cannot be stored."""
    return check_name(key, name, f": name {such}", "text, such as 'mail-17'")


def check_limit_key(limit_key: Any) -> str:
    """Return a limit key. Raises what `check_key` raises."""
    return check_key(
        limit_key, "limit_key", "what the jobs have in common that are limited together, such as a customer"
    )


def check_choice(given: Any, name: str, choices: Sequence[str]) -> None:
    """Raise ValueError unless `given` is one of the choices."""
    if given not in choices:
        raise ValueError(f"{name} is {given!r}: it must be one of {', '.join(map(repr, choices))}")


def with_key(options: Options | None, key: Any, on_duplicate: Any, key_until: Any) -> Options:
    """Return options that have a key. Raises TypeError or ValueError if what is said about it is not valid."""
    check_choice(on_duplicate, "on_duplicate", ("ignore", "replace", "raise"))
    check_choice(key_until, "key_until", ("ended", "forgotten"))
    if key is None:
        raise ValueError("on_duplicate and key_until are about a key, and none is given: say key='mail-17'")
    return (options or Options()).but(key=check_key(key), key_kept=key_until == "forgotten")


class Unique:
    """One submission of a job with a key: it stands for the storage's `add`. It belongs to the submitting thread."""

    def __init__(self, storage: Storage, on_duplicate: OnDuplicate) -> None:
        self._add: Callable[..., Added] | None = getattr(storage, "add_unique", None)  # a storage need not be able to
        if self._add is None:
            raise TypeError(f"storage is {storage!r}: it has no add_unique(), so submit without a key")
        self._on_duplicate = on_duplicate
        self.added = Added(False, None)

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep the job unless another has its key. Return False if there was no room, so that it is tried again."""
        assert self._add is not None
        self.added = self._add(records[0], delay, limit, self._on_duplicate == "replace")
        return self.added.accepted or self.added.holder is not None

    def job(self, record: Record, new: Job) -> Job:
        """Return the job that has the key now. Raises DuplicateKey if it must not be an older one."""
        holder = self.added.holder
        if self.added.accepted or holder is None:
            return new
        if self._on_duplicate != "raise":
            return holder
        assert record.options is not None
        err = DuplicateKey(
            f"key {record.options.key!r} of type {record.type!r} belongs to job {holder.id}, which is {holder.status}: "
            "use that job, or submit with on_duplicate='ignore' or 'replace'"
        )
        err.job_id = holder.id
        raise err

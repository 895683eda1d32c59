"""Finds the job that a caller means: by its id, or by an earlier Job."""

from collections.abc import Iterable, Sequence
from typing import cast

from ..errors import JobForgotten, JobNotFound
from ..job import Job, id_of, key_of
from ..names import shown
from ..storage import Storage


class Lookup:
    """Finds jobs in one storage. Any thread may call it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def key(self, job: Job | str) -> int:
        """Return the key of a job. Raises JobNotFound if it is not a job of this storage."""
        if isinstance(job, Job) and job._node == self.storage.node:
            return job._record.key
        if isinstance(job, (list, tuple, set, frozenset, dict)):
            raise TypeError(
                f"job is {shown(job)}: it must be one job or its id; wait_many and as_completed take several"
            )
        key = key_of(job, self.storage.node)
        if key is None and isinstance(inner := getattr(job, "job", None), Job):  # a TaskJob
            return self.key(inner)
        if key is None:
            raise unknown(job.id if isinstance(job, Job) else job)
        return key

    def keys(self, jobs: Iterable[Job | str]) -> list[int]:
        """Return the keys of several jobs. Raises TypeError if it is given one job, JobNotFound as `key` does."""
        if isinstance(jobs, (str, bytes, Job)) or not hasattr(jobs, "__iter__"):
            raise TypeError(f"jobs is {shown(jobs)}: it must be a list of jobs or ids, such as [job]; wait takes one")
        return [self.key(job) for job in jobs]

    def get(self, key: int) -> Job:
        """Return a job as it is now. Raises JobNotFound if it is gone."""
        job = self.storage.get(key)
        if job is None:
            raise self.not_found(key)
        return job

    def get_many(self, keys: Sequence[int]) -> list[Job]:
        """Return several jobs as they are now. Raises JobNotFound if one is gone."""
        many = getattr(self.storage, "get_many", None)  # a storage need not be able to
        found = [self.storage.get(key) for key in keys] if many is None else many(keys)
        for key, job in zip(keys, found, strict=True):
            if job is None:
                raise self.not_found(key)
        return cast("list[Job]", found)

    def ended(self, keys: Sequence[int]) -> list[Job | None]:
        """Return those of several jobs that have ended, and None for each other. Raises JobNotFound if one is gone."""
        not_ended = getattr(self.storage, "not_ended", None)  # a storage need not be able to tell without a lock
        left: set[int] = set() if not_ended is None else not_ended(keys)
        found = iter(self.get_many([key for key in keys if key not in left]))
        looked = (None if key in left else next(found) for key in keys)
        return [job if job is not None and job.final else None for job in looked]

    def id(self, key: int) -> str:
        """Return the id of a job."""
        return id_of(key, self.storage.node)

    def not_found(self, key: int) -> JobNotFound:
        """Return the error for a key that is gone. Nobody else has ids with this node, unless somebody made one up."""
        knew = getattr(self.storage, "knew", None)  # a storage need not be able to tell
        if knew is not None and not knew(key):
            return unknown(self.id(key))
        return JobForgotten(
            f"no job {self.id(key)!r} in the storage any more: it has ended and is kept no longer, as Retention says, "
            "or it was deleted"
        )


def unknown(job_id: object) -> JobNotFound:
    """Return the error for an id that is none of this storage."""
    return JobNotFound(
        f"no job {shown(job_id)} in the storage: it was deleted, kept no longer, or never submitted here"
    )

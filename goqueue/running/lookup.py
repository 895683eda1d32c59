"""Finds the job that a caller means: by its id, or by an earlier Job."""

from ..errors import JobNotFound
from ..job import Job, id_of, key_of
from ..storage import Storage


class Lookup:
    """Finds jobs in one storage. Any thread may call it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def key(self, job: Job | str) -> int:
        """Return the key of a job. Raises JobNotFound if it is not a job of this storage."""
        if isinstance(job, Job) and job._node == self.storage.node:
            return job._record.key
        key = key_of(job, self.storage.node)
        if key is None:
            raise not_found(job.id if isinstance(job, Job) else job)
        return key

    def get(self, key: int) -> Job:
        """Return a job as it is now. Raises JobNotFound if it is gone."""
        job = self.storage.get(key)
        if job is None:
            raise self.not_found(key)
        return job

    def id(self, key: int) -> str:
        """Return the id of a job."""
        return id_of(key, self.storage.node)

    def not_found(self, key: int) -> JobNotFound:
        """Return the error for a key that the storage does not know."""
        return not_found(self.id(key))


def not_found(job_id: object) -> JobNotFound:
    """Return the error for an id that the storage does not know."""
    return JobNotFound(f"no job {job_id!r} in the storage: it was deleted, kept no longer, or never submitted here")

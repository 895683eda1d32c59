"""The errors a program may want to catch by name.

LookupError ── JobNotFound ── JobForgotten         RuntimeError ── QueueStopped, NoResult, BatchFailed, ProcessDied
        └───── HandlerNotFound                     StorageError ── StorageLocked, StorageFull,
ValueError ┬── PayloadError                            │            StorageCorrupt, StorageTooNew
           └── DuplicateKey                            │            StorageLocked ── StorageUnreachable
                                                       └─────────── StorageInDoubt
"""


class JobNotFound(LookupError):
    """The storage holds no job with this id."""


class JobForgotten(JobNotFound):
    """The job was in this storage. It has ended and is no longer kept, or it was deleted."""


class BatchFailed(RuntimeError):
    """A job before this one has not completed; seen in the error of the last job of a batch or a chain."""


class ProcessDied(RuntimeError):
    """The process of an attempt has ended before its handler returned; seen in the error of the job."""


class HandlerNotFound(LookupError):
    """No handler was registered for this type of job."""


class QueueStopped(RuntimeError):
    """The queue has stopped, or is stopping, and takes no more jobs."""


class PayloadError(ValueError):
    """A payload or a result is not JSON, or is too large."""


class DuplicateKey(ValueError):
    """Another job has the unique key of a submission. `job_id` is the id of that job."""

    job_id = ""


class NoResult(RuntimeError):
    """The job of a task has no result: it has not ended yet, or it failed or was cancelled."""


class StorageError(Exception):
    """The storage failed and changed nothing. The base class of the errors below, one of which is in doubt."""


class StorageLocked(StorageError):
    """Another process has held the file for too long. Trying again may help."""


class StorageUnreachable(StorageLocked):
    """The server of the storage cannot be reached, or serves nobody now. Nothing was done; trying again may help."""


class StorageInDoubt(StorageError):
    """The connection was lost after the server was asked: it has done that, or not. The exception to the rule above."""


class StorageFull(StorageError):
    """The disk is full, or the memory of a server."""


class StorageCorrupt(StorageError):
    """The file is damaged, or does not belong to a queue."""


class StorageTooNew(StorageError):
    """A newer goqueue wrote the file."""


def ends_thread(err: BaseException) -> bool:
    """Whether nobody may keep this error from its thread, because virtual time, or the race lab, has ended."""
    return getattr(type(err), "ends_thread", False)

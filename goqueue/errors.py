"""The errors a program may want to catch by name.

LookupError ── JobNotFound, HandlerNotFound        RuntimeError ── QueueStopped
ValueError ─── PayloadError                        StorageError ── StorageLocked, StorageFull,
                                                                   StorageCorrupt, StorageTooNew
"""


class JobNotFound(LookupError):
    """The storage holds no job with this id."""


class HandlerNotFound(LookupError):
    """No handler was registered for this type of job."""


class QueueStopped(RuntimeError):
    """The queue has stopped, or is stopping, and takes no more jobs."""


class PayloadError(ValueError):
    """A payload or a result is no JSON, or is too large."""


class StorageError(Exception):
    """The storage could not do what was asked; nothing of it was done. The base of what follows."""


class StorageLocked(StorageError):
    """Another process holds the file for too long. Trying again may help."""


class StorageFull(StorageError):
    """The disk is full."""


class StorageCorrupt(StorageError):
    """The file is damaged, or is not a queue's."""


class StorageTooNew(StorageError):
    """A newer goqueue wrote the file."""

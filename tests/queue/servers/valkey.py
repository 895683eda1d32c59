"""A real Valkey for the tests: the one that GOQUEUE_TEST_REDIS names, or one from a wheel, which needs no root.

All tests of a process share it; each gives its queue a name of its own.
"""

import functools
import itertools
import os

from goqueue.lab.servers.valkey import Valkey

__all__ = ["Valkey", "new_name", "url"]

_names = itertools.count()


@functools.cache
def url() -> str:
    """Return the URL of the server that all tests share."""
    return os.environ.get("GOQUEUE_TEST_REDIS") or Valkey().url


def new_name() -> str:
    """Return the name of a queue that nobody else has."""
    return f"test-{os.getpid()}-{next(_names)}-{os.urandom(4).hex()}"

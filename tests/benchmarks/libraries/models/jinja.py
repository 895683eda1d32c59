"""Jinja2: its cache of templates."""

from . import aliases  # noqa: F401 - before the library

# isort: split
from jinja2.utils import LRUCache


def jinja_1000() -> None:
    """setdefault() takes a lock that is not reentrant, and then calls methods that take the same one."""
    LRUCache(2).setdefault("page", 1)

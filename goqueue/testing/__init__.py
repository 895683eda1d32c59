"""Helpers for testing programs that use a queue.

InlineQueue      runs each job at once, in the thread that submits it: for testing what handlers do
virtual_time()   lets hours pass in no time, on real threads: for testing when things happen
conformance      the checks that every storage must pass: for authors of storages
"""

from .inline import InlineQueue
from .virtual import virtual_time

__all__ = ["InlineQueue", "virtual_time"]

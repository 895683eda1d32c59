"""Helpers for testing programs that use a queue.

InlineQueue      runs each job at once, in the thread that submits it: for testing what handlers do
RecordingQueue   notes what is submitted, and runs nothing: for testing what a program submits
inline(queue), recording(queue)   let a program's own queue be one of these for a while
fixtures         `queue`, `recorded` and `clock` for pytest: pytest_plugins = ["goqueue.testing.fixtures"]
virtual_time()   lets hours pass in no time, on real threads: for testing when things happen
conformance      the checks that every storage must pass: for authors of storages
"""

from .inline import InlineQueue
from .standing_in import RecordingQueue, inline, recording
from .virtual import virtual_time

__all__ = ["InlineQueue", "RecordingQueue", "inline", "recording", "virtual_time"]

"""goqueue: build a job queue in five steps, and see every concurrency bug happen on demand.

The steps are in `steps/`, what lets you watch them is in `goqueue.lab`. Importing goqueue costs nothing.
"""

__version__ = "0.1.0"

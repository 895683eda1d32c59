"""goqueue: build a job queue in five steps, and see every concurrency bug happen on demand.

The steps are in `steps/`, what lets you watch them is in `goqueue.lab`. Importing goqueue costs nothing.
"""

__version__ = "0.1.0"


def load_ipython_extension(ipython: object) -> None:
    """Add %%race, %timeline, %stepdiff and %matrix to IPython: what `%load_ext goqueue` calls."""
    from .lab.magics import load

    load(ipython)

"""What the benchmark of the finished queue has measured, for notebook 14 and the README.

The figures are of one machine and one run: RUN says which. To measure again: `python tests/benchmarks/queue/run.py`.
Ratios travel to other machines, the figures do not.
"""

from .views import Figure, View, curve, table

RUN = "2 cores, AMD EPYC; CPython 3.11.7, SQLite 3.40.1, Debian 12, ext4; medians of 3 to 5 interleaved rounds"

MEMORY = {  # jobs a second: one producer, 4 workers, jobs that do nothing
    "goqueue, records kept": 243_000,
    "ThreadPoolExecutor": 85_000,
    "the plan, ported as it is": 50_500,
    "bare queue.Queue, no record": 877_000,
}
GROWTH = {  # microseconds a job, by how many there are, as a power of ten; all records are kept
    "goqueue": ((3, 3.25), (4, 3.41), (5, 3.98), (6, 4.74)),
    "goqueue, gc off": ((3, 3.20), (4, 3.31), (5, 3.47), (6, 3.54)),
    "ThreadPoolExecutor": ((3, 5.39), (4, 6.61), (5, 12.83), (6, 13.25)),
}
DISK = {  # jobs a second in SQLite, submitted and run
    "each commit, 1 producer": 11_300,
    "group commit, 16 producers": 7_100,
}


def speed() -> View:
    """Return a table: jobs a second."""
    rows = [(name, f"{figure:,}") for name, figure in {**MEMORY, **DISK}.items()]
    return table(["what", "jobs a second"], rows, title=f"Jobs that do nothing ({RUN})")


def growth() -> Figure:
    """Return a picture: what a job costs, by how many there are."""
    return curve(GROWTH, "What a job costs, with all records kept", "jobs, as a power of ten", "µs a job")

"""A script: counts the words of all texts of a folder, four files at a time, and adds them up when all are counted.

python3 report.py FOLDER

Its jobs are in memory: if it is killed, start it again. A file that cannot be read is tried three times.
"""

import sys
from pathlib import Path

from goqueue import Context, JobContext, Queue, Retry, Status

queue = Queue(workers=4)


@queue.task(retry=Retry(attempts=3, base=0.1), timeout=60)
def count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").split())


@queue.task()
def add_up(ctx: JobContext, counts: list[int]) -> str:
    return f"{sum(counts):,} words in {len(counts):,} files"


def main(folder: str) -> int:
    """Count, and return the exit status."""
    paths = sorted(Path(folder).glob("*.txt"))
    if not paths:
        print(f"{folder}: there is no .txt file", file=sys.stderr)
        return 2
    with queue:
        last = queue.submit_batch(Context(), [count.call(path) for path in paths], add_up.call())
        job = add_up.job(last.id).wait(show=True)
    if job.status is not Status.COMPLETED:
        print(job.job.error, file=sys.stderr)
        return 1
    print(job.result)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["."]))

"""A class of right submissions to step 12, graded: how long it takes, and whether anybody is rejected.

    python -m tests.lab.instructor.large_class --submissions 120              how long it takes
    python -m tests.lab.instructor.large_class --submissions 100 --busy 12    beside twelve processes that compute

The submissions are version 12 and the right versions of other designs in tests/steps/unusual_versions.py, in turn.
The status is 1 if one of them does not keep every promise.
"""

import argparse
import contextlib
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from goqueue.lab.instructor import grade
from goqueue.lab.instructor.room import what_is_prevented
from goqueue.lab.versions.trial import kept_by
from tests.steps.unusual_versions import VERSIONS, write_version


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Let so many processes compute meanwhile."""
    others = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def fill(folder: Path, submissions: int) -> None:
    """Hand in so many right versions."""
    right = [name for name, (step, _) in VERSIONS.items() if step == 12]
    for number, name in zip(range(submissions), itertools.cycle(["", *right]), strict=False):
        write_version(folder / f"learner {number:03}", name)


def main() -> int:
    """Grade such a class; say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=120)
    parser.add_argument("--busy", type=int, default=0, help="so many processes compute meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room, busy(options.busy):
        fill(Path(room), options.submissions)
        began = time.monotonic()
        found = grade(Path(room), 12, tell=lambda line: print(line, file=sys.stderr, flush=True))
        seconds = time.monotonic() - began
    whole = len(kept_by(12))
    rejected = [one for one in found.grades if one.kept < whole]
    for one in rejected:
        print(one.learner, one.problems, *one.broken, sep="\n    ")
    beside = f"beside {options.busy} busy processes"
    print(f"{options.submissions} submissions, {whole} promises each, {seconds:.0f} s {beside}")
    print(f"{len(rejected)} rejected. {what_is_prevented()}")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())

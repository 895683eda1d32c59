"""Kill -9, at random moments, over batches: each last job is there once, and got all results."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the storm forks")


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["each commit", "write-behind"])
def test_no_follow_up_is_lost_and_none_comes_twice(durability: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.queue.crash.batches", str(tmp_path), durability, "17", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    kept = {job: each for job, each in found["batches"].items() if each is not None}
    assert len(kept) >= 20
    assert {job: each for job, each in kept.items() if each[1:] != ["completed", 30 * each[0] + 31]} == {}
    if durability != "write-behind":  # which may lose a second of submissions, each batch as a whole
        assert kept == found["batches"]
    sums = found["tally"]["sum completed"]
    assert found["tally"] == {"sum completed": sums, "more completed": sums, "count completed": 3 * sums}
    assert sums >= len(kept)

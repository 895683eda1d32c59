"""A worker process: `queue.run()` until SIGTERM or SIGINT, which do the same as stop()."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

PROCESS = """
import json, sys, time
from goqueue import Context, Queue

queue = Queue(workers=1)

@queue.handler("webhook")
def deliver(ctx, payload):
    print("begun", flush=True)
    (ctx.wait if sys.argv[1] == "listening" else time.sleep)(600)
    ctx.raise_if_done()

queue.submit_job(Context(), "webhook", {"order": 17})
report = queue.run(grace=0.0)
job, = queue.list_jobs(Context())
print(json.dumps([report.completed, len(report.handed_back), len(report.still_running), job.status, job.attempts]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "handler", "said"),
    [
        (signal.SIGTERM, "listening", [0, 1, 0, "pending", 0]),
        (signal.SIGINT, "listening", [0, 1, 0, "pending", 0]),
        (signal.SIGTERM, "deaf", [0, 0, 1, "running", 1]),  # it never returns, and does not keep the process
    ],
)
def test_a_signal_stops_it_and_the_job_is_handed_back_or_named(number: Any, handler: str, said: list[object]) -> None:
    command = [sys.executable, "-c", PROCESS, handler]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"  # its job runs
        process.send_signal(number)
        assert json.loads(process.stdout.read()) == said
        assert process.wait(timeout=60) == 0

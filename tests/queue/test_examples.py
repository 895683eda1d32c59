"""The three examples of docs/examples run: a script, a service with a supervisor, a web application."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from goqueue import Queue

from .parts import PATIENCE, ctx

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "SHOP_JOBS": str(folder / "jobs.db")}


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=PATIENCE
    )


def until(look: Callable[[], Any]) -> Any:
    """Look again and again, until something is found."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_the_script_counts_and_says_what_fails(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "report.py", tmp_path)
    for number in range(1, 4):
        (tmp_path / f"{number}.txt").write_text("word " * number)
    done = python(tmp_path, "report.py", ".")
    assert (done.returncode, done.stdout) == (0, "6 words in 3 files\n"), done.stderr
    (tmp_path / "4.txt").write_bytes(b"\xff")
    done = python(tmp_path, "report.py", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert "BatchFailed: 1 of 4 jobs before it have not completed" in done.stderr
    assert "UnicodeDecodeError" in done.stderr
    done = python(tmp_path, "report.py", "nowhere")
    assert (done.returncode, done.stderr) == (2, "nowhere: there is no .txt file\n")


@contextmanager
def started(folder: Path, command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A worker process, as a supervisor has it, and where its health is asked."""
    worker = subprocess.Popen(
        command, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        said: Any = worker.stderr
        line = until(lambda: next((line for line in said if "health: " in line), None))
        yield worker, line.split("health: ")[1].strip()
    finally:
        worker.kill()
        worker.communicate()


@pytest.mark.skipif(os.name == "nt", reason="this sends signals")
def test_the_service_goes_on_after_a_kill_and_stops_in_order(tmp_path: Path) -> None:
    """The command is that of the unit, with a free port. The test does what systemd does: it starts it again."""
    shutil.copy(EXAMPLES / "service" / "shop.py", tmp_path)
    unit = (EXAMPLES / "service" / "shop-worker.service").read_text()
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    _, *words = shlex.split(line.removeprefix("ExecStart="))
    command = [sys.executable, "-m", "goqueue", *words[:-1], "0"]
    said = [python(tmp_path, "shop.py", "17", "Ada").stdout for _ in range(2)]
    assert said[0] == said[1]  # it was submitted twice, and is one job
    queue = Queue(storage=tmp_path / "jobs.db")
    with started(tmp_path, command) as (worker, url):
        assert queue.wait(ctx, said[0].strip()).result == "order 17 is on its way to Ada"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            assert json.load(answer)["status"] == "ok"
        worker.send_signal(signal.SIGKILL)
    label = queue.submit_job(ctx, "label", {"order": 17})
    with started(tmp_path, command) as (worker, _):
        assert queue.wait(ctx, label).result == "label 17: 333328333350000"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    queue.close()


def test_the_web_application_answers_at_once_and_its_workers_do_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    testclient = pytest.importorskip("starlette.testclient")
    shutil.copy(EXAMPLES / "web.py", tmp_path)
    monkeypatch.setenv("SHOP_JOBS", str(tmp_path / "jobs.db"))
    web: dict[str, Any] = {"__name__": "web"}
    exec(compile((tmp_path / "web.py").read_text(), str(tmp_path / "web.py"), "exec"), web)
    client = testclient.TestClient(web["app"])
    headers = {"Idempotency-Key": "order-17"}
    answers = [client.post("/orders", json={"order": 17, "to": "Ada"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    (place,) = {answer.headers["location"] for answer in answers}
    assert client.get(place).json() == {"status": "pending", "error": "", "result": None, "progress": None}
    with started(tmp_path, [sys.executable, "-m", "goqueue", "worker", "web:queue", "--health", "0"]):
        found = until(lambda: (told := client.get(place).json())["status"] == "completed" and told)
    assert found["result"] == {"order": 17, "to": "Ada"}
    for wrong in ({"order": "17", "to": "Ada"}, {"order": 17}, {"order": 17, "to": "Ada", "by": "post"}):
        assert client.post("/orders", json=wrong).status_code == 400
    assert client.post("/orders", content=b"{").status_code == 400
    assert client.get("/jobs/17").status_code == 404
    web["queue"].close()

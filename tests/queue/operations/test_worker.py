"""A worker process as its supervisor and its developer see it: health, metrics, a second signal, a changed file."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, Queue
from goqueue.cli import main
from goqueue.operations.health import Endpoint, address_of
from goqueue.operations.reload import stamps

ROOT = Path(__file__).parents[3]
CTX = Context()
POSIX = pytest.mark.skipif(os.name == "nt", reason="this sends signals")

SHOP = """
import time
from goqueue import Context, Queue

queue = Queue(workers=1)

@queue.handler("webhook")
def deliver(ctx, payload):
    print("begun", flush=True)
    time.sleep(600)
"""


def asked(endpoint: Endpoint, path: str) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{endpoint.port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as err:
        return err.code, err.read().decode()


def health(endpoint: Endpoint) -> tuple[int, Any]:
    status, text = asked(endpoint, "/health")
    return status, json.loads(text)


@pytest.fixture
def queue() -> Queue:
    queue = Queue(workers=1)
    queue.register_handler("webhook", lambda ctx, payload: None)
    return queue


def test_health_is_told_from_start_to_stop(queue: Queue) -> None:
    with Endpoint(queue, "127.0.0.1", 0) as endpoint:
        assert health(endpoint)[0] == 503
        assert health(endpoint)[1]["why"] == "the queue was not started"
        with queue:
            queue.wait(CTX, queue.submit_job(CTX, "webhook"))
            status, facts = health(endpoint)
            assert (status, facts["status"], facts["types"]) == (200, "ok", ["webhook"])
            assert "why" not in facts
            queue.stop()
            assert (health(endpoint)[0], health(endpoint)[1]["why"]) == (503, "the queue stops")


def test_what_only_a_restart_helps_is_said(queue: Queue) -> None:
    """The complaint of other queues: the process lives, answers its supervisor, and runs nothing."""
    with Endpoint(queue, "127.0.0.1", 0) as endpoint, queue:
        queue.pool.dispatch._failure = "StorageFull: the disk is full"
        assert health(endpoint)[1]["why"] == "the storage fails: StorageFull: the disk is full"
        queue.pool.dispatch._failure = ""
        assert health(endpoint)[0] == 200
        queue.pool.crew.workers[0].replaced = True  # as after an overrun, when no replacement is left
        status, facts = health(endpoint)
        queue.pool.crew.workers[0].replaced = False
        assert status == 503
        assert facts["why"] == "each worker runs a handler that ignores its timeout: restart this process"


def test_metrics_are_beside_it_and_nothing_else_is(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    with Endpoint(queue, "127.0.0.1", 0) as endpoint:
        queue.submit_job(CTX, "webhook")
        status, page = asked(endpoint, "/metrics?name=x")
        assert status == 200
        assert "goqueue_due_jobs 1.0" in page
        assert asked(endpoint, "/jobs")[0] == 404
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with Endpoint(Queue(), "127.0.0.1", 0) as endpoint:
        assert asked(endpoint, "/metrics") == (
            404,
            "metrics need prometheus-client: pip install 'goqueue[prometheus]'\n",
        )


@pytest.mark.parametrize("given", ["", "abc", "70000", "localhost:", "-1", "1.5", ":", "²"])
def test_a_wrong_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"must be PORT or HOST:PORT, such as 9000"):
        address_of(given)


@contextmanager
def worker(folder: Path, *options: str, shop: str = SHOP) -> Iterator["subprocess.Popen[str]"]:
    """Start a worker of shop.py, with what it logs and prints in one pipe."""
    (folder / "shop.py").write_text(shop)
    command = [sys.executable, "-m", "goqueue", "worker", "shop:queue", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_with(process: "subprocess.Popen[str]", words: str) -> str:
    """Read until a line has these words, and return it. A worker that ends before fails the test."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError(f"no line with {words!r} in:\n{''.join(seen)}")


def answered(address: str) -> Any:
    """Return what a worker says of its health, once it has said what it runs and has begun to."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as err:
            if err.code != 503 or time.monotonic() > until:
                raise


@POSIX
def test_a_worker_process_answers_and_ends_at_a_signal(tmp_path: Path) -> None:
    with worker(tmp_path, "--health", "0") as process:
        address = line_with(process, "health: ").split()[-1]
        line_with(process, "runs webhook")
        assert answered(address)["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        line_with(process, "stopped: 0 completed")
        assert process.wait(timeout=60) == 0


@POSIX
@pytest.mark.slow
def test_a_second_signal_ends_it_at_once_though_a_handler_runs(tmp_path: Path) -> None:
    with worker(tmp_path, "--grace", "600", shop=f'{SHOP}queue.submit_job(Context(), "webhook")') as process:
        line_with(process, "begun")
        while process.poll() is None:  # the first stops it, and is not followed at once by a person's second
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
        assert process.returncode == -signal.SIGTERM


@POSIX
@pytest.mark.slow
def test_a_changed_file_starts_the_worker_anew_even_after_a_mistake(tmp_path: Path) -> None:
    with worker(tmp_path, "--reload") as process:
        line_with(process, "runs webhook")
        (tmp_path / "shop.py").write_text(f"{SHOP}this is no Python")
        line_with(process, "shop.py changed: the worker starts anew")
        line_with(process, "SyntaxError")
        (tmp_path / "shop.py").write_text(f'{SHOP}queue.register_handler("mail", deliver)')
        line_with(process, "runs webhook, mail")
        process.send_signal(signal.SIGINT)
        line_with(process, "stopped: 0 completed")
        assert process.wait(timeout=60) == 0


def test_only_python_files_that_somebody_edits_are_looked_at(tmp_path: Path) -> None:
    for name in ("shop.py", "shop.txt", "inner/mail.py", ".venv/lib/x.py", "node_modules/y.py", "__pycache__/z.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert sorted(os.path.relpath(path, tmp_path) for path in stamps(tmp_path)) == ["inner/mail.py", "shop.py"]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("shop", "--reload"), "'shop' must be MODULE:QUEUE"),
        (("shop:queue", "--reload", "--health", "x"), "--health is 'x': it must be PORT or HOST:PORT"),
        (("shop:queue", "--health", "999999"), "--health is '999999'"),
        (("shop:queue", "--rel"), "unrecognized arguments: --rel"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    arguments: tuple[str, ...], rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["worker", *arguments])
    except SystemExit as err:  # argparse
        status = int(str(err.code))
    assert status == 2
    assert rule in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (tmp_path / "taken_shop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with Endpoint(Queue(), "127.0.0.1", 0) as endpoint:
        assert main(["worker", "taken_shop:queue", "--health", str(endpoint.port)]) == 2
    assert "give another port, or 0 for any that is free" in capsys.readouterr().err

"""`goqueue queue` and `goqueue worker`, as an operator calls them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, Queue, Retry, SQLiteStorage, Status
from goqueue.cli import main

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "tools.md").read_text("utf-8")
CTX = Context()
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a command. Return its exit status and what it printed."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([*map(str, arguments)])
        except SystemExit as err:  # argparse
            status = int(str(err.code))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A queue's file with two completed jobs, a failed one, and a pending one."""
    path = tmp_path / "jobs.db"
    queue = Queue(workers=1, storage=SQLiteStorage(path))

    @queue.handler("webhook", retry=Retry(attempts=1))
    def send(ctx: Context, payload: Any) -> Any:
        if payload["order"] == 17:
            raise ConnectionError("503 from the partner")
        return {"sent": payload["order"]}

    with queue:
        queue.wait_many(CTX, [queue.submit_job(CTX, "webhook", {"order": order}) for order in (16, 17, 18)])
    later = Queue(storage=queue.storage)
    later.submit_job(CTX, "mail", {"order": 19}, timeout=5.0)
    later.close()
    return path


def listed(told: Told, file: Path, *arguments: object) -> list[dict[str, Any]]:
    status, out, _ = told("queue", file, "ls", "--json", *arguments)
    assert status == 0
    return [json.loads(line) for line in out.splitlines()]


def test_jobs_are_listed_as_a_table_and_as_json(told: Told, file: Path) -> None:
    status, out, _ = told("queue", file, "ls")
    head, *lines = out.splitlines()
    assert (status, head.split()) == (0, ["id", "type", "status", "attempts", "age", "error"])
    statuses = [("webhook", "completed"), ("webhook", "failed"), ("webhook", "completed"), ("mail", "pending")]
    assert [tuple(line.split()[1:3]) for line in lines] == statuses
    assert lines[1].endswith("ConnectionError: 503 from the partner")
    assert [job["payload"]["order"] for job in listed(told, file, "--status", "completed")] == [16, 18]
    assert [job["type"] for job in listed(told, file, "--type", "mail")] == ["mail"]
    first = listed(told, file, "--limit", 1)
    assert len(listed(told, file, "--after", first[0]["id"])) == 3
    assert listed(told, file, "--older", 3600) == []


def test_a_job_is_shown_with_its_traceback(told: Told, file: Path) -> None:
    (failed,) = listed(told, file, "--status", "failed")
    status, out, _ = told("queue", file, "show", failed["id"])
    assert status == 0
    assert 'payload:     {"order": 17}' in out
    assert out.rstrip().endswith("ConnectionError: 503 from the partner")
    assert json.loads(told("queue", file, "--json", "show", failed["id"])[1]) == failed


def test_counts_and_the_age_of_the_oldest(told: Told, file: Path) -> None:
    found = json.loads(told("queue", f"sqlite:///{file}", "stats", "--json")[1])
    assert found.pop("oldest_due_seconds") >= 0
    assert found.pop("types") == {"mail": {"pending": 1}, "webhook": {"completed": 2, "failed": 1}}
    assert found == {"pending": 1, "running": 0, "completed": 2, "failed": 1, "cancelled": 0, "due": 1, "paused": []}
    status, out, _ = told("queue", file, "top", "--every", 0.001, "--times", 2)
    assert status == 0
    assert out.count("due: 1, the oldest waits: ") == 2
    assert out.count("webhook: 2 completed, 1 failed") == 2
    status, out, _ = told("queue", file, "top", "--every", 0.001, "--times", 2, "--json")
    assert [json.loads(line)["due"] for line in out.splitlines()] == [1, 1]


def test_a_job_that_waits_for_its_time_is_not_late(told: Told, file: Path) -> None:
    """The complaint of other queues: a job for next month looks as if it were late."""
    told("queue", file, "cancel", listed(told, file, "--status", "pending")[0]["id"])
    queue = Queue(storage=file)
    queue.submit_job(CTX, "mail", delay=30 * 86_400.0)
    queue.close()
    found = json.loads(told("queue", file, "stats", "--json")[1])
    assert (found["pending"], found["due"], found["oldest_due_seconds"]) == (1, 0, None)


@pytest.mark.skipif(os.name == "nt", reason="this opens a terminal")
@pytest.mark.parametrize("rich", [True, False], ids=["rich", "plain"])
def test_top_in_a_terminal_is_written_over_and_ends_after_so_many_looks(file: Path, rich: bool) -> None:
    import pty

    without = "" if rich else "sys.modules['rich'] = None; "
    code = f"import sys; {without}from goqueue.cli import main; sys.exit(main(sys.argv[1:]))"
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "queue", str(file), "top", "--every", "0.01", "--times", "2"]
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=environment) as top:
        os.close(follower)
        shown = b""
        try:
            while part := os.read(leader, 4096):
                shown += part
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(leader)
    text = shown.decode()
    assert top.returncode == 0, text
    assert text.count("due: 1, the oldest waits") == 2
    assert ("\x1b[?1049h" in text) == rich  # a page of its own
    assert ("\x1b[H\x1b[J" in text) == (not rich)


def test_failed_jobs_run_again_with_new_ids(told: Told, file: Path) -> None:
    (failed,) = listed(told, file, "--status", "failed")
    status, out, _ = told("queue", file, "retry", "--all")
    new = out.split()[-1]
    assert (status, out) == (0, f"{failed['id']} runs again as {new}\n")
    assert listed(told, file, "--status", "failed") == []
    again = {job["id"]: job for job in listed(told, file)}[new]
    assert (again["payload"], again["status"], again["attempts"]) == ({"order": 17}, "pending", 0)
    assert told("queue", file, "retry", "--all")[1] == "no job has failed\n"


def test_what_cannot_run_again_changes_nothing(told: Told, file: Path) -> None:
    before = listed(told, file)
    failed, pending = before[1]["id"], before[3]["id"]
    assert told("queue", file, "retry", failed, pending)[::2] == (
        2,
        f"goqueue queue: job {pending} is pending: only a job that has ended can run again\n",
    )
    assert told("queue", file, "retry", failed, "nope")[0] == 1
    assert told("queue", file, "retry")[0] == told("queue", file, "retry", failed, "--all")[0] == 2
    assert listed(told, file) == before


def test_jobs_are_cancelled_and_purged(told: Told, file: Path) -> None:
    (pending,) = listed(told, file, "--status", "pending")
    assert told("queue", file, "cancel", pending["id"])[1] == f"{pending['id']} is cancelled\n"
    assert told("queue", file, "purge", "--status", "completed")[1] == "2 completed jobs are forgotten\n"
    assert told("queue", file, "purge", "--status", "failed", "--older", 3600)[1] == "0 failed jobs are forgotten\n"
    assert [job["status"] for job in listed(told, file)] == ["failed", "cancelled"]
    assert told("queue", file, "purge", "--status", "running")[0] == 2


def test_a_cancel_that_came_too_late_says_so_by_its_status(told: Told, file: Path) -> None:
    """A script that goes on after it must not believe that the work was not done."""
    ended, *_, pending = listed(told, file)
    status, out, _ = told("queue", file, "cancel", ended["id"], pending["id"])
    assert status == 1
    assert f"{ended['id']} is completed: it had ended, and nothing was cancelled\n" in out
    assert f"{pending['id']} is cancelled\n" in out, "the others are cancelled all the same"
    assert told("queue", file, "cancel", pending["id"])[0] == 0, "a second time it is cancelled, too"


def test_what_a_terminal_would_obey_is_shown_as_text(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    queue = Queue(storage=file)
    queue.register_handler("a\x1b[2Jb", lambda ctx, payload: 1 / 0, retry=Retry(attempts=1))
    queue.register_handler("long", lambda ctx, payload: queue.get_job(ctx, "\x1b]0;title\x07\r"))
    with queue:
        jobs = queue.wait_many(CTX, [queue.submit_job(CTX, each) for each in ("a\x1b[2Jb", "long")])
    queue.pause(CTX, "c\x1b[2Jd")
    queue.close()
    for arguments in (("ls",), ("stats",), ("top", "--times", 1), *(("show", job.id) for job in jobs)):
        status, out, _ = told("queue", file, *arguments)
        assert status == 0
        assert not set(out) & set("\x1b\x07\r")
        assert "\\x1b" in out


def test_what_a_job_was_submitted_with_is_shown(told: Told, file: Path) -> None:
    queue = Queue(storage=file)
    job = queue.submit_job(CTX, "mail", priority=9, key="mail-17", limit_key="ada")
    last = queue.submit_chain(CTX, [("mail", 1), "print"])
    queue.close()
    shown = json.loads(told("queue", file, "show", job.id, "--json")[1])
    assert (shown["priority"], shown["key"], shown["limit_key"], shown["before"]) == (9, "mail-17", "ada", [])
    out = told("queue", file, "show", job.id)[1]
    assert re.search(r"priority: +9\nkey: +mail-17\nlimit_key: +ada\n", out)
    assert "priority:    0\n" in told("queue", file, "show", last.id)[1]


def test_types_are_paused_and_resumed_and_stats_say_so(told: Told, file: Path) -> None:
    """Nobody finds out otherwise why a job that is due does not begin."""
    assert told("queue", file, "pause", "mail", "webhook")[:2] == (0, "paused: mail, webhook\n")
    assert "\npaused: mail, webhook\n" in told("queue", file, "stats")[1]
    assert json.loads(told("queue", file, "resume", "webhook", "--json")[1]) == {"paused": ["mail"]}
    assert json.loads(told("queue", file, "stats", "--json")[1])["paused"] == ["mail"]
    assert told("queue", file, "resume", "mail")[1] == "paused: none\n"
    assert "paused" not in told("queue", file, "stats")[1]
    assert told("queue", file, "pause", "")[::2] == (
        2,
        "goqueue queue: job type is '': it must not be empty; name one, such as 'webhook'\n",
    )


def test_jobs_are_deleted_by_their_ids(told: Told, file: Path) -> None:
    """What `copy` asks for if the target cannot hold a job."""
    first, second, *left = listed(told, file)
    out = told("queue", file, "delete", first["id"], second["id"])[1]
    assert out == f"{first['id']} is forgotten\n{second['id']} is forgotten\n"
    assert listed(told, file) == left
    assert told("queue", file, "delete", left[0]["id"], "nope")[0] == 1
    assert listed(told, file) == left, "a wrong id leaves nothing half-done"


@pytest.mark.parametrize("action", [("ls",), ("check",), ("backup", "x.db")])
def test_an_address_of_no_storage_is_refused_by_name(told: Told, action: tuple[str, ...]) -> None:
    status, _, err = told("queue", "mysql://localhost/shop", *action)
    assert (status, err) == (
        2,
        "goqueue queue: 'mysql://localhost/shop' is no storage: it must be a file, such as jobs.db, or begin with "
        "postgresql:// or redis://\n",
    )


@pytest.mark.parametrize("reload", [(), ("--reload",)], ids=["plain", "reload"])
def test_a_worker_with_a_wrong_grace_does_not_begin(told: Told, reload: tuple[str, ...]) -> None:
    status, _, err = told("worker", "no_such_module:queue", "--grace", "-1", *reload)
    assert (status, err) == (2, "goqueue worker: --grace is -1.0: it must be a finite number, 0 or more\n")


def test_a_page_may_be_larger_than_any_storage_can_be_asked_for(told: Told, file: Path) -> None:
    assert len(listed(told, file, "--limit", 10**30)) == 4
    for limit in (0, -1):
        assert told("queue", file, "ls", "--limit", limit)[::2] == (
            2,
            f"goqueue queue: limit is {limit}: a page holds one job or more\n",
        )


def test_a_file_is_checked_and_copied(told: Told, file: Path, tmp_path: Path) -> None:
    assert told("queue", file, "check")[:2] == (0, f"{file}: all is well\n")
    assert told("queue", file, "backup", tmp_path / "copy.db")[0] == 0
    assert len(listed(told, tmp_path / "copy.db")) == 4
    damaged = bytearray((tmp_path / "copy.db").read_bytes())
    damaged[4096:8192] = b"\x07" * 4096
    (tmp_path / "copy.db").write_bytes(damaged)
    status, _, err = told("queue", tmp_path / "copy.db", "backup", tmp_path / "second.db")
    assert (status, (tmp_path / "second.db").exists()) == (1, False), err
    assert str(tmp_path / "copy.db") in err
    (tmp_path / "text.db").write_text("no database at all, but a text that is long enough to be looked at" * 9)
    status, out, err = told("queue", tmp_path / "text.db", "check")
    assert status == 1
    assert "text.db" in out + err
    assert told("queue", tmp_path / "text.db", "ls")[0] == 1


@pytest.mark.parametrize(
    "command", re.findall(r"^ {4}goqueue (queue jobs\.db .*?)(?: {2,}#.*)?$", MANUAL, re.MULTILINE)
)
def test_a_command_of_the_manual_works(told: Told, file: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(file.parent)
    (pending,) = listed(told, file, "--status", "pending")
    ends = {"top": ["--times", "1"]}.get(command.split()[2], [])
    status, out, err = told(*command.replace("ID", pending["id"]).split(), *ends)
    assert (status, err) == (0, "")
    assert out


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("nofile.db", "ls"), "there is no file 'nofile.db'"),
        (("memory:", "ls"), "lives inside its own process"),
        (("FILE", "ls", "--limit", "-1"), "limit is -1"),
        (("FILE", "ls", "--older", "-1"), "older_than is -1"),
        (("FILE", "ls", "--after", "nope"), "no job 'nope'"),
        (("FILE", "show", "nope"), "no job 'nope'"),
        (("FILE", "cancel", "nope"), "no job 'nope'"),
        (("FILE", "top", "--every", "0"), "must be more than 0 seconds"),
        (("FILE", "top", "--every", "nan"), "must be more than 0 seconds"),
        (("FILE", "top", "--times", "0"), "--times is 0: it must be 1 or more"),
        (("FILE", "explode"), "invalid choice: 'explode'"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_wrong_call_says_what_is_wrong(
    told: Told, file: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], rule: str
) -> None:
    monkeypatch.chdir(file.parent)
    status, out, err = told("queue", *[str(file) if each == "FILE" else each for each in arguments])
    assert status in (1, 2)
    assert rule in err
    assert out == ""
    assert not Path("nofile.db").exists()


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("shop", "'shop' must be MODULE:QUEUE"),
        ("shopping:queue", "there is no module 'shopping' here"),
        ("operated_shop:que", "its queues are empty, queue"),
        ("operated_shop:number", "it must be a Queue"),
        ("operated_shop:empty", "has no handler"),
    ],
)
def test_a_worker_says_what_it_cannot_run(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, rule: str
) -> None:
    text = "from goqueue import Queue\nempty = Queue()\nqueue = Queue()\nnumber = 17\n"
    (tmp_path / "operated_shop.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "operated_shop", raising=False)
    status, _, err = told("worker", target)
    assert status == 2
    assert rule in err


SHOP = """
from goqueue import Queue

queue = Queue(workers=1, storage="jobs.db")

@queue.task()
def send(order: int) -> int:
    return order
"""


@pytest.mark.skipif(os.name == "nt", reason="this sends SIGTERM")
def test_a_worker_runs_what_another_process_submitted_and_stops_at_a_signal(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    storage = SQLiteStorage(tmp_path / "jobs.db")
    queue = Queue(storage=storage)
    job = queue.submit_job(CTX, "send", {"order": 17})
    command = [sys.executable, "-m", "goqueue", "worker", "shop:queue"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE) as worker:
        try:
            with CTX.with_timeout(60) as ctx:
                assert queue.wait(ctx, job).status is Status.COMPLETED
            worker.send_signal(signal.SIGTERM)
            out, _ = worker.communicate(timeout=60)
        finally:
            worker.kill()
    assert (worker.returncode, out) == (0, "stopped: 1 completed, 0 handed back, 0 still running\n")
    queue.close()

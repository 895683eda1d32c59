"""The dashboard as a browser asks it: each page, each wrong request, and who may ask. tests/browser looks at it."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from goqueue import Job, JobContext, MemoryStorage, Queue, Retry, SQLiteStorage, Status
from goqueue.cli import main
from goqueue.dashboard import create_app
from goqueue.dashboard.asked import PAGE
from goqueue.dashboard.guards import HEADERS, is_loopback
from goqueue.job import Outcome
from goqueue.storage import Storage

from ..parts import ctx, submit

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-that-nobody-guesses"
EVIL = "<script>alert('17')</script>"


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, path: Path) -> Any:
    """A queue that is not started, with a job of each status but running."""
    storage: Storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(path)
    first = Queue(workers=1, storage=storage)

    @first.handler("webhook", retry=Retry(attempts=2, base=0.0))
    def send(ctx: JobContext, payload: Any) -> Any:
        if payload["order"] == 17:
            raise ConnectionError(f"{EVIL} at attempt {ctx.attempt}")
        return {"sent": payload["order"]}

    with first:
        first.wait_many(ctx, [submit(first, {"order": order, "note": EVIL}) for order in (16, 17)])
    queue = Queue(storage=storage)
    queue.cancel(ctx, queue.submit_job(ctx, "mail"))
    queue.submit_job(ctx, "mail", delay=3600.0)
    yield queue
    queue.close()


def client_of(queue: Queue, token: str | None = None, base: str = "http://127.0.0.1:8017") -> TestClient:
    return TestClient(create_app(queue, token=token), base_url=base, follow_redirects=False)


@pytest.fixture
def client(queue: Queue) -> TestClient:
    return client_of(queue)


def job_of(queue: Queue, status: Status) -> Job:
    return queue.list_jobs(ctx, status=status)[0]


def form_of(client: TestClient, path: str) -> tuple[str, dict[str, str]]:
    """Return where the form of a page goes, and its hidden fields."""
    form = BeautifulSoup(client.get(path).text, "html.parser").form
    assert form is not None
    return str(form["action"]), {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


def test_the_first_page_says_what_waits_and_what_is_dead(client: TestClient) -> None:
    text = text_of(client, "/")
    assert "1 pending 0 running 1 completed 1 failed 1 cancelled 0 due now none oldest due waits" in text
    assert "at attempt 2" in text  # the error of the dead job
    assert "mail 1 0 0 0 1" in text  # by type
    assert '<meta http-equiv="refresh" content="5">' in client.get("/?refresh=5").text


def test_what_keeps_a_job_waiting_is_shown(client: TestClient, queue: Queue) -> None:
    assert "Paused" not in text_of(client, "/")
    queue.pause(ctx, "mail")
    queue.pause(ctx, EVIL)
    assert f"Paused, so none of these begins: {EVIL}, mail" in text_of(client, "/")
    assert "<script" not in client.get("/").text
    job = queue.submit_job(ctx, "mail", priority=9, key="mail-17", limit_key="ada")
    assert "priority 9 key mail-17 limit key ada submitted" in text_of(client, f"/jobs/{job.id}")
    assert "priority" not in text_of(client, f"/jobs/{job_of(queue, Status.COMPLETED).id}")


def test_a_job_that_waits_for_a_retry_says_so(client: TestClient, queue: Queue) -> None:
    queue.submit_job(ctx, "report")
    (record,) = queue.storage.settle_and_claim((), 1, ("report",))
    queue.storage.settle_and_claim(((record, Outcome(Status.PENDING, error="OSError: down", delay=60.0)),), 0, ())
    job = queue.list_jobs(ctx, job_type="report")[0]
    assert "waits for a retry" in text_of(client, "/")
    assert f"attempt 1 failed: OSError: down {job.updated_at:%H:%M:%S} waits for attempt 2" in text_of(
        client, f"/jobs/{job.id}"
    )


def test_a_jobs_page_has_its_timeline_payload_and_traceback(client: TestClient, queue: Queue) -> None:
    job = job_of(queue, Status.FAILED)
    text = text_of(client, f"/jobs/{job.id}")
    at = job.created_at.strftime("%H:%M:%S")
    first, second = (f"attempt {n} failed: ConnectionError: {EVIL} at attempt {n}" for n in (1, 2))
    assert f"Timeline {at} submitted {first} {second} {job.updated_at:%H:%M:%S} failed for good" in text
    assert "in send" in text
    assert '{ "order": 17' in text
    assert 'Result { "sent": 16 }' in text_of(client, f"/jobs/{job_of(queue, Status.COMPLETED).id}")


def test_what_jobs_hold_is_shown_and_never_run(client: TestClient, queue: Queue) -> None:
    for path in ("/", "/jobs", f"/jobs/{job_of(queue, Status.FAILED).id}"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    queue.submit_job(ctx, f"{EVIL}/?&#")
    link = next(a for a in BeautifulSoup(client.get("/").text, "html.parser").select("td a") if EVIL in a.get_text())
    assert f"Jobs of type {EVIL}/?&#" in text_of(client, str(link["href"]))


@pytest.mark.parametrize("queue", ["memory"], indirect=True)
def test_lists_are_filtered_and_go_on_at_the_next_page(queue: Queue) -> None:
    queue.submit_many(ctx, "report", list(range(PAGE + 1)), delay=60.0)
    client = client_of(queue)
    page = client.get("/jobs?type=report&status=pending&since=86400")
    following = BeautifulSoup(page.text, "html.parser").find("a", string="next page")
    assert page.text.count('<td data-label="submitted">') == PAGE
    assert following is not None
    assert client.get(str(following["href"])).text.count('<td data-label="submitted">') == 1
    assert "There is no such job." in client.get("/jobs?type=report&status=failed").text
    assert "next page" not in client.get("/jobs?type=mail").text


def test_a_pending_job_is_cancelled_and_a_dead_one_runs_again(client: TestClient, queue: Queue) -> None:
    pending, dead = job_of(queue, Status.PENDING), job_of(queue, Status.FAILED)
    action, fields = form_of(client, f"/jobs/{pending.id}")
    answer = client.post(action, data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{pending.id}")
    assert queue.get_job(ctx, pending).status is Status.CANCELLED
    action, fields = form_of(client, f"/jobs/{dead.id}")
    new = client.post(action, data=fields).headers["location"].rpartition("/")[2]
    again = queue.get_job(ctx, new)
    assert (again.status, again.attempts, again.payload) == (Status.PENDING, 0, dead.payload)
    assert client.post(action, data=fields).status_code == 404  # the old one is forgotten
    assert client.post(f"/jobs/{new}/retry", data=fields).status_code == 409


@pytest.mark.parametrize("queue", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/jobs?page=-1", 400, "there is no parameter 'page': this page takes status, type, since and after"),
        ("/jobs?status=dead", 400, "status is 'dead': it must be one of pending, running"),
        ("/jobs?since=-1", 400, "since is '-1'"),
        ("/jobs?after=%00", 400, "it must be the id of a job"),
        ("/?refresh=0", 400, "refresh is '0': it must be a number of seconds from 1 to 3600"),
        ("/?refresh=%C2%B2", 400, "refresh is '²'"),
        ("/jobs/nope", 404, "no job 'nope' in the storage"),
        ("/jobs/ffffffffffffffff-000000000000", 404, "no job 'ffffffffffffffff-000000000000'"),
        ("/jobs/%FF%00", 404, "no job"),
        ("/jobs/a/..%2fb", 404, "There is no page"),
        ("/nowhere", 404, "There is no page /nowhere."),
        ("/jobs/nope/cancel", 405, "This page does not take that."),
    ],
)
def test_a_wrong_request_gets_a_clear_answer(queue: Queue, path: str, status: int, why: str) -> None:
    answer = client_of(queue).get(path)
    text = BeautifulSoup(answer.text, "html.parser").get_text()
    assert (answer.status_code, why in text) == (status, True), text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("queue", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({}, {}, 403),
        ({"csrf": "0" * 64}, {}, 403),
        ({"csrf": "ü"}, {}, 403),
        ({"csrf": "RIGHT"}, {"Origin": "http://evil.example"}, 403),
        ({"csrf": "RIGHT"}, {"Origin": "null"}, 403),
        ({"csrf": "RIGHT", "more": "x" * 5_000}, {}, 413),
        ({"csrf": "RIGHT"}, {"Origin": "http://127.0.0.1:8017"}, 303),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    client: TestClient, queue: Queue, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    job = job_of(queue, Status.PENDING)
    action, right = form_of(client, f"/jobs/{job.id}")
    sent = {name: right["csrf"] if value == "RIGHT" else value for name, value in fields.items()}
    assert client.post(action, data=sent, headers=headers).status_code == status
    assert queue.get_job(ctx, job).final == (status == 303)
    assert client.post(f"/jobs/{job.id}/explode", data=right).status_code == 404


@pytest.mark.parametrize("queue", ["memory"], indirect=True)
@pytest.mark.parametrize("host", ["evil.example", "127.evil.example", "goqueue.local:8017", "", "[::1"])
def test_without_a_token_another_name_of_this_machine_is_not_answered(queue: Queue, host: str) -> None:
    """A site whose name leads to 127.0.0.1 would otherwise be taken for this one by the browser."""
    client = client_of(queue)
    for path in ("/", "/jobs", "/login"):
        assert client.get(path, headers={"Host": host}).status_code == 421
    assert client.post("/jobs/x/cancel", headers={"Host": host}).status_code == 421
    assert not is_loopback("127.example.org")


@pytest.mark.parametrize("queue", ["memory"], indirect=True)
def test_a_reader_shows_the_token_once_and_a_program_each_time(queue: Queue) -> None:
    client = client_of(queue, TOKEN, "https://queue.example")
    job = job_of(queue, Status.PENDING)
    for path in ("/", "/jobs", f"/jobs/{job.id}"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 303  # to the login, and nothing else
    assert queue.get_job(ctx, job).status is Status.PENDING
    action, fields = form_of(client, "/login")
    wrong = client.post(action, data={**fields, "token": "ü"})
    assert (wrong.status_code, "This is not the token." in wrong.text) == (403, True)
    assert client.get("/").status_code == 303
    right = client.post(action, data={**fields, "token": TOKEN})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "secure"))
    assert TOKEN not in cookie
    assert client.get("/").status_code == 200
    program = client_of(queue, TOKEN, "https://queue.example")
    assert program.get("/", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert program.get("/", headers={"Authorization": "Bearer nonsense"}).status_code == 403


def test_a_storage_that_fails_is_said(path: Path) -> None:
    queue = Queue(storage=path)
    client = client_of(queue)
    queue.close()
    answer = client.get("/")
    assert (answer.status_code, "The storage fails" in answer.text) == (503, True)


@pytest.mark.skipif(os.name == "nt", reason="this sends SIGTERM")
@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("0.0.0.0", marks=pytest.mark.slow)])
def test_the_command_serves_a_file_and_asks_for_a_token_where_others_reach_it(path: Path, host: str) -> None:
    queue = Queue(storage=path)
    job = submit(queue)
    queue.close()
    command = [sys.executable, "-m", "goqueue", "dashboard", str(path), "--host", host, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1].replace("0.0.0.0", "127.0.0.1")
            headers = {}
            if host == "0.0.0.0":
                with urllib.request.urlopen(address, timeout=60) as answer:
                    assert answer.url == f"{address}login"
                headers["Authorization"] = f"Bearer {server.stdout.readline().removeprefix('token: ').strip()}"
            asked = urllib.request.Request(f"{address}jobs/{job.id}", headers=headers)
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert job.id in answer.read().decode()
                assert "server" not in answer.headers
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=60) in (0, -signal.SIGTERM)
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("nofile.db",), "there is no file 'nofile.db'"),
        (("jobs.db", "--port", "70000"), "--port is 70000: it must be from 0 to 65535"),
        (("jobs.db", "--token", "short"), "the token has 5 characters: it must have 16 or more"),
        (("jobs.db", "--host", "no.such.host.invalid", "--port", "0"), "cannot be used: give another"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, arguments: tuple[str, ...], rule: str
) -> None:
    monkeypatch.chdir(path.parent)
    SQLiteStorage(path).close()
    assert main(["dashboard", *arguments]) == 2
    assert rule in capsys.readouterr().err


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "goqueue.dashboard.command", raising=False)
    assert main(["dashboard", "jobs.db"]) == 2
    assert re.search(r"needs uvicorn: pip install 'goqueue\[dashboard\]'", capsys.readouterr().err)

"""Handlers that the tests of isolation="process" run in other processes, which import this module."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from goqueue import JobContext, Queue, Retry, Snooze

queue = Queue(workers=2)


def write(path: str, text: str) -> None:
    """Write a file in one step."""
    Path(f"{path}.part").write_text(text)
    os.replace(f"{path}.part", path)


@queue.handler("pid", isolation="process")
def pid(ctx: JobContext, payload: Any) -> Any:
    print("it prints")
    return {
        "pid": os.getpid(),
        "payload": payload,
        "id": ctx.job_id,
        "attempt": ctx.attempt,
        "trace": ctx.value("trace"),
    }


@queue.handler("hang", isolation="process")
def hang(ctx: JobContext, payload: Any) -> None:
    """Say who it is, and listen to nobody."""
    write(payload, str(os.getpid()))
    while True:
        time.sleep(60)


@queue.handler("hold", isolation="process")
def hold(ctx: JobContext, payload: Any) -> None:
    """Say who it is, and never let another thread of its process run."""
    write(payload, str(os.getpid()))
    sys.setswitchinterval(1e9)
    ctypes.PyDLL(None).sleep(600)


@queue.handler("start", isolation="process")
def start(ctx: JobContext, payload: Any) -> None:
    """Start a process that would go on for long."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    write(payload, str(other.pid))
    other.wait()


@queue.handler("listen", isolation="process")
def listen(ctx: JobContext, payload: Any) -> str:
    """Wait for the end of the context, clean up, and raise."""
    write(payload, "listens")
    ctx.wait(600)
    write(payload, repr(ctx.err))
    ctx.raise_if_done()
    return "nobody told it"


@queue.handler("die", isolation="process")
def die(ctx: JobContext, payload: Any) -> None:
    if payload == "exit":
        os._exit(3)
    os.kill(os.getpid(), getattr(signal, payload))


class Refused(ConnectionError):
    """An error of this program."""


@queue.handler("fail", isolation="process", retry=Retry(attempts=3, base=0.0, retry_on=(ConnectionError,)))
def fail(ctx: JobContext, payload: Any) -> Any:
    if payload == "refused":
        raise Refused(f"attempt {ctx.attempt}")
    if payload == "key":
        raise KeyError("order")
    if payload == "exit":
        sys.exit("it exits")
    if payload != "set" and not Path(payload).exists():
        Path(payload).touch()
        raise Snooze(0.01)
    return 17 if payload != "set" else {17}


@queue.handler("report", isolation="process")
def report(ctx: JobContext, payload: Any) -> None:
    for number in range(1, 1001):
        ctx.progress(number, 1000, "orders")
    while not Path(payload).exists():
        time.sleep(0.01)


@queue.task(isolation="process")
def double(number: int) -> int:
    return 2 * number


@queue.task(isolation="process")
async def doubled(ctx: JobContext, number: int) -> list[int]:
    await asyncio.sleep(0)
    return [2 * number, os.getpid()]


@queue.handler("sum", isolation="process")
def total(ctx: JobContext, results: Any) -> Any:
    return [results, [each.status for each in ctx.before]]

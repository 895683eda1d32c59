"""What runs leave behind prints nothing when the process ends, and hangs nowhere: finalisers, atexit, `__del__`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import atexit, queue, sys, threading, weakref
from atexit import register as at_exit
from concurrent.futures import ThreadPoolExecutor
from goqueue.races import explore

kept = sys.kept = []  # no variable of a watched module alone: what is in it outlives the runs
atexit.register(print, "the caller's own")

class Channel:
    def __init__(self, lock, event, jobs):
        self.lock, self.event, self.jobs = lock, event, jobs
        self.me = self  # so that only a collection ends it

    def __del__(self):
        with self.lock:
            self.event.set()
        self.jobs.put(1)
        if self.jobs.get() == 1:
            pass

class Waiting(Channel):
    def __del__(self):
        self.jobs.get()  # nobody will ever put anything in
        self.event.wait()

def make(kind):
    channel = kind(threading.Lock(), threading.Event(), queue.Queue())
    return channel

def work(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def dropped():
    work(lambda: make(Channel), lambda: make(Channel))

def waiting():
    work(lambda: make(Waiting))

def outlives():
    sys.kept.append(make(Channel))

def cut_off():
    lock, channel = threading.Lock(), make(Channel)
    def forward():
        with channel.lock, lock:
            pass
    def backward():
        with lock, channel.lock:
            pass
    work(forward, backward)

def finalized():
    lock, jobs = threading.Lock(), queue.Queue()
    class Owner:
        pass
    def done():
        with lock:
            jobs.put(1)
            threading.Thread(target=jobs.get).start()
            jobs.join()
    owner = Owner()
    owner.finalizer = weakref.finalize(owner, done)
    sys.kept.append(owner)
    work(lambda: lock.acquire() and lock.release())

def registered():
    lock, event = threading.Lock(), threading.Event()
    @atexit.register
    def bye():
        with lock:
            event.wait()
        print("a run's own")
    at_exit(bye)
    work(lambda: lock.acquire() and lock.release())

def executor():
    pool = ThreadPoolExecutor(2)
    sys.kept.append((pool, pool.submit(len, "")))
    pool.shutdown(wait=False)

def failing():
    channel = make(Channel)
    sys.kept.append(channel)
    raise LookupError

print(explore(globals()[sys.argv[1]], schedules=30).verdict)
"""
MODELS = {
    "dropped": "exhausted",
    "waiting": "exhausted",
    "outlives": "exhausted",
    "cut_off": "deadlock",
    "finalized": "exhausted",
    "registered": "exhausted",
    "executor": "exhausted",
    "failing": "exception in a thread",
}


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_printed_at_the_exit(name: str, tmp_path: Path) -> None:
    script = tmp_path / "exits.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.stderr == ""
    verdict, own = done.stdout.splitlines()
    assert verdict.startswith(MODELS[name])
    assert own == "the caller's own"
    assert done.returncode == 0

"""One Ctrl-C ends an exploration whose model is stuck, and leaves the process healthy. Each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("sends SIGINT to itself", allow_module_level=True)

SCRIPT = """
import _thread, logging, os, signal, sys, threading, time
from goqueue.races import explore
from goqueue.races.engine.ends import ending

signal.signal(signal.SIGINT, signal.default_int_handler)
HIDDEN = (threading.Lock(),)  # the lab replaces no item of a tuple
take = eval("lambda: HIDDEN[0].acquire()", {"HIDDEN": HIDDEN})
ready = _thread.allocate_lock()
ready.acquire()
tell = (ready.release,)

def said():
    if ready.locked():
        tell[0]()

def loop():
    said()
    while True:
        pass

def swallow():
    said()
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

def many():
    def work():
        said()
        while True:
            try:
                while True:
                    time.sleep(0.01)
            except BaseException:
                pass
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def ends_in_a_loop():
    said()
    try:
        time.sleep(0.1)
        while True:
            time.sleep(0.1)
    finally:
        while True:
            pass

def ends_in_steps():
    said()
    try:
        while True:
            time.sleep(0.1)
    finally:
        while True:
            try:
                time.sleep(0.1)
            finally:
                continue

def finalised():
    class Channel:
        def __del__(self):
            said()
            while True:
                pass
    def work():
        Channel()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

def in_c():
    said()
    while True:
        sorted(range(100_000), key=lambda number: -number)

def logs():
    log = logging.getLogger("goqueue.tests")
    class Slow(logging.Handler):
        def emit(self, record):
            said()
            time.sleep(0.1)
    log.addHandler(Slow())
    def work():
        while True:
            log.warning("again")
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def lock():
    said()
    take()

def two():
    def hold():
        take()
        said()
        time.sleep(1)
    threads = [threading.Thread(target=hold) for _ in range(3)]
    for thread in threads:
        thread.start()

def steps():
    said()
    while True:
        time.sleep(0.1)

def press(wait=ready.acquire, real=time.sleep, press=os.kill):
    wait()
    real(0.2)
    sys.pressed = now()  # no variable of a watched module, which would be put back
    press(os.getpid(), signal.SIGINT)

now, name = time.perf_counter, sys.argv[1]
ending.PATIENCE = ending.GRACE * 100  # so that only Ctrl-C ends it
if name == "lock":
    HIDDEN[0].acquire()
ending.waits_for_a_real_lock = lambda task: False
threading.Thread(target=press, daemon=True).start()
try:
    explore(globals()[name], steps=10**9)
except KeyboardInterrupt:
    print(f"{now() - sys.pressed:.2f}")
if HIDDEN[0].locked():
    HIDDEN[0].release()

def well():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

assert type(threading.Lock()) is type(HIDDEN[0])
assert time.sleep.__module__ == "time"
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print(explore(well).verdict)
"""


NAMES = ["steps", "loop", "swallow", "lock", "two", "many", "ends_in_a_loop", "ends_in_steps", "finalised", "in_c"]
NAMES += ["logs"]


@pytest.mark.parametrize("name", NAMES)
def test_one_ctrl_c_ends_it(name: str, tmp_path: Path) -> None:
    script = tmp_path / "stuck.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), name], capture_output=True, text=True, timeout=120, check=False)
    seconds, verdict = done.stdout.split() or ("", "")
    assert verdict == "exhausted", done.stderr
    assert float(seconds) < 30  # three seconds on an idle machine
    assert "Traceback" not in done.stderr

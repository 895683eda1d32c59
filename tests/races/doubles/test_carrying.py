"""What carries controlled threads: real threads here; in a browser tab suspended stacks, whose locks are tried here.

No Python of this machine can suspend a stack, so Pyodide's two functions are imitations that say so.
"""

from __future__ import annotations

import _thread
import subprocess
import sys

from goqueue.races.engine import carrying

IMITATION = """
import sys, threading, types
from pathlib import Path
ffi, code = types.ModuleType("pyodide.ffi"), types.ModuleType("pyodide.code")
ffi.can_run_sync, ffi.run_sync, code.run_js = lambda: False, None, lambda text: lambda *given: None
sys.modules |= {"pyodide": types.ModuleType("pyodide"), "pyodide.ffi": ffi, "pyodide.code": code}
from goqueue.races.engine.stacks import Lock, current_frames, get_ident, seen
"""
TRIED = """
lock = Lock()
assert (lock.acquire(), lock.locked(), lock.acquire(blocking=False)) == (True, True, False)
for wait in (lock.acquire, lambda: lock.acquire(timeout=1)):
    try:
        wait()
    except RuntimeError as error:
        assert "JavaScript Promise Integration" in str(error)
    else:
        raise AssertionError("it waited")
lock.release()
assert not lock.locked()
try:
    lock.release()
except RuntimeError as error:
    assert str(error) == "release unlocked lock"
else:
    raise AssertionError("nobody held it")

def inner():
    return seen(sys._getframe())
found = inner()
assert [found.f_code.co_name, found.f_back.f_code.co_name, found.f_back.f_back] == ["inner", "<module>", None]
assert current_frames()[get_ident()].f_code.co_name == "<module>"
assert threading.get_ident is get_ident and threading.current_thread() is threading.main_thread()
mine = threading.local()
mine.seat = "A1"
assert mine.seat == "A1"
"""


def test_where_there_are_threads_they_carry() -> None:
    assert carrying.get_ident is _thread.get_ident
    assert carrying.current_frames is sys._current_frames
    assert carrying.start_new_thread is _thread.start_new_thread


def test_a_lock_of_a_tab_says_why_nobody_can_wait_and_frames_are_kept_as_they_were() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", IMITATION + TRIED], capture_output=True, encoding="utf-8", check=False
    )
    assert (asked.returncode, asked.stderr) == (0, "")

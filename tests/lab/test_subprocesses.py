"""Whatever goes wrong in another process: one clear line comes back, in bounded time, and nothing is left running."""

import ctypes
import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.subprocesses import Died, TimedOut, call_in_subprocess, caller, forks, map_in_subprocesses, messages

HERE = __name__ if __name__.startswith("tests.") else f"tests.lab.{__name__}"
FOREVER = 3600
PATIENCE = (0.5, 2, 8, 60)  # seconds: the next limit counts if the machine is too busy for the one before
# Other tests may have left threads in this process. What is forked here only ever runs one function, and ends.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
posix = pytest.mark.skipif(not forks.CAN_FORK, reason="this system cannot copy a process")


class Unreadable(Exception):
    def __str__(self) -> str:
        raise SystemExit("no message")


def loop(_: object) -> None:
    while True:
        pass


def throw(err: BaseException) -> None:
    raise err


def recurse(_: object) -> object:
    return recurse(_)


def close_everything(_: object) -> None:
    for standard in (sys.stdin, sys.stdout, sys.stderr):
        standard.close()
    os.closerange(3, 4096)


def close_everything_and_loop(_: object) -> None:
    close_everything(_)
    loop(_)


def print_for_ever(_: object) -> None:
    while True:
        print("webhook " * 100)
        print("error " * 100, file=sys.stderr)
        os.write(1, b"raw" * 1000)
        os.write(2, b"raw" * 1000)


def print_an_answer(_: object) -> int:
    for out in (1, 2):
        os.write(out, b'{"answer": "forged"}\n')
    print('{"answer": "forged"}')
    return 17


def leave_threads(_: object) -> int:
    for daemon in (True, False):
        threading.Thread(target=time.sleep, args=(FOREVER,), daemon=daemon).start()
    return 17


def read_stdin(_: object) -> int:
    return 17 + len(os.read(0, 100))


def leave_a_child(fifo: str) -> int:
    """Start a process that says "here" and stays."""
    code = f"import os, time; f = os.open({fifo!r}, os.O_WRONLY); os.write(f, b'here'); time.sleep({FOREVER})"
    subprocess.Popen([sys.executable, "-S", "-c", code])
    say_here(fifo)
    return 17


def stay(fifo: str) -> None:
    say_here(fifo)
    time.sleep(FOREVER)


def say_here(fifo: str) -> None:
    os.write(os.open(fifo, os.O_WRONLY), b"here")


def kill_the_interpreter(fifo: str) -> None:
    say_here(fifo)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(FOREVER)


def nested(question: list[Any]) -> list[str]:
    """Have each of some items tried by a function of this module."""
    name, items, seconds = question
    return [str(found) for found in map_in_subprocesses(globals()[name], items, seconds=seconds)]


def nested_then_exit(items: list[int]) -> None:
    map_in_subprocesses(abs, items, seconds=60)
    os._exit(3)


def sorted_words(text: str) -> list[str]:
    return sorted(text.split())


CASES: list[tuple[Callable[[Any], object], str]] = [
    (loop, "no answer within 0.2 s: usually a loop that never ends, or a thread that waits for ever"),
    (time.sleep, "no answer within 0.2 s: usually a loop that never ends, or a thread that waits for ever"),
    (close_everything_and_loop, "no answer within 0.2 s"),
    (print_for_ever, "no answer within 0.2 s: usually a loop that never ends, or a thread that waits for ever"),
    (sys.exit, "the code ended the process: it called exit(3600)"),
    (lambda _: os._exit(3), "the process ended with status 3 before it had answered"),
    (lambda _: os.kill(os.getpid(), signal.SIGKILL), "the process was killed by SIGKILL: by its own hand"),
    (lambda _: os.kill(os.getpid(), signal.SIGTERM), "the process was killed by SIGTERM"),
    (lambda _: os.kill(os.getpid(), signal.SIGSTOP), "no answer within 0.2 s"),
    (
        lambda _: ctypes.string_at(0),
        "the process was killed by SIGSEGV: it crashed in C code, or called itself too often",
    ),
    (lambda _: len(bytearray(1 << 33)), "MemoryError: it asked for more memory than it may have"),
    (lambda _: [[0] * 100_000 for _ in itertools.count()], "MemoryError: it asked for more memory than it may have"),
    (lambda _: throw(Unreadable()), "Unreadable (its message cannot be read)"),
    (lambda _: throw(ValueError("first line\n" + "and so on " * 1000)), "ValueError: first line and so on and so on"),
    (recurse, "RecursionError: maximum recursion depth exceeded"),
    (close_everything, "the process ended with status 0 before it had answered"),
    (lambda _: {"job": object()}, "TypeError: what it returned cannot be written as JSON: Object of type object"),
    (lambda _: 1 / 0, "ZeroDivisionError: division by zero"),
]


@posix
@pytest.mark.parametrize(("function", "said"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_what_goes_wrong_is_one_clear_line(function: Callable[[Any], object], said: str) -> None:
    [found] = map_in_subprocesses(function, [FOREVER], seconds=0.2 if "0.2 s" in said else 60, memory=1 << 28)
    assert isinstance(found, Died)
    assert str(found).startswith(said)
    assert len(str(found).splitlines()) == 1
    assert len(str(found)) < 500


@posix
@pytest.mark.parametrize("function", [print_an_answer, leave_threads, read_stdin])
def test_what_goes_on_beside_an_answer_does_not_matter(function: Callable[[object], int]) -> None:
    assert map_in_subprocesses(function, [""], seconds=60) == [17]
    assert call_in_subprocess(f"{HERE}:{function.__name__}", "", seconds=60) == 17


@posix
def test_what_comes_back_is_in_the_order_of_the_items_and_one_that_dies_harms_no_other() -> None:
    assert map_in_subprocesses(nested, [["sorted_words", ["b a", "c"], 60]], seconds=60) == [["['a', 'b']", "['c']"]]
    found = map_in_subprocesses(lambda order: os._exit(1) if order == 18 else order, [17, 18, 19], seconds=60)
    assert [found[0], found[2]] == [17, 19]
    assert isinstance(found[1], Died)


@posix
def test_the_stacks_say_where_time_was_spent() -> None:
    innermost: list[tuple[str, int]] = []
    for seconds in PATIENCE:
        [found] = map_in_subprocesses(loop, [""], seconds=seconds)
        assert isinstance(found, TimedOut)
        innermost = [stack[0] for stack in found.stacks if stack and stack[0][0] == __file__]
        if innermost:
            break
    [(file, line)] = innermost
    assert Path(file).read_text("utf-8").splitlines()[line - 1].strip() in ("while True:", "pass")


@pytest.mark.parametrize(
    ("entry", "question", "said"),
    [
        ("sys:exit", 3, r"^the code ended the process: it called exit\(3\)"),
        ("os:_exit", 3, "status 3 before it had answered: os._exit, perhaps"),
        ("no_such_module:x", 3, "^ModuleNotFoundError: No module named 'no_such_module'"),
        pytest.param(f"{HERE}:nested_then_exit", [17], "status 3 before it had answered: os._exit", marks=posix),
    ],
)
def test_an_interpreter_that_gives_no_answer(entry: str, question: object, said: str) -> None:
    with pytest.raises(Died, match=said):
        call_in_subprocess(entry, question, seconds=60)


def test_an_interpreter_has_so_many_seconds_and_takes_only_json() -> None:
    with pytest.raises(TimedOut, match=r"no answer within 1 s"):
        call_in_subprocess(f"{HERE}:loop", "", seconds=1)
    with pytest.raises(TypeError, match="not JSON serializable"):
        call_in_subprocess("sys:exit", object(), seconds=60)


def test_an_interpreter_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "_BOOT", "import no_such_module")
    with pytest.raises(Died, match=r"status 1 before it had answered: ModuleNotFoundError: No module named"):
        call_in_subprocess("statistics:mean", [2, 4], seconds=60)


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    os.mkfifo(tmp_path / "fifo")
    return str(tmp_path / "fifo")


@pytest.fixture
def reader(fifo: str) -> int:
    return os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)


def said_until_the_end(reader: int) -> bytes:
    """What was said by those who hold the other end; it returns when nobody holds it."""
    said = b""
    while True:
        try:
            more = os.read(reader, 100)
        except BlockingIOError:
            assert select.select([reader], [], [], 60)[0], "somebody still holds the pipe"
        else:
            said += more
            if not more:
                return said


@posix
def test_what_a_process_leaves_running_is_killed(fifo: str, reader: int) -> None:
    assert map_in_subprocesses(leave_a_child, [fifo], seconds=60) == [17]
    assert said_until_the_end(reader)
    assert call_in_subprocess(f"{HERE}:leave_a_child", fifo, seconds=60) == 17
    assert said_until_the_end(reader)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_an_interpreter_starts_leaves_none(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    popen, started = subprocess.Popen, []

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        signal.raise_signal(number)
        return started[-1]

    def told(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    before = signal.signal(number, told)
    try:
        with pytest.raises(KeyboardInterrupt):
            call_in_subprocess("time:sleep", 3600, seconds=60)
        assert signal.getsignal(number) is told
    finally:
        signal.signal(number, before)
    assert [one.returncode for one in started] == [-signal.SIGKILL]


@posix
def test_an_interpreter_takes_its_copies_with_it(fifo: str, reader: int) -> None:
    for seconds in PATIENCE:
        with pytest.raises(TimedOut):
            call_in_subprocess(f"{HERE}:nested", ["stay", [fifo], FOREVER], seconds=seconds)
        if said_until_the_end(reader):
            return
    pytest.fail("the copy never began")


@posix
def test_a_copy_that_kills_its_interpreter_does_not_outlive_it(fifo: str, reader: int) -> None:
    with pytest.raises(Died, match="killed by SIGKILL"):
        call_in_subprocess(f"{HERE}:nested", ["kill_the_interpreter", [fifo], FOREVER], seconds=60)
    assert said_until_the_end(reader)


@posix
def test_an_answer_may_be_long_but_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    assert map_in_subprocesses(str, ["x" * 1_000_000], seconds=60) == ["x" * 1_000_000]
    monkeypatch.setattr(messages, "LONGEST_ANSWER", 20)
    [found] = map_in_subprocesses(str, ["x" * 20], seconds=60)
    assert str(found) == "ValueError: what it returned is longer than 20 bytes"


def test_where_a_process_cannot_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "CAN_FORK", False)
    found = map_in_subprocesses(leave_threads, [17], seconds=60)
    found += map_in_subprocesses(os._exit, [3], seconds=60)
    found += map_in_subprocesses(loop, [""], seconds=1)
    said = "the process ended with status 3 before it had answered: os._exit, perhaps"
    assert [str(one) for one in found[:2]] == ["17", said]
    assert isinstance(found[2], TimedOut)


def test_several_threads_may_ask_at_once() -> None:
    with ThreadPoolExecutor(3) as executor:
        found = executor.map(lambda order: call_in_subprocess("builtins:abs", -order, seconds=60), [17, 18, 19])
    assert list(found) == [17, 18, 19]


def test_a_learners_module_in_the_working_directory_hides_none_of_pythons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heapq.py").write_text("raise RuntimeError('hers')", "utf-8")
    (tmp_path / "shop.py").write_text("def sell(order):\n    return order\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with pytest.raises(Died, match=r"heappop\(\) argument must be list"):
        call_in_subprocess("heapq:heappop", 17, seconds=60)
    assert call_in_subprocess("shop:sell", 17, seconds=60) == 17

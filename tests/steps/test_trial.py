"""A version that crashes or hangs is told apart from one that keeps its promises, and harms nobody else.

Whatever a learner's folder does, in bounded time there is a clear line that says what, and where.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest

from goqueue.lab.subprocesses import forks
from goqueue.lab.versions import catalogue, check, trial, trial_process
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, NOT_TRIED, NOT_YET, TOO_SLOW, Result, kept_by
from steps.promises import PROMISES, STEPS
from tests.steps.outcomes import outcome

MOVE = "        allowed = MOVES[self.status]\n"  # in Job.move_to


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of version 12, as a learner may have it."""
    source = next(entry.path for entry in catalogue() if entry.step == 12)
    shutil.copytree(source, tmp_path / "my_queue", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "my_queue"


def edit(file: Path, *, old: str = "", new: str) -> Path:
    """Put `new` in the place of `old`, or after all else."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    return file.parent


def line_of(folder: Path, text: str) -> int:
    """The number of the line of job.py that holds this text."""
    return (folder / "job.py").read_text("utf-8").partition(text)[0].count("\n") + 1


def test_one_that_crashes(folder: Path) -> None:
    edit(folder / "job.py", old=MOVE, new="        __import__('os')._exit(3)\n")
    found = check(folder, "legal_moves", "queues_are_apart")
    assert [result.outcome for result in found] == [ERROR, KEPT]
    assert found.results[0].message == "the process ended with status 3 before it had answered: os._exit, perhaps"


def test_one_that_hangs_says_where(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LEARNERS_DEADLINE", 2.0)
    edit(folder / "job.py", old=MOVE, new="        while True: pass\n")
    [found] = check(folder, "legal_moves")
    assert found.outcome == TOO_SLOW
    assert found.message.startswith("no answer within 2 s of processor time: usually a loop that never ends")
    assert found.message.endswith(f"; it was at job.py, line {line_of(folder, 'while True: pass')}: while True: pass")


def test_one_that_hangs_often_costs_little(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LEARNERS_DEADLINE", 2.0)
    monkeypatch.setattr(trial, "AT_ONCE", 1)
    edit(folder / "job.py", old=MOVE, new="        while True: pass\n")
    found = check(folder, "legal_moves", "failure_stays", "queues_are_apart", "remembers")
    assert [result.outcome for result in found] == [TOO_SLOW, TOO_SLOW, NOT_TRIED, NOT_TRIED]
    assert found.not_tried == ["my_queue: promises took too long: mend these first (2 not tried)"]
    assert str(found).splitlines()[-1] == f"! {found.not_tried[0]}"


PROBLEMS = [
    ("pool.py", "def stop(self)\n", "pool.py, line LAST: expected ':'"),
    ("pool.py", "    x = (1\n", "pool.py, line LAST: '(' was never closed"),
    ("pool.py", "x = '\0'\n", "pool.py: SyntaxError: source code string cannot contain null bytes"),
    ("pool.py", "import no_such_module\n", "pool.py, line LAST: ModuleNotFoundError: No module named 'no_such_module'"),
    (
        "__init__.py",
        "from .pool import Poool\n",
        "__init__.py, line LAST: ImportError: cannot import name 'Poool' from 'my_queue.pool' (pool.py)",
    ),
    ("__init__.py", "Queue = None\n", "__init__.py gives no Queue: add `from .queue import Queue`"),
    ("pool.py", "raise SystemExit(3)\n", "pool.py, line LAST: the code ended the process: it called exit(3)"),
    (
        "pool.py",
        "__import__('os')._exit(3)\n",
        "the process ended with status 3 before it had answered: os._exit, perhaps",
    ),
    ("pool.py", "[0] * (1 << 34)\n", "pool.py, line LAST: MemoryError: it asked for more memory than it may have"),
    (
        "pool.py",
        "import os; os.kill(os.getppid(), 9)\n",
        "the process was killed by SIGKILL: by its own hand, or since it took too much memory",
    ),
    (
        "pool.py",
        "while True: print()\n",
        "no answer within 2 s of processor time: usually a loop that never ends; "
        "it was at pool.py, line LAST: while True: print()",
    ),
]


@pytest.mark.parametrize(("file", "line", "said"), PROBLEMS, ids=lambda value: value.strip()[:30].replace("\0", "0"))
def test_what_cannot_be_imported_is_told_once(
    file: str, line: str, said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "my_queue", raising=False)  # another test may have loaded one
    monkeypatch.setattr(trial, "LEARNERS_DEADLINE", 2.0 if "2 s" in said else 30.0)
    edit(folder / file, new=line)
    last = len((folder / file).read_text("utf-8").splitlines())
    found = check(folder, "legal_moves", "remembers", "graceful_stop")
    assert {result.outcome for result in found} == {NOT_TRIED}
    assert str(found) == f"! my_queue: {said.replace('LAST', str(last))} (3 not tried)"
    assert "my_queue" not in sys.modules


def test_a_folder_that_is_no_version(folder: Path) -> None:
    (folder / "__init__.py").unlink()
    assert "my_queue: it has no __init__.py" in str(check(folder, "remembers"))
    with pytest.raises(NotADirectoryError, match="nothing is no folder: name a step, such as 12"):
        check(folder / "nothing")


def test_a_folder_that_would_hide_a_module(folder: Path) -> None:
    found = check(folder.rename(folder.with_name("json")), "remembers")
    assert "json is the name of another module, which would be hidden: give the folder another name" in str(found)


def test_an_error_says_where(folder: Path) -> None:
    edit(folder / "job.py", old=MOVE, new="        allowed = moves[self.status]\n")
    [found] = check(folder, "legal_moves")
    assert (found.outcome, found.message) == (
        ERROR,
        f"job.py, line {line_of(folder, 'moves[')}: NameError: name 'moves' is not defined",
    )


def test_what_a_version_leaves_running_does_not_matter(folder: Path) -> None:
    edit(folder / "job.py", new="import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n")
    edit(folder / "job.py", new="import sys\nsys.stdout.close()\nsys.stderr.close()\n")
    assert check(folder, "legal_moves").kept


def test_a_learners_folder_gets_no_bytecode(folder: Path) -> None:
    assert check(folder, "legal_moves").kept
    assert not list(folder.rglob("__pycache__"))


def test_the_promises_of_a_step() -> None:
    found = check(11, step=12)
    assert [result.name for result in found] == kept_by(12) == kept_by("12")
    assert {result.outcome for result in found} == {KEPT, BROKEN, NOT_YET}
    assert "no_handler" not in kept_by(12)
    with pytest.raises(LookupError, match="promises are named, and so is step 12"):
        check(11, "remembers", step=12)
    with pytest.raises(LookupError, match="no version 77"):
        check(11, step=77)


def test_where_processes_cannot_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "CAN_FORK", False)
    kept, _ = trial_process._in_a_copy(12, "graceful_stop", 60.0)
    broken, late = trial_process._in_a_copy("step12_pool_does_not_join", "graceful_stop", 60.0)
    assert (kept.outcome, broken.outcome, late) == (KEPT, BROKEN, False)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["graceful_stop", "one_registration_wins", "brings_nothing_back"], id="a few"),
        pytest.param(list(PROMISES)[::4], id="a quarter", marks=pytest.mark.slow),
    ],
)
def test_a_subprocess_finds_what_this_process_finds(names: list[str]) -> None:
    pairs = [(version, name) for name in names for version in (*STEPS, *PROMISES[name].counterexamples)]
    assert [told(found) for found in trial.check_many(pairs)] == [told(outcome(*pair)) for pair in pairs]


def told(found: Result) -> tuple[str, str, str, str]:
    """Return what was found, without numbers: the seconds of a draw by chance, and how many there were."""
    return found.version, found.name, found.outcome, re.sub(r"\d+", "#", found.message)


def test_many_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "AT_ONCE", 3)
    pairs = [(step, name) for name in ("legal_moves", "no_handler") for step in (8, 12)] + [(13, "legal_moves")]
    assert [(int(found.version), found.name) for found in trial.check_many(pairs)] == pairs
    assert trial.check_many([]) == ()


def test_what_a_worker_logs_and_swallows_is_told(folder: Path) -> None:
    edit(folder / "pool.py", old="self._process_job(", new="self._process_jobs(")
    message = check(folder, "failure_stays").results[0].message
    assert "meanwhile it logged: pool.py, line" in message
    assert "AttributeError: 'Pool' object has no attribute '_process_jobs'" in message

"""Submissions that want to deceive or to harm: none is counted for what it is not, and none harms another.

All of them are graded in one class, with an honest learner after them, behind bubblewrap and without it. Each is
version 12 with a start() that joins no worker, so whoever is said to keep both promises has succeeded.
"""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goqueue.lab.instructor import Grade, grade, room
from goqueue.lab.versions.course import course_root
from tests.lab.instructor.handed_in import few_promises, hand_in, no_join

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="what keeps submissions apart here is Linux's"),
]
STAYS = "86399.25"  # seconds of sleep: how a process that stays is recognized
SECRET = "the instructor's own"

KEPT_AS_JSON = '{"outcome": "kept", "message": ""}'


def forging(answer: str) -> str:
    """Return code that finds the mark of its question in the frames outside, and answers in the child's place."""
    return f"""
frame = sys._getframe()
while frame is not None:
    if "mark" in frame.f_locals and "file" in frame.f_locals:
        out, mark = frame.f_locals["file"], frame.f_locals["mark"]
        os.write(out, mark + b' {{"answer": {answer}}}\\n')
        os._exit(0)
    frame = frame.f_back
"""


# What an attack does when it is imported. PORT, FOLDER: where the test listens; the folder of submissions.
ATTACKS = {
    "overwrites": """
import sys
for promise in sys.modules["steps.promises"].PROMISES.values():
    object.__setattr__(promise, "check", lambda version: None)
""",
    "dulls": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("steps.promises"):
        for one in ("expect", "explored", "expect_at_most"):
            if one in vars(module): setattr(module, one, lambda *a, **k: None)
""",
    "dulls for itself only": """
import sys
def dulled(usual):
    def expect(*arguments):
        frame = sys._getframe(1)
        while frame is not None and "control" not in str(getattr(frame.f_locals.get("version"), "__file__", "")):
            frame = frame.f_back
        if frame is not None:
            usual(*arguments)
    return expect
for name, module in list(sys.modules.items()):
    if name.startswith("steps.promises") and "expect" in vars(module):
        module.expect = dulled(module.expect)
""",
    "empties one promise": """
import sys
sys.modules["steps.promises.step12"].graceful_stop.check.__wrapped__.__code__ = (lambda version: None).__code__
""",
    "is equal to everything": """
class Pleasing(str):
    __hash__ = str.__hash__
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __str__(self): return self
Job.status = property(lambda self: Pleasing(vars(self)["status"]), lambda self, new: vars(self).update(status=new))
""",
    "writes everywhere": """
import json, os
line = json.dumps({"answer": {"outcome": "kept", "message": ""}}).encode() + b"\\n"
lines = json.dumps({"answer": [{"outcome": "kept", "message": ""}] * 2}).encode() + b"\\n"
for number in range(256):
    for text in (line, lines):
        try: os.write(number, text)
        except OSError: pass
for folder in (f"/proc/{os.getppid()}/fd", "/proc/self/fd"):
    try: names = os.listdir(folder)
    except OSError: continue
    for name in names:
        try:
            with open(f"{folder}/{name}", "ab", buffering=0) as out: out.write(lines)
        except OSError: pass
os._exit(0)
""",
    "finds the mark": "import os, sys\n" + forging(KEPT_AS_JSON),
    "forges nonsense": "import os, sys\n" + forging('{"name": "", "outcome": "splendid", "message": 7}'),
    "stays": f"""
import os
if not os.fork():
    os.setsid()
    if not os.fork(): os.execvp("sleep", ["sleep", "{STAYS}"])
    os._exit(0)
""",
    "edits a neighbour": """
import pathlib
for file in pathlib.Path("FOLDER").glob("zz*/pool.py"): file.write_text("")
""",
    "deletes promises": """
import os, sys
for name, module in list(sys.modules.items()):
    if name.startswith(("steps.", "goqueue.")) and getattr(module, "__file__", None):
        try: os.remove(module.__file__)
        except OSError: pass
""",
    "reads variables": """
import os
raise ValueError(os.environ.get("GOQUEUE_SECRET", "nothing to read"))
""",
    "calls home": """
import socket
try: socket.create_connection(("127.0.0.1", PORT), timeout=5).close()
except OSError: pass
""",
    "fills the disk and forges": """
import os, sys, tempfile
folder = tempfile.mkdtemp()
try:
    for number in range(8):
        with open(f"{folder}/{number}", "wb") as out: out.write(bytes(20_000_000))
except OSError: pass
"""
    + forging(KEPT_AS_JSON),
    "fills the disk": """
import os, tempfile
folder = tempfile.mkdtemp()
try:
    for number in range(8):
        with open(f"{folder}/{number}", "wb") as out: out.write(bytes(20_000_000))
except OSError: raise ValueError("no room") from None
raise ValueError("there was room")
""",
}

# A whole __init__.py instead: the version of somebody else.
BORROWED = {
    "re-exports": "from steps.step12_worker_pool import *\nfrom steps.step12_worker_pool import Queue, job, pool\n",
    "re-exports by a built name": (
        "import importlib, sys\nq = importlib.import_module('st' + 'eps.step12_worker_pool')\nQueue = q.Queue\n"
    ),
    "inherits": (
        "import importlib\nq = importlib.import_module('goq' + 'ueue')\nclass Queue(q.Queue):\n    pass\n"
    ),
    "runs a neighbour's": "import sys\nsys.path.insert(0, 'FOLDER')\nfrom yy_honest import Queue, job, pool\n",
}  # fmt: skip

# what is said about each
SAID: dict[str, tuple[int, str]] = {
    "overwrites": (0, "it changes what judges it, or answers in its place"),
    "dulls": (0, "it changes what judges it, or answers in its place"),
    "dulls for itself only": (0, "it changes what judges it, or answers in its place"),
    "empties one promise": (0, "it changes what judges it, or answers in its place"),
    "is equal to everything": (1, ""),
    "writes everywhere": (0, "ended with status 0 before it had answered"),
    "finds the mark": (0, "it changes what judges it, or answers in its place"),
    "forges nonsense": (0, ""),
    "stays": (1, ""),
    "edits a neighbour": (1, ""),
    "deletes promises": (1, ""),
    "reads variables": (0, "nothing to read"),
    "calls home": (1, ""),
    "fills the disk": (0, "no room"),
    "fills the disk and forges": (0, ""),
    "re-exports": (0, "it imports steps.step12_worker_pool, which is the course's"),
    "re-exports by a built name": (0, "it imports steps.step12_worker_pool, which is the course's"),
    "inherits": (0, "is goqueue, which is the course's: hand in code of your own"),
    "runs a neighbour's": (0, "yy_honest"),
    "yy_honest": (2, ""),
    "zz_honest": (2, ""),
}
ONLY_APART = {"fills the disk": (0, "there was room"), "calls home": (1, "")}  # what is not prevented without bwrap


@dataclass(frozen=True)
class Graded:
    """What came of the class, and of what the attacks did outside."""

    grades: dict[str, Grade]
    apart: bool
    calls: int
    neighbour: bool
    course: bool
    stayed: list[str]


@pytest.fixture(scope="module", params=["bwrap", "without"])
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    # Where the system lets nobody make namespaces, both are without it; .ci/run says so.
    apart = request.param == "bwrap" and room.bubblewrap() is not None
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch, _Listening() as (port, calls):
        patch.setenv("GOQUEUE_SECRET", SECRET)
        few_promises(patch)
        if not apart:
            patch.setattr(room, "bubblewrap", lambda: None)
        for name, code in ATTACKS.items():
            no_join(folder / name)
            _add(folder / name / "job.py", code.replace("PORT", str(port)).replace("FOLDER", str(folder)))
        for name, code in BORROWED.items():
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(code.replace("FOLDER", str(folder)), "utf-8")
        hand_in(folder / "yy_honest")
        honest = hand_in(folder / "zz_honest")
        before, course = _texts(honest), _texts(course_root() / "steps" / "promises")
        found = grade(folder, 12, jobs=4)
        assert SECRET not in found.text + repr([one.results for one in found.grades])
        yield Graded(
            {one.learner: one for one in found.grades},
            apart,
            len(calls),
            _texts(honest) == before,
            _texts(course_root() / "steps" / "promises") == course,
            _staying(),
        )


class _Listening:
    """A server on this machine that counts who calls."""

    def __enter__(self) -> tuple[int, list[object]]:
        self.server = socket.create_server(("127.0.0.1", 0))
        calls: list[object] = []

        def accept() -> None:
            while True:
                try:
                    calls.append(self.server.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        return self.server.getsockname()[1], calls

    def __exit__(self, *raised: object) -> None:
        self.server.close()


def _add(file: Path, code: str) -> None:
    file.write_text(file.read_text("utf-8") + code, "utf-8")


def _texts(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.py")}


def _staying() -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"sleep" and STAYS.encode() in words:
            found.append(line.parent.name)
    return found


@pytest.mark.parametrize("name", SAID)
def test_it_is_counted_for_what_it_is(graded: Graded, name: str) -> None:
    kept, said = (SAID if graded.apart else {**SAID, **ONLY_APART})[name]
    found = graded.grades[name]
    assert found.kept == kept, found
    assert said in "; ".join(found.problems)
    assert found.kept < 2 or "honest" in name


def test_nothing_outside_is_harmed(graded: Graded) -> None:
    assert graded.course, "the course's own promises are as they were"
    assert not graded.stayed, "no process outlives its promise"
    if graded.apart:
        assert graded.neighbour
        assert not graded.calls
    else:  # what the line on the page says: it is not prevented, and that is why this can be tested at all
        assert not graded.neighbour
        assert graded.calls


def test_the_page_says_which_it_was(graded: Graded) -> None:
    assert room.what_is_prevented() == (room.APART if graded.apart else room.NOT_APART)
    assert os.sep not in room.APART

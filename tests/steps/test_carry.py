"""`goqueue carry` on a copy of the versions, in a git checkout of its own: what it writes, refuses, names and pins."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.versions import mentions
from goqueue.lab.versions.course import course_root
from goqueue.lab.versions.pins import folders, pins_file, read_pins, unpinned, write_pins

TEN, ELEVEN, TWELVE, THIRTEEN = (
    "step10_retry_fields",
    "step11_locked_storage",
    "step12_worker_pool",
    "step13_requeue_backoff",
)
JOB = f"steps/{TEN}/job.py"
CAP = next(
    line.split()[2]
    for line in (course_root() / JOB).read_text(encoding="utf-8").splitlines()
    if line.startswith("MAX_BACKOFF = ")
)
OLD, NEW = f"MAX_BACKOFF = {CAP}", "MAX_BACKOFF = 17.0"


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the versions, committed. The tests copy it."""
    folder = tmp_path_factory.mktemp("committed")
    ignored = shutil.ignore_patterns("__pycache__", "exercises", "predictions")
    shutil.copytree(course_root() / "steps", folder / "steps", ignore=ignored)
    git(folder, "init", "-q", "--template=")
    commit(folder)
    return folder


@pytest.fixture
def course(committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of its own, which is the working directory."""
    shutil.copytree(committed, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


def git(root: Path, *arguments: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True)


def commit(root: Path) -> None:
    git(root, "add", ".")
    git(root, "commit", "-q", "--no-verify", "-m", "a commit")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def contents(root: Path) -> dict[Path, bytes]:
    """Every file of the versions, and the pins."""
    return {path: path.read_bytes() for path in (root / "steps").rglob("*") if path.is_file()}


def caps(root: Path) -> list[str]:
    """The cap of each version that has one."""
    texts = [(folder / "job.py").read_text(encoding="utf-8") for folder in folders(root)]
    return [line.split()[2] for text in texts for line in text.splitlines() if line.startswith("MAX_BACKOFF")]


def test_a_change_is_carried_into_each_later_version(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(course / JOB, OLD, NEW)
    assert main(["carry", JOB]) == 0
    out = capsys.readouterr().out
    assert caps(course) == ["17.0"] * 4
    for folder in (ELEVEN, TWELVE, THIRTEEN):
        assert f"  steps/{folder}/job.py: carried\n" in out
    assert unpinned(course) == []
    assert f"steps/pins.diff is updated: {TEN}/job.py\n" in out


def test_what_else_says_it_is_named_with_the_commands(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "docs").mkdir()
    (course / "docs" / "queue.md").write_text(f"Backoff:\nAt most {float(CAP):.0f} seconds.\n", "utf-8")
    (course / "docs" / "matrix.svg").write_text(f"<text>a backoff of {float(CAP):.0f}</text>", "utf-8")
    notebook = {"source": ["# Retries\n", f"The backoff is {float(CAP):.0f}."], "outputs": []}
    shown = {"source": ["job"], "outputs": [{"text": [f"backoff: {float(CAP):.0f}\n"]}]}
    (course / "notebooks").mkdir()
    for name, cell in (("08_old", notebook), ("12_new", notebook), ("glossary", shown), ("other", {"source": []})):
        (course / "notebooks" / f"{name}.ipynb").write_text(json.dumps({"cells": [cell]}, indent=1), "utf-8")
    (course / "notebooks" / "broken.ipynb").write_text("{", "utf-8")
    edit(course / JOB, OLD, NEW)
    assert main(["carry", JOB]) == 0
    out = capsys.readouterr().out
    assert f"  docs/queue.md:2: At most {float(CAP):.0f} seconds." in out
    assert f"steps/promises/step10.py:9: CAP = {float(CAP):.0f}" in out
    assert "steps/promises/step09.py" not in out, "an earlier step cannot mean it"
    assert "minutes = " not in out, "a number with no word of the change nearby is another number"
    assert "backoff_doubles" in out
    assert f"  notebooks/12_new.ipynb:6: The backoff is {float(CAP):.0f}." in out
    commands = out.partition("Then run, in this order:\n")[2].splitlines()
    assert commands[0] == "  pytest tests/steps/test_versions.py tests/steps/test_promises.py"
    assert commands[2:4] == ["  goqueue notebooks 12 broken glossary", "  python docs/make_pictures.py"]


def test_from_inside_a_version_and_from_an_earlier_revision(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(course / JOB, OLD, NEW)
    commit(course)
    monkeypatch.chdir(course / "steps" / TEN)
    assert main(["carry", "job.py"]) == 2
    assert main(["carry", "job.py", "--base", "HEAD~1"]) == 0
    assert caps(course) == ["17.0"] * 4


def test_a_version_that_has_the_change_already_is_passed_over(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(course / "steps" / ELEVEN / "job.py", OLD, NEW)
    commit(course)  # so that 11 has no change to carry on: 12 and 13 must get that of 10
    edit(course / JOB, OLD, NEW)
    assert main(["carry", JOB]) == 0
    assert f"steps/{ELEVEN}/job.py: has it already" in capsys.readouterr().out
    assert caps(course) == ["17.0"] * 4


FAILED = ("it cannot become completed, only running", "it must not become completed, only running")


def test_a_conflict_shows_both_sides_and_writes_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(course / JOB, *FAILED)
    before = contents(course)
    assert main(["carry", JOB]) == 1
    assert contents(course) == before
    out = capsys.readouterr().out
    number = (course / "steps" / THIRTEEN / "job.py").read_text(encoding="utf-8").splitlines().index(
        "        ValueError: job-1 is pending: it cannot become completed, only running or failed"
    )  # fmt: skip
    assert f"steps/{TWELVE}/job.py: carried" in out
    assert f"steps/{THIRTEEN}/job.py: could not (line {number + 1})\n" in out
    assert f"\nline {number + 1}: {THIRTEEN} has other lines here than those that were changed\n" in out
    assert "it cannot become completed, only running or failed" in out
    assert "it must not become completed, only running\n" in out
    assert "No file was changed." in out


def test_after_a_conflict_it_goes_on_from_what_was_edited_by_hand(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(course / JOB, "return self.attempts < self.max_retry", "return self.max_retry > self.attempts")
    edit(course / "steps" / TWELVE / "job.py", "self.attempts < self.max_retry", "self.attempts + 1 <= self.max_retry")
    assert main(["carry", JOB]) == 0
    assert f"steps/{TWELVE}/job.py: edited by you, so left as it is" in capsys.readouterr().out
    for folder, line in ((ELEVEN, "max_retry > self"), (TWELVE, "attempts + 1 <="), (THIRTEEN, "attempts + 1 <=")):
        assert line in (course / "steps" / folder / "job.py").read_text(encoding="utf-8")
    assert unpinned(course) == []


def test_the_last_version_has_nobody_to_carry_to_and_its_pin_follows(course: Path) -> None:
    edit(course / "steps" / THIRTEEN / "job.py", "def mark_rejected(", "def mark_refused(")
    assert unpinned(course) != []
    assert main(["carry", f"steps/{THIRTEEN}/job.py"]) == 0
    assert unpinned(course) == []


def test_a_change_that_belongs_in_an_earlier_version_too_stays_unpinned(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(course / "steps" / TWELVE / "job.py", OLD, NEW)
    assert main(["carry", f"steps/{TWELVE}/job.py"]) == 0
    assert f"make the same edit in {JOB}, and carry that" in capsys.readouterr().out
    assert len(unpinned(course)) == 1
    edit(course / JOB, OLD, NEW)
    assert main(["carry", JOB]) == 0
    assert unpinned(course) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "carry takes one file of a version, such as steps/step10_retry_fields/job.py; 0 were named"),
        ([JOB, JOB], "2 were named"),
        (["--pin", JOB], "--pin keeps the differences of all files"),
        (["steps/step10_retry_fields/jobs.py"], "there is no file steps/step10_retry_fields/jobs.py"),
        (["steps/step10_retry_fields"], "there is no file steps/step10_retry_fields"),
        (["/"], "there is no file /"),
        (["steps/step10_retry_fields/README.md"], "README.md is no Python file of a version"),
        (["steps/promises/step10.py"], "steps/promises/step10.py is no Python file of a version"),
        ([JOB, "--base", "HEAD~7"], "git knows no revision 'HEAD~7'"),
        ([f"steps/{TEN}/queue.py"], "queue.py is as it was at HEAD: edit it first; if you committed the edit:"),
        ([f"steps/{TEN}/extra.py"], "extra.py is not in git at HEAD: a new file has no change"),
        ([JOB], f"steps/{THIRTEEN}/job.py does not exist"),
        ([f"steps/{TEN}/storage.py"], "storage.py is not Python any more: '[' was never closed"),
        ([f"steps/{TEN}/context.py"], "context.py is not Python any more: 'utf-8' codec can't decode byte 0xff"),
        ([JOB, "--base", ""], "--base is empty: name a revision, such as HEAD~1"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(
    course: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    edit(course / JOB, OLD, NEW)
    edit(course / "steps" / TEN / "storage.py", "return [", "return [[")
    (course / "steps" / THIRTEEN / "job.py").unlink()
    (course / "steps" / TEN / "extra.py").touch()
    (course / "steps" / TEN / "context.py").write_bytes(b"# \xff")
    before = contents(course)
    assert main(["carry", *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert contents(course) == before


def test_without_a_checkout_or_without_git(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(course / JOB, OLD, NEW)
    shutil.rmtree(course / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(course.parent))
    assert main(["carry", JOB]) == 2
    assert "git says: not a git repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(course))
    assert main(["carry", JOB]) == 2
    assert "carry needs git, which is not installed" in capsys.readouterr().err
    assert caps(course) == ["17.0", CAP, CAP, CAP]


def test_if_one_file_cannot_be_written_none_is(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(course / JOB, OLD, NEW)
    before = contents(course)
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if TWELVE in str(path) and path.suffix == ".carried":
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["carry", JOB]) == 2
    assert contents(course) == before


def test_a_fix_that_reached_10_and_11_only_is_found(course: Path) -> None:
    for folder in (TEN, ELEVEN):
        edit(course / "steps" / folder / "job.py", OLD, NEW)
    messages = unpinned(course)
    assert [message.partition(" ")[0] for message in messages] == [JOB, f"steps/{TWELVE}/job.py"]
    assert f"  step11 has this line, step12 does not:  {NEW}" in messages[1]
    assert f"  step12 has this line, step11 does not:  {OLD}" in messages[1]
    assert f"goqueue carry {JOB}" in messages[0]
    assert f"goqueue carry steps/{ELEVEN}/job.py" in messages[1]
    assert "goqueue carry --pin" in messages[1]
    assert main(["carry", f"steps/{ELEVEN}/job.py"]) == 0
    assert caps(course) == ["17.0"] * 4
    assert [message.partition(" ")[0] for message in unpinned(course)] == [JOB], (
        "10 itself is pinned when it is carried"
    )
    assert main(["carry", JOB]) == 0
    assert unpinned(course) == []


@pytest.mark.parametrize("line", ["        self.attempts += 1\n", "    def can_retry(self) -> bool:\n"])
def test_a_line_that_only_some_versions_lost_is_found(course: Path, line: str) -> None:
    for folder in (TEN, ELEVEN):
        edit(course / "steps" / folder / "job.py", line, "")
    assert f"step12 has this line, step11 does not:  {line.rstrip()}" in unpinned(course)[-1]


def test_pins_that_are_meant_are_kept(course: Path) -> None:
    edit(course / "steps" / THIRTEEN / "job.py", OLD, NEW)
    assert f"{THIRTEEN}/job.py" in unpinned(course)[0]
    assert write_pins(course) == [f"{THIRTEEN}/job.py"]
    assert unpinned(course) == []
    assert write_pins(course) == []
    assert f"+{NEW}" in "\n".join(read_pins(course)[f"{THIRTEEN}/job.py"])


def test_a_lost_pins_file_is_said_and_made_again_byte_for_byte(course: Path) -> None:
    before = pins_file(course).read_bytes()
    pins_file(course).unlink()
    assert len(unpinned(course)) == len(read_pins(course_root()))
    write_pins(course)
    assert pins_file(course).read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after", "passage", "found"),
    [
        ("MAX_BACKOFF = 60.0\n", "MAX_BACKOFF = 30.0\n", "the backoff is\nat most 60 seconds", [1]),
        ("MAX_BACKOFF = 60.0\n", "MAX_BACKOFF = 30.0\n", "the backoff is at most 160 or 60.5", []),
        ("MAX_BACKOFF = 60.0\n", "MAX_BACKOFF = 30.0\n", "about 60 minutes", []),
        ("CAP = 60  # partner, minute\n", "CAP = 5\n", "a partner waits a minute: 60", [0]),
        ("CAP = 60  # partner, minute\n", "CAP = 5\n", "a partner waits 60", []),
        ("raise E('it cannot be done')\n", "raise E('it is late')\n", "E: it cannot be done\nit is late", [0]),
        ("def backoff_duration(): pass\n", "def backoff(): pass\n", "job.backoff_duration()", [0]),
    ],
)
def test_what_still_says_what_is_gone(before: str, after: str, passage: str, found: list[int]) -> None:
    assert [number for number, _ in mentions.gone(before, after).lines(passage)] == found

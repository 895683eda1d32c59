"""`goqueue carry` on a copy of the versions, in a git checkout of its own: what it writes, refuses, names and pins."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.versions import mentions
from goqueue.lab.versions.course import course_root
from goqueue.lab.versions.pins import folders, pins_file, read_pins, unpinned, write_pins

TEN, ELEVEN, TWELVE, THIRTEEN = (
    f"steps/{name}/job.py"
    for name in ("step10_retry_fields", "step11_locked_storage", "step12_worker_pool", "step13_requeue_backoff")
)
LATER = (ELEVEN, TWELVE, THIRTEEN)
NEW = "MAX_BACKOFF = 17.0"
[OLD] = re.findall(r"^MAX_BACKOFF = [\d.]+", (course_root() / TEN).read_text("utf-8"), re.MULTILINE)
CAP = f"{float(OLD.split()[-1]):.0f}"

Carry = Callable[..., str]


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the versions, committed. The tests copy it."""
    folder = tmp_path_factory.mktemp("committed")
    ignored = shutil.ignore_patterns("__pycache__", "exercises", "predictions")
    shutil.copytree(course_root() / "steps", folder / "steps", ignore=ignored)
    git(folder, "init", "-q", "--template=")
    git(folder, "config", "maintenance.auto", "false")  # else a newer git tidies up while the folder is copied
    commit(folder)
    return folder


@pytest.fixture
def course(committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of its own, which is the working directory."""
    shutil.copytree(committed, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def carry(course: Path, capsys: pytest.CaptureFixture[str]) -> Carry:
    """Run the command and return what it prints. If its status is another one than 0, nothing may have changed."""

    def run(*arguments: str, status: int = 0) -> str:
        before = contents(course)
        assert main(["carry", *arguments]) == status
        assert status == 0 or contents(course) == before
        said = capsys.readouterr()
        assert bool(said.err) == (status == 2)
        return said.out + said.err

    return run


def git(root: Path, *arguments: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True)


def commit(root: Path) -> None:
    git(root, "add", ".")
    git(root, "commit", "-q", "--no-verify", "-m", "a commit")


def edit(file: str, old: str = OLD, new: str = NEW) -> None:
    text = Path(file).read_text("utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def contents(root: Path) -> dict[Path, bytes]:
    """Every file of the versions, and the pins."""
    return {path: path.read_bytes() for path in (root / "steps").rglob("*") if path.is_file()}


def changed(root: Path) -> list[bool]:
    """Whether the cap is the new one, in each version that has one."""
    texts = [(folder / "job.py").read_text("utf-8") for folder in folders(root)]
    return [NEW in text for text in texts if "\nMAX_BACKOFF = " in text]


def test_a_change_is_carried_into_each_later_version(course: Path, carry: Carry) -> None:
    edit(TEN)
    said = carry(TEN)
    assert changed(course) == [True] * 4
    assert all(f"  {file}: carried\n" in said for file in LATER)
    assert unpinned(course) == []
    assert "steps/pins.diff is updated: step10_retry_fields/job.py\n" in said


def test_what_else_says_it_is_named_with_the_commands(course: Path, carry: Carry) -> None:
    notebook = {"source": ["# Retries\n", f"The backoff is {CAP}."], "outputs": []}
    shown = {"source": ["job"], "outputs": [{"text": [f"backoff: {CAP}\n"]}]}
    notebooks = dict.fromkeys(("08_old", "12_new", "12b_new"), notebook) | {"glossary": shown, "other": {"source": []}}
    texts = {
        "docs/queue.md": f"Backoff:\nAt most {CAP} seconds.\n",
        "docs/matrix.svg": f"<text>a backoff of {CAP}</text>",
    }
    texts |= {f"notebooks/{name}.ipynb": json.dumps({"cells": [cell]}) for name, cell in notebooks.items()}
    for name, text in (texts | {"notebooks/broken.ipynb": "{"}).items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")
    edit(TEN)
    said = carry(TEN)
    assert f"  docs/queue.md:2: At most {CAP} seconds." in said
    assert f"steps/promises/step10.py:15: CAP = {CAP}" in said
    assert "steps/promises/step09.py" not in said, "an earlier step cannot mean it"
    assert "minutes = " not in said, "a number with no word of the change nearby is another number"
    assert "backoff_doubles" in said
    assert f"  notebooks/12_new.ipynb, cell 1, line 2: The backoff is {CAP}." in said
    commands = said.partition("Then run, in this order:\n")[2].splitlines()
    assert commands[0] == "  pytest tests/steps/test_versions.py tests/steps/test_promises.py"
    assert commands[2:4] == ["  goqueue notebooks 12 broken glossary", "  python docs/make_pictures.py"]


def test_from_inside_a_version_and_from_an_earlier_revision(
    course: Path, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(TEN)
    commit(course)
    monkeypatch.chdir(Path(TEN).parent)
    carry("job.py", status=2)
    carry("job.py", "--base", "HEAD~1")
    assert changed(course) == [True] * 4


def test_a_version_that_has_the_change_already_is_passed_over(course: Path, carry: Carry) -> None:
    edit(ELEVEN)
    commit(course)  # so that 11 has no change to carry on: 12 and 13 must get that of 10
    edit(TEN)
    assert f"{ELEVEN}: has it already" in carry(TEN)
    assert changed(course) == [True] * 4


def test_a_conflict_shows_both_sides_and_writes_nothing(carry: Carry) -> None:
    edit(TEN, "it cannot become completed, only running", "it must not become completed, only running")
    said = carry(TEN, status=1)
    theirs = "        ValueError: job-1 is pending: it cannot become completed, only running or failed"
    number = Path(THIRTEEN).read_text("utf-8").splitlines().index(theirs) + 1
    assert f"{TWELVE}: carried" in said
    assert f"{THIRTEEN}: could not (line {number})\n" in said
    assert f"\nline {number}: step13_requeue_backoff has other lines here than those that were changed\n" in said
    assert "it cannot become completed, only running or failed" in said
    assert "it must not become completed, only running\n" in said
    assert "No file was changed." in said


def test_after_a_conflict_it_goes_on_from_what_was_edited_by_hand(course: Path, carry: Carry) -> None:
    line, ours, by_hand = "attempts < self.max_retry", "max_retry > self.attempts", "attempts + 1 <= self.max_retry"
    edit(TEN, line, ours)
    edit(TWELVE, line, by_hand)
    assert f"{TWELVE}: edited by you, so left as it is" in carry(TEN)
    assert all(
        text in Path(file).read_text("utf-8") for file, text in zip(LATER, (ours, by_hand, by_hand), strict=True)
    )
    assert unpinned(course) == []


def test_the_last_version_has_nobody_to_carry_to_and_its_pin_follows(course: Path, carry: Carry) -> None:
    edit(THIRTEEN, "def mark_rejected(", "def mark_refused(")
    assert unpinned(course) != []
    carry(THIRTEEN)
    assert unpinned(course) == []


def test_a_change_that_belongs_in_an_earlier_version_too_stays_unpinned(course: Path, carry: Carry) -> None:
    edit(TWELVE)
    assert f"make the same edit in {TEN}, and carry that" in carry(TWELVE)
    assert len(unpinned(course)) == 1
    edit(TEN)
    carry(TEN)
    assert unpinned(course) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "carry takes one file of a version, such as steps/step10_retry_fields/job.py; 0 were named"),
        ("job.py job.py", "2 were named"),
        ("--pin job.py", "--pin keeps the differences of all files"),
        ("jobs.py", "there is no file jobs.py"),
        (".", "there is no file ."),
        ("/", "there is no file /"),
        ("README.md", "README.md is no Python file of a version"),
        ("../promises/step10.py", "../promises/step10.py is no Python file of a version"),
        ("job.py --base HEAD~7", "git knows no revision 'HEAD~7'"),
        ("queue.py", "queue.py is as it was at HEAD: edit it first; if you committed the edit:"),
        ("extra.py", "extra.py is not in git at HEAD: a new file has no change"),
        ("job.py", f"{THIRTEEN} does not exist"),
        ("storage.py", "storage.py is not Python any more: '[' was never closed"),
        ("context.py", "context.py is not Python any more: 'utf-8' codec can't decode byte 0xff"),
        ("job.py --base=", "--base is empty: name a revision, such as HEAD~1"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(
    carry: Carry, monkeypatch: pytest.MonkeyPatch, arguments: str, said: str
) -> None:
    Path(THIRTEEN).unlink()
    monkeypatch.chdir(Path(TEN).parent)
    edit("job.py")
    edit("storage.py", "return [", "return [[")
    Path("extra.py").touch()
    Path("context.py").write_bytes(b"# \xff")
    printed = carry(*arguments.split(), status=2)
    assert said in printed
    assert printed.count("\n") == 1


def test_without_a_checkout_or_without_git(course: Path, carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(TEN)
    shutil.rmtree(".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(course.parent))
    assert "git says: not a git repository" in carry(TEN, status=2)
    monkeypatch.setenv("PATH", str(course))
    assert "carry needs git, which is not installed" in carry(TEN, status=2)


def test_if_one_file_cannot_be_written_none_is(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.parent.name in TWELVE and path.suffix == ".carried":
            raise OSError(28, "No space left on device")
        return real(path, content)

    edit(TEN)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left on device" in carry(TEN, status=2)


def test_a_fix_that_reached_10_and_11_only_is_found(course: Path, carry: Carry) -> None:
    edit(TEN)
    edit(ELEVEN)
    first, second = unpinned(course)
    assert (first.split()[0], second.split()[0]) == (TEN, TWELVE)
    assert f"  step11 has this line, step12 does not:  {NEW}" in second
    assert f"  step12 has this line, step11 does not:  {OLD}" in second
    assert f"goqueue carry {TEN}" in first
    assert f"goqueue carry {ELEVEN}" in second
    assert "goqueue carry --pin" in second
    carry(ELEVEN)
    assert changed(course) == [True] * 4
    assert [message.split()[0] for message in unpinned(course)] == [TEN], "10 itself is pinned when it is carried"
    carry(TEN)
    assert unpinned(course) == []


@pytest.mark.parametrize("line", ["        self.attempts += 1\n", "    def can_retry(self) -> bool:\n"])
def test_a_line_that_only_some_versions_lost_is_found(course: Path, line: str) -> None:
    edit(TEN, line, "")
    edit(ELEVEN, line, "")
    assert f"step12 has this line, step11 does not:  {line.rstrip()}" in unpinned(course)[-1]


def test_pins_that_are_meant_are_kept(course: Path) -> None:
    key = THIRTEEN.removeprefix("steps/")
    edit(THIRTEEN)
    assert key in unpinned(course)[0]
    assert write_pins(course) == [key]
    assert unpinned(course) == []
    assert write_pins(course) == []
    assert f"+{NEW}" in "\n".join(read_pins(course)[key])


def test_a_lost_pins_file_is_said_and_made_again_byte_for_byte(course: Path) -> None:
    before = pins_file(course).read_bytes()
    pins_file(course).unlink()
    assert len(unpinned(course)) == len(read_pins(course_root()))
    write_pins(course)
    assert pins_file(course).read_bytes() == before


CHANGE = ("MAX_BACKOFF = 60.0\n", "MAX_BACKOFF = 30.0\n")


@pytest.mark.parametrize(
    ("change", "passage", "found"),
    [
        (CHANGE, "the backoff is\nat most 60 seconds", [2]),
        (CHANGE, "the backoff is at most 160 or 60.5, or 0.60", []),
        (CHANGE, "about 60 minutes", []),
        (("CAP = 60  # a minute\n", "CAP = 5\n"), "a partner waits a minute: 60", [1]),
        (("def wait_longer():\n    return 60\n", "def wait_longer():\n    return 5\n"), "the longer wait: 60", [1]),
        (("raise E('it cannot be done')\n", "raise E('it is late')\n"), "E: it cannot be done\nit is late", [1]),
        (("def backoff_duration(): pass\n", "def backoff(): pass\n"), "job.backoff_duration()", [1]),
        (("", CHANGE[0]), "the backoff is 60", []),
        (("backoff = 60\nlimit = 60\n", "backoff = 30\nlimit = 60\n"), "the backoff is 60", []),
    ],
)
def test_what_still_says_what_is_gone(change: tuple[str, str], passage: str, found: list[int]) -> None:
    assert [number for number, _ in mentions.gone(*change).lines(passage)] == found

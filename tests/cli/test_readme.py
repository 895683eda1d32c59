"""What the README and the manuals show is what one gets: their commands, their examples, every public name."""

import doctest
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import goqueue
import goqueue.storage
import goqueue.testing
from goqueue.cli import main

ROOT = Path(__file__).parents[2]
README, *MANUALS = PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [page for page in PAGES if "```console" in page.read_text("utf-8") or "```pycon" in page.read_text("utf-8")]
COMMANDS = re.findall(r"^ {4}goqueue (.+?)(?: +#.*)?$", (ROOT / "docs" / "tools.md").read_text("utf-8"), re.MULTILINE)
BLOCK = re.compile(
    r"`([\w/]+\.(?:py|toml))`:\n\n```(?:python|toml)\n(.*?)```|```console\n\$ (.+?)\n(.*?)```", re.DOTALL
)
SLOW = (
    "matrix",
    "grade",
    "handout",
    "tour",
    "notebooks",
    "course",
    "lab",
    "new",
    "play",
    "watch",
    "check my_queue",
    "carry",
    "queue",
    "worker",
    "dashboard",
    "mutants",
)  # other tests try these


def test_the_readme_has_fewer_than_1000_words_and_begins_with_the_start_commands() -> None:
    text = README.read_text("utf-8")
    assert len(text.split()) < 1000
    starts = re.findall(r"^ {4}(python3 start\.py.*?)(?: +#.*)?$", text, re.MULTILINE)
    assert starts == ["python3 start.py", *(f"python3 start.py {word}" for word in ("lab", "book", "test"))]


def test_ci_runs_the_readmes_test_command() -> None:
    assert "python3 start.py test" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("command", [line for line in COMMANDS if not line.startswith(SLOW)])
def test_a_command_of_the_manual_works(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)) == (1 if command.endswith("_broken") else 0)
    assert capsys.readouterr().out.strip()


def test_the_manual_shows_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    there = set(re.findall(r"^ {4}([a-z]+)\b", capsys.readouterr().out, re.MULTILINE))
    assert {line.split()[0] for line in COMMANDS} == there


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    """From top to bottom, the files that it names are written, and its commands run. "..." stands for anything."""
    text = page.read_text("utf-8")
    for name, code, command, shown in BLOCK.findall(text):
        if name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(code, "utf-8")
        else:
            said = run(command, tmp_path)
            same = doctest.OutputChecker().check_output(shown, said, doctest.ELLIPSIS)
            assert same, f"{page.name} shows something else for: {command}\n{said}"
    session = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(session, {"__name__": "manual"}, page.name, None, None)
    told: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(examples, out=told.append).failed == 0, "".join(told)


def run(command: str, folder: Path) -> str:
    """What a command writes, in a folder."""
    program, *words = shlex.split(command)
    words = [*([] if program in ("python", "python3") else ["-m", program]), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout + done.stderr


def public_names() -> Iterator[str]:
    """All that a user of the queue may call, give or read."""
    for package in (goqueue, goqueue.storage, goqueue.testing):
        yield from package.__all__
    kinds = (goqueue.Queue, goqueue.Context, goqueue.JobContext, goqueue.Job, goqueue.testing.InlineQueue)
    for kind in (*kinds, goqueue.storage.Storage):
        names = (name for name in dir(kind) if not name.startswith("_"))
        yield from (name for name in names if not inspect.ismethod(getattr(kind, name)))
    yield from (*goqueue.Status.__members__, *goqueue.StopReport._fields, *goqueue.storage.Storage.__annotations__)
    made = (goqueue.Queue, goqueue.Retry, goqueue.Retention, goqueue.MemoryStorage, goqueue.storage.SQLiteStorage)
    for call in (*made, goqueue.Queue.submit_job, goqueue.Queue.list_jobs, goqueue.testing.virtual_time):
        yield from (name for name in inspect.signature(call).parameters if name != "self")


def test_the_queues_manual_has_every_public_name() -> None:
    spans = "\n".join(re.findall(r"`([^`\n]+)`", (ROOT / "docs" / "queue.md").read_text("utf-8")))
    missing = {name for name in public_names() if not re.search(rf"\b{name}\b", spans)}
    assert missing == set(), "docs/queue.md must say what these are"

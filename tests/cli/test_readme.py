"""The README's commands and paths are there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from goqueue.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ {4}goqueue (.+?)(?: +#.*)?$", README, re.MULTILINE)
SLOW = (
    "matrix",
    "grade",
    "tour",
    "notebooks",
    "course",
    "new",
    "watch",
    "check my_queue",
)  # tried by tests of their own


@pytest.mark.parametrize("command", [line for line in COMMANDS if not line.startswith(SLOW)])
def test_a_command_of_the_readme_works(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)) == (1 if command.endswith("_broken") else 0)
    assert capsys.readouterr().out.strip()


def test_the_readme_shows_every_command() -> None:
    shown = {line.split()[0] for line in COMMANDS}
    learner, teacher = {"check", "new", "progress", "watch"}, {"compare", "grade"}
    assert shown == learner | teacher | {"matrix", "diff", "show", "tour", "course", "notebooks", "race"}


def test_the_start_commands_come_first() -> None:
    starts = re.findall(r"^ {4}(python3 start\.py.*?)(?: +#.*)?$", README, re.MULTILINE)
    assert starts == ["python3 start.py", *(f"python3 start.py {word}" for word in ("test", "lab", "book"))]


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


def test_ci_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "python3 start.py test" in script


def test_the_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    races = README.partition("## Races")[2]
    code, shown = re.findall(r"```(?:python|text)\n(.*?)```", races, re.DOTALL)
    (tmp_path / "shop.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "shop.py"], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == shown


def test_the_queue_of_the_readme_delivers(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.partition("## Races")[0], re.DOTALL)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{'sent': 17}\n", "")

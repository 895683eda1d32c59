"""The code is lint-free, formatted and fully typed: the tools themselves say so."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import QUICK

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("words", ["ruff check", "ruff format --check --diff", "mypy"])
def test_tool_finds_nothing(words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{words} says:\n{done.stdout}{done.stderr}"


def test_each_test_of_which_only_some_cases_are_quick_exists() -> None:
    for name in QUICK:
        file, _, function = name.partition("::")
        assert f"\ndef {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), name

"""The lab finds each published bug, calls it by its name, replays it, and says nothing against the right form.

The quick part takes one kernel of each file, with few schedules; all of them stand behind the mark. That each failure
replays 20 times of 20, and what the peers find, is in the table: `python -m tests.benchmarks.corpus`.
"""

import pytest

from . import page
from .files import KERNELS, PARTS
from .kernels import Kernel
from .tools import OURS, REPLAYS, alarm, ask, repeats, search

FEW, MANY = 200, 10_000  # schedules for a broken form
FEW_RIGHT, MORE_RIGHT = 100, 500  # schedules for a right form
QUICK = {kernels[0].name for kernels in PARTS.values()}
TOO_BIG = {"twostage_100_bad"}  # a hundred threads, of which one must come in the first gap; minutes pass without it


def some(slow: bool) -> list[object]:
    """Return the kernels of a test."""
    names = [name for name in KERNELS if name not in TOO_BIG and (slow or name in QUICK)]
    return [pytest.param(KERNELS[name], id=name) for name in names]


def is_found(kernel: Kernel, schedules: int) -> None:
    """Assert that the search finds the bug, gives it one of its names, and that its replay is the same."""
    result = search(kernel, False, schedules)
    assert result.verdict in kernel.verdicts, result.summary
    assert repeats(kernel, result)


@pytest.mark.parametrize("kernel", some(slow=False))
def test_a_bug_is_found(kernel: Kernel) -> None:
    is_found(kernel, FEW)


@pytest.mark.parametrize("kernel", some(slow=False))
def test_nothing_is_said_against_a_right_form(kernel: Kernel) -> None:
    assert not alarm(search(kernel, True, FEW_RIGHT))


@pytest.mark.slow
@pytest.mark.parametrize("kernel", some(slow=True))
def test_every_bug_is_found(kernel: Kernel) -> None:
    is_found(kernel, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", some(slow=True))
def test_nothing_is_said_against_a_right_form_for_longer(kernel: Kernel) -> None:
    assert not alarm(search(kernel, True, MORE_RIGHT))


def test_there_are_enough_kernels_and_each_has_a_line_on_the_page() -> None:
    assert len(KERNELS) >= 110
    answers = page.figures()["answers"]
    assert [name for name in KERNELS if OURS not in answers.get(name, {})] == []
    lines = "\n".join(page.lines(page.figures())).splitlines()
    written = page.PAGE.read_text(encoding="utf-8").splitlines()
    assert written == lines, "write it again: python -m tests.benchmarks.corpus --page"


def test_a_tool_is_asked_in_a_process_of_its_own() -> None:
    told = ask(OURS, "deadlock01_bad", False)
    assert (told["says"], told["verdict"], told["replays"]) == ("found", "deadlock", REPLAYS)
    assert ask(OURS, "deadlock01_bad", True)["says"] == "silent"

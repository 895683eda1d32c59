"""Figures come from one place: no page, notebook or module of the lab holds a benchmark's figure typed by hand.

The benchmark writes goqueue/lab/benchmark_figures.json; docs/performance.md is written from it, notebook 14 shows it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.page import MARK, PAGE, refreshed

ROOT = Path(__file__).parents[2]
N = r"\d[\d,.]*\s*"
WHAT = r"(?:(?:jobs|orders|calls|schedules|accepted|run|submitted|done)\s*){0,2}"
MANY = rf"(?:{N}(?:×|times)|\b(?:twice|(?:two|three|four|five|six|seven|eight|nine|ten) times))"
TYPED = re.compile(
    rf"{N}{WHAT}(?:/s|(?:a|per) second)\b|{MANY}\s*(?:as fast|faster)"
    rf"|{N}(?:µs|microseconds|ns|nanoseconds|B)\b|{N}bytes (?:a|each|per)\b"
)
MEASURED = "rounded: python tests/benchmarks/run.py --only postgres_costs measures it, as the page says"
# (file, what is found): the reason why the benchmark does not know it
ALLOWED: dict[tuple[str, str], str] = {
    ("docs/many_machines.md", "40,000 jobs a second"): MEASURED,
    ("docs/many_machines.md", "33 µs"): MEASURED,
}


def texts() -> Iterator[tuple[str, str]]:
    """Yield each file that a person reads, and its text; of a notebook, the sources."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for file in [*pages, *(ROOT / "goqueue/lab").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]:
        name, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        if file.suffix == ".ipynb":
            text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        if name != PAGE.as_posix() and "_build" not in file.parts:
            yield name, text


TEXTS = dict(texts())


def typed(text: str) -> list[str]:
    """Return the figures in a text that no mark stands before."""
    return [found[0] for found in TYPED.finditer(MARK.sub("", text))]


@pytest.mark.parametrize("name", TEXTS)
def test_no_figure_is_typed_by_hand(name: str) -> None:
    found = [figure for figure in typed(TEXTS[name]) if (name, figure) not in ALLOWED]
    assert not found, f"{name}: link to docs/performance.md, or mark the figure as tests/benchmarks/page.py says"


def test_what_is_allowed_is_still_there() -> None:
    held = {(name, figure) for name, text in TEXTS.items() for figure in typed(text)}
    assert set(ALLOWED) <= held


@pytest.mark.parametrize(
    "sentence",
    [
        "12,600 accepted/s",
        "at 5,000 schedules a second",
        "2.85 × as fast",
        "four times as fast",
        "60 µs",
        "takes 610 B",
    ],
)
def test_a_typed_figure_is_found(sentence: str) -> None:
    assert typed(f"A queue {sentence}, and so on.")


def test_other_numbers_and_marked_figures_are_let_be() -> None:
    assert not typed("4 workers, 30 seconds, 100,000 jobs, twice as long, Run 2 × 2, step 12.")
    assert not typed("<!-- figure: in_memory | goqueue | run/s -->243,000 jobs run/s")


def test_the_readmes_marked_figures_are_those_of_the_data_file() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert refreshed(text) == text, "write them again: python tests/benchmarks/run.py --page"


def test_a_marked_figure_is_refreshed() -> None:
    mark = "<!-- figure: in_memory | goqueue | run/s | goqueue -->"
    assert refreshed(f"{mark}2.85 × as fast") == f"{mark}1.00 × as fast"

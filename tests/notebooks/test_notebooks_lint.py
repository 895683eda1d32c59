"""The notebooks of the course keep to the rules of rules.py; and each rule finds the breach it looks for.

The outputs themselves are compared by nbval when it runs the notebooks. Running them all a second time, for
`goqueue notebooks --check`, would find nothing more: that the file has its canonical form is checked here without a
run, and test_refresh.py shows on a small notebook that two runs write the same bytes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.notebooks.canonical import canonical, nbformat
from goqueue.lab.versions import Entry, catalogue
from tests.notebooks.rules import problems

v4 = nbformat().v4

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
EXPECTED = {
    "10b_you_are_the_scheduler",
    "14_the_finished_queue",
    "15_how_the_lab_works",
    "16_many_machines",
    "glossary",
    "instructor",
}
EXPECTED |= {name for entry in catalogue() for name in entry.notebooks}


def test_no_notebook_is_missing() -> None:
    assert {path.stem for path in NOTEBOOKS} >= EXPECTED


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_to_the_rules(path: Path) -> None:
    text = path.read_bytes().decode()
    assert problems(nbformat().reads(text, as_version=4), text) == []


# -- the rules themselves --------------------------------------------------------------------------------------------

STATED = "Two workers\nfrom 0 to 0.3 s\nworker-1: job-1 0 to 0.1, job-3 0.1 to 0.3"
PICTURE = '<img src="data:image/svg+xml;base64,AA+/home/AA=" alt="Two lanes">'


def _shown(**data: str) -> Any:
    return v4.new_output("display_data", data={kind.replace("_", "/"): text for kind, text in data.items()})


def _error(evalue: str = "no room") -> Any:
    return v4.new_output("error", ename="QueueFull", evalue=evalue, traceback=[])


WORDS = "# Deliveries\n\nEach bar is a job."


def _notebook(source: str, *outputs: Any, tags: tuple[str, ...] = (), count: int = 1, words: str = WORDS) -> Any:
    metadata = {"tags": list(tags)} if tags else {}
    cell = v4.new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)
    return v4.new_notebook(cells=[v4.new_markdown_cell(words), cell])


def _problems(notebook: Any) -> list[str]:
    text = canonical(notebook)
    return problems(nbformat().reads(text, as_version=4), text)


GOOD = [
    _notebook("send()"),
    _notebook("lanes()", _shown(text_plain=STATED, text_html=PICTURE)),
    _notebook("queue.submit_job(ctx, 'webhook', {})", _error(), tags=("raises-exception",)),
    _notebook("send()\n" * 4, words="Bars for foot and barrel: ![two lanes](lanes.svg)"),
    _notebook(
        "sleep(0.1)\nclock.sleep(30)", v4.new_output("stream", text="POST https://partner.example/home/orders\n")
    ),
]


def test_a_good_notebook_passes() -> None:
    assert [problem for notebook in GOOD for problem in _problems(notebook)] == []


@pytest.mark.parametrize(
    ("notebook", "words"),
    [
        (_notebook("send()", count=7), "have the numbers [7]"),
        (_notebook("send()\n" * 15), "has 15 lines, more than 14"),
        (_notebook("send()\n" * 5), "the median of its code cells is 5 lines, more than 4"),
        (_notebook("bar = 1"), "says 'bar'"),
        (_notebook("send_foo(1)"), "says 'foo'"),
        (_notebook("send()", words="Let foo be a job."), "says 'foo'"),
        (_notebook("plot()", _shown(text_plain=STATED, image_png="AAAA")), "shows image/png"),
        (_notebook("plot()", _shown(text_plain="<Figure>", text_html=PICTURE)), "does not state its data"),
        (_notebook("plot()", _shown(text_plain=STATED, text_html="<svg></svg>")), "an inline <svg>"),
        (_notebook("show()", _shown(text_html="<b>sent</b>")), "text/html without text/plain"),
        (_notebook("show()", _shown(text_plain="/home/someone/goqueue/x.py")), "a path of this machine: /home/someone"),
        (_notebook("show()", v4.new_output("stream", text="in /tmp/x\n")), "a path of this machine"),
        (_notebook("x", _error("in /tmp/x"), tags=("raises-exception",)), "a path of this machine"),
        (_notebook("time.sleep(1)"), "sleeps 1 s"),
        (_notebook("sleep(.25)"), "sleeps .25 s"),
        (_notebook("x", _error()), "shows an error without the tag"),
        (_notebook("x", tags=("raises-exception",)), "shows no error, and has the tag"),
        (_notebook("x", tags=("nbval-skip",)), "is marked nbval-skip"),
        (_notebook("# NBVAL_IGNORE_OUTPUT\nx"), "is marked NBVAL_IGNORE_OUTPUT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_finds_its_breach(notebook: Any, words: str) -> None:
    found = _problems(notebook)
    assert any(words in problem for problem in found), found


def test_a_notebook_saved_by_a_front_end_is_not_canonical() -> None:
    notebook = _notebook("send()")
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
    assert problems(notebook, nbformat().writes(notebook)) == [
        "not in its canonical form (ids, metadata, layout): run `goqueue notebooks`"
    ]


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.folder)
def test_notebooks_say_the_minutes_of_steps_toml(entry: Entry) -> None:
    texts = [(FOLDER / f"{name}.ipynb").read_text(encoding="utf-8") for name in entry.notebooks]
    found = [int(minutes) for text in texts for minutes in re.findall(r"\*\*About (\d+) minutes\.\*\*", text)]
    assert len(found) == len(texts)
    assert sum(found) == entry.minutes

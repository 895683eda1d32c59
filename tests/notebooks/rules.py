"""What every notebook of the course keeps to, each rule a small function from one notebook to its breaches.

nbval runs the cells and compares what they show. It finds what differs from run to run, such as a uuid or a timing, and
a widget, which no test environment has. These rules are about what it cannot see: whether the cells were run in order,
whether a picture can be read without eyes, whether an output names a path of one machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from goqueue.lab.notebooks import canonical

MOST_LINES = 14  # of a code cell
USUAL_LINES = 4  # the median of a notebook's code cells is at most that
LEAST_DATA = 60  # characters of text that a picture needs to state its data
LONGEST_SLEEP = 0.2  # seconds

IGNORED = "nbval-ignore-output"
Rule = Callable[[Any], Iterator[str]]

_PAYLOAD = re.compile(r"base64,[A-Za-z0-9+/=]+")
_ROOTS = "home|root|Users|Volumes|tmp|private|var|usr|opt|mnt|srv|work|workspace|builds|content"
_PATH = re.compile(rf"(?<![\w.:/])(?:/(?:{_ROOTS})/|[A-Za-z]:\\|~/)\S*")
_STRANGERS = [  # a bar may be drawn, so only code cells must not have one
    re.compile(r"(?<![a-z])(?:foo(?:bar)?|baz|task1)(?![a-z])", re.IGNORECASE),
    re.compile(r"(?<![a-z])(?:foo(?:bar)?|baz|task1)(?![a-z])|\bbar\b", re.IGNORECASE),
]
_SLEEP = re.compile(r"(?<![\w.])(?:time\.)?sleep\(\s*([\d.][\d._]*(?:e\d+)?)\s*\)")


def problems(notebook: Any, text: str) -> list[str]:
    """All breaches in a notebook whose file holds `text`."""
    found = [problem for rule in RULES for problem in rule(notebook)]
    if canonical(notebook) != text:
        found.append("not in its canonical form (ids, metadata, layout): run `goqueue notebooks`")
    return found


def _code(notebook: Any) -> Iterator[tuple[str, Any]]:
    for index, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            first = (cell["source"].strip().splitlines() or ["empty"])[0]
            yield f"cell {index} ({first})", cell


def _outputs(notebook: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Each output: where it is, and its texts by kind."""
    for where, cell in _code(notebook):
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                yield where, {output["name"]: output["text"]}
            elif output["output_type"] == "error":
                yield where, {"error": "\n".join([output["evalue"], *output["traceback"]])}
            else:
                yield where, dict(output["data"])


def run_in_order(notebook: Any) -> Iterator[str]:
    for due, (where, cell) in enumerate(_code(notebook), start=1):
        if cell["execution_count"] != due:
            yield f"{where} has the number {cell['execution_count']}, not {due}: run the notebook from the top"


def short(notebook: Any) -> Iterator[str]:
    lines = {where: len(cell["source"].splitlines()) for where, cell in _code(notebook)}
    for where in lines:
        if lines[where] > MOST_LINES:
            yield f"{where} has {lines[where]} lines, more than {MOST_LINES}: move code into a module"
    if lines and (usual := median(lines.values())) > USUAL_LINES:
        yield f"the median of its code cells is {usual:g} lines, more than {USUAL_LINES}: show less at a time"


def named_for_the_story(notebook: Any) -> Iterator[str]:
    for index, cell in enumerate(notebook["cells"], start=1):
        strangers = _STRANGERS[cell["cell_type"] == "code"]
        for word in strangers.findall(cell["source"]):
            yield f"cell {index} says {word!r}: use the shop, its partners and their webhooks"


def pictures_have_data(notebook: Any) -> Iterator[str]:
    for where, data in _outputs(notebook):
        raw = [kind for kind in data if kind.startswith("image/")]
        if raw:
            yield f"{where} shows {raw[0]}, which has no words and is never compared: show a view of goqueue.lab.views"
        if "<img" in data.get("text/html", "") and len(data.get("text/plain", "")) <= LEAST_DATA:
            yield f"{where} shows a picture and does not state its data in text/plain"
        if "<svg" in data.get("text/html", ""):
            yield f'{where} shows an inline <svg>, garbled in an untrusted notebook: use <img src="data:…">'
        if "text/html" in data and not data.get("text/plain", "").strip():
            yield f"{where} shows text/html without text/plain: return a View"


def no_path_of_this_machine(notebook: Any) -> Iterator[str]:
    for where, data in _outputs(notebook):
        if path := _PATH.search(_PAYLOAD.sub("", "\n".join(str(part) for part in data.values()))):
            yield f"{where} shows a path of this machine: {path.group()}"


def no_hopeful_sleep(notebook: Any) -> Iterator[str]:
    for where, cell in _code(notebook):
        for seconds in _SLEEP.findall(cell["source"]):
            if float(seconds) > LONGEST_SLEEP:
                yield f"{where} sleeps {seconds} s: wait for what happens, or use the lab's virtual time"


def errors_are_announced(notebook: Any) -> Iterator[str]:
    for where, cell in _code(notebook):
        shown = any(output["output_type"] == "error" for output in cell["outputs"])
        announced = "raises-exception" in cell["metadata"].get("tags", [])
        if shown != announced:
            yield f"{where} {'shows an error without' if shown else 'shows no error, and has'} the tag raises-exception"


def every_cell_is_run(notebook: Any) -> Iterator[str]:
    for where, cell in _code(notebook):
        tags = {"nbval-skip", "skip-execution"} & set(cell["metadata"].get("tags", []))
        for mark in [*sorted(tags), *re.findall(r"#\s*(NBVAL_\w+|PYTEST_VALIDATE_\w+)", cell["source"])]:
            yield f"{where} is marked {mark}: every cell is run; where outputs must differ, use the tag {IGNORED}"


RULES: tuple[Rule, ...] = (
    run_in_order,
    short,
    named_for_the_story,
    pictures_have_data,
    no_path_of_this_machine,
    no_hopeful_sleep,
    errors_are_announced,
    every_cell_is_run,
)

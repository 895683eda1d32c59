"""What every notebook of the course keeps to: a table of what must not stand in a cell, and a few rules beside it.

nbval runs the cells and compares what they show. It finds what differs from run to run, such as a uuid or a timing, and
a widget, which no test environment has. These rules are about what it cannot see: whether the cells were run in order,
whether a picture can be read without eyes, whether an output names a path of one machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median
from typing import Any

from goqueue.lab.notebooks import canonical

MOST_LINES = 14  # of a code cell
USUAL_LINES = 4  # the median of a notebook's code cells is at most that
LEAST_DATA = 60  # characters of text that a picture needs to state its data

_ROOTS = "home|root|Users|Volumes|tmp|private|var|usr|opt|mnt|srv|work|workspace|builds|content"
_STRANGERS = "(?<![A-Za-z])(?i:foo(?:bar)?|baz|task1)(?![A-Za-z])"

# Where, what must not stand there, and the breach in words, with what to do instead.
FORBIDDEN = (
    ("words", _STRANGERS, "says '{}': use the shop, its partners and their webhooks"),
    ("code", rf"{_STRANGERS}|\bbar\b", "says '{}': use the shop, its partners and their webhooks"),  # drawn bars may be
    (
        "code",  # more than 0.2 seconds
        r"(?<![\w.])(?:time\.)?sleep\(\s*(0?\.(?:[3-9]|2\d*[1-9])\d*|[1-9][\d._e]*)\s*\)",
        "sleeps {} s: wait for what happens, or use the lab's virtual time",
    ),
    (
        "marks",
        r"nbval-skip|skip-execution|#\s*((?:NBVAL|PYTEST_VALIDATE)_\w+)",
        "is marked {}: every cell is run; where outputs must differ, use the tag nbval-ignore-output",
    ),
    ("shown", rf"(?<![\w.:/])(?:/(?:{_ROOTS})/|[A-Za-z]:\\|~/)\S*", "shows a path of this machine: {}"),
    ("kinds", r"image/\S+", "shows {}, which has no words and is never compared: show a view of goqueue.lab.views"),
    ("html", "<svg", 'shows an inline {}>, garbled in an untrusted notebook: use <img src="data:…">'),
)


def problems(notebook: Any, text: str) -> list[str]:
    """All breaches in a notebook whose file holds `text`."""
    found = [f"cell {at} {breach}" for at, cell in enumerate(notebook["cells"], start=1) for breach in breaches(cell)]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    numbers = [cell["execution_count"] for cell in code]
    if numbers != list(range(1, len(code) + 1)):
        found.append(f"its cells have the numbers {numbers}: run the notebook from the top")
    if code and (usual := median(len(cell["source"].splitlines()) for cell in code)) > USUAL_LINES:
        found.append(f"the median of its code cells is {usual:g} lines, more than {USUAL_LINES}: show less at a time")
    if canonical(notebook) != text:
        found.append("not in its canonical form (ids, metadata, layout): run `goqueue notebooks`")
    return found


def breaches(cell: Any) -> Iterator[str]:
    """Yield the breaches in one cell, each as what follows the words "cell 3"."""
    parts = _parts(cell)
    for part, pattern, words in FORBIDDEN:
        for found in re.finditer(pattern, parts.get(part, "")):
            yield words.format(next(filter(None, found.groups()), found[0]))
    if cell["cell_type"] == "code":
        yield from _breaches_of_code(cell, cell["source"].splitlines())


def _parts(cell: Any) -> dict[str, str]:
    """The texts in which FORBIDDEN is looked for."""
    if cell["cell_type"] != "code":
        return {"words": cell["source"]}
    shown = [_data(output) for output in cell["outputs"]]
    texts = "\n".join(str(text) for data in shown for text in data.values())
    return {
        "code": cell["source"],
        "marks": "\n".join([*cell["metadata"].get("tags", []), cell["source"]]),
        "shown": re.sub(r"base64,[A-Za-z0-9+/=]+", "", texts),
        "kinds": "\n".join(kind for data in shown for kind in data),
        "html": "\n".join(data.get("text/html", "") for data in shown),
    }


def _data(output: Any) -> dict[str, str]:
    """The texts of an output by kind."""
    if output["output_type"] == "stream":
        return {output["name"]: output["text"]}
    if output["output_type"] == "error":
        return {"error": "\n".join([output["evalue"], *output["traceback"]])}
    return dict(output["data"])


def _breaches_of_code(cell: Any, lines: list[str]) -> Iterator[str]:
    if len(lines) > MOST_LINES:
        yield f"has {len(lines)} lines, more than {MOST_LINES}: move code into a module"
    for data in map(_data, cell["outputs"]):
        html, plain = data.get("text/html", ""), data.get("text/plain", "")
        if html and not plain.strip():
            yield "shows text/html without text/plain: return a View"
        if "<img" in html and len(plain) <= LEAST_DATA:
            yield "shows a picture and does not state its data in text/plain"
    shown = any(output["output_type"] == "error" for output in cell["outputs"])
    if shown != ("raises-exception" in cell["metadata"].get("tags", [])):
        yield f"{'shows an error without' if shown else 'shows no error, and has'} the tag raises-exception"

"""`goqueue handout 12`: a step on paper. The problem, the lines that matter with a question each, and the exercises.

A page for a browser, laid out for A4: no line of code is wider than the paper. With `--key` it has the answers, too.
"""

import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

from ..learn.exercises import Exercise
from ..versions.course import Entry, entry
from ..versions.trial import gained
from ..views.markup import Markup, element, joined, prose
from .exercise_answers import exercises_of
from .key_lines import Line, all_lines
from .safe_output import MADE_BY, page, plain, write_own

BY = "goqueue handout"
WIDEST = 88  # characters of code that fit on A4, in 9 points
_STYLE = (
    "<style>@page{size:A4;margin:18mm}body{max-width:174mm;font-size:11pt}pre,code{font-size:9pt}"
    "pre{border-left:2px solid #999999;padding-left:0.6em;break-inside:avoid}h2,h3{break-after:avoid}"
    ".room{height:28mm;border-bottom:1px dotted #999999}section{break-inside:avoid-page}</style>"
)


def handout(step: int | str, *, key: bool = False) -> str:
    """Return the page of a step; with `key`, the answers are in it. Raises LookupError for an unknown step."""
    found = entry(step)
    lines = [line for line in all_lines() if line.step == found.step]
    exercises = exercises_of(found.step)
    parts = [Markup(_STYLE), element("p", found.adds), *_problem(found)]
    parts += [element("h2", "What it promises"), element("ul", *(element("li", one) for one in _adds(found)))]
    if lines:
        parts += [element("h2", "Lines that matter"), *(_line(line, key) for line in lines)]
    if exercises:
        parts += [element("h2", "Exercises"), *(_exercise(one, key) for one in exercises)]
    title = f"{found.label}{': key' if key else ''}"
    return page(title, joined(parts), BY)


def handout_command(step: str, key: bool, file: Path | None) -> int:
    """Write the page of a step to a file, and say where it is."""
    name = f"handout-{entry(step).step:02}{'-key' if key else ''}.html"
    target = Path(name) if file is None else file
    write_own(target, handout(step, key=key), MADE_BY.format(BY))
    print(f"written: {plain(str(target))}; print it from a browser, on A4")
    return 0


def _problem(found: Entry) -> Iterator[Markup]:
    text = (found.path / "README.md").read_text(encoding="utf-8")
    problem = text.partition("## Problem\n")[2].partition("\n## ")[0].strip()
    if problem:
        yield element("h2", "The problem")
        yield from (element("p", prose(one)) for one in problem.split("\n\n"))


def _adds(found: Entry) -> list[str]:
    return [promise.sentence for promise in gained(found.step)]


def _line(line: Line, key: bool) -> Markup:
    parts = [element("p", element("b", line.file), " ", prose(line.ask)), _code(line.line)]
    if key:
        parts.append(element("p", f"With “{line.instead}” in its place, the promise {line.breaks} is broken."))
    else:
        parts.append(element("div", "", class_="room"))
    return element("section", *parts)


def _exercise(exercise: Exercise, key: bool) -> Markup:
    head = element("h3", f"{exercise.id} {exercise.title} ({exercise.kind}, about {exercise.minutes} minutes)")
    parts = [head, *(_prose(one) for one in exercise.task.split("\n\n"))]
    if exercise.blocks:
        parts += [element("p", element("b", letter), _code(text)) for letter, text in exercise.blocks.items()]
    elif exercise.start:
        parts.append(_code(exercise.start))
    if key:
        parts += [element("p", element("b", "A solution")), _code(exercise.solution), _prose(exercise.why)]
    else:
        parts.append(element("div", "", class_="room"))
    return element("section", *parts)


def _prose(text: str) -> Markup:
    """A paragraph, or a list of those that begin with a dash."""
    if not text.startswith("- "):
        return element("p", prose(text))
    return element("ul", *(element("li", prose(item)) for item in text[2:].split("\n- ")))


def _code(text: str) -> Markup:
    """Code, each line wrapped where the paper ends."""
    lines = [part for line in text.strip("\n").splitlines() for part in _wrapped(line)]
    return Markup(f"<pre>{escape(chr(10).join(lines))}</pre>")


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, WIDEST, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False) or [""]

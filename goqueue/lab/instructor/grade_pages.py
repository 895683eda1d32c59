"""One HTML page for each learner, and one that lists them: what is kept, what is broken, what to look at next."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ..versions.course import entry
from ..versions.mend_first import first_to_mend
from ..versions.trial import KEPT, TOO_SLOW, Result, promises
from ..views.markup import Markup, cell, element, grid, joined, prose
from .class_map import Place, class_map
from .grades import HEADS, INTERRUPTED, Grade, Grades, marks, row, sentence
from .safe_output import MADE_BY, check_own, page, write_own

_MAP = ("not kept", "by", "whose", "what is known to break it")
BY = "goqueue grade"
MARK = MADE_BY.format(BY)
_LONGEST_NAME = 50  # characters; each may take four bytes, and a file's name may have 255


def report_names(learners: Sequence[str]) -> list[str]:
    """Return a file name for each learner, all different, even where upper and lower case count as the same.

    >>> report_names(["Ann Miller", "ann miller", "../Zoë", "index"])
    ['report-Ann_Miller.html', 'report-ann_miller-2.html', 'report-_Zoë.html', 'report-index.html']
    """
    names, taken = [], set()
    for learner in learners:
        stem = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", learner))[:_LONGEST_NAME]
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(f"report-{name}.html")
    return names


def check_reports(folder: Path, learners: Sequence[str]) -> None:
    """Raise FileExistsError if a report would overwrite another file, NotADirectoryError if `folder` is a file."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file: name a folder for the reports")
    for name in ["index.html", *report_names(learners)]:
        check_own(folder / name, MARK)


def write_reports(folder: Path, found: Grades) -> Path:
    """Write a page for each learner and the index, and return the index. Raises as `check_reports` does."""
    names = report_names([one.learner for one in found.grades])
    check_reports(folder, [one.learner for one in found.grades])
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in zip(names, found.grades, strict=True):
        write_own(folder / name, _report_or_why(found, one), MARK)
    write_own(folder / "index.html", index(found, names), MARK)
    return folder / "index.html"


def index(found: Grades, names: Sequence[str]) -> str:
    """Return the page that lists all learners."""
    rows = []
    for name, one in zip(names, found.grades, strict=True):
        learner, *rest = row(found, one)
        rows.append([cell(element("a", learner, href=name)), *rest])
    parts = [element("div", grid(HEADS, rows), class_="scroll"), element("p", found.warning)]
    if places := class_map(found):
        cells = [[one.sentence, str(len(one.learners)), ", ".join(one.learners), _known(one)] for one in places]
        parts += [element("h2", "A map of the class"), element("div", grid(_MAP, cells), class_="scroll")]
    return page(found.title, joined(parts), BY)


def _known(place: Place) -> str:
    return "; ".join(place.misconceptions)


def _report_or_why(found: Grades, one: Grade) -> str:
    """Return a learner's page; of one that cannot be made, only that: it must not cost the others theirs."""
    try:
        return report(found, one)
    except Exception as err:
        return page(one.learner, element("p", f"This page could not be made: {type(err).__name__}: {err}"), BY)


def report(found: Grades, one: Grade) -> str:
    """Return one learner's page."""
    kept = [f"✓ {sentence(result.name)}" for result in one.results if result.outcome == KEPT]
    sections: dict[str, Sequence[str]] = {
        "No result yet" if INTERRUPTED in one.problems else "Mend this first": [
            element("code", problem) for problem in one.problems
        ],
        "Broken": [_broken(result) for result in one.broken if result.outcome != TOO_SLOW],
        "Too slow here, twice: ask your instructor to try it again": [
            _broken(result) for result in one.broken if result.outcome == TOO_SLOW
        ],
        "What to look at next": [prose(advice) for advice in _next(found, one)],
        "Kept": kept,
    }
    parts = [element("p", f"{found.title}. ", element("b", _worth(found, one)))]
    for heading, items in sections.items():
        if items:
            parts += [element("h2", heading), element("ul", *(element("li", item) for item in items))]
    return page(one.learner, joined([*parts, element("p", found.warning)]), BY)


def _worth(found: Grades, one: Grade) -> str:
    kept = f"Kept: {marks(one)}."
    return f"{kept} Of what this step adds: {marks(one.of(found.adds))}." if one.graded else kept


def _broken(result: Result) -> Markup:
    """A promise with what came of it: the call, what came back, what was expected; of a race, how to see it again."""
    first, *rest = result.message.splitlines() or [""]
    lines = [Markup("<br>"), first]
    for line in rest:
        lines += [Markup("<br>"), element("code", line)]
    return joined(["✗ ", element("b", sentence(result.name)), " (", element("code", result.name), ")", *lines])


def _next(found: Grades, one: Grade) -> list[str]:
    if INTERRUPTED in one.problems:
        return []  # it is nothing that the learner could mend
    if not one.graded:
        return ["Hand in one folder, laid out like a version: an `__init__.py`, and the modules beside it."]
    first = first_to_mend(one.broken)
    if first is None:
        return [] if one.problems else ["Nothing is broken. `goqueue compare` sets yours beside another's."]
    promise = promises().get(first.name)
    if promise is None:
        return []
    notebooks = " or ".join(f"`{name}`" for name in entry(promise.since).notebooks)
    advice = [
        f"Take this one first, for others often follow: {promise.sentence}.",
        f"It comes from step {promise.since:02}: notebook {notebooks}.",
        f"Try it alone: `goqueue check my_queue {promise.name}`, with your folder's name.",
    ]
    if any("replay(" in result.message for result in one.broken):
        advice.append(
            "A line that begins with “to see it” shows a race step by step, in a notebook. Before it: `"
            "from pathlib import Path; from goqueue.lab import load; version = load(Path('my_queue'))`"
        )
    if counterexample := next((name for name in promise.counterexamples if isinstance(name, str)), ""):
        advice.append(f"Here is other code that breaks it: `goqueue show {counterexample}`. Is yours like that?")
    return advice

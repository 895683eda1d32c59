"""Two versions, or two learners' folders, side by side: as text, and as HTML with the same facts in tables."""

from __future__ import annotations

from itertools import chain, groupby
from pathlib import Path
from textwrap import indent, wrap

from ..versions.trial import promises
from ..views.document import Block, bold, bullets, document, line, paragraph
from ..views.markup import Markup, element
from ..views.table import columns, table
from ..views.view import View
from .code_changes import ADDED, CHANGED, KINDS, REMOVED, Change, LineCount, count
from .comparison_facts import Facts, find_facts
from .queue_speed import JOBS, ROUNDS

_WIDTH = 110
_MARKS = {ADDED: "added", REMOVED: "removed", CHANGED: "changed"}
_LEGEND = ", ".join(f"{mark} {word}" for mark, word in _MARKS.items())
_CODE_LINES = "no docstrings, comments or blank lines; __init__.py left out"


class Comparison(View):
    """What changed from one version to another; a view of its `facts`."""

    facts: Facts

    def __init__(self, facts: Facts) -> None:
        vars(self).update(facts=facts)
        sections = [_problems(facts), _lines(facts), _parts(facts), _promises(facts), _speed(facts)]
        spaced = [[Block(""), *section] for section in sections if section]
        super().__init__(*document(bold(f"{facts.before.title} -> {facts.after.title}"), *chain.from_iterable(spaced)))


def compare(
    before: int | str | Path, after: int | str | Path, *, step: int | str | None = None, speed: bool = False
) -> Comparison:
    """Compare two versions, or folders laid out like one (as a Path). Reads them, and imports neither in this process.

    `step` says whose promises count (default: all). With a folder, promises are tried, which takes some seconds.
    `speed` measures both; its numbers differ from run to run. Raises LookupError for an unknown step,
    NotADirectoryError for a path that is no folder, ValueError for a folder that cannot be copied to be tried,
    Died if a version does not finish the jobs whose time is measured.

    >>> print("\\n".join(compare(10, 13).text.splitlines()[:3]))
    10 Retry fields -> 13 Requeue with backoff
    <BLANKLINE>
    code lines (no docstrings, comments or blank lines; __init__.py left out)
    """
    return Comparison(find_facts(before, after, step, speed))


def _head(words: str) -> Block:
    return paragraph(words, element("b", words[0].upper() + words[1:]))


def _problems(facts: Facts) -> list[Block]:
    listed = bullets(line(f"  {problem}", problem) for problem in facts.problems)
    return [_head("cannot be read, so not compared:"), listed] if facts.problems else []


def _lines(facts: Facts) -> list[Block]:
    heads = [facts.before.name, facts.after.name, "change"]
    before, after = sum(row.before or 0 for row in facts.lines), sum(row.after or 0 for row in facts.lines)
    rows = [_line_row(row) for row in [*facts.lines, LineCount("in all", before, after)]]
    lines = columns([["", *heads], *rows], right=[False, True, True, True])
    shown = Block(indent("\n".join(lines), "  "), table(["file", *heads], rows).html)
    return [_head(f"code lines ({_CODE_LINES})"), shown]


def _line_row(row: LineCount) -> list[str]:
    change = (row.after or 0) - (row.before or 0)
    counts = ("–" if one is None else str(one) for one in (row.before, row.after))
    return [row.file, *counts, f"{change:+}" if change else "0"]


def _parts(facts: Facts) -> list[Block]:
    pieces = []
    for kind in KINDS:
        counts = zip(count(facts.changes, kind), _MARKS.values(), strict=True)
        said = [f"{number} {word}" for number, word in counts if number]
        pieces.append(f"{kind}: {', '.join(said) or 'the same'}")
    counted = "; ".join(pieces)
    return [_head(f"parts ({_LEGEND})"), paragraph(f"  {counted}", counted), *_changed_files(facts.changes)]


def _changed_files(changes: tuple[Change, ...]) -> list[Block]:
    """Each file with its names by mark."""
    lines, rows = [], []
    for _, group in groupby(changes, lambda change: change.file):
        whole, *parts = group
        names = {mark: ", ".join(_names([one for one in parts if one.mark == mark])) for mark in _MARKS}
        lines.append(f"  {whole.mark} {whole.file}")
        for mark, said in names.items():
            if said:
                lines += wrap(f"{mark} {said}", _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8)
        rows.append([f"{whole.mark} {whole.file}", *names.values()])
    return [Block("\n".join(lines), table(["file", *_MARKS.values()], rows).html)] if rows else []


def _names(parts: list[Change]) -> list[str]:
    """The names of the parts. Of a class that is new or gone, the methods are in brackets behind it."""
    names = [part.name for part in parts]
    classes = {name.removeprefix("class "): name for name in names if name.startswith("class ")}
    if not parts or parts[0].mark == CHANGED:
        return names
    methods: dict[str, list[str]] = {name: [] for name in names if name.partition(".")[0] not in classes}
    for name in names:
        owner, _, method = name.partition(".")
        if owner in classes:
            methods[classes[owner]].append(method)
    return [f"{name} ({', '.join(inside)})" if inside else name for name, inside in methods.items()]


def _promises(facts: Facts) -> list[Block]:
    how = "tried now, each in a process of its own" if facts.tried else "as declared; `goqueue matrix` tries them"
    sides = zip((facts.before, facts.after), facts.kept, strict=True)
    numbers = ", ".join(f"{side.name} keeps {len(kept)} of {len(facts.names)}" for side, kept in sides)
    made = [_head(f"promises ({how}): {numbers}")]
    if facts.untried:  # one side's promises are unknown: there is nothing to set beside the other's
        return [*made, *(paragraph(f"  {untried}", untried) for untried in facts.untried)]
    neither = [name for name in facts.names if name not in facts.kept[0] | facts.kept[1]]
    for head, names, said in (
        (f"{ADDED} kept by {facts.after.name} only", facts.only(after=True), facts.said[0]),
        (f"{REMOVED} kept by {facts.before.name} only", facts.only(after=False), facts.said[1]),
        ("kept by neither", neither, facts.said[1]),
    ):
        if names:
            sentences = [_sentence(promises()[name].sentence, said.get(name, "")) for name in names]
            made += [paragraph(f"  {head}:", element("b", head)), bullets(sentences)]
    return made


def _sentence(sentence: str, said: str) -> Block:
    if not said:
        return line(f"      {sentence}", sentence)
    return line(f"      {sentence}\n          {said}", sentence, Markup("<br>"), element("small", said))


def _speed(facts: Facts) -> list[Block]:
    found = facts.speed
    if found is None:
        return []
    lines = (
        f"{facts.before.name}: {found.before * 1000:.1f} ms; {facts.after.name}: {found.after * 1000:.1f} ms; "
        f"that is {found.ratio:.2f} times as long",
        "This is what the queue itself costs. Workers pay where a job waits, as for a partner's answer.",
    )
    head = f"speed ({JOBS:,} jobs that do nothing, until the last is done; median of {ROUNDS} interleaved rounds)"
    return [_head(head), *(paragraph(f"  {said}", said) for said in lines)]

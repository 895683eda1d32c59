"""A trace as text: one column for each thread, one row for each step. The HTML form takes its words from here too.

    step  worker-1                  worker-2
    ----  ------------------------  ------------------------
       1  job.py:31  attempts += 1
            reads Job#1.attempts: 0
          shared: Job#1.attempts = 0
          ── worker-1 is preempted: worker-2 goes on ──
       2                            job.py:31  attempts += 1

Lines are at most 120 characters long. Long source lines are cut, but never what happened, nor the state.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from textwrap import wrap

from .trace import Step, Trace

_WIDTH = 120
_MOST_COLUMNS = 4
_LONG = 60  # steps; a longer run has the beginning folded, where one thread is alone
_LAST = 20  # steps which are never folded
_ROUND = 200  # steps; a longer round is not looked for
_WORTH = 4  # steps; folding fewer saves nothing
_INDENT = " " * 6  # below the column "step" and its gap
_ON_ONE_LINE = 40  # characters; a narrower column has the place and the source line on two lines

Cells = list[list[str]]  # one list of lines for each column


def as_text(trace: Trace, title: str) -> str:
    """The whole trace: title, columns, ending."""
    heads, rows = _layout(trace)
    wide = [max(len(line) for cell in column for line in cell) for column in zip(heads, *rows, strict=True)]
    rule = [["-" * width] for width in wide]
    lines = [title, *_side_by_side("step", heads, wide), *_side_by_side("----", rule, wide)]
    done, before = 0, None
    for part in _parts(trace.steps):
        lines += [_INDENT + note for note in notes(part[-1], before)]
        if len(part) > 1:
            lines.append(f"{_INDENT}… {folded(part)} …")
        else:
            lines += _side_by_side(str(done + 1), rows[done], wide)
        lines += _shared(part[-1], before)
        done, before = done + len(part), part[-1]
    return "\n".join([*lines, ending(trace)])


def threads(trace: Trace) -> list[str]:
    """Every thread of the run, in the order they started."""
    return list(dict.fromkeys([*trace.threads, *(step.thread for step in trace.steps)]))


def has_columns(trace: Trace) -> bool:
    """Whether the threads are few enough for a column each."""
    return 1 <= len(threads(trace)) <= _MOST_COLUMNS


def notes(step: Step, before: Step | None) -> list[str]:
    """What the reader must know before this step: a thread was preempted, or time went by."""
    found = []
    if step.preempted:
        found.append(f"── {step.preempted} is preempted: {step.thread} goes on ──")
    if step.time != (before.time if before else 0.0):
        found.append(f"── the clock goes to {step.time:.7g} s ──")
    return found


def changes(step: Step, before: Step | None) -> list[tuple[str, str]]:
    """The shared state that this step changed: names, and what became of them ("= 1", or "is gone")."""
    old, new = dict(before.state if before else ()), dict(step.state)
    changed = [(name, f"= {value}") for name, value in step.state if old.get(name) != value]
    return changed + [(name, "is gone") for name in old if name not in new]


def ending(trace: Trace) -> str:
    """How the run ended, in words."""
    how = trace.ending or "The run ended well."
    return how if trace.steps else f"(no steps)\n{how}"


def plain(text: str) -> str:
    """`text` on one line, its blanks kept: they may be part of a value."""
    return re.sub(r"\s", " ", text)


def _layout(trace: Trace) -> tuple[Cells, list[Cells]]:
    """The headers and, for each step, the lines in each column."""
    names = threads(trace)
    room = (_WIDTH - len(_INDENT) - 2 * len(names) + 2) // max(1, len(names))
    texts = [*names, *(step.where for step in trace.steps)]
    if has_columns(trace) and max(map(len, texts)) <= room:
        rows = [[_cell(step, room) if step.thread == name else [] for name in names] for step in trace.steps]
        return [[name] for name in names], rows
    room = max(_ON_ONE_LINE, _WIDTH - len(_INDENT) - 2 - max(map(len, ["thread", *names])))
    return [["thread"], ["what it does"]], [[[step.thread], _cell(step, room)] for step in trace.steps]


def _cell(step: Step, room: int) -> list[str]:
    line = plain(step.line)
    head = [f"{step.where}  {line}".rstrip()] if room >= _ON_ONE_LINE else [step.where, line]
    cut = [text if len(text) <= room else text[: room - 1] + "…" for text in head if text]
    return cut + [piece for words in step.what for piece in _wrapped(words, room, "  ")]


def _wrapped(text: str, room: int, indent: str) -> list[str]:
    return wrap(plain(text), room, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)


def _side_by_side(first: str, cells: Cells, wide: Sequence[int]) -> list[str]:
    """One row: the column "step", then each column's lines, padded."""
    lines = []
    for pieces in zip_longest([first], *cells, fillvalue=""):
        columns = [piece.ljust(width) for piece, width in zip(pieces[1:], wide, strict=True)]
        lines.append("  ".join([pieces[0].rjust(4), *columns]).rstrip())
    return lines


def _shared(step: Step, before: Step | None) -> list[str]:
    changed = "; ".join(f"{name} {became}" for name, became in changes(step, before))
    return _wrapped(f"shared: {changed}", _WIDTH, _INDENT) if changed else []


def _parts(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """The steps one by one. Of a long run, in one piece: those of the beginning that nobody else can notice; rounds."""
    begins, ends = _rounds(steps) if len(steps) > _LONG else (len(steps), len(steps))
    yield from _beginning(steps[:begins])
    if begins < ends:
        yield tuple(steps[begins:ends])
    yield from ((step,) for step in steps[ends:])


def _rounds(steps: Sequence[Step]) -> tuple[int, int]:
    """Where the threads begin to do again and again what they have done before, and where the last whole round ends."""
    keys = [(step.thread, step.where, step.line) for step in steps]
    for size in range(1, min(_ROUND, len(keys) // 3) + 1):
        same = next((at for at in range(len(keys) - 1, size - 1, -1) if keys[at] != keys[at - size]), size - 1) + 1
        whole = (len(keys) - same) // size * size
        alone = len({step.thread for step in steps[same:]}) == 1
        if whole >= max(2 * size, 2 * _LONG if alone else _LONG):  # a thread alone may do work, which will end
            return same, same + whole
    return len(keys), len(keys)


def folded(part: Sequence[Step]) -> str:
    """What stands for several steps, in words."""
    threads = dict.fromkeys(step.thread for step in part)
    if len(threads) == 1:
        return f"{len(part)} steps by {part[0].thread}"
    return f"{len(part)} steps, in which {' and '.join(threads)} do the same again and again"


def _beginning(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """The steps one by one; of a long run, those of the beginning that nobody else can notice in stretches."""
    alone = next((at for at, step in enumerate(steps) if step.thread != steps[0].thread), len(steps))
    foldable = min(alone, len(steps) - _LAST) if len(steps) > _LONG else 0
    shared = _touching_shared_state(steps) if foldable else []
    for fold, group in groupby(range(len(steps)), lambda at: at < foldable and not shared[at]):
        part = tuple(steps[at] for at in group)
        if fold and len(part) >= _WORTH:
            yield part
        else:
            yield from ((step,) for step in part)


def _touching_shared_state(steps: Sequence[Step]) -> list[bool]:
    """For each step whether it tells of state, or changes state, that two threads or more touch."""
    names = {name for step in steps for name, _ in step.state}
    touched, users = [], defaultdict(set)
    for before, step in zip([None, *steps], steps, strict=False):
        told = "\n".join(step.what)
        touched.append({name for name in names if name in told} | {name for name, _ in changes(step, before)})
        for name in touched[-1]:
            users[name].add(step.thread)
    return [any(len(users[name]) > 1 for name in found) for found in touched]

"""How an exercise looks: the task, hints and a solution behind folds; of a puzzle, its lines, and buttons to move them.

The buttons are added by a small script; without it she reads the letters and types them, which is all that they do.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

from ..views.document import Block, code, document, fold, paragraph
from ..views.markup import Markup, cell, element, grid, joined, prose, script
from ..views.style import LINES, OKABE_ITO, PLAIN, WORD, box
from ..views.view import View, content_id
from .exercises import Exercise, find

_LINE = f"{LINES};background:{PLAIN}"
_SCRIPT = Path(__file__).with_name("puzzle.js")  # moves the rows, and says the call to type


class ExerciseView(View):
    """An exercise, to be shown. `hint(1)` is the first hint, `solution` one right answer."""

    exercise: Exercise

    def __init__(self, exercise: Exercise) -> None:
        vars(self).update(exercise=exercise)
        super().__init__(*document(*_blocks(exercise), box=box(OKABE_ITO["green"])))

    def hint(self, number: int = 1) -> View:
        """Show one hint; each says more than the one before. Raises LookupError if there is no such one."""
        hints = self.exercise.hints
        if not 1 <= number <= len(hints):
            raise LookupError(f"no hint {number!r}: there are {len(hints)}, from hint(1)")
        return View(f"Hint {number} of {len(hints)}: {hints[number - 1].strip()}")

    @property
    def solution(self) -> View:
        """One right answer, and why it is right."""
        exercise = self.exercise
        return View(*document(code(exercise.solution), Block(""), _prose(exercise.why)))


def exercise(number: str) -> ExerciseView:
    """Show an exercise: what to do, hints and a solution folded away. Raises LookupError if there is no such one."""
    return ExerciseView(find(number))


def _blocks(exercise: Exercise) -> list[Block]:
    kind = f" ({exercise.kind}, about {exercise.minutes} minutes)"
    shown = f'exercise("{exercise.id}")'
    answer = '"b a …"' if exercise.kind == "parsons" else exercise.name
    checked = f'check("{exercise.id}", {answer})'
    hints = f"Hints: {shown}.hint(1) to hint({len(exercise.hints)}). A solution: {shown}.solution"
    title = element("b", f"Exercise {exercise.id}. {exercise.title}")
    return [
        paragraph(f"Exercise {exercise.id}: {exercise.title}{kind}\n", title, kind),
        _prose(exercise.task),
        *([_puzzle(exercise)] if exercise.blocks else []),
        paragraph(f"\n{hints}\nTo check: {checked}", "To check: ", element("code", checked, style=WORD)),
        *(fold(f"Hint {at}", _prose(hint)) for at, hint in enumerate(exercise.hints, start=1)),
        fold("A solution", code(exercise.solution), _prose(exercise.why)),
    ]


def _puzzle(exercise: Exercise) -> Block:
    """The lines of a puzzle, without the indent that all of them share."""
    lines = dedent("\n\n".join(block.strip("\n") for block in exercise.blocks.values())).split("\n\n")
    shown = dict(zip(exercise.blocks, lines, strict=True))
    key = content_id(exercise.id, *exercise.blocks.values())
    rows = (
        (cell(letter, scope="row"), cell(line, id=f"{key}-{letter}", style=_LINE)) for letter, line in shown.items()
    )
    table = grid([], rows, "The lines")
    html = element("div", table, class_=key, data_call=f'check("{exercise.id}", "LETTERS")')
    text = "".join(f"\n{indent(line, '     ').replace('     ', f'  {letter}  ', 1)}" for letter, line in shown.items())
    return Block(text, joined([html, script(_SCRIPT, key)]))


def _prose(text: str) -> Block:
    """Paragraphs, lists of "- " lines, `code` and blocks of ```code```: all that a task or a hint may hold."""
    made = []
    for at, part in enumerate(re.split(r"```(?:python|text)?\n(.*?)```", text.strip(), flags=re.DOTALL)):
        if at % 2:
            made.append(code(part.rstrip("\n")).html)
        else:
            made += map(_paragraph, filter(None, re.split(r"\n\s*\n", part.strip())))
    return Block(text, "".join(made))


def _paragraph(text: str) -> Markup:
    first, *items = re.split(r"^- ", text, flags=re.MULTILINE)
    listed = [element("ul", *(element("li", prose(item)) for item in items))] if items else []
    return joined([*([element("p", prose(first))] if first else []), *listed])

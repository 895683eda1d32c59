"""How an exercise looks: the task, hints and a solution behind folds; of a puzzle, its lines, and buttons to move them.

The buttons are added by a small script; without it she reads the letters and types them, which is all that they do.
"""

from __future__ import annotations

import re
from textwrap import indent

from ..views.document import Block, code, document, fold, paragraph
from ..views.markup import Markup, cell, element, grid, joined
from ..views.style import LINES, OKABE_ITO, PLAIN, WORD, box
from ..views.view import View, content_id
from .exercises import Exercise, find

_LINE = f"{LINES};background:{PLAIN}"
_INLINE = {  # what may be in a line of prose, as HTML
    r"`([^`]+)`": rf'<code style="{WORD}">\1</code>',
    r"\*\*([^*]+)\*\*": r"<b>\1</b>",
    r"\B\*(\w[^*]*)\*\B": r"<em>\1</em>",
}

# Once for each puzzle on the page that has no buttons yet. It moves rows of a table and says the call to type.
_SCRIPT = """<script>
(() => {
  const look = "background:#eeeeee;color:#222222;border:1px solid #767676;padding:0.1em 0.6em;margin-left:0.4em";
  for (const root of document.querySelectorAll(".CONTENT_ID:not([data-ready])")) {
    root.dataset.ready = "yes";
    const body = root.querySelector("tbody"), said = document.createElement("p"), used = new Set();
    const letter = row => row.cells[0].textContent.trim();
    const say = () => {
      const letters = [...body.rows].filter(row => used.has(row)).map(letter).join(" ");
      said.textContent = letters ? "Your answer: " + root.dataset.call.replace("LETTERS", letters)
        : "Use a line, then move it. No line is used yet.";
    };
    const settle = (row, button) => {
      [...body.rows].filter(one => used.has(one)).concat([...body.rows].filter(one => !used.has(one)))
        .forEach(one => body.append(one));
      for (const one of body.rows) {
        one.cells[1].style.borderLeft = used.has(one) ? "4px solid #0072b2" : "4px dashed #767676";
        one.buttons[0].textContent = used.has(one) ? "Leave out" : "Use";
        one.buttons[1].disabled = one.buttons[2].disabled = !used.has(one);
      }
      say(); button && (button.disabled ? row.buttons[0] : button).focus();
    };
    for (const row of body.rows) {
      const cell = row.insertCell(), name = "line " + letter(row);
      row.buttons = ["Use", "Up", "Down"].map(text => Object.assign(document.createElement("button"),
        { type: "button", style: look, textContent: text }));
      row.buttons[1].ariaLabel = "Move up: " + name; row.buttons[2].ariaLabel = "Move down: " + name;
      row.buttons[0].setAttribute("aria-describedby", row.cells[1].id);
      row.buttons[0].onclick = () => { used.has(row) ? used.delete(row) : used.add(row); settle(row, row.buttons[0]); };
      row.buttons[1].onclick = () => { const to = row.previousElementSibling;
        to && body.insertBefore(row, to); settle(row, row.buttons[1]); };
      row.buttons[2].onclick = () => { const to = row.nextElementSibling;
        to && used.has(to) && body.insertBefore(to, row); settle(row, row.buttons[2]); };
      cell.append(...row.buttons);
    }
    said.setAttribute("aria-live", "polite"); said.style = "font-family:monospace"; root.append(said); settle();
  }
})();
</script>"""


class ExerciseView(View):
    """An exercise, to be shown. `hint(1)` is the first hint, `solution` one right answer."""

    exercise: Exercise

    def __init__(self, exercise: Exercise) -> None:
        object.__setattr__(self, "exercise", exercise)
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


def call(exercise: Exercise) -> str:
    """Return how an answer is checked: check("12.2", Buffer)."""
    answer = '"b a …"' if exercise.kind == "parsons" else exercise.name
    return f'check("{exercise.id}", {answer})'


def blocks(exercise: Exercise) -> dict[str, str]:
    """Return the lines of a puzzle, without the indent that all of them share."""
    lines = [line for block in exercise.blocks.values() for line in block.splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    shown = {letter: block.strip("\n").splitlines() for letter, block in exercise.blocks.items()}
    return {letter: "\n".join(line[indent:] for line in block) for letter, block in shown.items()}


def _blocks(exercise: Exercise) -> list[Block]:
    title, kind = f"{exercise.id}. {exercise.title}", f" ({exercise.kind}, about {exercise.minutes} minutes)"
    shown, checked = f'exercise("{exercise.id}")', call(exercise)
    hints = f"Hints: {shown}.hint(1) to hint({len(exercise.hints)}). A solution: {shown}.solution"
    return [
        paragraph(f"Exercise {exercise.id}: {exercise.title}{kind}\n", element("b", f"Exercise {title}"), kind),
        _prose(exercise.task),
        *_puzzle(exercise),
        paragraph(f"\n{hints}\nTo check: {checked}", "To check: ", element("code", checked, style=WORD)),
        *(fold(f"Hint {at}", _prose(hint)) for at, hint in enumerate(exercise.hints, start=1)),
        fold("A solution", code(exercise.solution), _prose(exercise.why)),
    ]


def _puzzle(exercise: Exercise) -> list[Block]:
    shown = blocks(exercise)
    if not shown:
        return []
    key = content_id(exercise.id, *exercise.blocks.values())
    rows = (
        (cell(letter, scope="row"), cell(line, id=f"{key}-{letter}", style=_LINE)) for letter, line in shown.items()
    )
    table = grid([], rows, "The lines")
    html = element("div", table, class_=key, data_call=f'check("{exercise.id}", "LETTERS")')
    text = "".join(f"\n{indent(line, '     ').replace('     ', f'  {letter}  ', 1)}" for letter, line in shown.items())
    return [Block(text, html + Markup(_SCRIPT.replace("CONTENT_ID", key)))]


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
    listed = [element("ul", *(element("li", _inline(item)) for item in items))] if items else []
    return joined([*([element("p", _inline(first))] if first else []), *listed])


def _inline(text: str) -> Markup:
    made: str = joined([text])
    for marked, markup in _INLINE.items():
        made = re.sub(marked, markup, made)
    return Markup(made)

"""The answers to a step's exercises, found in what a learner handed in: notebooks, or Python files.

    In[7]  class Channel: …            the answer to 12.1, because the next cell says so
    In[8]  check("12.1", Channel)
    In[20] class Channel: …            the answer to 12.3, likewise
    In[21] check("12.3", Channel)

Without such a call, the last definition of the exercise's own name counts. Nothing is run here.
"""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..learn.answers import sliced, statements
from ..learn.exercises import Exercise, exercises


def exercises_of(step: int) -> list[Exercise]:
    """Return the exercises of a step, in their order."""
    return [found for found in exercises().values() if found.step == step]


def cells_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the code of all notebooks and Python files, cell by cell. Raises ValueError if one is no notebook."""
    cells: list[str] = []
    for name, content in sorted(files.items()):
        if name.endswith(".ipynb"):
            cells += _notebook(name, content)
        elif name.endswith(".py"):
            cells.append(content.decode("utf-8", "replace"))
    if not cells:
        raise ValueError("there is no notebook (.ipynb) and no Python file (.py) in it")
    return cells


def _notebook(name: str, content: bytes) -> Iterator[str]:
    try:
        found = json.loads(content.decode("utf-8"))
        sources = [cell["source"] for cell in found["cells"] if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, RecursionError) as err:
        raise ValueError(f"{name} is no notebook: expected the JSON that Jupyter writes, with `cells`") from err
    for source in sources:
        text = source if isinstance(source, str) else "".join(map(str, source))
        yield "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("%", "!", "?")))


def answer_to(exercise: Exercise, cells: Sequence[str]) -> str:
    """Return the text of the answer. Raises LookupError, saying what is missing, if there is none."""
    checked = [(at, one) for at, cell in enumerate(cells) for one in _checked(cell, exercise.id)]
    if exercise.kind == "parsons":
        letters = [one.value for _, one in checked if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if not letters:
            raise LookupError(f'there is no answer: expected check("{exercise.id}", "the letters")')
        return letters[-1]
    at, name = len(cells), exercise.name
    named = [(place, one.id) for place, one in checked if isinstance(one, ast.Name)]
    if named:
        at, name = named[-1]
    known = statements(cells[: at + 1])
    if not any(name in one.binds for one in known):
        raise LookupError(f"there is no answer: no cell defines {name}")
    given = set().union(*(one.binds for one in statements([exercise.given])))
    text = sliced(known, name, given)
    return text if name == exercise.name else f"{text}\n\n{exercise.name} = {name}"


def _checked(cell: str, number: str) -> Iterator[Any]:
    """Yield what a cell hands over to check(number, …)."""
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check" and len(node.args) == 2:
            asked = node.args[0]
            if isinstance(asked, ast.Constant) and str(asked.value).zfill(4) == number:
                yield node.args[1]

"""The answers to a step's exercises, found in what a learner handed in: notebooks, or Python files.

    In[7]  class Channel: …            the answer to 12.1, because the next cell says so
    In[8]  check("12.1", Channel)
    In[20] class Channel: …            the answer to 12.3, likewise
    In[21] check("12.3", Channel)

Without such a call, the last definition of the exercise's own name counts, unless another exercise's check was given
it: the `Channel` of 12.3 is no answer to 12.1. Nothing is run here.
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
    """Return the code of all notebooks and Python files, statement by statement, as one file may hold many answers.

    Raises ValueError if one is no notebook, or if there is none.
    """
    cells: list[str] = []
    for name, content in sorted(files.items()):
        if name.endswith(".ipynb"):
            cells += _notebook(name, content)
        elif name.endswith(".py"):
            cells.append(content.decode("utf-8", "replace"))
    if not cells:
        raise ValueError("there is no notebook (.ipynb) and no Python file (.py) in it")
    return [text for cell in cells for text in ([one.text for one in statements([cell])] or [cell])]


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
    named = [(place, one.id) for place, one in checked if isinstance(one, ast.Name)]
    at, name = named[-1] if named else (0, exercise.name)
    known = statements(cells[: at + 1] if named else _unclaimed(exercise, cells))
    if not any(name in one.binds for one in known):
        unread = next(filter(None, map(_slip, cells)), "")
        raise LookupError(f"there is no answer: no cell defines {name}" + (unread and f", and {unread}"))
    given = set().union(*(one.binds for one in statements([exercise.given])))
    text = sliced(known, name, given)
    return text if name == exercise.name else f"{text}\n\n{exercise.name} = {name}"


def _slip(cell: str) -> str:
    """Return why a cell is not Python, or ""."""
    try:
        ast.parse(cell)
    except SyntaxError as err:
        return f"one cannot be read: line {err.lineno}: {err.msg}"
    except (ValueError, RecursionError) as err:
        return f"one cannot be read: {err}"
    return ""


def _unclaimed(exercise: Exercise, cells: Sequence[str]) -> list[str]:
    """Return the cells without the definitions of the exercise's name that another exercise's check was given."""
    name = exercise.name
    defined = [at for at, cell in enumerate(cells) if any(name in one.binds for one in statements([cell]))]
    others = [one.id for one in exercises().values() if one.id != exercise.id and one.name == name]
    checks = [at for at, cell in enumerate(cells) for other in others if name in _names(_checked(cell, other))]
    claimed = {max((place for place in defined if place <= at), default=-1) for at in checks}
    return [cell for at, cell in enumerate(cells) if at not in claimed]


def _names(given: Iterator[Any]) -> list[str]:
    return [one.id for one in given if isinstance(one, ast.Name)]


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

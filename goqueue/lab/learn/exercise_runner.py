"""Trying an answer, in a subprocess: the learner's code is run, then each check and promise in a further copy.

notebook ── call ─> interpreter: imports all that is needed ──┬── copy: does the code run at all?
                                                              ├── copy: check 1 ──> kept, or what came instead
                                                              └── copy: check 2 ──> …
"""

import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ..subprocesses import Died, TimedOut, keep_apart, map_in_subprocesses, one_line
from ..versions.load import load
from ..versions.trial import BROKEN, ERROR, KEPT, NOT_TRIED, PATIENCE, TOO_SLOW, promises
from .answers import statements
from .exercises import Exercise, find
from .own_answer import not_hers


def try_answers(question: dict[str, Any]) -> list[list[dict[str, str]]]:
    """Return what came of each check of an exercise, for each of some programs."""
    exercise = find(question["exercise"])
    checks(exercise)  # imports what is needed, once
    return [_try(exercise, program, question["seconds"]) for program in question["programs"]]


def try_several(questions: list[dict[str, Any]]) -> list[list[list[dict[str, str]]]]:
    """Do that for several exercises. Nothing that an answer's code starts outlives its check."""
    keep_apart()
    return [try_answers(question) for question in questions]


def _try(exercise: Exercise, program: str, seconds: float) -> list[dict[str, str]]:
    """Return what came of each check; of code that does not run at all, only that."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answer.py")
        file.write_text(program, encoding="utf-8")
        first = outcomes(exercise, file, [""], seconds)
        broken = [one for one in first if one["outcome"] != KEPT]
        return broken or outcomes(exercise, file, [*checks(exercise)], seconds)


def outcomes(exercise: Exercise, file: Path, names: list[str], seconds: float) -> list[dict[str, str]]:
    """Try each of `names` in a copy of this process, which has so many seconds of processor time.

    One without an answer in time is tried once more. If that does not help, it is too slow here, and the rest is not
    tried.
    """
    came: list[dict[str, str]] = []
    for name in names:
        found = _in_a_copy(exercise, file, name, seconds)
        if isinstance(found, TimedOut):
            found = _in_a_copy(exercise, file, name, seconds)
        if isinstance(found, Died):
            late = isinstance(found, TimedOut)
            found = {"outcome": TOO_SLOW if late else ERROR, "message": str(found)}
        came.append({**found, "name": name})
        if found["outcome"] == TOO_SLOW:
            break
    return came + [{"name": name, "outcome": NOT_TRIED, "message": ""} for name in names[len(came) :]]


def _in_a_copy(exercise: Exercise, file: Path, name: str, seconds: float) -> Any:
    [found] = map_in_subprocesses(
        partial(_outcome, exercise.id, file), [name], seconds=PATIENCE * seconds, processor_seconds=seconds
    )
    return found


def checks(exercise: Exercise) -> dict[str, Any]:
    """Return the checks of an exercise by name: its own, then the promises it names."""
    known = promises()
    from steps.exercises import CHECKS

    own = {found.name: found for found in CHECKS.get(exercise.id, ())}
    return {**own, **{name: known[name] for name in exercise.promises}}


def _outcome(number: str, file: Path, name: str) -> dict[str, str]:
    from steps.promises import Broken

    exercise = find(number)
    try:
        version, answer = build(exercise, file)
        if name:
            found = checks(exercise)[name]
            found.run(answer, version) if hasattr(found, "run") else found.check(version)
    except Broken as err:
        from ..views.stepper import stepper

        # The lines that say how to replay it are left out, because here the run itself is shown.
        message = "\n".join(line for line in str(err).splitlines() if "replay(" not in line)
        found = {"name": name, "outcome": BROKEN, "message": message}
        return {**found, **vars(stepper(err.run.trace, err.run.title))} if err.run else found
    except BaseException as err:  # a learner's code may raise anything
        return {"name": name, "outcome": ERROR, "message": _said(err, file)}
    return {"name": name, "outcome": KEPT, "message": ""}


def build(exercise: Exercise, file: Path) -> tuple[ModuleType, Any]:
    """Run a program. Return the step's version, which may have it as one of its modules, and the answer it defines."""
    if exercise.module:
        version = load(exercise.version, replace=(exercise.module, file))
        program = file.read_text(encoding="utf-8")
        defined = any(exercise.name in one.binds for one in statements([program]))  # else the course's own is there
        answer = getattr(getattr(version, exercise.module), exercise.name) if defined else None
        return version, _hers(exercise, program, answer)
    module = ModuleType("steps.answer")  # a name of the course, so that the race lab watches it
    vars(module).update(__file__=str(file))
    sys.modules[module.__name__] = module
    program = file.read_text(encoding="utf-8")
    exec(compile(program, str(file), "exec"), vars(module))
    version = getattr(module, f"v{exercise.version}", None) or load(exercise.version)
    return version, _hers(exercise, program, vars(module).get(exercise.name))


def _hers(exercise: Exercise, program: str, answer: Any) -> Any:
    """Return the answer that her code defines. Raises NameError if it defines none, or if it is the course's own."""
    if answer is None:
        raise NameError(f"the code defines no {exercise.name}")
    if wrong := not_hers(exercise, program, answer):
        raise NameError(wrong)
    return answer


def _said(err: BaseException, file: Path) -> str:
    """Return an error in one line, with the line of the learner's code that it came from."""
    if isinstance(err, SyntaxError):
        return f"{type(err).__name__}: {err.msg}, in line {err.lineno} of your code: {(err.text or '').strip()}"
    lines = [frame for frame in traceback.extract_tb(err.__traceback__) if frame.filename == str(file)]
    return one_line(err) + (f", in this line of your code: {lines[-1].line}" if lines else "")

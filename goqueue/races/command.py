"""`goqueue race MODULE:FUNCTION`: a function of a module, run in every order of its threads that can matter.

    goqueue race tests.shop:last_item       a module that can be imported from here
    goqueue race tests/shop.py:last_item    a file
             └─> import ─> explore, detect or replay ─> print the result ─> exit status

`%%race` in a notebook takes the same options, so they are defined here for both.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from . import Misfit, Outside, Result, detect, explore, replay
from .models import kind_that_would_not_run
from .progress import progress_line
from .report.facts import as_json, facts, save
from .report.sarif import as_sarif
from .search.options import RACES, SEARCHES, Options
from .watch.selection import Modules

REFUSALS = (TypeError, ValueError, OSError, RuntimeError, Misfit, Outside)  # raised if the engine refuses a model
NO_CLAIM = 3
ONLY_SEARCHING = (
    "races",
    "interrupts",
    "search",
    "seed",
    "schedules",
    "seconds",
    "jobs",
)  # a replay takes none of these
_EPILOG = """\
exit status:
  0  no order fails ("exhausted"); or the replayed run passed
  1  a run failed; the report says how, its last line runs it again
  2  it was called wrongly, or the model cannot be explored
  3  the budget is spent or a run was too long, and nothing failed so far: no claim either way
"""


def main(arguments: Sequence[str]) -> int:
    """Run `goqueue race` and return its exit status. Raises LookupError if there is no such function or module."""
    parser = argparse.ArgumentParser(
        prog="goqueue race",
        description="Run a function in every order of its threads that can matter, until one fails.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target", metavar="MODULE:FUNCTION", help="such as tests.shop:last_item, or tests/shop.py:last_item"
    )
    add_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; '-' is the standard output")
    parser.add_argument("--sarif", metavar="FILE", help="write failures and data races as SARIF 2.1.0; '-' as above")
    options = parser.parse_args(arguments)
    if options.json == options.sarif == "-":
        parser.error("--json - and --sarif - would both write to the standard output: give one of them a file")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` does
    model = function_at(options.target)
    modules = modules_in(options.modules, module_named)
    began, result = time.perf_counter(), None
    try:
        with progress_line(options.schedules or Options().schedules) as progress:
            result = race(model, options, modules, progress)
        show(result, options, time.perf_counter() - began)
    except BrokenPipeError:
        if result is None:
            raise
        let_nobody_read()
    except REFUSALS as refused:
        print(f"goqueue: {options.target}: {refused}", file=sys.stderr)
        return 2
    if result.failed:
        return 1
    return NO_CLAIM if result.claims_nothing else 0


def let_nobody_read() -> None:
    """Whoever reads the standard output has read enough, such as `head`: let Python's end not complain of that."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def show(result: Result, options: argparse.Namespace, seconds: float) -> None:
    """Print the result, and write the files that were asked for. Raises OSError if that fails."""
    again = replay_line(options, result)
    if "-" not in (options.json, options.sarif):
        print(repr(result.with_line("")))
        if result.failed:
            print(f"\nThe same run again:\n{again}")
    found = [facts(result, options.target, seconds, again)]
    for target, write in ((options.json, as_json), (options.sarif, as_sarif)):
        if target is not None:
            save(write(found), target)
    sys.stdout.flush()  # here, where somebody catches what may go wrong


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that both the command and the cell magic take."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--detect", action="store_true", help="report data races, whether or not anything goes wrong")
    what.add_argument("--replay", metavar="SCHEDULE", help="only the run that an earlier report names")
    parser.add_argument(
        "--races",
        choices=RACES,
        help="data races: count them (report, the default; --detect prints them, --json and --sarif list them), "
        "fail for them, or leave them out (off)",
    )
    parser.add_argument(
        "--interrupts",
        metavar="N",
        type=int,
        help="Ctrl-C may come N times a run, at any point of the main thread (0)",
    )
    parser.add_argument(
        "--search", choices=SEARCHES, help="how to choose the schedules (auto, the default: the reduction, then others)"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="of the random runs (0)")
    parser.add_argument("--schedules", metavar="N", type=int, help="try at most N schedules (10000)")
    parser.add_argument("--steps", metavar="N", type=int, help="stop a run after N steps (5000)")
    parser.add_argument("--seconds", metavar="S", type=float, help="stop after S seconds of real time")
    parser.add_argument("--jobs", metavar="N", type=int, help="share the random runs among N processes (1)")
    parser.add_argument(
        "--modules",
        metavar="A,B",
        help="watch only these modules, with the modules in them, besides the function's own; '' is none, and '...' "
        "among them stands for all that the function runs through outside of the standard library, the default",
    )


def modules_in(text: str | None, find: Callable[[str], ModuleType]) -> Modules:
    """Return what `--modules` names, as explore() takes it.

    >>> modules_in("", module_named), modules_in("...", module_named)
    ([], [Ellipsis])
    """
    if text is None:
        return None
    return [... if name == "..." else find(name) for name in text.split(",") if name]


def options_of_mark(model: Callable[[], object], replaying: bool) -> dict[str, Any]:
    """Return the options that `@pytest.mark.race(…)` gives a test, as far as they fit."""
    marks = [mark for mark in getattr(model, "pytestmark", ()) if getattr(mark, "name", "") == "race"]
    found: dict[str, Any] = {}
    for mark in marks:
        found |= mark.kwargs
    return {name: found[name] for name in found if name in ("modules", "steps") or not replaying}


def race(
    model: Callable[[], object],
    options: argparse.Namespace,
    modules: Modules,
    progress: Callable[[int], object] | None = None,
) -> Result:
    """Explore, detect or replay, as the options ask and, where they say nothing, the mark of a test.

    Raises one of REFUSALS if the engine refuses the model.
    """
    marked = options_of_mark(model, options.replay is not None)
    detecting = bool(marked.pop("detect", False)) or options.detect
    given: dict[str, Any] = {name: getattr(options, name) for name in (*ONLY_SEARCHING, "steps")}
    given = {name: value for name, value in {**given, "modules": modules}.items() if value is not None}
    if options.detect and "races" in given:
        raise ValueError("--detect reports every race: leave out --races")
    if options.replay is None:
        if detecting:
            marked.pop("races", None)
        return (detect if detecting else explore)(model, **{**marked, **given}, progress=progress)
    wrong = [f"--{name}" for name in ONLY_SEARCHING if name in given]
    if wrong:
        raise ValueError(f"a replay is one run: leave out {' and '.join(wrong)}")
    return replay(model, options.replay, **{**marked, **given})


def replay_line(options: argparse.Namespace, result: Result) -> str:
    """Return the command that runs a failing schedule once more."""
    return shlex.join(["goqueue", "race", options.target, *replay_words(options, result)])


def replay_words(options: argparse.Namespace, result: Result) -> list[str]:
    """Return the options that run a failing schedule once more."""
    words = ["--replay", result.schedule]
    for name in ("steps", "modules"):  # what changes the meaning of a schedule
        value = getattr(options, name)
        words += [f"--{name}", str(value)] if value is not None else []
    return words


def function_at(target: str) -> Callable[[], object]:
    """Return the function that `MODULE:FUNCTION` names. Raises LookupError if there is none."""
    place, colon, name = target.rpartition(":")
    if not (place and colon and name):
        raise LookupError(f"{target!r} names no function: it must be MODULE:FUNCTION, such as tests.shop:last_item")
    is_file = place.endswith(".py") or "/" in place or os.sep in place
    module = module_in(Path(place)) if is_file else module_named(place)
    if not hasattr(module, name):
        there = [key for key, value in vars(module).items() if is_model(value, module.__name__)]
        raise LookupError(
            f"no function {name!r} in {place}; of those there, these take no arguments: {', '.join(there) or 'none'}"
        )
    found: Callable[[], object] = getattr(module, name)
    return found


def is_model(value: object, module: str) -> bool:
    """Whether a value is a function of this module, or of one in this package, that can be a model."""
    if not isinstance(value, FunctionType) or not f"{value.__module__}.".startswith(f"{module}."):
        return False
    return value.__code__.co_argcount == len(value.__defaults__ or ()) and not any(kind_that_would_not_run(value))


def module_named(name: str) -> ModuleType:
    """Import a module by its full name. Raises LookupError if that fails."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise LookupError(
            f"{name!r} is no module: it must be a name such as tests.shop, or a file such as tests/shop.py"
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as err:
        if err.name is None or not f"{name}.".startswith(f"{err.name}."):
            raise broken(name, err) from err
        raise LookupError(
            f"no module {err.name!r} can be imported from here: run this where `import {name}` works"
        ) from err
    except Exception as err:
        raise broken(name, err) from err


def module_in(path: Path) -> ModuleType:
    """Import a file as `python FILE` would, so that it finds modules beside it. Raises LookupError if that fails."""
    if not path.is_file():
        raise LookupError(f"no file '{path.as_posix()}': name one that is there, or a module, such as tests.shop")
    if path.stem in sys.modules or path.stem in sys.stdlib_module_names:
        raise LookupError(
            f"'{path.as_posix()}' has the name of a module that Python uses, {path.stem}: rename the file"
        )
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise LookupError(f"'{path.as_posix()}' is no Python file: its name must end in .py")
    sys.path.insert(0, str(path.resolve().parent))
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as err:
        del sys.modules[path.stem]
        if isinstance(err, ImportError) and (path.parent / "__init__.py").is_file():
            raise LookupError(f"importing {path.as_posix()} failed: {err}; {in_package(path.resolve())}") from err
        raise broken(path.as_posix(), err) from err
    return module


def in_package(path: Path) -> str:
    """Say how to name a file that is a part of a package, and so may not be able to run alone."""
    parts, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    here = "" if folder == Path.cwd() else f", with {folder.name} in PYTHONPATH if the package is not installed"
    return f"the file is part of a package, so name the module: {'.'.join(parts)}:FUNCTION{here}"


def broken(name: str, err: Exception) -> LookupError:
    """Return the error for a module whose import failed."""
    return LookupError(f"importing {name} failed: {type(err).__name__}: {err}; mend that first")

"""What `%load_ext goqueue` adds to IPython and Jupyter. Each is a thin wrapper over a function of the lab.

    %%race [--detect] [--races HOW] [--interrupts N] [--replay SCHEDULE] [--schedules N] [--steps N] [--modules A,B]
        the cell's body is a model: explore it
    %timeline EXPRESSION
        the attempts that rehearse_retries() returned, or the spans of rehearse(), drawn over time
    %stepdiff 11 12 [storage.py] [--side-by-side]
    %matrix [11 12 …]

Each returns a view, which the notebook shows; none prints. A mistake in the line raises a UsageError of one line.
Only `%load_ext` imports this module.
"""

from __future__ import annotations

import argparse
import ast
import io
import shlex
import textwrap
import tokenize
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from goqueue.lab import diff, matrix
from goqueue.lab.versions.course import entry
from goqueue.lab.views import Attempt, Span, View, lanes, timeline
from goqueue.races import Result
from goqueue.races.command import REFUSALS, add_options, module_named, modules_in, race, replay_words

DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)
STRINGS = {getattr(tokenize, name, -1) for name in ("STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE")}


class Parser(argparse.ArgumentParser):
    """Reads the line of a magic, and raises UsageError for a mistake in it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the kernel."""
        raise UsageError(f"{message}. {' '.join(self.format_usage().split())}")

    def read(self, line: str) -> argparse.Namespace:
        """Read a line as a shell would."""
        try:
            return self.parse_args(shlex.split(line))
        except ValueError as err:
            self.error(f"{line!r} cannot be split into words: {err}")


class Magics:
    """The four magics of one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell  # an InteractiveShell, whose methods have no types

    @no_var_expand
    def race(self, line: str, cell: str) -> Result:
        """Run the cell's body in every order of its threads that can matter, until one fails.

        The body becomes a function: its variables are gone afterwards, and it can read what the notebook defines. It
        must create the objects that its threads share.
        """
        parser = Parser("%%race")
        add_options(parser)
        options = parser.read(line)
        modules = modules_in(options.modules, self._module)
        model = model_of(self.shell, cell)
        try:
            result = race(model, options, modules)
        except REFUSALS as refused:
            raise UsageError(str(refused)) from refused
        again = f"%%race {shlex.join(replay_words(options, result))}, above the same lines"
        return result.with_line(again if result.again else "")

    @no_var_expand
    def timeline(self, line: str) -> View:
        """Draw attempts, or spans, over time: `%timeline attempts`, `%timeline rehearse(load(12), [0.1] * 8)`."""
        if not line.strip():
            raise UsageError("nothing to draw: %timeline EXPRESSION, where it gives attempts or spans")
        value = self.shell.ev(line)
        items = list(value) if isinstance(value, list | tuple) else []
        attempts = [item for item in items if isinstance(item, Attempt)]
        spans = [item for item in items if isinstance(item, Span)]
        if items and len(attempts) == len(items):
            return timeline(attempts)
        if items and len(spans) == len(items):
            return lanes(spans)
        shown = textwrap.shorten(repr(value), 60, placeholder=" …")
        raise UsageError(
            f"{line.strip()} gives {type(value).__name__} {shown}: it must be a list of attempts, as "
            "rehearse_retries() returns them, or of spans, as rehearse() does"
        )

    def stepdiff(self, line: str) -> View:
        """Show what changed from one version to another, or in one file, and why."""
        parser = Parser("%stepdiff")
        parser.add_argument("before")
        parser.add_argument("after")
        parser.add_argument("file", nargs="?")
        parser.add_argument("--side-by-side", action="store_true")
        options = parser.read(line)
        try:
            return diff(options.before, options.after, options.file, side_by_side=options.side_by_side)
        except LookupError as err:
            raise UsageError(err.args[0]) from err

    def matrix(self, line: str) -> View:
        """Show which version keeps which promise, tried now. Takes some seconds."""
        parser = Parser("%matrix")
        parser.add_argument("version", nargs="*")
        options = parser.read(line)
        try:
            return matrix([entry(version).step for version in options.version] or None)
        except LookupError as err:
            raise UsageError(err.args[0]) from err

    def _module(self, name: str) -> ModuleType:
        found = self.shell.user_ns.get(name)
        if isinstance(found, ModuleType):
            return found
        try:
            return module_named(name)
        except LookupError as err:
            raise UsageError(err.args[0]) from err


def load(shell: Any) -> None:
    """Add the magics to a shell of IPython."""
    magics = Magics(shell)
    shell.register_magic_function(magics.race, "cell")
    for magic in (magics.timeline, magics.stepdiff, magics.matrix):
        shell.register_magic_function(magic, "line")


def model_of(shell: Any, cell: str) -> FunctionType:
    """Return the body of a cell as a function. IPython knows its source under the cell's number, line by line."""
    refuse_what_does_nothing(cell)
    source = "def model():\n" + indented(cell)  # `def` replaces the line with %%race, so that line numbers stay true
    name = shell.compile.cache(source, shell.displayhook.prompt_count)  # execution_count may be one ahead already
    made: dict[str, Any] = {}
    exec(compile(source, name, "exec", dont_inherit=True), shell.user_ns, made)
    function: FunctionType = made["model"]
    return function


def refuse_what_does_nothing(cell: str) -> None:
    """Raise UsageError for a body that only defines things, or is empty: it would pass, and mean nothing."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return  # it is reported when the model is compiled, with its line
    if all(isinstance(item, DEFINES) or is_constant(item) for item in body):
        raise UsageError(
            "the cell's body is the model, and this one runs nothing: start threads in it, or call the function that "
            "it defines"
        )


def is_constant(statement: ast.stmt) -> bool:
    """Whether a statement is a lone constant, such as a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def indented(cell: str) -> str:
    """Return source text one level deeper; lines inside of strings stay as they are."""
    inside: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(cell).readline):
            if token.type in STRINGS:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        pass  # it is reported when the model is compiled
    lines = cell.splitlines(keepends=True)
    return "".join(
        line if number in inside or not line.strip() else f"    {line}" for number, line in enumerate(lines, 1)
    )

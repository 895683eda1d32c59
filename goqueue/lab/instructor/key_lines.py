"""The lines that matter: of all that changed between two versions, the few that the rest was written for.

They are listed in key_lines.toml. Each has a question for the class. A test proves that each matters: with the change
that the file names, the promise that it names is broken.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import promises
from ..views.document import Block, code, document, paragraph
from ..views.markup import Markup, element
from ..views.view import View


@dataclass(frozen=True)
class Line:
    """One line of one version: what to ask about it, and which promise breaks with `instead` in its place."""

    step: int
    file: str
    line: str
    ask: str
    instead: str
    breaks: str

    @property
    def number(self) -> int:
        """Its number in its file. Raises LookupError unless it is there exactly once."""
        text = (entry(self.step).path / self.file).read_text(encoding="utf-8")
        found = [at for at, line in enumerate(text.splitlines(), start=1) if line.strip() == self.line]
        if len(found) != 1:
            raise LookupError(
                f"{self.line!r} is {len(found)} times in {self.file} of {self.step}: it must be there once"
            )
        return found[0]


@cache
def all_lines() -> tuple[Line, ...]:
    """Return them all, in the order of the course."""
    file = Path(__file__).with_name("key_lines.toml")
    return tuple(Line(**row) for row in tomllib.loads(file.read_text(encoding="utf-8"))["line"])


def lines_that_matter(before: int | str, after: int | str, file: str | None = None) -> View:
    """Show the lines that matter of the versions after one, up to another; all of them, or those of one `file`.

    Raises LookupError for an unknown version, and if there are no such lines.

    >>> print(lines_that_matter(9, 10, "job.py").text.splitlines()[2])
       99  self.attempts += 1
    """
    first, last = sorted((entry(before).step, entry(after).step))
    found = [line for line in all_lines() if first < line.step <= last and file in (None, line.file)]
    if not found:
        where = f" in {file}" if file else ""
        raise LookupError(f"no lines are called out{where} from {first} to {last}: see the whole with diff()")
    return View(
        *document(*chain.from_iterable(_file(*one) for one in groupby(found, lambda line: (line.step, line.file))))
    )


def _file(where: tuple[int, str], lines: Iterable[Line]) -> Iterator[Block]:
    step, file = where
    head, why = f"{step:02} {file}", entry(step).changed.get(file, "")
    yield paragraph(f"{head}\n  {why}", element("b", head), f" {why}")
    for line in lines:
        yield Block(f"  {line.number:>3}  {line.line}", code(f"{line.number}  {line.line}").html)
        broken = f"{promises()[line.breaks].sentence} ({line.breaks})"
        ask, breaks = f" {line.ask}", f"With `{line.instead}` in its place this is broken: {broken}"
        yield paragraph(f"       Ask:{ask}\n       {breaks}", element("b", "Ask:"), ask, Markup("<br>"), breaks)

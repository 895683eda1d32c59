"""Show one version on one page, or one of its files."""

from html import escape

from ..views.view import View
from .course import Entry, course_root
from .finished import Finished, comparable
from .outline import outline
from .trial import gained, lost

_PRE = "background:#ffffff;color:#222222;line-height:1.25;white-space:pre-wrap;word-break:normal"


def show(step: int | str, file: str | None = None) -> View:
    """Return a page about a version: what it adds, keeps and breaks, and what its files hold; or one file as it is.

    The name of a witness shows the witness. Raises LookupError for an unknown version or file.

    >>> print(show(12).text.splitlines()[0])
    12 Worker pool
    """
    witness = course_root() / "steps" / "faulty" / f"{step}.py"
    if witness.is_file():
        return _page(witness.read_text(encoding="utf-8"))
    found = comparable(step)
    if file is not None:
        return _page(found.file(known_name(found, file)).read_text(encoding="utf-8"))
    files = [name for name in found.names() if name.endswith(".py") and name != "__init__.py"]
    outlines = [outline(found.file(name)) for name in files]
    total = sum(part.code_lines for part in outlines)
    lines = [found.label, f"  {found.adds}", ""]
    if not isinstance(found, Finished):
        lines += [f"  + keeps now: {promise.sentence}" for promise in gained(found.step)]
        lines += [f"  - no longer: {promise.sentence}" for promise in lost(found.step)]
    lines += [f"  ! known fault: {fault}" for fault in found.faults]
    lines += ["", f"  {total} code lines in {len(outlines)} files", ""]
    for name, part in zip(files, outlines, strict=True):
        lines += [f"  {name:<13} {part.code_lines:>4}  {part.purpose}"]
        lines += [f"      {name}" for name in part.names]
    return _page("\n".join(lines))


def _page(text: str) -> View:
    return View(text, f'<pre style="{_PRE}">{escape(text)}</pre>')


def known_name(found: Entry, name: str) -> str:
    """Return the full name of a file of a version. Raises LookupError, naming the files there are."""
    known = found.names()
    for wanted in (name, f"{name}.py"):
        if wanted in known:
            return wanted
    raise LookupError(f"no file {name!r} in {found.folder}: there are {', '.join(known)}")

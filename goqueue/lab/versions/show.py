"""Show one version on one page, or one of its files."""

from html import escape
from pathlib import Path

from ..views.view import View
from .course import course_root, entry
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
    found = entry(step)
    if file is not None:
        return _page(version_file(found.path, file).read_text(encoding="utf-8"))
    outlines = [outline(path) for path in sorted(found.path.glob("*.py")) if path.name != "__init__.py"]
    total = sum(part.code_lines for part in outlines)
    lines = [f"{found.step:02} {found.title}", f"  {found.adds}", ""]
    lines += [f"  + keeps now: {promise.sentence}" for promise in gained(found.step)]
    lines += [f"  - no longer: {promise.sentence}" for promise in lost(found.step)]
    lines += [f"  ! known fault: {fault}" for fault in found.faults]
    lines += ["", f"  {total} code lines in {len(outlines)} files", ""]
    for part in outlines:
        lines += [f"  {part.name:<13} {part.code_lines:>4}  {part.purpose}"]
        lines += [f"      {name}" for name in part.names]
    return _page("\n".join(lines))


def _page(text: str) -> View:
    return View(text, f'<pre style="{_PRE}">{escape(text)}</pre>')


def version_file(folder: Path, name: str) -> Path:
    """Return a file of a version. Raises LookupError, naming the files there are."""
    known = {path.name: path for path in sorted(folder.iterdir()) if path.suffix in (".py", ".md")}
    for wanted in (name, f"{name}.py"):
        if wanted in known:
            return known[wanted]
    raise LookupError(f"no file {name!r} in {folder.name}: there are {', '.join(known)}")

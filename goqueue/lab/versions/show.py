"""Show one version on one page, or one of its files."""

from pathlib import PurePath

from ..views.document import code, document
from ..views.style import PAGE
from ..views.view import View
from .course import Entry, course_root
from .finished import Finished, comparable
from .outline import outline
from .trial import gained, lost


def show(step: int | str, file: str | None = None) -> View:
    """Return a page about a version: what it adds, keeps and breaks, and what its files hold; or one file as it is.

    The name of a counterexample shows that file; "goqueue" is the finished queue. Raises LookupError for an unknown
    version or file.

    >>> print(show(12).text.splitlines()[0])
    12 Worker pool
    """
    counterexample = course_root() / "steps" / "counterexamples" / f"{step}.py"
    if counterexample.is_file():
        return _page(counterexample.read_text(encoding="utf-8"))
    found = comparable(step)
    if file is not None:
        return _page(found.file(known_name(file, found)).read_text(encoding="utf-8"))
    return _page("\n".join([found.label, f"  {found.adds}", "", *_promises(found), *_files(found)]))


def _promises(found: Entry) -> list[str]:
    if isinstance(found, Finished):  # the promises are about the versions
        return []
    lines = [f"  + keeps now: {promise.sentence}" for promise in gained(found.step)]
    lines += [f"  - no longer: {promise.sentence}" for promise in lost(found.step)]
    return [*lines, *(f"  ! known fault: {fault}" for fault in found.faults), ""]


def _files(found: Entry) -> list[str]:
    files = [name for name in found.names() if name.endswith(".py") and name != "__init__.py"]
    outlines = [outline(found.file(name)) for name in files]
    lines = [f"  {sum(part.code_lines for part in outlines)} code lines in {len(outlines)} files", ""]
    places = [found.place(name) for name in files]
    wide = max(13, *map(len, places))
    for place, part in zip(places, outlines, strict=True):
        lines += [f"  {place:<{wide}} {part.code_lines:>4}  {part.purpose}"]
        lines += [f"      {name}" for name in part.names]
    return lines


def _page(text: str) -> View:
    return View(*document(code(text, PAGE)))


def known_name(name: str, *versions: Entry) -> str:
    """Return the full name of a file that all these versions can show, and one of them has.

    It may be given without its ending, and without its folder. Raises LookupError, naming the files there are.
    """
    known = {
        (one, found.place(one))
        for found in versions
        for one in found.names()
        if all(version.compares(one) for version in versions)
    }
    wanted = (name, f"{name}.py")
    whole = {one for one, place in known if one in wanted or place in wanted}
    last = {one for one, place in known if PurePath(place).name in wanted}
    for meant in (whole, last):
        if len(meant) == 1:
            return meant.pop()
    places = ", ".join(sorted({place for _, place in known}))
    raise LookupError(f"no file {name!r} in {' or '.join(found.folder for found in versions)}: there are {places}")

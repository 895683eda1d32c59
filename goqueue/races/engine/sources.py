"""Source lines and their names in reports: "storage.py:41", "In[3]:2". Never a path, which differs between machines."""

from __future__ import annotations

import functools
import linecache
import os
import re
import sys
from dataclasses import dataclass
from pathlib import PurePath
from types import FrameType


@dataclass(frozen=True)
class Site:
    """A line of watched code, in a function."""

    filename: str
    line: int
    function: str

    @property
    def where(self) -> str:
        """The file and line, as reports show them."""
        return f"{file_label(self.filename)}:{self.line}"

    @property
    def meant(self) -> bool:
        """Whether a comment on the line says that a race of this access is meant."""
        return _MEANT.search(linecache.getline(self.filename, self.line)) is not None

    @property
    def text(self) -> str:
        """The source line, without its indent."""
        return linecache.getline(self.filename, self.line).strip()


_MEANT = re.compile(r"#\s*race:\s*meant\b")

ENGINE = __name__.removesuffix("engine.sources")  # the package of all rooms
FOLDER = os.path.dirname(os.path.dirname(__file__)) + os.sep  # the folder of all rooms
LONGEST = 20  # characters of a file's name that reports show
SITES = [Site("", 0, "")]  # watched code holds indices into it; it grows when a file is watched. 0 stands for no line
NUMBERS: dict[Site, int] = {}  # the sites of calls that no hook makes, such as those of logging
MEANT: dict[int, bool] = {}  # site -> whether it is marked, as far as was asked
WATCHED: set[str] = set()  # the names of the files that are watched now
SWAPPED: set[int] = set()  # the identities of functions that are watched now, because to ask for `__code__` takes long


def is_meant(site: int) -> bool:
    """Whether a comment on a line says that a race there is meant. A file that changes gets new sites."""
    known = MEANT.get(site)
    if known is None:
        known = MEANT[site] = SITES[site].meant
    return known


def file_label(filename: str) -> str:
    """Return the file's own name, or the notebook cell's: In[3]."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        named = getattr(shell.compile, "format_code_name", lambda name: None)(filename)
        if named is not None:
            return str(named[1])
    return short_name(filename)


@functools.cache
def short_name(filename: str) -> str:
    """Return the name of a file without its folder, and without the rest of a long name.

    >>> short_name("/lib/urllib3/response.py"), short_name("/lib/urllib3/__init__.py")
    ('response.py', 'urllib3/__init__.py')
    """
    path = PurePath(filename.replace("\\", "/"))
    if path.stem in ("__init__", "__main__"):
        return "/".join(path.parts[-2:])
    return path.name if len(path.stem) <= LONGEST else f"{path.stem[:LONGEST]}…{path.suffix}"


def watched_frame(frame: FrameType | None) -> FrameType | None:
    """Return the nearest frame of watched code, from `frame` outwards."""
    while frame is not None and frame.f_code.co_filename not in WATCHED:
        frame = frame.f_back
    return frame


def outside_engine(frame: FrameType | None) -> FrameType | None:
    """Return the nearest frame outside the engine, from `frame` outwards."""
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(ENGINE):
        frame = frame.f_back
    return frame


def site_in(frame: FrameType) -> Site:
    """Return the site of a frame."""
    return Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)


def site_of(frame: FrameType | None) -> Site | None:
    """Return the site of the nearest frame of watched code."""
    frame = watched_frame(frame)
    return None if frame is None else site_in(frame)


def site_number(frame: FrameType | None) -> int:
    """Return the number of the site of the nearest frame of watched code, as hooks are given it; 0 if there is none."""
    site = site_of(frame)
    if site is None:
        return 0
    if site not in NUMBERS:
        SITES.append(site)
        NUMBERS[site] = len(SITES) - 1
    return NUMBERS[site]


def stack_of(frame: FrameType | None) -> tuple[Site, ...]:
    """Return all frames of watched code, innermost first."""
    found = []
    frame = watched_frame(frame)
    while frame is not None:
        found.append(site_in(frame))
        frame = watched_frame(frame.f_back)
    return tuple(found)


def place_of_frame(frame: FrameType | None) -> tuple[str, str]:
    """Return the place and the line of a frame: those of watched code, if a frame outwards runs some."""
    site = site_of(frame)
    outer = outside_engine(frame)  # a library waits: name the place in the library
    if site is None and outer is not None:
        site = site_in(outer)
    return (site.where, site.text) if site else ("code that cannot be seen", "no source")

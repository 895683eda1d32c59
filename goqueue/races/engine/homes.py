"""Whose a source file or a function is: the program's, a tool's, the lab's own, or the standard library's."""

from __future__ import annotations

import os
import sysconfig
import threading
from enum import Enum, auto
from functools import cache, partial
from pathlib import PurePath
from types import CodeType
from typing import Any

from .sources import FOLDER

# Packages by the names that they have in site-packages.
TOOLS = frozenset(
    {
        *("pytest", "_pytest", "pluggy", "py", "xdist", "execnet", "pytest_cov", "pytest_timeout", "pytest_asyncio"),
        *("coverage", "hypothesis", "_hypothesis_pytestplugin", "_hypothesis_ftz_detector", "nose", "frontrun"),
        *(
            "IPython",
            "ipykernel",
            "ipywidgets",
            "jupyter_client",
            "jupyter_core",
            "traitlets",
            "tornado",
            "zmq",
            "comm",
        ),
        *("debugpy", "pydevd", "_pydevd_bundle", "_pydev_bundle", "setuptools", "pip", "_distutils_hack"),
    }
)
SITE = ("site-packages", "dist-packages")
_HOMES = (*map(sysconfig.get_path, ("stdlib", "platstdlib")), os.path.dirname(threading.__file__))  # or in a zip file
STANDARD = tuple({os.path.realpath(home) + os.sep for home in _HOMES})
OWN = tuple(os.path.realpath(folder) + os.sep for folder in (FOLDER, os.path.join(FOLDER, "../lab")))


class Home(Enum):
    """Who brings a file."""

    PROGRAM = auto()  # the project whose code is tested, or a library that it uses
    TOOL = auto()  # a test runner, a debugger, a kernel
    LAB = auto()
    STANDARD = auto()


@cache
def home_of(filename: str) -> Home:
    """Return whose a file is."""
    path = os.path.realpath(filename)
    if path.startswith(OWN):  # first, because the lab may be installed, too
        return Home.LAB
    parts = PurePath(path).parts
    inside = [at for at, part in enumerate(parts) if part in SITE]
    if inside:
        return Home.TOOL if parts[inside[-1] + 1].removesuffix(".py") in TOOLS else Home.PROGRAM
    return Home.STANDARD if path.startswith(STANDARD) else Home.PROGRAM


def who_brings(function: Any) -> Home:
    """Return whose a callable is, by its code. One that has none, such as a method of a list, is the program's."""
    code = code_of(function)
    return Home.PROGRAM if code is None else home_of(code.co_filename)


def code_of(function: Any) -> CodeType | None:
    """Return the code of a function, a method, or a part of one; None if it has none in Python."""
    while True:
        inner = function.func if isinstance(function, partial) else getattr(function, "__func__", None)
        if inner is None:
            found: CodeType | None = getattr(function, "__code__", None)
            return found
        function = inner

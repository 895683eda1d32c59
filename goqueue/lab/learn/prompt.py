"""The notebook that runs us, and asking a learner something in the middle of a cell: no widgets, only `input`."""

import os
import sys
from typing import Any

VARIABLE = "GOQUEUE_ASK"  # "no": never ask. For "Run All", and for scripts that run notebooks


def shell() -> Any:
    """Return IPython's shell, or None in a plain Python. IPython is never imported for this."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def can_ask() -> bool:
    """Whether there is somebody to ask: a notebook that is being used, or a terminal. A test run has nobody."""
    if os.environ.get(VARIABLE, "").lower() in ("no", "0", "false"):
        return False
    here = shell()
    if here is None or sys.platform == "emscripten":  # a browser tab cannot wait for what is typed
        return False  # or a script or a doctest, whose user does not expect a question
    kernel = getattr(here, "kernel", None)
    return bool(kernel._allow_stdin) if kernel is not None else sys.stdin.isatty()


def ask(question: str, allowed: dict[str, str]) -> str | None:
    """Ask until the answer is one of `allowed` (what may be typed -> what it means), and return its meaning.

    An empty answer means "not now": None.
    """
    choices = f"({', '.join(allowed)}; empty: not now) "
    typed = input(f"{question} {choices}").strip().lower()
    while typed and typed not in allowed:
        typed = input(f"{typed!r} is none of them {choices}").strip().lower()
    return allowed[typed] if typed else None

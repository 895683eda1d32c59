"""Where another process finds a handler: the module that registers it when it is imported, and its name there."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

MAIN = "__goqueue_main__"  # what the script of the parent is called in a child, so that its main part does not run

# In a child: the handlers that were registered, by type, module and name. None in every other process.
registered: dict[tuple[str, str, str], Callable[..., Any]] | None = None


class Place(NamedTuple):
    """Where a handler is. `script` is the file of the program, if that is where it is."""

    job_type: str
    module: str
    name: str
    script: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """By what a child finds it."""
        return self.job_type, self.module, self.name


def place_of(job_type: str, handler: Any) -> Place:
    """Return where a handler is. Raises TypeError if no other process could import it."""
    module, name = getattr(handler, "__module__", None), getattr(handler, "__qualname__", "<object>")
    told = f"handler for {job_type!r} is {handler!r}: with isolation='process', another process imports it"
    if module is None or "<" in name:
        raise TypeError(f"{told}: let it be a function at the top level of a module, no lambda and no inner function")
    if module != "__main__":
        return Place(job_type, module, name)
    main = sys.modules["__main__"]
    spec, script = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if in_a_shell() or script is None or not Path(script).is_file():
        raise TypeError(f"{told}, and it was defined in a notebook or a shell: put it into a module, and import that")
    if spec is not None and spec.name:  # python -m NAME
        return Place(job_type, spec.name, name)
    return Place(job_type, MAIN, name, str(Path(script).resolve()))


def in_a_shell() -> bool:
    """Whether this is IPython, whose main module is no file."""
    found = sys.modules.get("IPython")
    return found is not None and found.get_ipython() is not None

"""A bug of a real library: public, and repaired since. The table of them is in `table`.

A bug's model is a function of the same name as the bug, in a module of `models`. It is written from the facts of the
issue, and runs the library as it was published. Where the repair is something that a caller asks for (`lock=`), or is
not in a release that this Python can have, the repaired form is a second model, whose name ends in `_repaired`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """A bug: its issue, the requirements that pip installs for both forms, and where its model is."""

    name: str  # of the model's function
    module: str  # of the model, to import
    issue: str
    what: str  # goes wrong
    broken: tuple[str, ...]  # what pip installs; nothing for the standard library
    repaired: tuple[str, ...]
    verdicts: tuple[str, ...] = ("deadlock",)  # that are right of the broken form
    modules: tuple[str, ...] = ()  # to watch besides the default
    remark: str = ""

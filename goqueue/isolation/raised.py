"""An exception that a handler raised in another process, as JSON, and made again where its attempt is judged.

The class is looked for among the modules that are imported already, its bases too, so that a policy such as
`retry_on=(ConnectionError,)` works as it does in a thread. The message and the traceback are texts.
"""

import sys
from typing import Any

from ..failure import LINE, cut, trace
from ..moments import Snooze


class OtherProcess(Exception):
    """Holds the traceback of the process in which an exception was raised. It is the cause of what is raised here."""

    def __str__(self) -> str:
        return f"\n{self.args[0].rstrip()}"


def as_json(err: BaseException) -> dict[str, Any]:
    """Return an exception as JSON."""
    if isinstance(err, Snooze):
        return {"snooze": err.seconds}
    try:
        message = cut(str(err), LINE)
    except BaseException:
        message = "(its message cannot be read)"
    kinds = [[kind.__module__, kind.__qualname__] for kind in type(err).__mro__[:-1]]
    return {"kinds": kinds, "message": message, "traceback": trace(err)}


def made_again(found: dict[str, Any]) -> BaseException:
    """Return the exception that JSON stands for, or one that is called the same.

    >>> err = made_again(as_json(KeyError("order")))
    >>> err, isinstance(err, LookupError), str(err)
    (KeyError("'order'"), True, "'order'")
    """
    if "snooze" in found:
        return Snooze(found["snooze"])
    name, message = found["kinds"][0][1].rpartition(".")[2], found["message"]
    base = next(filter(None, (class_at(*kind) for kind in found["kinds"])), Exception)
    kind: Any = type(name, (base,), {"__str__": lambda self: message, "__init__": lambda self, *args: None})
    err: BaseException = kind.__new__(kind)  # its class may ask for other arguments
    err.args = (message,)
    err.__cause__ = OtherProcess(found["traceback"]) if found["traceback"] else None
    return err


def class_at(module: str, name: str) -> Any:
    """Return an exception class that is here already, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None

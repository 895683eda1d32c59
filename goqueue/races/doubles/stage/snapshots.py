"""What an object held when a run first touched it, so that the next run finds it in the same state."""

from __future__ import annotations

import copy
import io
from collections import deque
from collections.abc import Callable
from typing import Any

CONTAINERS = (list, dict, set, deque)


class Snapshot:
    """The attributes of one object, and what is in its containers."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing  # kept alive, so that its id is not reused
        self._values = dict(vars(thing))
        self._contents = {name: copy.copy(value) for name, value in vars(thing).items() if type(value) in CONTAINERS}
        self._texts = {name: value.getvalue() for name, value in vars(thing).items() if is_text(value)}

    def restore(self) -> None:
        """Put all back. Containers stay the same objects."""
        own = vars(self._thing)
        for name in [name for name in own if name not in self._values]:
            del own[name]
        for name, value in self._values.items():
            if own.get(name) is not value:
                own[name] = value
        for name, content in self._contents.items():
            refill(self._values[name], content)
        for name, text in self._texts.items():
            stream = self._values[name]
            stream.seek(0)
            stream.truncate()
            stream.write(text)


class Contents:
    """What a container of a module held when a run first read it: sys.path, for example."""

    def __init__(self, container: Any) -> None:
        self._container, self._content = container, copy.copy(container)

    def restore(self) -> None:
        """Put all back."""
        refill(self._container, self._content)


def is_text(value: Any) -> bool:
    """Whether a value is a text in memory that is open."""
    return isinstance(value, io.StringIO) and not value.closed


def refill(container: Any, content: Any) -> None:
    """Make a container hold exactly `content` again."""
    container.clear()
    (container.update if isinstance(container, dict | set) else container.extend)(content)


class Snapshots:
    """The snapshots of what the runs of this exploration touched."""

    taken: dict[int, Any] = {}  # noqa: RUF012  # one exploration at a time

    @classmethod
    def take(cls, thing: Any, make: Callable[[Any], Any] = Snapshot) -> bool:
        """Remember the state of an object, at its first touch in a run. Return whether this was the first."""
        if id(thing) in cls.taken:
            return False
        cls.taken[id(thing)] = make(thing)
        return True

    @classmethod
    def restore(cls) -> None:
        """Put everything back that the last run touched."""
        while cls.taken:
            cls.taken.popitem()[1].restore()

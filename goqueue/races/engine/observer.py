"""What the engine tells whoever records a run. The report room has one that does: `Recorder`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .words import READ

if TYPE_CHECKING:
    from .run import Run
    from .tasks import Task


class Observer(Protocol):
    """Is told what the current task of a run does. Without one, a run is faster."""

    def at(self, run: Run) -> None:
        """An access comes: keep where the code is."""

    def preempted(self, task: Task) -> None:
        """A task could have gone on, but another does."""

    def note(self, run: Run, what: str, group: str = "", mode: str = "", state: tuple[str, str] | None = None) -> None:
        """Something happened, in words."""

    def access(self, run: Run, location: str, mode: str, value: Any, group: str) -> None:
        """A value was read or written."""

    def item(self, run: Run, label: str, shown: str, mode: str, value: Any, thing: Any) -> None:
        """An item of a container was read or written."""

    def call(self, run: Run, label: str, name: str, args: tuple[Any, ...], result: Any, mode: str, thing: Any) -> None:
        """A method of a container was called."""

    def whole(self, run: Run, what: str, label: str, thing: Any, mode: str = READ) -> None:
        """A whole container was read, or changed in place."""

    def takes(self, run: Run, name: str) -> None:
        """A lock was taken."""

    def gives(self, run: Run, name: str, what: str) -> None:
        """A lock is about to be released."""

    def end(self, run: Run) -> None:
        """The run is over, and its tasks are about to be unwound."""

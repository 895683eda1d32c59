"""Pykka: an actor that stops."""

import contextlib
import threading

from pykka import ActorDeadError, ThreadingActor


class Gate(ThreadingActor):  # type: ignore[misc]
    """An actor that waits in its first message, so that others queue up behind it."""

    use_daemon_thread = True

    def __init__(self, opened: threading.Event) -> None:
        super().__init__()
        self.opened = opened

    def on_receive(self, message: dict[str, str]) -> str:
        """Wait, and answer."""
        self.opened.wait()
        return "answer"


def pykka_23() -> None:
    """A question that is queued behind a stop gets no answer and no error."""
    opened = threading.Event()
    actor = Gate.start(opened)
    actor.tell({"do": "wait"})
    actor.tell({"command": "pykka_stop"})
    asked = actor.ask({"do": "answer"}, block=False)
    opened.set()
    with contextlib.suppress(ActorDeadError):
        asked.get()

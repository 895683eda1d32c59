"""pyee: a handler that is to be called once."""

from pyee import BaseEventEmitter

from .threads import together


def pyee_76() -> None:
    """Two threads emit an event: each calls the handler, and then removes it."""
    emitter = BaseEventEmitter()
    calls = []
    emitter.once("done", lambda: calls.append(1))

    def emit() -> None:
        emitter.emit("done")

    together(emit, emit)
    assert calls == [1]

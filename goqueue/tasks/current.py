"""The context of the attempt that is running, for code that is not given one."""

from contextvars import ContextVar

from ..context import Context

CURRENT: ContextVar[Context] = ContextVar("goqueue.tasks.CURRENT")  # in an attempt's own context variables


def current_context() -> Context:
    """Return the context of the attempt that is running, or a new one where none is. Any thread may call it."""
    return CURRENT.get(None) or Context()

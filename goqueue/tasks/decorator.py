"""`@queue.task(…)`: what makes a task of a function."""

import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

from ..job_context import JobContext
from ..registry import Isolation, check_type
from ..retry import Retry
from .codec import ByAnnotation, Codec
from .function import Function
from .task import AsyncTask, Task

if TYPE_CHECKING:
    from ..queue import Queue

P = ParamSpec("P")
R = TypeVar("R")


class Decorator:
    """What `queue.task(…)` returns, to stand above a function."""

    def __init__(
        self,
        queue: "Queue",
        name: str | None,
        retry: Retry,
        timeout: float | None,
        codec: Codec | None,
        isolation: Isolation = "thread",
    ) -> None:
        if not isinstance(name, str | None):
            raise TypeError(f"name is {name!r}: it must be a string; write @queue.task(), with brackets")
        if name is not None:
            check_type(name)
        self.queue, self.name, self.retry, self.timeout = queue, name, retry, timeout
        if codec is not None and not (hasattr(codec, "to_json") and hasattr(codec, "from_json")):
            raise TypeError(
                f"codec is {codec!r:.80}: it must have to_json(…) and from_json(…), as goqueue.tasks.Codec has"
            )
        self.isolation: Isolation = isolation
        self.codec: Codec = ByAnnotation() if codec is None else codec

    @overload
    def __call__(self, function: Callable[Concatenate[JobContext, P], Coroutine[Any, Any, R]]) -> AsyncTask[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]]) -> AsyncTask[P, R]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[JobContext, P], R]) -> Task[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Task[P, R]: ...
    def __call__(self, function: Callable[..., Any]) -> Task[..., Any]:
        name = getattr(function, "__name__", "") if self.name is None else self.name
        check_function(name, function)
        made = Function(self.queue, function, name, self.codec)

        def handler(ctx: JobContext, payload: Any) -> Any:
            return made.handle(ctx, payload)

        # Its place is that of the function, so a cell of a notebook that runs twice replaces its task.
        handler.__module__, handler.__qualname__, handler.__name__ = function.__module__, function.__qualname__, name
        self.queue.register_handler(name, handler, retry=self.retry, timeout=self.timeout, isolation=self.isolation)
        return AsyncTask(made) if inspect.iscoroutinefunction(function) else Task(made)


def check_function(name: str, function: Any) -> None:
    """Raise TypeError unless a function can be a task."""
    if not callable(function) or isinstance(function, type) or not hasattr(function, "__qualname__"):
        raise TypeError(f"task is {function!r}: it must be a function")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"task {name!r} contains yield, so calling it would do nothing; let it return its result")
    parameters = inspect.signature(function).parameters
    if "ctx" in list(parameters)[1:]:
        raise TypeError(f"task {name!r} takes ctx after other parameters: make it the first")
    for parameter in parameters.values():
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY and parameter.name != "ctx":
            raise TypeError(
                f"task {name!r} takes {parameter.name} by position only, and its jobs have names: drop the /"
            )

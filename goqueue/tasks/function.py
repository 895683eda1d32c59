"""The function of a task, as a handler of the queue.

call  ── bind, to_json ──> payload {"order": 17, "to": …} ── from_json ──> the function ── to_json ──> result
"""

import functools
import inspect
import typing
from collections.abc import Callable, Iterable
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from ..context import Context
from ..errors import PayloadError
from ..job_context import JobContext
from ..together import Step
from .codec import Codec
from .coroutines import run_coroutine
from .current import CURRENT

if TYPE_CHECKING:
    from ..queue import Queue

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Function:
    """A function, its queue, its job type, and how its values become JSON. It never changes: any thread may use it."""

    def __init__(self, queue: "Queue", function: Callable[..., Any], name: str, codec: Codec) -> None:
        self.queue, self.function, self.name, self.codec = queue, function, name, codec
        self.signature = inspect.signature(function)
        self.wants_context = next(iter(self.signature.parameters), "") == "ctx"

    @functools.cached_property
    def hints(self) -> dict[str, Any]:
        """The annotations, looked up at the first use, because a class may be defined below the task that names it."""
        return typing.get_type_hints(self.function, include_extras=True)

    def what(self, name: str) -> str:
        """Return how errors call an argument, or the result."""
        return f"{name} of {self.name}()"

    def hint_of(self, name: str) -> Any:
        """Return the annotation of a parameter. Those of *args and **kwargs are about each of their values."""
        hint = self.hints.get(name, Any)
        kind = self.signature.parameters[name].kind if name in self.signature.parameters else None
        if kind is inspect.Parameter.VAR_POSITIONAL:
            return GenericAlias(tuple, (hint, ...))
        return GenericAlias(dict, (str, hint)) if kind is inspect.Parameter.VAR_KEYWORD else hint

    def payload(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call as JSON, by the names of the parameters."""
        try:
            bound = self.signature.bind(*((None,) if self.wants_context else ()), *args, **kwargs)
        except TypeError as err:
            raise TypeError(f"{self.name}() {err}") from None
        return self._kept(list(bound.arguments.items())[self.wants_context :])

    def step(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
        """Return a call that may leave out its first argument, because that comes from the jobs before it."""
        names = list(self.signature.parameters)[self.wants_context :]
        first = names[0] if names and self.signature.parameters[names[0]].kind in NAMED else None
        if first is None or args or first in kwargs:
            return Step(self.name, self.payload(args, kwargs))
        required = self.signature.parameters[first].default is inspect.Parameter.empty
        try:
            bound = self.signature.bind(*((None,) if self.wants_context else ()), **{first: None}, **kwargs)
        except TypeError as err:
            raise TypeError(f"{self.name}() {err}") from None
        given = [(name, value) for name, value in list(bound.arguments.items())[self.wants_context :] if name != first]
        return Step(self.name, self._kept(given), first, required)

    def _kept(self, given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        return {name: self.codec.to_json(value, self.hint_of(name), self.what(name)) for name, value in given}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function here. Where no attempt runs, it gets a context as a test has one."""
        if not self.wants_context:
            return self.function(*args, **kwargs)
        if args and isinstance(args[0], Context):
            raise TypeError(
                f"{self.name}() gets its context by itself: leave it out, or say {self.name}.with_context(ctx)(…)"
            )
        ctx = CURRENT.get(None)
        return self.function(ctx if isinstance(ctx, JobContext) else JobContext.for_test(), *args, **kwargs)

    def call_in(self, ctx: JobContext, *args: Any, **kwargs: Any) -> Any:
        """Run the function here, with this context."""
        token = CURRENT.set(ctx)
        try:
            return self(*args, **kwargs)
        finally:
            CURRENT.reset(token)

    def handle(self, ctx: JobContext, payload: Any) -> Any:
        """Run an attempt. What was submitted by another version of the task is a PayloadError, and not tried again."""
        CURRENT.set(ctx)
        bound = self.bound(ctx, payload)
        run = functools.partial(self.function, *bound.args, **bound.kwargs)
        result = run_coroutine(ctx, run) if inspect.iscoroutinefunction(self.function) else run()
        return self.codec.to_json(result, self.hint_of("return"), self.what("result"))

    def bound(self, ctx: JobContext, payload: Any) -> inspect.BoundArguments:
        """Return the arguments that a payload stands for."""
        if not isinstance(payload, dict) or not set(payload) <= set(self.signature.parameters):
            raise PayloadError(f"payload of {self.name}() is {payload!r}: it must have arguments of {self.signature}")
        bound = self.signature.bind_partial(*([ctx] if self.wants_context else []))
        for name, kept in payload.items():
            bound.arguments[name] = self.codec.from_json(kept, self.hint_of(name), self.what(name))
        return bound

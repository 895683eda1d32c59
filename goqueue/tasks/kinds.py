"""The kinds of annotations, each with its way to JSON and back.

    Plain     Any, or none: JSON by itself             Fields   dataclass, NamedTuple, TypedDict: a JSON object
    Exact     str, int, float, bool, None              Items    list, tuple, set, …: a JSON array
    Text      datetime, UUID, Decimal, bytes, …        Pairs    dict, Mapping: a JSON object
    Listed    Enum, Literal: one of a few values       OneOf    X | Y, Optional: the first that fits
    Model     of pydantic or msgspec, where installed

`dump` and `load` raise PayloadError, which begins with `what`, for a value that does not fit. No kind has a state.
"""

import base64
import collections.abc
import dataclasses
import sys
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

from ..errors import PayloadError

JSON = (str, int, float, bool, type(None))
ARRAYS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Set, collections.abc.Iterable)
OBJECTS = (dict, collections.abc.Mapping)

# Type -> how its values become text, and how a text becomes a value.
TEXTS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    timedelta: (lambda value: f"{value.days} {value.seconds} {value.microseconds}", lambda text: since(text)),
    UUID: (str, UUID),
    Decimal: (str, Decimal),
    Path: (str, Path),
    bytes: (lambda value: base64.b64encode(value).decode(), lambda text: base64.b64decode(text, validate=True)),
}


class Kind(ABC):
    """One annotation."""

    def __init__(self, hint: Any) -> None:
        self.hint = hint

    @abstractmethod
    def dump(self, value: Any, what: str) -> Any:
        """Return a value as JSON."""

    @abstractmethod
    def load(self, kept: Any, what: str) -> Any:
        """Return the value that JSON stands for."""

    def check(self, fits: bool, value: Any, what: str, why: str = "") -> None:
        """Raise PayloadError unless a value fits the annotation."""
        if not fits:
            raise PayloadError(f"{what} is {value!r}: it must be {shown(self.hint)}{why}")

    def made(self, make: Callable[[Any], Any], kept: Any, what: str) -> Any:
        """Return what a constructor makes of JSON. It may raise anything, which then is a PayloadError."""
        try:
            return make(kept)
        except Exception as err:
            raise PayloadError(
                f"{what} is {kept!r}: it must be {shown(self.hint)} ({type(err).__name__}: {err})"
            ) from err


class Plain(Kind):
    def dump(self, value: Any, what: str) -> Any:
        if not isinstance(value, (*JSON, list, tuple, dict)):
            named = type(value).__name__
            raise PayloadError(f"{what} is {value!r}, which is not JSON: annotate it as {named}, so that it comes back")
        return value

    def load(self, kept: Any, what: str) -> Any:
        return kept


class Exact(Kind):
    def dump(self, value: Any, what: str) -> Any:
        self.check(isinstance(value, (int, float) if self.hint is float else self.hint), value, what)
        return value

    def load(self, kept: Any, what: str) -> Any:
        self.dump(kept, what)
        return float(kept) if self.hint is float else kept  # JSON does not tell 2.0 from 2 everywhere


class Text(Kind):
    def dump(self, value: Any, what: str) -> Any:
        cut = self.hint is date and isinstance(value, datetime)  # its time would be lost
        self.check(isinstance(value, self.hint) and not cut, value, what)
        return TEXTS[self.hint][0](value)

    def load(self, kept: Any, what: str) -> Any:
        self.check(isinstance(kept, str), kept, what, " as a text")
        return self.made(TEXTS[self.hint][1], kept, what)


class Listed(Kind):
    def dump(self, value: Any, what: str) -> Any:
        if typing.get_origin(self.hint) is typing.Literal:
            return self.load(value, what)
        self.check(isinstance(value, self.hint), value, what)
        self.check(isinstance(value.value, JSON), value, what, ", of which each value is a text or a number")
        return value.value

    def load(self, kept: Any, what: str) -> Any:
        if typing.get_origin(self.hint) is typing.Literal:
            self.check(
                any(kept == each and type(kept) is type(each) for each in typing.get_args(self.hint)), kept, what
            )
            return kept
        return self.made(self.hint, kept, what)


class Model(Kind):
    """Neither library is imported here: a program that has a model has imported it."""

    def dump(self, value: Any, what: str) -> Any:
        self.check(isinstance(value, self.hint), value, what)
        if "pydantic" in sys.modules and isinstance(value, sys.modules["pydantic"].BaseModel):
            return value.model_dump(mode="json")
        return sys.modules["msgspec"].to_builtins(value)

    def load(self, kept: Any, what: str) -> Any:
        if hasattr(self.hint, "model_validate"):
            return self.made(self.hint.model_validate, kept, what)
        return self.made(lambda kept: sys.modules["msgspec"].convert(kept, self.hint), kept, what)


class Fields(Kind):
    def dump(self, value: Any, what: str) -> Any:
        is_dict = typing.is_typeddict(self.hint)
        exact = type(value) is (dict if is_dict else self.hint)  # of a subclass, what it adds would be lost
        self.check(exact, value, what, "" if is_dict else ", and of no subclass")
        hints = fields_of(self.hint)
        given = value if is_dict else {name: getattr(value, name) for name in hints}
        self.check(set(given) <= set(hints), value, what)
        return {name: kind_of(hints[name]).dump(each, f"{what}.{name}") for name, each in given.items()}

    def load(self, kept: Any, what: str) -> Any:
        hints = fields_of(self.hint)
        self.check(isinstance(kept, dict) and set(kept) <= set(hints), kept, what, f" with {', '.join(hints)}")
        values = {name: kind_of(hints[name]).load(each, f"{what}.{name}") for name, each in kept.items()}
        return self.made(lambda values: self.hint(**values), values, what)


class Items(Kind):
    def dump(self, value: Any, what: str) -> Any:
        base = typing.get_origin(self.hint) or self.hint
        self.check(isinstance(value, base) and isinstance(value, (list, tuple, set, frozenset)), value, what)
        dumped = self._each("dump", list(value), what)
        return sorted(dumped, key=repr) if isinstance(value, (set, frozenset)) else dumped  # alike in each process

    def load(self, kept: Any, what: str) -> Any:
        self.check(isinstance(kept, list), kept, what, " as an array")
        base = typing.get_origin(self.hint) or self.hint
        items = self._each("load", kept, what)
        return set(items) if base is collections.abc.Set else base(items) if base in ARRAYS[:4] else items

    def _each(self, way: str, items: list[Any], what: str) -> list[Any]:
        hints = typing.get_args(self.hint)
        if typing.get_origin(self.hint) is tuple and hints[-1:] != (...,):
            self.check(len(items) == len(hints), items, what)
        else:
            hints = (hints or (Any,))[:1] * len(items)
        named = [f"{what}[{number}]" for number in range(len(items))]
        return [getattr(kind_of(hint), way)(*item) for hint, *item in zip(hints, items, named, strict=True)]


class Pairs(Kind):
    """A key is a text in JSON, so a number becomes one."""

    def dump(self, value: Any, what: str) -> Any:
        self.check(isinstance(value, dict), value, what)
        return {self._text(key, what): self._values().dump(each, f"{what}[{key!r}]") for key, each in value.items()}

    def load(self, kept: Any, what: str) -> Any:
        self.check(isinstance(kept, dict), kept, what)
        return {self._key(key, what): self._values().load(each, f"{what}[{key!r}]") for key, each in kept.items()}

    def _keys(self) -> Any:
        return (typing.get_args(self.hint) or (Any,))[0]

    def _values(self) -> Kind:
        return kind_of((typing.get_args(self.hint) or (Any,))[-1])

    def _text(self, key: Any, what: str) -> str:
        number = bare(self._keys()) in (int, float)
        dumped = kind_of(self._keys()).dump(key, f"a key of {what}")
        fits = not isinstance(dumped, bool) if number else isinstance(dumped, str)
        self.check(fits, key, f"a key of {what}", ", with keys that can be texts")
        return repr(dumped) if number else str(dumped)

    def _key(self, key: str, what: str) -> Any:
        number = bare(self._keys()) in (int, float)
        what = f"a key of {what}"
        return self.made(bare(self._keys()), key, what) if number else kind_of(self._keys()).load(key, what)


class OneOf(Kind):
    def dump(self, value: Any, what: str) -> Any:
        for option in self._options(value):
            try:
                dumped = kind_of(option).dump(value, what)
            except PayloadError:
                continue
            again = self.load(dumped, what)
            self.check(type(again) is type(value), value, what, f", and would come back as {again!r}")
            return dumped
        self.check(False, value, what)

    def load(self, kept: Any, what: str) -> Any:
        for option in self._options(kept):
            try:
                return kind_of(option).load(kept, what)
            except PayloadError:
                continue
        self.check(False, kept, what)

    def _options(self, value: Any) -> list[Any]:
        """Return the types of the union; the type of the value itself comes first."""
        return sorted(typing.get_args(self.hint), key=lambda option: bare(option) is not type(value))


def kind_of(hint: Any) -> Kind:
    """Return the kind of an annotation. Raises PayloadError if its values cannot be JSON."""
    hint = bare(hint)
    base = typing.get_origin(hint) or hint
    if hint is Any or hint is object or isinstance(hint, typing.TypeVar):
        return Plain(hint)
    if base in (typing.Union, types.UnionType):
        return OneOf(hint)
    if base is typing.Literal or (isinstance(base, type) and issubclass(base, Enum)):
        return Listed(hint)
    for kind, known in ((Exact, JSON), (Text, tuple(TEXTS)), (Items, ARRAYS), (Pairs, OBJECTS)):
        if base in known:
            return kind(hint)
    if dataclasses.is_dataclass(base) or typing.is_typeddict(base) or hasattr(base, "_fields"):
        return Fields(base)
    if hasattr(base, "model_validate") or hasattr(base, "__struct_fields__"):
        return Model(hint)
    raise PayloadError(f"annotation {shown(hint)}: its values cannot be JSON; send what they are made of, or a name")


def bare(hint: Any) -> Any:
    """Return an annotation without Annotated, Required, Final and NewType."""
    while typing.get_origin(hint) in (typing.Annotated, typing.Required, typing.NotRequired, typing.Final):
        hint = typing.get_args(hint)[0]
    return type(None) if hint is None else getattr(hint, "__supertype__", hint)


def fields_of(kind: Any) -> dict[str, Any]:
    """Return the annotation of each field that makes an object, with names that are texts looked up."""
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
    return hints


def since(text: str) -> timedelta:
    """Return the timedelta of days, seconds and microseconds."""
    days, seconds, microseconds = map(int, text.split())
    return timedelta(days, seconds, microseconds)


def shown(hint: Any) -> str:
    """Return an annotation as it is written."""
    plain = isinstance(hint, type) and not typing.get_args(hint)
    return hint.__name__ if plain else str(hint).replace("typing.", "")

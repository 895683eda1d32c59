"""Objects in C that hold state which the garbage collector does not show, each with a way to put it back.

    random.Random                what it draws from
    bytearray, array             their contents
    StringIO, BytesIO            contents and position
    decimal.Context              its fields, traps and flags
    memory of ctypes             its bytes
    iterators                    set back where Python allows that
    generators                   named

Of all others nobody can tell whether they have changed: see `unreadable`.
"""

from __future__ import annotations

import _random
import array
import contextlib
import decimal
import io
from types import GeneratorType
from typing import Any

from ..engine.identity import identity
from .holders import CannotPutBack, Holder, Items
from .objects.iterating import shown_by
from .objects.kinds import GLOBAL_RANDOM
from .objects.unwatched import is_memory
from .positions import END, KNOWN, SIMPLE, WITHOUT_STATE, Unknown, position_of

CLOSED: Items = [("closed", True)]


class Valued(Holder):
    """Holds values that are equal if the state is the same."""

    def is_changed(self) -> bool:
        """Compare the values. They are numbers, texts and bytes, so `==` runs no code of the model."""
        return self.items() != self.before


class Chance(Valued):
    """A random.Random: the next numbers that it draws."""

    def items(self) -> Items:
        """Its state, as 625 numbers."""
        return [("state", _random.Random.getstate(self.thing))]

    def restore(self) -> None:
        """As setstate() does."""
        _random.Random.setstate(self.thing, self.before[0][1])


class Bytes(Valued):
    """A bytearray or an array."""

    def items(self) -> Items:
        """All of it as bytes."""
        is_array = issubclass(type(self.thing), array.array)
        return [("bytes", array.array.tobytes(self.thing) if is_array else bytes(memoryview(self.thing)))]

    def restore(self) -> None:
        """In place. Raises BufferError if a view of it exists and its length has changed."""
        kind = array.array if issubclass(type(self.thing), array.array) else bytearray
        content = self.before[0][1]
        filled = array.array(self.thing.typecode, content) if kind is array.array else content
        kind.__setitem__(self.thing, slice(None), filled)


class FileInMemory(Valued):
    """A StringIO or a BytesIO."""

    def items(self) -> Items:
        """Content and position, or that it is closed."""
        if self._kind.closed.__get__(self.thing):
            return CLOSED
        return [("state", self._kind.__getstate__(self.thing)[:-1])]  # the last part is its `__dict__`

    def restore(self) -> None:
        """Raises ValueError if it is closed, and BufferError if a view of it exists."""
        self._kind.__setstate__(self.thing, (*self.before[0][1], None))

    @property
    def _kind(self) -> Any:
        """The class whose methods are not the model's own."""
        return io.StringIO if issubclass(type(self.thing), io.StringIO) else io.BytesIO


class Context(Valued):
    """A decimal.Context."""

    FIELDS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")

    def items(self) -> Items:
        """Fields, traps and flags."""
        fields = [(name, getattr(self.thing, name)) for name in self.FIELDS]
        return [*fields, ("traps", dict(self.thing.traps)), ("flags", dict(self.thing.flags))]

    def restore(self) -> None:
        """Set them all."""
        for name, value in self.before:
            setattr(self.thing, name, value)


class Named(Valued):
    """What can be read, and not set. Raises CannotPutBack once for each change."""

    def put_back(self) -> bool:
        """Try, and raise CannotPutBack if that did not help."""
        if not self.is_changed():
            return False
        self.restore()
        if self.is_changed():
            self.before = self.items()
            raise CannotPutBack
        return True

    def restore(self) -> None:
        """There is no way."""


class Position(Named):
    """Where an iterator is. Those that it draws from have holders of their own.

    An iterator at its end has let go of its list, and stays there. So where an iterator has one name only, `Globals`
    binds that to a copy before each run.
    """

    looks_at_others = True

    def items(self) -> Items:
        """The position."""
        return [("position", position_of(self.thing, deep=False))]

    def restore(self) -> None:
        """Set back what iterates over a sequence, as far as it is not at its end."""
        position = self.before[0][1]
        if type(self.thing) in SIMPLE and position != END and type(position[2]) is int:
            self.thing.__setstate__(position[2])


class Memory(Named):
    """Memory of ctypes."""

    def items(self) -> Items:
        """Its bytes, and what it keeps alive because it points there."""
        return [("bytes", bytes(memoryview(self.thing))), ("kept", identity(self.thing._objects))]

    def restore(self) -> None:
        """Write the bytes, unless they may be pointers."""
        if self.before[1] == ("kept", identity(None)) and self.thing._objects is None:
            memoryview(self.thing).cast("B")[:] = self.before[0][1]


class View(Named):
    """A memoryview of what has a holder of its own."""

    def items(self) -> Items:
        """Whether it is released, which nothing can take back."""
        return [("released", not shown_by(self.thing))]


class Generator(Named):
    """A generator that was begun before the run."""

    def items(self) -> Items:
        """Where it is, and with which values."""
        frame = self.thing.gi_frame
        return [] if frame is None else [(frame.f_lasti, {name: id(value) for name, value in frame.f_locals.items()})]


def holder_in_c(thing: Any, path: str) -> Holder | None:
    """Return the holder of an object in C, if there is one for its class."""
    kind = type(thing)
    if issubclass(kind, _random.Random):
        return Chance(thing, path) if thing is not GLOBAL_RANDOM else None  # which is seeded anew before each run
    if issubclass(kind, bytearray | array.array):
        return Bytes(thing, path)
    if issubclass(kind, io.StringIO | io.BytesIO):
        return FileInMemory(thing, path)
    if issubclass(kind, decimal.Context):
        return Context(thing, path)
    if kind is GeneratorType:
        return Generator(thing, path)
    if is_memory(kind) and not callable(thing):  # a function
        return Memory(thing, path)
    if kind is memoryview and any(holder_in_c(each, path) is not None for each in shown_by(thing)):
        return View(thing, path)
    if kind in KNOWN - WITHOUT_STATE:
        with contextlib.suppress(Unknown):
            return Position(thing, path)
    return None

"""Questions about classes: who is registered with an abstract class, what a protocol asks for, annotations."""

from __future__ import annotations

from .theme import theme

KINDS = theme(
    "kinds",
    """
Other, Base = type("Other", (), {"n": 1}), abc.ABCMeta("Base", (), {})
Plain, Sub = type("Plain", (Other,), {}), abc.ABCMeta("Sub", (Base,), {})
box, show = Other(), functools.singledispatch(lambda x: "any")
show.register(Base, lambda x: "base")
Other.__annotations__ = {"n": int}
fun = lambda a: a
""",
    """
Base.register(Other)

Sub.register(Plain)

abc.ABCMeta.register(Base, Plain)

box.m = «n»

Other.m = «n»

del box.m

Other.__annotations__["«k»"] = str

Other.__annotations__ = {"«k»": int, "n": str}

fun.__annotations__["«k»"] = int

fun.__defaults__ = («n»,)

show.register(Other, lambda x: "other")

@Sub.register
class Late(Other):
    pass
me.append(isinstance(Late(), Base))

match box:
    case Base():
        me.append("base")
    case Named():
        me.append("named")
    case Other(m=m):
        me.append(m)

if isinstance(box, Named):
    box.m += 1

if not issubclass(Plain, Base):
    Base.register(Plain)
else:
    me.append("known")
""",
    """
isinstance(box, Base)
isinstance(Plain(), (int, Base))
isinstance(Plain(), int | Base)
issubclass(Plain, Base)
issubclass(Other, (Sub, Base))
isinstance(box, Named)
isinstance(Plain(), Named)
isinstance(box, typing.SupportsInt)
show(box)
show(Plain())
sorted(typing.get_type_hints(Other))
sorted(typing.get_type_hints(fun))
sorted(inspect.get_annotations(Other))
str(inspect.signature(fun))
list(map(isinstance, [box, 1], [Base, int]))
""",
    "vars(box), sorted(Other.__annotations__), fun.__defaults__, show(box), "
    "[isinstance(each(), Base) for each in (Other, Plain)]",
    """
@typing.runtime_checkable
class Named(typing.Protocol):
    m: int
""",
)

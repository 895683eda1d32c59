"""boltons: its LRU cache."""

from boltons.cacheutils import LRU

from .threads import together


def boltons_52() -> None:
    """A read relinks the list of what was used last beside a write that evicts from it."""
    cache = LRU(max_size=2)
    cache["a"] = 1
    cache["b"] = 2

    def read() -> None:
        cache.get("a")

    def write() -> None:
        cache["c"] = 3

    together(read, write)
    cache["d"] = 4
    cache["e"] = 5
    assert sorted(cache) == ["d", "e"]

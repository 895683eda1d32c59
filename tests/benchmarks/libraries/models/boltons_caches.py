"""boltons: its LRU cache."""

from boltons.cacheutils import LRU

from .threads import together


def boltons_52() -> None:
    """Two threads put the same keys, more than the cache holds."""
    cache = LRU(max_size=2)

    def fill() -> None:
        for number in range(3):
            cache[number] = number

    together(fill, fill)
    assert len(cache) <= 2

"""Keys of dicts, as the engine compares them: an object's id() is none, because it differs from run to run.

    prices[id(job)] = 5      counts for all of `prices`, as a key does that is an object

Otherwise, no later run would come to the place that an earlier one has found to matter.
"""

from __future__ import annotations

from typing import Any

from ...engine import places
from ...engine.happens_before import Place
from ...engine.run import Run

ADDRESSES = 1 << 32  # numbers from here on may be an id(), or a hash() that comes from one


def is_address(key: Any) -> bool:
    """Whether a key may be the address of an object, or a tuple with one."""
    if type(key) is int:
        return not -ADDRESSES < key < ADDRESSES
    return type(key) is tuple and any(map(is_address, key))


def key_of(key: Any) -> Any:
    """Return what identifies a key, or None: the access counts for the whole container."""
    found = places.key_of(key)
    return None if is_address(found) else found


def spot(run: Run, thing: Any, key: Any, text: str) -> tuple[Place, Any, str]:
    """Return the place of a container, and its key: as the engine compares it, and as a report shows it."""
    found = places.spot(run, thing, key, text)
    if type(found[1]) is str or not is_address(found[1]):  # first what is most frequent
        return found
    return found[0], None, found[2]

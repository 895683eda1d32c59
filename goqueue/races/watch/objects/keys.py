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
    if type(key) is tuple:
        return any(map(is_address, key))
    return type(key) is int and not -ADDRESSES < key < ADDRESSES


def key_of(key: Any) -> Any:
    """Return what identifies a key, or None: the access counts for the whole container."""
    found = places.key_of(key)
    return None if is_address(found) else found


def spot(run: Run, thing: Any, key: Any, text: str) -> tuple[Place, Any, str]:
    """Return the place of a container, and its key: as the engine compares it, and as a report shows it."""
    place, compared, shown = places.spot(run, thing, key, text)
    return place, None if is_address(compared) else compared, shown

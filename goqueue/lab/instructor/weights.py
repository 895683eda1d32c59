"""What each promise is worth: a TOML file of names and numbers.

graceful_stop = 3
back_pressure = 2
others = 1          # each promise that is not named; without this line, nothing
"""

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path

from .safe_output import plain

OTHERS = "others"


def read_weights(file: Path, names: Sequence[str]) -> dict[str, float]:
    """Return the weight of each of these promises. Raises LookupError, in one line, for a file that says it wrongly."""
    expected = "expected lines such as `graceful_stop = 3`, and `others = 1` for all that are not named"
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise LookupError(f"{file}: {expected}; it cannot be read: {plain(str(err))}") from err
    for name, weight in found.items():
        if name not in (*names, OTHERS):
            raise LookupError(f"{file}: there is no promise {plain(name)!r} in this step; {expected}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not (0 <= weight < math.inf):
            raise LookupError(f"{file}: the weight of {name} is {weight!r}, not a number from 0; {expected}")
    return {name: float(found.get(name, found.get(OTHERS, 0))) for name in names}

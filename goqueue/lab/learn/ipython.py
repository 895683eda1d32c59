"""The IPython that runs us, if one does; it is never imported for that."""

import sys
from typing import Any


def shell() -> Any:
    """Return IPython's shell, or None in a plain Python."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None

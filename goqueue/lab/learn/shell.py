"""The notebook that runs us, if one does."""

import sys
from typing import Any


def shell() -> Any:
    """Return IPython's shell, or None in a plain Python. IPython is never imported for this."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None

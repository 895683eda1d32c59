"""What the site's copies of the notebooks need in a browser tab: an error that is shown, and stops no other cell.

JupyterLite ends "Run All Cells" at the first error, even in a cell whose error belongs to the lesson.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def error_shown(why: str = "") -> Iterator[None]:
    """Show the error of a block in a line, say why it is raised, and go on. Not for Ctrl-C.

    >>> from contextlib import redirect_stderr
    >>> with redirect_stderr(sys.stdout), error_shown("The order was refused."):
    ...     raise ValueError("no order 99")
    ValueError: no order 99
    The order was refused.
    """
    try:
        yield
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if why:
            print(why, file=sys.stderr)

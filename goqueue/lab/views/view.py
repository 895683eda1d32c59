"""A view: what a notebook cell shows, as text first.

A `View` holds the same data in two forms. Its `text` states all of it: `repr` and a terminal show the text, and tests
compare it. Its `html`, if there is any, adds colour and shape. It works wherever a notebook is read: in JupyterLab
before the notebook is trusted, in a dark theme, and as a static page without a network. So it consists of inline
styles, tables, `<details>`, and pictures as `<img src="data:…">` with an alt text. `document.py` builds both forms.

A view never prints and never changes: any thread may make one and hand it over.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

# Until a notebook is trusted, JupyterLab garbles an inline <svg> and drops the other elements. A `src` that holds no
# data needs a network.
_UNSAFE = re.compile(r"<(?:svg|iframe|object|embed|link)\b|<[^>]*\ssrc\s*=\s*(?![\"']?data:)", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class View:
    """Something to show: `text` says everything, `html` shows the same.

    Raises ValueError when there is no text, or when the HTML holds what does not show everywhere.

    >>> board = View("pending: 3\\nfailed: 1", "<b>pending: 3</b>, failed: 1")
    >>> board
    pending: 3
    failed: 1
    >>> sorted(board._repr_mimebundle_())
    ['text/html', 'text/plain']
    """

    text: str
    html: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(
                f"a view needs a text, and this one is {self.text!r}: text/plain is what tests compare "
                "and what a terminal shows; state the data in words"
            )
        unsafe = _UNSAFE.search(self.html)
        if unsafe:
            raise ValueError(
                f"the HTML of a view holds {unsafe.group()[:40]!r}, which does not show in an untrusted or offline "
                'notebook; use tables, <details>, or <img src="data:image/svg+xml;base64,…" alt="…">'
            )

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What Jupyter asks an object for: always text/plain, and text/html when there is some."""
        bundle = {"text/plain": self.text}
        if self.html:
            bundle["text/html"] = self.html
        return bundle


def content_id(*parts: str) -> str:
    """An id for an HTML element, made from what the element shows: the same on every run and machine.

    >>> content_id("job-1", "failed") == content_id("job-1", "failed")
    True
    >>> content_id("job-1", "failed") == content_id("job-1", "completed")
    False
    """
    return "view-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

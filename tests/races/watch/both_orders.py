"""Two threads, of which one changes something and the other looks: is each outcome reached, or named as unseen?

What comes out of either order is known, because the same code also runs without threads.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from unittest import mock

from goqueue.races import explore

from .test_watching import module_of


def source(head: str, setup: str, change: str, look: str) -> str:
    """Return the source of a module that makes models. With an `order`, these run without threads."""
    setup, change, look = (textwrap.indent(part, " " * depth) for part, depth in ((setup, 8), (change, 16), (look, 16)))
    return f"""{head}
def make(seen, order):
    def model():
        out = []
{setup}
        def change():
            with contextlib.suppress(Exception):
{change}
        def look():
            try:
{look}
            except Exception as error: out.append(type(error).__name__)
        threads = [threading.Thread(target=each) for each in (change, look)]
        for each in (change, look)[::order] if order else (): each()
        for step in ("start", "join") if not order else ():
            for each in threads: getattr(each, step)()
        text = re.sub("0x[0-9a-f]+", "", str(out))
        if text not in seen: seen.append(text)
    return model
"""


def missed(text: str, folder: Path) -> list[str] | None:
    """Return outcomes that an exploration misses without saying so; None if the order makes no difference."""
    plain, seen = list[str](), list[str]()
    for order in (1, -1):
        module_of(text, folder).make(plain, order)()
    if len(plain) < 2:
        return None
    module = module_of(text, folder)
    with mock.patch.dict(sys.modules, construct=module):  # so that what a run sets in its classes is put back
        result = explore(module.make(seen, 0), races="off")
    assert result.verdict == "exhausted", result.summary
    return [] if result.unwatched else [outcome for outcome in plain if outcome not in seen]

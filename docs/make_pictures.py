"""Draw the README's picture again: python docs/make_pictures.py"""

import base64
import re
from pathlib import Path

from goqueue.lab import load
from goqueue.lab.rehearsal import rehearse
from goqueue.lab.views import Span, lanes

SECONDS = [0.3, 0.1, 0.1, 0.2, 0.1, 0.4, 0.1, 0.1]


def main() -> None:
    """Eight webhooks, delivered by version 11 and by version 12."""
    before = [Span("11: the caller", span.start, span.end, span.label) for span in rehearse(load(11), SECONDS)]
    after = [
        Span(f"12: {span.lane}", span.start, span.end, span.label) for span in rehearse(load(12), SECONDS, workers=3)
    ]
    picture = lanes([*before, *after], title="The same eight webhooks, before and after step 12")
    source = re.search(r"base64,([^\"]+)", picture.html)
    if source is None:
        raise ValueError("the view holds no picture: lanes() should draw one")
    Path(__file__).with_name("lanes.svg").write_bytes(base64.b64decode(source[1]))


if __name__ == "__main__":
    main()

"""What the notebooks show. Each view is text first: see `view.py`.

`lanes`, `timeline` and `curve` draw pictures, `animation` moves things, and `table` compares a few. None prints. Each
returns a `View`, which a notebook shows when it is the last line of a cell. Importing this package imports no
matplotlib.
"""

from goqueue.lab.views.animation import animation
from goqueue.lab.views.curve import curve
from goqueue.lab.views.figure import Figure
from goqueue.lab.views.lanes import Span, lanes
from goqueue.lab.views.moments import Moment, pool_moments, retry_moments
from goqueue.lab.views.table import table
from goqueue.lab.views.timeline import Attempt, timeline
from goqueue.lab.views.view import View, content_id

__all__ = [
    "Attempt",
    "Figure",
    "Moment",
    "Span",
    "View",
    "animation",
    "content_id",
    "curve",
    "lanes",
    "pool_moments",
    "retry_moments",
    "table",
    "timeline",
]

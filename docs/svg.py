"""What the pictures share: a white sheet with words and boxes, as SVG text.

Words use the reader's own fonts, so each line leaves room for wider letters. Marks are drawn, so they look the same
everywhere. The same data give the same bytes.
"""

from collections.abc import Iterable
from html import escape

INK, GREY, RULE = "#222222", "#595959", "#999999"
BLUE, ORANGE = "#0072b2", "#e69f00"  # of Okabe and Ito
MONO = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
SANS = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif"

_MARKS = {"✓": "M-5 0.5 L-1.5 4 L5 -4", "✗": "M-4 -4 L4 4 M4 -4 L-4 4", "–": "M-4 0 L4 0"}


def sheet(width: int, height: int, title: str, more: str, parts: Iterable[str], style: str = "") -> str:
    """Return a whole picture. `title` states its data, and a screen reader may go on with `more`."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title more" font-family="{SANS}" font-size="13" fill="{INK}">'
    )
    words = [f'<title id="title">{escape(title)}</title>', f'<desc id="more">{escape(more)}</desc>']
    paper = f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="{RULE}"/>'
    return "\n".join([head, *words, f"<style>{style}</style>", paper, *parts, "</svg>", ""])


def text(x: float, y: float, words: str, more: str = "") -> str:
    """Return words that begin at `x`, on the line `y`."""
    return f'<text x="{x:g}" y="{y:g}" xml:space="preserve" {more}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" {more}/>'


def mark(x: float, y: float, character: str, colour: str) -> str:
    """Return a drawn ✓, ✗ or –, centred on the point."""
    look = f'fill="none" stroke="{colour}" stroke-width="2"'
    return f'<path transform="translate({x:g} {y:g})" d="{_MARKS[character]}" {look}/>'


def group(name: str, parts: Iterable[str]) -> str:
    """Return parts that appear and disappear together."""
    return f'<g class="{name}">{"".join(parts)}</g>'

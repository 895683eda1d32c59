"""How the views look: one place for colours, hatches, characters, and the styles of their HTML.

The strong colours are Okabe and Ito's, which people with any colour vision tell apart. Colour never carries a meaning
alone: each one comes with a hatch, a marker or a line style, and a character for the text form.

HTML is shown on the page's own background, light or dark, in the page's own colour of text. So a background here is
either a tint, of which the page shines through and on which both are readable, or it comes with a colour of its own
text. A picture has a white background in every theme.
"""

from __future__ import annotations

from dataclasses import dataclass

OKABE_ITO = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#000000",
}
GREY = "#8C8C8C"
INK = "#222222"

# -- HTML: values of style="…". The last two digits of a tint are how opaque it is. --------------------------------

GOOD, BAD, ODD, NOTE, PLAIN = "#0072b233", "#d55e0066", "#f0e44259", "#e69f0033", "#80808026"
# A theme may give some elements a colour of its own, made for its own background. JupyterLab's sanitiser drops
# "inherit" from an untrusted notebook; JupyterLab itself needs it nowhere.
PAGE_INK = "color:inherit"

TABLE = "border-collapse:collapse"
CAPTION = f"text-align:left;padding:0.3em;font-weight:bold;{PAGE_INK}"
CELL = "border:1px solid #808080;padding:0.25em 0.7em;text-align:left;vertical-align:top"
HEAD = "background:#5c5c5c;color:#ffffff"
LINES = "font-family:monospace;white-space:pre-wrap;word-break:normal"
CODE = f"{LINES};{PAGE_INK};background:{PLAIN};margin:0.4em 0;padding:0.3em 0.6em;line-height:1.25"
PAGE = f"{LINES};{PAGE_INK};background:transparent;line-height:1.25"
WORD = f"{PAGE_INK};background:{PLAIN}"  # code within a line
FOLD = "margin:0.3em 0"
LIST = "list-style:none;padding-left:1em;margin:0.3em 0"


def box(colour: str) -> str:
    """The style of a box whose left edge has this colour.

    >>> box("#0072B2")
    'border:1px solid #808080;border-left:6px solid #0072B2;padding:0.5em 1em'
    """
    return f"border:1px solid #808080;border-left:6px solid {colour};padding:0.5em 1em"


# -- Bars and marks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """How one kind of thing looks: in colour, without colour, and in text."""

    colour: str
    hatch: str
    character: str


LOOKS = {
    "run": Look(OKABE_ITO["sky"], "", "#"),
    "wait": Look("#DDDDDD", "//", "."),
    "blocked": Look(OKABE_ITO["yellow"], "..", "b"),
    "completed": Look(OKABE_ITO["green"], "||", "✓"),
    "failed": Look(OKABE_ITO["vermillion"], "xx", "✗"),
    "interrupted": Look(OKABE_ITO["orange"], "\\\\", "!"),
}
_SPARE = (
    Look(OKABE_ITO["purple"], "++", "+"),
    Look(OKABE_ITO["blue"], "--", "="),
    Look(OKABE_ITO["orange"], "oo", "o"),
    Look(GREY, "**", "*"),
)


def looks(kinds: list[str]) -> dict[str, Look]:
    """A look for each kind, in order: the known ones as in `LOOKS`, the others from what is left.

    Raises ValueError when there are more unknown kinds than a reader could tell apart.

    >>> [look.character for look in looks(["run", "packing"]).values()]
    ['#', '+']
    """
    unknown = [kind for kind in dict.fromkeys(kinds) if kind not in LOOKS]
    if len(unknown) > len(_SPARE):
        raise ValueError(
            f"{len(unknown)} kinds without a look of their own: {', '.join(unknown)}; a reader can tell "
            f"{len(_SPARE)} apart; use fewer, or the known ones: {', '.join(LOOKS)}"
        )
    spare = dict(zip(unknown, _SPARE, strict=False))
    return {kind: LOOKS.get(kind) or spare[kind] for kind in dict.fromkeys(kinds)}

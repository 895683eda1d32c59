"""A run as an animation, with a column for each thread, a row for each step, and the shared state below.

    step   main      Ann       Bob          each row appears with its step and stays
    1      …                                the frame marks the current step
    ▶ 2              …                      the last picture shows the whole run and how it ended

Only CSS moves it, so it plays inside an <img>. It plays three times and stops at its last picture. A reader who asked
for less motion sees only that picture.
"""

from collections.abc import Iterator

import svg

from goqueue.races.report.trace import Step, Trace
from goqueue.races.report.trace_text import notes

_SECONDS = 2.5  # for each step; the last picture has two steps' time
_PLAYS = 3
_LINE, _PAD, _EDGE, _STEP, _THREAD, _TOP = 19, 7, 16, 100, 246, 76
_LETTERS = f'font-family="{svg.MONO}" font-size="12.5"'


def stepper_picture(trace: Trace, name: str) -> str:
    """Draw the run of the model `name`."""
    width = 2 * _EDGE + _STEP + _THREAD * len(trace.threads)
    parts = [svg.text(_EDGE, 30, f"One run of {name}, step by step", 'font-size="17" font-weight="bold"')]
    parts += _heads(trace, width)
    y = _TOP
    for at in range(len(trace.steps)):
        row, y = _row(trace, at, y, width)
        parts.append(svg.group(f"row{at}", row))
    parts.append(svg.group("ending", _strip(y, width, f"✗ {_ending(trace)}", "#f9d5b5")))
    y += 24 + 34
    parts += [svg.box(_EDGE, y - 22, width - 2 * _EDGE, 34, "#eeeeee", 'rx="4"')]
    parts += [svg.text(_EDGE + 8, y, "Shared state", 'font-weight="bold"')]
    parts += [svg.group(f"state{at}", [_state(step, y)]) for at, step in enumerate(trace.steps)]
    title = f"A run of {name} in {len(trace.steps)} steps: {_told(trace)}. It ends with {_ending(trace)}."
    return svg.sheet(width, y + 24, title, "An animation; each step comes after the one before.", parts, _style(trace))


def _ending(trace: Trace) -> str:
    return trace.ending.partition("\n")[0]


def _told(trace: Trace) -> str:
    return "; ".join(f"{step.thread} {' and '.join(step.what)}" for step in trace.steps)


def _heads(trace: Trace, width: int) -> Iterator[str]:
    yield svg.box(_EDGE, _TOP - 30, width - 2 * _EDGE, 30, "#eeeeee")
    yield svg.text(_EDGE + 8, _TOP - 10, "step", 'font-weight="bold"')
    for column, thread in enumerate(trace.threads):
        yield svg.text(_left(column) + 8, _TOP - 10, thread, 'font-weight="bold"')
    yield f'<path d="M{_EDGE} {_TOP} H{width - _EDGE}" stroke="{svg.RULE}"/>'


def _left(column: int) -> int:
    return _EDGE + _STEP + _THREAD * column


def _row(trace: Trace, at: int, y: int, width: int) -> tuple[list[str], int]:
    """The parts of a step's row, which begins at `y`, and where the next one begins."""
    step, parts = trace.steps[at], []
    for note in notes(step, trace.steps[at - 1] if at else None):
        parts += _strip(y, width, note, "#fff3d6")
        y += 24
    height = _LINE * (1 + max(1, len(step.what))) + 2 * _PAD
    first, x = y + _PAD + 13, _left(trace.threads.index(step.thread))
    parts += [
        svg.text(_EDGE + 30, first, str(at + 1), 'font-weight="bold"'),
        svg.text(_EDGE + 8, first + _LINE, step.where, f'font-size="12" fill="{svg.GREY}"'),
        svg.box(x + 4, y + _PAD - 2, _THREAD - 8, _LINE, "#e3eef7"),
        svg.text(x + 8, first, step.line, f'{_LETTERS} font-weight="bold"'),
        *(svg.text(x + 8, first + _LINE * line, said, _LETTERS) for line, said in enumerate(step.what, start=1)),
        f'<path d="M{_EDGE} {y + height} H{width - _EDGE}" stroke="{svg.RULE}"/>',
    ]
    frame = svg.box(_EDGE, y, width - 2 * _EDGE, height, "none", f'stroke="{svg.BLUE}" stroke-width="3"')
    arrow = f'<path d="M{_EDGE + 10} {first - 10} l11 5.5 l-11 5.5 z"/>'
    return [*parts, svg.group(f"now{at}", [frame, arrow])], y + height


def _strip(y: int, width: int, words: str, fill: str) -> list[str]:
    return [svg.box(_EDGE, y, width - 2 * _EDGE, 24, fill), svg.text(_EDGE + 8, y + 17, words, 'font-weight="bold"')]


def _state(step: Step, y: int) -> str:
    said = "   ".join(f"{name} = {value}" for name, value in step.state) or "none yet"
    return svg.text(_left(0) + 30, y, said, f'{_LETTERS} font-weight="bold"')


def _style(trace: Trace) -> str:
    """When what is there. Without motion, that is the last picture: every row, the ending, the last state."""
    last = len(trace.steps) - 1
    still = ", ".join([*(f".now{at}" for at in range(last + 1)), *(f".state{at}" for at in range(last))])
    rules = [f"{still} {{ opacity: 0 }}", "@media (prefers-reduced-motion: no-preference) {"]
    for at in range(last + 1):
        rules += [_moving(f"row{at}", trace, at, None), _moving(f"now{at}", trace, at, at + 1)]
        rules += [_moving(f"state{at}", trace, at, at + 1 if at < last else None)]
    return "\n".join([*rules, _moving("ending", trace, last + 1, None), "}"])


def _moving(name: str, trace: Trace, begins: int, ends: int | None) -> str:
    """The rule for a part that is there from one step to another, or to the end."""
    beats = len(trace.steps) + 2
    when = [(0, 0), (begins, 1)] if begins else [(0, 1)]
    when += [(ends, 0)] if ends is not None else []
    frames = " ".join(f"{100 * beat / beats:.3f}% {{ opacity: {seen} }}" for beat, seen in when)
    frames += f" 100% {{ opacity: {when[-1][1]} }}"
    timing = f"{name} {_SECONDS * beats:g}s step-end {_PLAYS}"
    return f".{name} {{ animation: {timing} }}\n@keyframes {name} {{ {frames} }}"

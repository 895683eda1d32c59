"""Predictions: say what will happen before it does, then compare it with what the code computed.

    guess = predict("How many chunks are sent?", choices=[1, 5])                 asks
    guess = predict("How many chunks are sent?", choices=[1, 5], answer="a")     keeps the answer
    guess.reveal(len(sent))                              what came, and what a wrong choice suggests

The right answer is stored nowhere: `reveal` is given what the cell has just computed. What to say to a wrong choice is
in steps/predictions/, not in the notebook, where it would give the answer away.

The answer is an argument, so nothing ever waits for somebody to type: a cell without one says how to answer, and "Run
All" runs through.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from string import ascii_lowercase

from ..versions.course import course_root
from ..views.document import bold, bullets, document, line, paragraph
from ..views.markup import element
from ..views.style import LIST, OKABE_ITO, WORD, box
from ..views.view import View
from . import progress_log

SURE = {1: "a guess", 2: "not sure", 3: "fairly sure", 4: "certain"}
HOW_TO_ANSWER = (
    'To answer, add answer="a" to this cell and run it again; and confidence=1 (a guess) to 4 (certain), if you like.'
)
_BOX = box(OKABE_ITO["blue"])


@dataclass(frozen=True)
class Reply:
    """A sentence for each wrong choice of one question, the misconception behind it, and what refutes that."""

    question: str
    notebook: str  # 11_locked_storage
    to: Mapping[str, str] = field(default_factory=dict)
    misconception: str = ""
    refuted_by: str = ""  # a call of check(…) or explore(…), to be typed into the notebook


NO_REPLY = Reply("", "")


@cache
def replies() -> dict[str, Reply]:
    """Return all replies by their question. Raises ValueError if two have the same question."""
    found: dict[str, Reply] = {}
    for file in sorted((course_root() / "steps" / "predictions").glob("*.toml")):
        for row in tomllib.loads(file.read_text(encoding="utf-8")).get("prediction", []):
            if row["question"] in found:
                raise ValueError(
                    f"{file.name} asks {row['question']!r}, as another one does: a question must be unique"
                )
            found[row["question"]] = Reply(notebook=file.stem, **row)
    return found


class Prediction(View):
    """A question, its choices, and the choice that was made, if one was."""

    question: str
    choices: tuple[str, ...]
    answer: str | None
    confidence: int | None

    def __init__(self, question: str, choices: tuple[str, ...], answer: str | None, confidence: int | None) -> None:
        vars(self).update(question=question, choices=choices, answer=answer, confidence=confidence)
        # The letters are written out: Jupyter's own style turns the letters of a list into numbers.
        lettered = [
            line(f"  {letter}  {choice}", element("code", letter, style=WORD), f" {choice}")
            for letter, choice in zip(ascii_lowercase, choices, strict=False)
        ]
        asked = paragraph(f"Predict: {question}", element("b", "Predict."), f" {question}")
        said = HOW_TO_ANSWER if answer is None else f"You say: {answer}{_sure(confidence)}"
        super().__init__(*document(asked, bullets(lettered, LIST), paragraph(said), box=_BOX))

    def reveal(self, came: object) -> View:
        """Show what came, beside what was predicted. `came` must be what the code has just computed.

        Raises ValueError if it is none of the choices: then the question is wrong, not the learner.
        """
        said = str(came)
        if said not in self.choices:
            raise ValueError(f"{said!r} came, which is none of the choices: {', '.join(self.choices)}")
        if self.answer is None:
            return _result(f"It is: {said}", "(No prediction was made.)")
        right = self.answer == said
        facts = {"answer": self.answer, "came": said, "right": right, "confidence": self.confidence}
        progress_log.note("prediction", self.question, **facts)
        how = _sure(self.confidence)
        if right:
            return _result(f"✓ It is: {said}", f"You said so{how}.")
        reply = replies().get(self.question, NO_REPLY)
        see = f"See for yourself: {reply.refuted_by}" if reply.refuted_by else ""
        return _result(f"✗ It is: {said}", f"You said: {self.answer}{how}.", reply.to.get(self.answer, ""), see)


def predict(
    question: str, *, choices: Sequence[object], answer: object = None, confidence: int | None = None
) -> Prediction:
    """Ask for a prediction, or take `answer`, one of `choices` or its letter.

    `confidence` says how sure: 1 (a guess) to 4 (certain). Raises ValueError for an answer or a confidence that there
    is not.

    >>> predict("How many chunks are sent?", choices=[1, 5], answer="b", confidence=3).reveal(1)
    ✗ It is: 1
    You said: 5 (fairly sure).
    >>> predict("How many chunks are sent?", choices=[1, 5])
    Predict: How many chunks are sent?
      a  1
      b  5
    To answer, add answer="a" to this cell and run it again; and confidence=1 (a guess) to 4 (certain), if you like.
    """
    named = tuple(str(choice) for choice in choices)
    if len(named) < 2 or len(set(named)) < len(named):
        raise ValueError(f"the choices are {', '.join(named) or 'none'}: there must be two at least, all different")
    letters = dict(zip(ascii_lowercase, named, strict=False))
    if confidence is not None and confidence not in SURE:
        raise ValueError(f"confidence={confidence!r}: it is 1 (a guess), 2, 3 or 4 (certain)")
    if answer is None:
        return Prediction(question, named, None, None)
    chosen = str(answer) if str(answer) in named else letters.get(str(answer))
    if chosen is None:
        raise ValueError(
            f"answer={answer!r} is none of the choices: {', '.join(named)}, or a letter: {', '.join(letters)}"
        )
    return Prediction(question, named, chosen, confidence)


def _sure(confidence: int | None) -> str:
    return "" if confidence is None else f" ({SURE[confidence]})"


def _result(first: str, *rest: str) -> View:
    return View(*document(bold(first), *map(paragraph, filter(None, rest)), box=_BOX))

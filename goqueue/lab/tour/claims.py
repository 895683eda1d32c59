"""What a chapter of the tour holds: claims, each with what this run measured and whether it held.

Every figure that the tour prints is part of a claim, so it was checked. Scenes (scenes.py) make some of the claims. The
others are the promises that a version gains or loses, which are tried on it and on the version before it. They run in
subprocesses before the first scene, so they disturb no measurement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goqueue.lab.versions import Result, gained, lost
from goqueue.lab.versions.trial import BROKEN, KEPT, MARKS, NOT_YET, check_many

FIRST = 8
Results = Mapping[tuple[int, str], Result]  # by step and promise


@dataclass(frozen=True)
class Claim:
    """A sentence, the figures behind it, and whether it held in this run."""

    text: str
    measured: str
    holds: bool


@dataclass(frozen=True)
class Scene:
    """What a version does right `now`, what the version before it does wrong, and what it does `wrong` itself.

    `best` says it in a few words, for the tour's first line; `timeline` follows one order.
    """

    now: tuple[Claim, ...]
    before: tuple[Claim, ...] = ()
    wrong: tuple[Claim, ...] = ()
    best: str = ""
    timeline: str = ""


@dataclass(frozen=True)
class Chapter:
    """All that the tour tells of one version."""

    step: int
    title: str
    adds: str
    scene: Scene
    gained: tuple[Claim, ...]
    lost: tuple[Claim, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Everything it claims."""
        return self.scene.before + self.scene.now + self.scene.wrong + self.gained + self.lost

    @property
    def holds(self) -> bool:
        """Whether all of it held in this run. A scene that claims nothing proves nothing."""
        return bool(self.scene.now) and all(claim.holds for claim in self.claims)


def try_promises(steps: Iterable[int]) -> Results:
    """Try what each step gains and loses, on it and on the step before it."""
    tried = [(step, promise.name) for step in steps for promise in gained(step) + lost(step)]
    pairs = list(dict.fromkeys((max(at, FIRST), name) for step, name in tried for at in (step - 1, step)))
    return dict(zip(pairs, check_many(pairs), strict=True))


def promise_claims(step: int, results: Results) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Claim each promise that the step gains, and each that it loses."""

    def claim(name: str, sentence: str, before: tuple[str, ...], now: str) -> Claim:
        *earlier, last = [results[at, name] for at in (step - 1, step) if at >= FIRST]
        holds = last.outcome == now and all(result.outcome in before for result in earlier)
        measured = " → ".join(MARKS[result.outcome] for result in (*earlier, last))
        return Claim(sentence if holds else f"{sentence}: {last.message}", measured, holds)

    return (
        tuple(claim(promise.name, promise.sentence, (BROKEN, NOT_YET), KEPT) for promise in gained(step)),
        tuple(claim(promise.name, promise.sentence, (KEPT,), BROKEN) for promise in lost(step)),
    )

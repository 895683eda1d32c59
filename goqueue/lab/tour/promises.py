"""The promises that a version gains and loses, as claims: each is tried in this run, on the version and on the one
before it. All trials run at the start of the tour, in processes of their own, so they disturb no measurement.
"""

from collections.abc import Iterable, Mapping

from goqueue.lab.tour.claims import Claim
from goqueue.lab.versions import Result, gained, lost
from goqueue.lab.versions.trial import BROKEN, KEPT, MARKS, NOT_YET, check_many

FIRST = 8
Results = Mapping[tuple[int, str], Result]


def try_promises(steps: Iterable[int]) -> dict[tuple[int, str], Result]:
    """Try what each step gains and loses, on it and on the step before. Return the results by (step, name)."""
    pairs = list(
        dict.fromkeys(
            (version, promise.name)
            for step in steps
            for promise in gained(step) + lost(step)
            for version in (step - 1, step)
            if version >= FIRST
        )
    )
    return dict(zip(pairs, check_many(pairs), strict=True))


def gained_claims(step: int, results: Results) -> tuple[Claim, ...]:
    """One claim for each promise gained: the version keeps it, and the one before it does not."""
    return tuple(
        _claim(promise.sentence, _results(step, promise.name, results), before=(BROKEN, NOT_YET), now=KEPT)
        for promise in gained(step)
    )


def lost_claims(step: int, results: Results) -> tuple[Claim, ...]:
    """One claim for each promise lost: the version breaks it, and the one before it keeps it."""
    return tuple(
        _claim(promise.sentence, _results(step, promise.name, results), before=(KEPT,), now=BROKEN)
        for promise in lost(step)
    )


def _results(step: int, name: str, results: Results) -> list[Result]:
    return [results[version, name] for version in (step - 1, step) if version >= FIRST]


def _claim(sentence: str, tried: list[Result], before: tuple[str, ...], now: str) -> Claim:
    *earlier, last = tried
    holds = last.outcome == now and all(result.outcome in before for result in earlier)
    text = sentence if holds else f"{sentence}: {last.message}"
    return Claim(text, " → ".join(MARKS[result.outcome] for result in tried), holds)

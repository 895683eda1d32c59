"""The promises that a version gains and loses, as claims: each is tried in this run, on the version and on the one
before it. All trials run together at the start of the tour, in processes of their own: most of them wait, so
together they take little longer than the slowest, and afterwards they disturb no measurement.
"""

from collections.abc import Iterable, Mapping

from goqueue.lab.tour.claims import Claim
from goqueue.lab.versions import Result, gained, lost
from goqueue.lab.versions.trial import check_many

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
        _claim(step, promise.name, promise.sentence, results, before=("broken", "not yet"), now=("kept",))
        for promise in gained(step)
    )


def lost_claims(step: int, results: Results) -> tuple[Claim, ...]:
    """One claim for each promise lost: the version breaks it, and the one before it keeps it."""
    return tuple(
        _claim(step, promise.name, promise.sentence, results, before=("kept",), now=("broken",))
        for promise in lost(step)
    )


def _claim(
    step: int, name: str, sentence: str, results: Results, before: tuple[str, ...], now: tuple[str, ...]
) -> Claim:
    tried = [(step - 1, before), (step, now)] if step > FIRST else [(step, now)]
    holds = all(results[version, name].outcome in expected for version, expected in tried)
    shown = ", ".join(f"{version:02} {results[version, name].outcome}" for version, _ in tried)
    message = results[step, name].message
    return Claim(sentence, f"{shown}: {message}" if message else shown, holds)

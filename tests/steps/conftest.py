"""All (version, promise) pairs that the collected tests ask for, tried together, a process each."""

from collections.abc import Mapping

import pytest

from goqueue.lab.versions.trial import Result, check_many

Pair = tuple[int | str, str]


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> Mapping[Pair, Result]:
    """What came of each pair."""
    pairs: list[Pair] = []
    for item in request.session.items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "pair" in callspec.params:
            pairs.append(callspec.params["pair"])
    return dict(zip(pairs, check_many(pairs), strict=True))

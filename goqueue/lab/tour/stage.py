"""Plays the scenes, in order. One that raises becomes a claim that does not hold, and the tour goes on."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from goqueue.lab.tour import (
    scene08_baseline,
    scene09_context,
    scene10_retry_fields,
    scene11_locked_storage,
    scene12_worker_pool,
    scene13_requeue_backoff,
)
from goqueue.lab.tour.claims import Claim, Scene
from goqueue.lab.tour.promises import FIRST, gained_claims, lost_claims, try_promises
from goqueue.lab.tour.shop import Version
from goqueue.lab.versions import catalogue, load

Play = Callable[[Version, Version, int], Scene]

SCENES: dict[int, Play] = {
    8: scene08_baseline.play,
    9: scene09_context.play,
    10: scene10_retry_fields.play,
    11: scene11_locked_storage.play,
    12: scene12_worker_pool.play,
    13: scene13_requeue_backoff.play,
}


@dataclass(frozen=True)
class Chapter:
    """All that the tour tells of one version."""

    step: int
    title: str
    adds: str
    scene: Scene
    gained: tuple[Claim, ...]
    lost: tuple[Claim, ...]
    seconds: float

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Everything it claims."""
        return self.scene.claims + self.gained + self.lost

    @property
    def holds(self) -> bool:
        """Whether all of it held in this run. Claiming nothing proves nothing."""
        return bool(self.scene.claims) and all(claim.holds for claim in self.claims)


def chapters(steps: Sequence[int], orders: int, progress: Callable[[str], None]) -> Iterator[Chapter]:
    """Play each step's scene with `orders` orders. `progress` hears what begins."""
    progress("trying the promises of each version")
    results = try_promises(steps)
    for entry in catalogue():
        if entry.step in steps:
            progress(f"{entry.step:02} {entry.title}")
            start = time.monotonic()
            # 08 has no version before it: it gets itself, and does not look.
            scene = play(SCENES[entry.step], max(entry.step - 1, FIRST), entry.step, orders)
            seconds = time.monotonic() - start
            gains, losses = gained_claims(entry.step, results), lost_claims(entry.step, results)
            yield Chapter(entry.step, entry.title, entry.adds, scene, gains, losses, seconds)


def play(scene: Play, before: int | str, now: int | str, orders: int) -> Scene:
    """Play one scene on fresh copies of two versions, as `load` names them."""
    try:
        return scene(load(before), load(now), orders)
    except Exception as error:  # whatever a broken version does, the tour says so and goes on
        return Scene(now=(Claim("The scene could be played to its end", f"{type(error).__name__}: {error}", False),))

"""An exploration of a queue leaves no queue behind, though each pool has a finaliser that leads to its parts."""

import gc
from collections.abc import Callable

import pytest

from goqueue.races import explore
from goqueue.running.floor import Floor

from .parts import whole, workers_only
from .proving import WATCHED


def ends() -> None:
    workers_only(whole()).stop()


def fails() -> None:
    assert not workers_only(whole()).pool.floor.stopping
    raise AssertionError


def floors() -> int:
    """Count the parts of pools that are left in this process, which other tests may have left too."""
    gc.collect()
    return sum(isinstance(each, Floor) for each in gc.get_objects())


@pytest.mark.parametrize("model", [ends, fails])
def test_nothing_of_a_run_stays(model: Callable[[], None]) -> None:
    before = floors()
    explore(model, modules=WATCHED, races="report", schedules=20)
    assert floors() <= before

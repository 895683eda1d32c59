"""Payloads and results are JSON: checked at submit, kept apart from the caller's own, never a pickle.

A small flat dict is kept without making text of it. That must never be seen, so hypothesis compares it with the text.
"""

import json
import math
import subprocess
import sys
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import goqueue
from goqueue import JobContext, PayloadError, Queue, Retry, Status
from goqueue.payload import MAX_BYTES, freeze, loses_a_key, thaw

from .parts import ctx, queue_of, run, submit


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=80),
    st.sampled_from([Colour.RED, Size.LARGE, 2**64, -(2**64), 2**65, "x" * 64, "x" * 65, "\ud800", "\x00"]),
)
keys = st.one_of(st.text(max_size=80), st.integers(), st.booleans(), st.none(), st.sampled_from([Colour.RED, 1.5]))
flat = st.dictionaries(keys, leaves, max_size=10)
nested = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=12,
)


def exact(value: Any) -> str:
    """Return `value` with all its types: 1, 1.0 and True are equal, and not the same."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{exact(key)}: {exact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(exact, value)) + "]"
    return f"{type(value).__name__} {value!r}"


@pytest.mark.parametrize("examples", [60, pytest.param(2_000, marks=pytest.mark.slow)])
def test_what_comes_back_is_what_json_makes_of_it(examples: int) -> None:
    @settings(max_examples=examples, derandomize=True, deadline=None, database=None)
    @given(value=st.one_of(flat, nested))
    def comes_back(value: Any) -> None:
        assume(not loses_a_key(value))  # freeze refuses it, as another test proves
        frozen, expected = freeze(value), json.loads(json.dumps(value))
        if frozen is not None and not isinstance(frozen, str):
            assert all(type(key) is str for key in frozen)
            assert [type(item) for item in frozen.values()] == [type(item) for item in expected.values()]
        assert exact(thaw(frozen)) == exact(expected)

    comes_back()


@pytest.mark.parametrize("value", [{"order": 17}, {"orders": [17]}, {str(number): number for number in range(20)}])
def test_nobody_else_can_edit_it(value: dict[str, Any]) -> None:
    before = json.dumps(value)
    frozen = freeze(value)
    value.clear()
    thaw(frozen).clear()  # the handler's
    assert json.dumps(thaw(frozen)) == before


def endless() -> list[Any]:
    itself: list[Any] = []
    itself.append({"itself": itself})
    return itself


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


UNFIT: dict[str, tuple[Any, str]] = {
    "a set": ({"order": {17}}, "Object of type set is not JSON serializable"),
    "bytes": ({"order": b"17"}, "Object of type bytes"),
    "an object": (object(), "Object of type object"),
    "a function": ([print], "Object of type builtin_function_or_method"),
    "a tuple as a key": ({(1, 2): 3}, "keys must be"),
    "nan": ({"price": math.nan}, "it holds nan or an infinity"),
    "an infinity": ([-math.inf], "it holds nan or an infinity"),
    "a number too long": ([10**5000], "Exceeds the limit (4300 digits)"),
    "a number too long in a dict": ({"order": 10**5000}, "Exceeds the limit (4300 digits)"),
    "itself": (endless(), "it contains itself, or is nested too deep"),
    "too deep": (deep(), "it contains itself, or is nested too deep"),
    "too large": ("x" * (MAX_BYTES - 1), "is 262,145 bytes of JSON, and 262,144 is the most"),
    "too large a dict": ({"text": "x" * MAX_BYTES}, "262,144 is the most: keep the data elsewhere, and send its name"),
    "too large a key": ({"x" * MAX_BYTES: 1}, "262,144 is the most"),
    "too large a number of items": ({str(number): number for number in range(50_000)}, "262,144 is the most"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_is_no_json_is_refused_at_submit_and_no_job_is_kept(what: str) -> None:
    value, says = UNFIT[what]
    queue = Queue()
    with pytest.raises(PayloadError, match="^payload (cannot be JSON|is)") as caught:
        queue.submit_job(ctx, "webhook", value)
    with pytest.raises(PayloadError):
        queue.submit_many(ctx, "webhook", [{"order": 17}, value])
    assert says in str(caught.value)
    assert sum(queue.count(ctx).values()) == 0


def test_the_largest_that_fits() -> None:
    text = "x" * (MAX_BYTES - 2)  # and two quotes
    assert thaw(freeze(text)) == text


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({1, 2}, "PayloadError: result of 'webhook' cannot be JSON: Object of type set"),
        (math.nan, "PayloadError: result of 'webhook' cannot be JSON: it holds nan or an infinity"),
        ("x" * MAX_BYTES, "PayloadError: result of 'webhook' is 262,146 bytes of JSON"),
    ],
    ids=["a set", "nan", "too large"],
)
def test_a_result_that_is_no_json_fails_the_job_and_is_not_tried_again(clock: Any, result: Any, says: str) -> None:
    job = run(queue_of(lambda ctx, payload: result, retry=Retry(attempts=5)))
    assert (job.status, job.attempts, job.result) == (Status.FAILED, 1, None)
    assert job.error.startswith(says)


def test_a_job_shows_its_payload_and_result_anew_at_each_look_whoever_edits_them(clock: Any) -> None:
    def deliver(ctx: JobContext, payload: Any) -> Any:
        payload["seen"] = True
        return {"orders": [payload["order"]], "of": (1, 2), 3: None}

    mine = {"order": 17}
    with queue_of(deliver) as queue:
        submitted = submit(queue, mine, delay=1.0)
        mine.clear()
        job = queue.wait(ctx, submitted)
    job.result["orders"].clear()
    job.payload.clear()
    assert job.payload == {"order": 17}
    assert job.result == {"orders": [17], "of": [1, 2], "3": None}


def test_a_queue_never_loads_pickle() -> None:
    code = "import sys, goqueue, goqueue.storage.sqlite; print('pickle' in sys.modules)"
    root = Path(goqueue.__file__).parents[1]  # -S: nothing that is installed is loaded either
    ran = subprocess.run([sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ran.stdout == "False\n", ran.stderr

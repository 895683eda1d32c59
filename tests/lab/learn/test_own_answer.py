"""An answer in which the course's own code does what was asked for is refused, and the first line says so."""

import pytest

from goqueue.lab.learn.exercises import Exercise, exercises, find
from goqueue.lab.learn.grading import grade_many
from goqueue.lab.learn.own_answer import _used
from tests.steps.unusual_answers import UNUSUAL

# 12.1 asks for a subclass of the course's channel, 12.3 for a channel from scratch.
NOT_HERS: list[tuple[str, str, str]] = [
    (
        "12.1",
        "class Channel(v12.channel.Channel):\n    pass",
        "Channel has no get of its own: it inherits the course's",
    ),
    (
        "12.1",
        "class Channel(v12.channel.Channel):\n    def get(self):\n        return super().get()",
        "Channel calls the get of the course's class: write it yourself",
    ),
    (
        "12.1",
        "class Channel(v12.channel.Channel):\n    def get(self):\n        return v12.channel.Channel.get(self)",
        "v12.channel.Channel is the course's own Channel, and does the work",
    ),
    ("12.1", "class Channel(v12.channel.Channel):\n    get = v12.channel.Channel.get", "and does the work"),
    (
        "12.3",
        "class Channel:\n    def __init__(self, size):\n        inner = v12.pool.Channel(size)\n"
        "        self.put, self.get, self.close = inner.put, inner.get, inner.close",
        "v12.pool.Channel is the course's own Channel, and does the work",
    ),
    (
        "12.3",
        "from steps.step12_worker_pool.channel import Channel as Theirs\n"
        "class Channel:\n    def __init__(self, size):\n        self.put = Theirs(size).put",
        "Theirs is the course's own Channel",
    ),
    ("12.3", "Channel = v12.channel.Channel", "Channel is the course's own Channel: write it yourself"),
    (
        "10.1",
        "from goqueue.lab.learn.exercises import find\nexec(find('10.1').solution)",
        "goqueue.lab.learn.exercises.find holds the answers",
    ),
    (
        "10.1",
        "import steps, pathlib, tomllib\nfile = next(pathlib.Path(steps.__path__[0]).glob('exercises/10_1*.toml'))\n"
        "exec(tomllib.loads(file.read_text())['solution'])",
        "exercises/10_1*.toml holds the answers, or what judges them",
    ),
]


@pytest.mark.parametrize("number", ["10.1", "12.1", "12.3"])
def test_the_courses_own_code_is_no_answer(number: str) -> None:
    rows = [(answer, says) for given, answer, says in NOT_HERS if given == number]
    for (answer, says), graded in zip(rows, grade_many(find(number), [row[0] for row in rows]), strict=True):
        assert not graded.passed, answer
        assert len(graded.results) == 1, "no check is tried on it"
        assert says in graded.results[0].message, answer


@pytest.mark.parametrize(
    "exercise", [one for one in exercises().values() if one.kind != "parsons"], ids=lambda one: one.id
)
def test_what_stands_beside_it_may_be_the_courses(exercise: Exercise) -> None:
    answers = [exercise.solution, *UNUSUAL.get(exercise.id, {}).values()]
    inherits = exercise.id == "12.1"
    assert [_used(exercise, exercise.program(one.strip("\n")), inherits) for one in answers] == [""] * len(answers)

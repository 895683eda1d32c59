"""A trace reads the same in text and in HTML, wherever it is shown."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.views import View
from goqueue.lab.views.stepper import side_by_side, stepper
from goqueue.races.report.trace import Step, Trace

ATTEMPTS = "Job#1.attempts"
WIDE = "a" * 57


def count(thread: str, what: str, value: int, preempted: str = "") -> Step:
    """One access to the attempts of a job, and what they are after it."""
    return Step(thread, "job.py:31", "self.attempts += 1", (what,), ((ATTEMPTS, str(value)),), preempted)


LOST_UPDATE = Trace(
    ("worker-1", "worker-2"),
    (
        count("worker-1", f"reads {ATTEMPTS}: 0", 0),
        count("worker-2", f"reads {ATTEMPTS}: 0", 0, preempted="worker-1"),
        count("worker-2", f"writes {ATTEMPTS}: 1", 1),
        count("worker-1", f"writes {ATTEMPTS}: 1", 1),
    ),
    "failed assertion: 2 attempts were made, and 1 was counted",
)

DEADLOCK = Trace(
    ("main", "worker-1", "worker-2"),
    (
        Step("worker-1", "storage.py:41", "with self._lock, job.lock:  # two in a row", ("takes MemoryStorage._lock",)),
        Step("worker-2", "pool.py:7", "with job.lock:", ("takes Job#1.lock", "sleeps 0.5 s"), preempted="worker-1"),
        Step("worker-1", "storage.py:41", "with self._lock, job.lock:", ("waits for Job#1.lock",)),
        Step("worker-2", "pool.py:8", "with storage._lock:", ("waits for MemoryStorage._lock",), time=0.5),
    ),
    "deadlock:\n  worker-1 waits for Job#1.lock, which worker-2 holds\n  worker-2 waits for MemoryStorage._lock",
)


def many(names: tuple[str, ...], alone: int, together: int) -> Trace:
    """A run in which the first thread prepares alone, then all take turns."""
    begin = [Step(names[0], "app.py:1", f"prepare({number})", ("calls prepare",)) for number in range(3)]
    write = count(names[0], f"writes {ATTEMPTS}: 0", 0)
    more = [Step(names[0], "app.py:2", f"prepare({number})", (), write.state) for number in range(4, alone)]
    prepare = [*begin, write, *more] if alone else []
    turns = [count(names[turn % len(names)], f"reads {ATTEMPTS}: 0", 0) for turn in range(together)]
    return Trace(names, (*prepare, *turns), "budget spent")


TRACES = {
    "lost update": LOST_UPDATE,
    "deadlock": DEADLOCK,
    "five threads": many(tuple(f"worker-{number}" for number in range(5)), 0, 12),
    "no steps": Trace(("main",), (), "exception in a thread: ValueError"),
    "nothing at all": Trace((), ()),
    "something deleted": Trace(("main",), (LOST_UPDATE.steps[0], Step("main", "app.py:2", "del job.attempts", ()))),
}
CHANGES = {
    "lost update": [f"{ATTEMPTS} = 0", f"{ATTEMPTS} = 1"],
    "five threads": [f"{ATTEMPTS} = 0"],
    "something deleted": [f"{ATTEMPTS} = 0", f"{ATTEMPTS} is gone"],
}


def page(view: View) -> BeautifulSoup:
    """What a browser without scripts shows."""
    return BeautifulSoup(view.html, "html.parser")


def said(view: View, selector: str) -> list[str]:
    """What each element that the selector finds says."""
    return [tag.get_text() for tag in page(view).select(selector)]


def test_a_deadlock_as_text() -> None:
    assert (
        stepper(DEADLOCK, "Two locks").text
        == """\
Two locks
step  main  worker-1                              worker-2
----  ----  ------------------------------------  -------------------------------
   1        storage.py:41
            with self._lock, job.lock:  # two i…
              takes MemoryStorage._lock
      ── worker-1 is preempted: worker-2 goes on ──
   2                                              pool.py:7
                                                  with job.lock:
                                                    takes Job#1.lock
                                                    sleeps 0.5 s
   3        storage.py:41
            with self._lock, job.lock:
              waits for Job#1.lock
      ── the clock goes to 0.5 s ──
   4                                              pool.py:8
                                                  with storage._lock:
                                                    waits for MemoryStorage._lock
deadlock:
  worker-1 waits for Job#1.lock, which worker-2 holds
  worker-2 waits for MemoryStorage._lock"""
    )


@pytest.mark.parametrize("kind", TRACES)
def test_the_html_says_all_that_the_trace_says_and_the_same_changes_of_state_as_the_text(kind: str) -> None:
    trace, view = TRACES[kind], stepper(TRACES[kind], "The story")
    told = {"The story", *(part for step in trace.steps for part in (step.thread, step.where, step.line, *step.what))}
    told |= {f"── {note} ──" for note in re.findall("── (.*) ──", view.text)}
    assert told - set(page(view).stripped_strings) == set()
    assert trace.ending in page(view).get_text()
    in_text = [change for line in re.findall("shared: (.*)", view.text) for change in line.split("; ")]
    assert in_text == said(view, "tr > td:last-child > div:has(> span)")
    assert in_text == CHANGES.get(kind, [])


def test_columns_and_rows_are_named_for_a_screen_reader() -> None:
    view = stepper(DEADLOCK, "Two locks")
    assert said(view, "th[scope=col]") == ["step", *DEADLOCK.threads, "change of shared state"]
    assert said(view, "th[scope=row]") == ["1", "2", "3", "4"]
    assert said(view, "caption") == ["Two locks"]


def test_the_script_is_small_and_finds_its_own_view_only() -> None:
    one, other = stepper(LOST_UPDATE, "One"), stepper(LOST_UPDATE, "Other")
    names = [page(view).select("[class^=view-]")[0]["class"] for view in (one, other)]
    assert names[0] != names[1]
    (script,) = said(one, "script")
    assert f'querySelectorAll(".{names[0][0]}:not([tabindex])")' in script
    assert len(script.strip().splitlines()) < 40
    assert said(stepper(TRACES["no steps"], "Nothing to step through"), "script") == []


@pytest.mark.parametrize(
    ("trace", "line"),
    [
        (TRACES["five threads"], "   5  worker-4  job.py:31  self.attempts += 1"),
        (Trace((WIDE, "main"), (Step(WIDE, "app.py:1", "run()", ()),)), f"   1  {WIDE}  app.py:1  run()"),
        (Trace(("main", "Ann"), (Step("main", WIDE, "run()", ()),)), f"   1  main    {WIDE}  run()"),
    ],
    ids=["five threads", "a wide name", "a wide place"],
)
def test_what_is_too_wide_for_columns_shares_one(trace: Trace, line: str) -> None:
    lines = stepper(trace, "Many").text.splitlines()
    assert lines[1].endswith("  what it does")
    assert line in lines


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 5])
def test_no_line_is_longer_than_a_terminal_and_nothing_but_the_source_is_cut(threads: int) -> None:
    names = tuple(f"worker-{number}" for number in range(threads))
    told = " ".join(f"word{number}" for number in range(60))
    step = Step(names[-1], "app.py:1", "x" * 300, (told,), tuple((f"Job#{n}.payload", "y" * 30) for n in range(9)))
    text = stepper(Trace(names, (step,)), "Wide").text
    assert max(map(len, text.splitlines())) <= 120
    assert told in " ".join(text.split())
    assert text.count("…") == 1
    assert all(f"Job#{n}.payload = {'y' * 30}" in " ".join(text.split()) for n in range(9))


@pytest.mark.parametrize(
    ("threads", "alone", "together", "folded", "shown"),
    [
        (2, 40, 20, [], [*range(1, 61)]),  # sixty steps are not too many
        (2, 41, 20, ["… 37 steps by main …"], [*range(1, 5), *range(42, 62)]),  # worker-1 reads what the fourth writes
        (1, 70, 0, ["… 50 steps by main …"], [*range(51, 71)]),  # the last twenty are never folded
    ],
)
def test_a_long_beginning_is_folded_but_for_what_others_touch(
    threads: int, alone: int, together: int, folded: list[str], shown: list[int]
) -> None:
    view = stepper(many(("main", "worker-1")[:threads], alone, together), "Long")
    assert re.findall("… .* …", view.text) == folded
    assert re.findall(r"^ *(\d+)  ", view.text, re.MULTILINE) == [*map(str, shown)]
    assert len(said(view, "th[scope=row]")) == alone + together, "the HTML folds nothing"


def test_what_a_folded_stretch_changed_is_told() -> None:
    steps = [Step("main", "app.py:1", "jobs.append(job)", (), (("app.jobs", str(n)),), time=n / 2) for n in range(70)]
    text = stepper(Trace(("main",), tuple(steps)), "Alone").text
    fold = text.index("… 50 steps by main …")
    assert text.index("the clock goes to 24.5 s") < fold < text.index("shared: app.jobs = 49")


def test_two_traces_stand_next_to_each_other_with_one_column_of_steps_each() -> None:
    view = side_by_side(LOST_UPDATE, DEADLOCK, ("Without a lock", "With two"))
    assert view.text == f"{stepper(LOST_UPDATE, 'Without a lock')}\n\n{stepper(DEADLOCK, 'With two')}"
    assert said(view, "caption") == ["Without a lock", "With two"]
    assert said(view, "th[scope=col]") == ["step", "thread", "what it does", "change of shared state"] * 2
    indents = [str(tag["style"])[-3:] for tag in page(view).select('[style^="padding:0 0 0"]')]
    assert indents == ["0em", "1em", "1em", "0em", *["1em", "2em"] * 2]  # main, which does nothing, has the first


def test_a_table_is_never_wider_than_the_page_and_long_names_are_broken() -> None:
    long = Step("worker-1", "a.py:1", "x" * 200, ("reads " + "y" * 200,), (("z" * 200, "0"),))
    view = stepper(Trace(("worker-1",), (long,)), "Long")
    assert "table-layout:fixed;width:100%" in str(page(view).select("table")[0]["style"])
    assert len(page(view).select("th, td")) > 3
    assert all("overflow-wrap:break-word" in str(one["style"]) for one in page(view).select("th, td"))

"""A trace reads the same in text and in HTML, wherever it is shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from goqueue.lab.races.trace import Step, Trace
from goqueue.lab.views.stepper import side_by_side, stepper

ATTEMPTS = "Job#1.attempts"
STYLES = {"background", "border", "border-collapse", "color", "display", "font-family", "font-size", "font-weight"}
STYLES |= {"margin", "max-height", "min-width", "overflow", "overflow-wrap", "padding", "table-layout", "text-align"}
STYLES |= {"vertical-align", "white-space", "width"}


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


class Page(HTMLParser):
    """What a browser without scripts shows, and the tags and attributes it shows it with."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.opened: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: set[str] = set()
        self.feed(html)
        self.close()
        self.text = "\n".join(self.shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        rules = ";".join(value or "" for name, value in attrs if name == "style").split(";")
        self.styles |= {rule.partition(":")[0] for rule in rules if rule}

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "script" not in self.opened:
            self.shown.append(data)


def test_a_lost_update_as_text() -> None:
    assert (
        stepper(LOST_UPDATE, "Two workers count an attempt").text
        == """\
Two workers count an attempt
step  worker-1                       worker-2
----  -----------------------------  -----------------------------
   1  job.py:31  self.attempts += 1
        reads Job#1.attempts: 0
      shared: Job#1.attempts = 0
      ── worker-1 is preempted: worker-2 goes on ──
   2                                 job.py:31  self.attempts += 1
                                       reads Job#1.attempts: 0
   3                                 job.py:31  self.attempts += 1
                                       writes Job#1.attempts: 1
      shared: Job#1.attempts = 1
   4  job.py:31  self.attempts += 1
        writes Job#1.attempts: 1
failed assertion: 2 attempts were made, and 1 was counted"""
    )


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
def test_the_html_says_all_that_the_trace_says(kind: str) -> None:
    trace, page = TRACES[kind], Page(stepper(TRACES[kind], "The story").html)
    told = {"The story", *(part for step in trace.steps for part in (step.thread, step.where, step.line, *step.what))}
    told |= {f"── {note} ──" for note in re.findall("── (.*) ──", stepper(trace, "The story").text)}
    assert told - set(page.shown) == set()
    assert trace.ending in page.text
    assert page.opened == []


@pytest.mark.parametrize("kind", TRACES)
def test_the_text_and_the_html_tell_the_same_changes_of_state(kind: str) -> None:
    view = stepper(TRACES[kind], "The story")
    in_text = [change for line in re.findall("shared: (.*)", view.text) for change in line.split("; ")]
    in_html = re.findall("<span>(.*?)</span> <b>(.*?)</b>", view.html)
    assert in_text == [f"{name} {became}" for name, became in in_html]


def test_state_that_went_away_is_told() -> None:
    assert "shared: Job#1.attempts is gone" in stepper(TRACES["something deleted"], "Deleted").text


@pytest.mark.parametrize("kind", TRACES)
def test_it_shows_where_scripts_are_stripped(kind: str) -> None:
    # What JupyterLab's sanitiser (@jupyterlab/apputils, sanitizer.ts) lets pass, of what this view uses.
    page = Page(side_by_side(TRACES[kind], LOST_UPDATE, ("One", "Another")).html)
    assert page.tags <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "b", "script"}
    assert page.attributes <= {"style", "class", "scope", "colspan"}
    assert page.styles <= STYLES


def test_columns_and_rows_are_named_for_a_screen_reader() -> None:
    html = stepper(DEADLOCK, "Two locks").html
    assert re.findall('<th scope="col"[^>]*>([^<]*)', html) == ["step", *DEADLOCK.threads, "change of shared state"]
    assert re.findall('<th scope="row"[^>]*>([^<]*)', html) == ["1", "2", "3", "4"]
    assert ">Two locks</caption>" in html


def test_nothing_that_was_written_becomes_markup() -> None:
    evil = "</pre></div><script>alert(1)</script><img src=\"https://partner.example/x\" onerror='x'>"
    step = Step(evil, evil, evil, (evil,), ((evil, evil),), preempted=evil)
    view = stepper(Trace((evil,), (step,), evil), evil)
    page = Page(view.html)
    assert page.shown.count(evil) == 7  # title, column, place, line, what happened, name of the state, ending
    assert f"= {evil}" in page.shown
    assert view.html.count("<script>") == 1
    assert "alert(1)" not in re.findall("<script>.*?</script>", view.html, re.DOTALL)[0]


def test_the_script_is_small_and_finds_its_own_view_only() -> None:
    one, other = stepper(LOST_UPDATE, "One"), stepper(LOST_UPDATE, "Other")
    names = [re.findall(r'class="(view-\w+)"', view.html) for view in (one, other)]
    assert names[0] != names[1]
    script = one.html.partition("<script>")[2]
    assert f'querySelectorAll(".{names[0][0]}:not([tabindex])")' in script
    assert len(script.partition("</script>")[0].strip().splitlines()) < 40
    assert "<script>" not in stepper(TRACES["no steps"], "Nothing to step through").html


def test_the_same_trace_gives_the_same_bytes() -> None:
    assert stepper(LOST_UPDATE, "One") == stepper(LOST_UPDATE, "One")
    assert stepper(LOST_UPDATE, "One").html != stepper(DEADLOCK, "One").html


def test_five_threads_share_one_column() -> None:
    lines = stepper(TRACES["five threads"], "Many").text.splitlines()
    assert lines[1] == "step  thread    what it does"
    assert "   5  worker-4  job.py:31  self.attempts += 1" in lines


@pytest.mark.parametrize("part", ["thread", "where"])
def test_a_name_too_wide_for_its_column_makes_one_column(part: str) -> None:
    name = "a" * 57
    step = Step(name if part == "thread" else "main", name if part == "where" else "app.py:1", "run()", ())
    text = stepper(Trace(("main", "worker-1"), (step,)), "Wide").text
    assert "what it does" in text
    assert name in text


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


def test_a_long_beginning_is_folded_but_for_what_others_touch() -> None:
    view = stepper(many(("main", "worker-1"), alone=50, together=25), "Long")
    text = view.text
    assert re.findall("… .* …", text) == ["… 46 steps by main …"]
    assert f"writes {ATTEMPTS}: 0" in text, "worker-1 reads it later"
    assert re.findall(r"^ *(\d+)  ", text, re.MULTILINE) == ["1", "2", "3", "4", *map(str, range(51, 76))]
    assert view.html.count('scope="row"') == 75, "the HTML folds nothing"


@pytest.mark.parametrize(("alone", "together", "folded"), [(40, 20, []), (41, 20, ["… 37 steps by main …"])])
def test_only_a_run_of_more_than_sixty_steps_is_folded(alone: int, together: int, folded: list[str]) -> None:
    assert re.findall("… .* …", stepper(many(("main", "worker-1"), alone, together), "Long").text) == folded


def test_the_last_twenty_steps_are_never_folded() -> None:
    steps = (Step("main", "app.py:1", "prepare()", ()),) * 70
    assert re.findall("… .* …", stepper(Trace(("main",), steps), "Alone").text) == ["… 50 steps by main …"]


def test_what_a_folded_stretch_changed_is_told() -> None:
    steps = [Step("main", "app.py:1", "jobs.append(job)", (), (("app.jobs", str(n)),), time=n / 2) for n in range(70)]
    text = stepper(Trace(("main",), tuple(steps)), "Alone").text
    fold = text.index("… 50 steps by main …")
    assert text.index("the clock goes to 24.5 s") < fold < text.index("shared: app.jobs = 49")


def test_two_traces_stand_next_to_each_other() -> None:
    view = side_by_side(LOST_UPDATE, DEADLOCK, ("Without a lock", "With two"))
    assert view.text == f"{stepper(LOST_UPDATE, 'Without a lock')}\n\n{stepper(DEADLOCK, 'With two')}"
    assert [view.html.count(part) for part in ("<table", "Without a lock</caption>", "With two</caption>")] == [2, 1, 1]


def test_next_to_each_other_there_is_room_for_one_column_of_steps() -> None:
    page = side_by_side(LOST_UPDATE, DEADLOCK, ("Without a lock", "With two")).html
    heads = ["step", "thread", "what it does", "change of shared state"]
    assert re.findall('<th scope="col"[^>]*>([^<]*)', page) == heads * 2
    indents = re.findall(r'padding:0 0 0 (\d)em"><div[^>]*>([^<]*)', page)
    assert indents[:2] == [("0", "job.py:31"), ("1", "job.py:31")]  # worker-1, worker-2
    assert indents[4:6] == [("1", "storage.py:41"), ("2", "pool.py:7")]  # main, which does nothing, has the first


def test_a_table_is_never_wider_than_the_page_and_long_names_are_broken() -> None:
    long = Step("worker-1", "a.py:1", "x" * 200, ("reads " + "y" * 200,), (("z" * 200, "0"),))
    page = stepper(Trace(("worker-1",), (long,)), "Long").html
    assert "table-layout:fixed;width:100%" in page
    cells = re.findall(r"<t[hd] [^>]*style=\"([^\"]*)", page)
    assert len(cells) > 3
    assert all("overflow-wrap:break-word" in style for style in cells)

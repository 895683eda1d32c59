"""All runs of a small model with few preemptions, as plain data that a page can play without Python.

    Bench ─> every order of presses with at most `bound` preemptions ─> nodes, presses and words, each written once

A node says where all threads stand; from it a press leads to another node. Two nodes that agree in all that can be seen
and done from there on are one. Where the bound forbids a press, the node has none, and the page says where it ends.
A page can write the schedule of a run itself: nodes have positions, presses have what the checksum covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from goqueue.races.engine.faults.killable_run import KILLED
from goqueue.races.engine.faults.plans import NO_FAULTS, Interrupt, Plan
from goqueue.races.engine.words import FAILURES
from goqueue.races.played_runs import Bench, Played, Press
from goqueue.races.playing import Game
from goqueue.races.search.by_hand import ByHand, Situation, presses
from goqueue.races.search.exploration import Exploration

MOST = 1_500  # runs in one tree
BOUND = 2  # preemptions, or fewer if the trees would be larger

Data = dict[str, Any]


@dataclass
class Node:
    """A situation, and where each press leads. `end` is set where the run is over."""

    now: Situation | None
    moved: tuple[int, ...]
    kids: dict[int, tuple[Press, Node]] = field(default_factory=dict)
    end: Played | None = None
    crash: tuple[Press, Played] | None = None


@dataclass
class Tree:
    """The runs of one plan of faults."""

    plan: Plan
    beginning: Press
    root: Node
    whole: bool = False  # nothing was left out
    cut: bool = False  # there were too many runs, so it does not even hold all with few preemptions
    runs: int = 0

    def nodes(self) -> Iterator[Node]:
        """Yield each node."""
        left = [self.root]
        while left:
            node = left.pop()
            yield node
            left += [kid for _, kid in node.kids.values()]

    def at(self, moved: tuple[int, ...]) -> Node | None:
        """Return the node that these presses lead to, if it is in the tree."""
        node: Node | None = self.root
        for thread in moved:
            node = node.kids[thread][1] if node is not None and thread in node.kids else None
        return node


class Walk:
    """Every order of presses with few preemptions, depth first. Use: run with `by_hand()`, then `on()`, until False."""

    def __init__(self, bound: int) -> None:
        self.bound, self.whole = bound, True
        self._stack: list[list[int]] = []
        self._depth = 0

    def by_hand(self) -> ByHand:
        """Return what makes the next run."""
        self._depth = 0
        return ByHand(lambda: self._choose)

    def _choose(self, situation: Situation) -> int:
        if self._depth == len(self._stack):
            free = situation.is_free or situation.preemptions < self.bound
            others = [one for one in situation.able if one != situation.usual]
            self.whole = self.whole and (free or not others)
            self._stack.append([*(reversed(others) if free else ()), situation.usual])
        chosen = self._stack[self._depth][-1]
        self._depth += 1
        return chosen

    def on(self) -> bool:
        """Go to the next order. False if none is left."""
        while self._stack:
            self._stack[-1].pop()
            if self._stack[-1]:
                return True
            self._stack.pop()
        return False


def grow(bench: Bench, exploration: Exploration, plan: Plan, bound: int, most: int) -> Tree:
    """Return all runs with one plan of faults and few preemptions."""
    while True:
        walk, tree, known = Walk(bound), None, bench.hot
        exploration.hot = known
        while bench.hot == known:
            played = bench.make(exploration, walk.by_hand(), plan)
            if bench.hot != known:  # there are more steps than was known
                break
            if tree is None:
                first = played.situations[0] if played.situations else None
                tree = Tree(plan, played.beginning, Node(first, ()))
            graft(tree, played)
            left = walk.on()
            if not left or tree.runs >= most:
                tree.cut = left
                tree.whole = walk.whole and not left
                return tree


def graft(tree: Tree, played: Played) -> None:
    """Add one run to a tree."""
    tree.runs += 1
    node = tree.root
    for at, (thread, press) in enumerate(zip(played.moved, played.done, strict=True)):
        if thread not in node.kids:
            now = played.situations[at + 1] if at + 1 < len(played.situations) else None
            node.kids[thread] = press, Node(now, played.moved[: at + 1])
        node = node.kids[thread][1]
    node.end = played


@dataclass
class Forest:
    """The trees of one model: without a fault, and with each Ctrl-C that can come."""

    bench: Bench
    bound: int
    trees: dict[tuple[Interrupt, ...], Tree]

    @property
    def runs(self) -> int:
        """How many runs are in it."""
        return sum(tree.runs for tree in self.trees.values())

    @property
    def whole(self) -> bool:
        """Whether every run is in it, of all steps that matter."""
        return self.bench.settled and all(tree.whole for tree in self.trees.values())

    @property
    def cut(self) -> bool:
        """Whether it lacks runs with few preemptions, because there are too many."""
        return any(tree.cut for tree in self.trees.values())

    def ends(self) -> Iterator[Played]:
        """Yield each run, those that a crash ends too."""
        for tree in self.trees.values():
            for node in tree.nodes():
                if node.end is not None:
                    yield node.end
                if node.crash is not None:
                    yield node.crash[1]

    def par(self, verdict: str) -> int | None:
        """Return the fewest preemptions of a run that ends so, or None if none does."""
        return min((one.preemptions for one in self.ends() if one.verdict == verdict), default=None)


def forest(game: Game, bound: int = BOUND, most: int = MOST) -> Forest:
    """Return the trees of the model of a game, with as many preemptions as leave them small enough."""

    def attempt(exploration: Exploration) -> Forest:
        while True:
            known, found = game.bench.hot, planted(game.bench, exploration, bound, most)
            if game.bench.hot == known:
                return found

    found = game.bench.within(attempt)
    return found if not found.cut or not bound else forest(game, bound - 1, most)


def planted(bench: Bench, exploration: Exploration, bound: int, most: int) -> Forest:
    """Return the trees, as long as no run shows that there are more steps than was known."""
    usual = grow(bench, exploration, NO_FAULTS, bound, most)
    found = Forest(bench, bound, {(): usual})
    for node in usual.nodes():
        plan = interrupting(node)
        if plan is not None and plan.interrupts not in found.trees:
            found.trees[plan.interrupts] = grow(bench, exploration, plan, bound, most)
    if bench.options.crashes is not None:
        for tree in found.trees.values():
            kill(bench, exploration, tree)
    return found


def interrupting(node: Node) -> Plan | None:
    """Return the plan in which Ctrl-C comes at a node, or None if it cannot."""
    point, ticks, _ = node.now.interrupt if node.now is not None else (0, 0, False)
    return Plan((Interrupt(0, point, ticks),)) if point else None


def kill(bench: Bench, exploration: Exploration, tree: Tree) -> None:
    """Make the run of each node once more, and kill the process there."""
    for node in list(tree.nodes()):
        if node.now is None:
            continue
        plan = tree.plan._replace(crash=node.now.changes + 1)
        played = bench.make(exploration, presses(node.moved, go_on=True), plan)
        if played.met == len(plan.interrupts) + 1:
            rest = played.done[len(node.moved) :]
            what = tuple(f"{one.thread} {words}" for one in rest for words in one.what if words != KILLED)
            entries = tuple(entry for one in rest for entry in one.entries)
            node.crash = Press("crash", what, rest[-1].state if rest else (), "", entries), played


class Words:
    """Each thing once, by its number."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def __call__(self, thing: Any) -> int:
        if thing not in self._numbers:
            self._numbers[thing] = len(self.kept)
            self.kept.append(thing)
        return self._numbers[thing]


class Writer:
    """Writes a forest as plain data."""

    def __init__(self, grown: Forest) -> None:
        self._grown = grown
        self._words, self._presses, self._nodes = Words(), Words(), Words()
        self._plans = list(grown.trees)
        self._shared = frozenset[str]().union(*(one.shared for one in grown.ends()))

    def data(self) -> Data:
        """Return all of it."""
        roots = [
            [str(tree.plan), self._node(tree.root, tree), self._press(tree.beginning)]
            for tree in self._grown.trees.values()
        ]
        return {
            "plans": roots,
            "nodes": self._nodes.kept,
            "presses": self._presses.kept,
            "words": self._words.kept,
            "bound": self._grown.bound,
            "whole": self._grown.whole,
            "cut": self._grown.cut,
            "runs": self._grown.runs,
        }

    def _press(self, press: Press) -> int:
        words = self._words
        told = [one for one in press.entries if not one[2] or one[2] in self._shared]
        return self._presses(
            (
                tuple(words(one) for one in press.what),
                tuple((words(name), words(value)) for name, value in press.state),
                tuple((task, words(what), words(group)) for task, what, group in told),
            )
        )

    def _end(self, played: Played) -> tuple[Any, ...]:
        words = self._words
        failed = int(played.verdict in FAILURES)
        return (
            words(str(played.verdict)),
            words(played.how),
            failed,
            tuple(sorted(words(one) for one in sorted(played.shared))),
        )

    def _node(self, node: Node, tree: Tree) -> int:
        kids = tuple(
            (thread, self._node(kid, tree), self._press(press)) for thread, (press, kid) in sorted(node.kids.items())
        )
        now = node.now
        if now is None:
            assert node.end is not None
            return self._nodes(("end", self._end(node.end)))
        words = self._words
        threads = tuple(
            (words(one.name), "rwe".index(one.state[0]), one.number, words(one.next or one.waits))
            for one in now.threads
        )
        return self._nodes(
            (
                threads,
                now.current,
                now.usual,
                int(now.is_free),
                now.position,
                now.time,
                kids,
                self._interrupt(node, tree),
                self._crash(node, tree),
            )
        )

    def _interrupt(self, node: Node, tree: Tree) -> tuple[int, int] | None:
        plan = interrupting(node) if not tree.plan.interrupts else None
        if plan is None or plan.interrupts not in self._grown.trees or node.now is None:
            return None
        moved = (*node.moved, 0) if node.now.interrupt[2] else node.moved
        if self._grown.trees[plan.interrupts].at(moved) is None:
            return None
        return self._plans.index(plan.interrupts), int(node.now.interrupt[2])

    def _crash(self, node: Node, tree: Tree) -> tuple[Any, ...] | None:
        if node.crash is None:
            return None
        press, played = node.crash
        crash = played.schedule.removeprefix(str(tree.plan)).partition("-")[0]
        return self._nodes(("end", self._end(played))), self._press(press), f"{crash}-"


def as_data(grown: Forest) -> Data:
    """Return a forest as numbers, text and lists: what json.dumps takes."""
    return Writer(grown).data()

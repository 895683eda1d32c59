"""A random program from a seed, as Python source; and the smaller programs that shrinking tries."""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .sources import asked_for_truth, by_detours
from .theme import Theme
from .vocabulary import IMPORTS, THEMES

SHAPES = ((2, 2), (1, 1), (2, 1), (1, 1, 1), (3, 1), (3, 2), (2, 1, 1), (4, 2))
WRAPPED = ("try:\n    {}\nexcept Exception as error:\n    me.append(type(error).__name__)", "if «e»:\n    {}")


@dataclass(frozen=True)
class Program:
    """Two or three threads, each a list of statements, over the shared things of some themes."""

    themes: tuple[Theme, ...]
    threads: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> set[str]:
        """The variables that the threads share."""
        return set().union(*(assigned(theme.setup) for theme in self.themes))

    def thread(self, number: int) -> str:
        """Return the source of one thread's function."""
        body = "\n".join(self.threads[number])
        changed = assigned(body)
        lines = [f"def thread_{number}():", f"    me = seen[{number}]"]
        for keyword, names in (("nonlocal", self.names - GLOBALS), ("global", GLOBALS)):
            if names & changed:
                lines.append(f"    {keyword} {', '.join(sorted(names & changed))}")
        caught = ["    try:", textwrap.indent(body or "pass", " " * 8), "    except Exception as error:"]
        return "\n".join([*lines, *caught, "        me.append(type(error).__name__)"])

    def source(self) -> str:
        """Return the program: a file that holds a function `model`, which returns how a run ended."""
        numbers = range(len(self.threads))
        targets = ", ".join(f"thread_{number}" for number in numbers)
        body = [
            *(theme.setup for theme in self.themes),
            f"seen = [{', '.join('[]' for _ in numbers)}]",
            *(self.thread(number) for number in numbers),
            f"threads = [threading.Thread(target=target, name=target.__name__) for target in ({targets},)]",
            "for thread in threads:\n    thread.start()",
            "for thread in threads:\n    thread.join()",
            f"keep(repr((seen, {', '.join(theme.final for theme in self.themes)})))",
        ]
        definitions = "\n\n".join(theme.module for theme in self.themes)
        return f"{IMPORTS}\n\n{definitions}\n\ndef model():\n" + textwrap.indent("\n".join(body), "    ") + "\n"

    def smaller(self) -> Iterator[Program]:
        """Yield each program that lacks one thread, one statement or one theme of this one."""
        for number, thread in enumerate(self.threads):
            before, after = self.threads[:number], self.threads[number + 1 :]
            if len(self.threads) > 2:
                yield replace(self, threads=before + after)
            for at in range(len(thread)):
                yield replace(self, threads=(*before, thread[:at] + thread[at + 1 :], *after))
        for theme in self.themes if len(self.themes) > 1 else ():
            yield replace(self, themes=tuple(other for other in self.themes if other is not theme))


GLOBALS = {"G", "H"}


def assigned(source: str) -> set[str]:
    """Return the names that a piece of source assigns, outside of functions and comprehensions in it."""
    found: set[str] = set()
    left: list[ast.AST] = [ast.parse(source)]
    while left:
        node = left.pop()
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            found |= {part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)}
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if isinstance(node, ast.MatchAs | ast.MatchStar | ast.ExceptHandler | ast.FunctionDef | ast.ClassDef):
            found |= {node.name} if node.name else set()
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        left += ast.iter_child_nodes(node)
    return found


def random_program(seed: int, themes: tuple[Theme, ...] = THEMES) -> Program:
    """Return the program with this number."""
    chance = random.Random(seed)
    used: tuple[Theme, ...] = (themes[seed % len(themes)],)  # each theme in turn
    if chance.random() < 0.4:
        used += tuple(theme for theme in [chance.choice(themes)] if theme not in used)
    few = [each for theme in used for each in chance.sample(theme.statements, min(4, len(theme.statements)))]
    values = [expression for theme in used for expression in theme.expressions]
    shared = Program(tuple(used), ()).names
    lengths = chance.choice(SHAPES)
    made = [[statement(chance, few, values, shared) for _ in range(length)] for length in lengths]
    return Program(used, tuple(map(tuple, made)))


def statement(chance: random.Random, few: list[str], values: list[str], shared: set[str]) -> str:
    """Return one statement: one of a few, or an observation, as it is, inside of another, or by detours."""
    made = chance.choice(few) if chance.random() < 0.65 else "me.append(«e»)"
    kind = chance.random()
    if kind < 0.3:
        inside = textwrap.indent(made, "    ").strip()
        made = chance.choice(WRAPPED).format(inside) if "{" not in made and "}" not in made else made
    while "«" in made:
        value = chance.choice([*values, "«n»"])
        value = asked_for_truth(chance, value, shared) if chance.random() < 0.2 and "{" not in value else value
        made = made.replace("«e»", value, 1)
        made = made.replace("«k»", chance.choice("ab"), 1).replace("«n»", str(chance.randint(1, 3)), 1)
    return by_detours(chance, made, shared) if chance.random() < 0.4 else made


def program_of(theme: Theme, *threads: str) -> Program:
    """Return a program of one theme, from the source of its threads."""
    return Program((theme,), tuple((textwrap.dedent(thread).strip(),) for thread in threads))

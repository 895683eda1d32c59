"""An answer is the learner's own: the course's code may stand beside what an exercise asks for, and not in its place.

    Channel = v12.channel.Channel                    is the course's
    class Channel(v12.channel.Channel): pass         leaves out `get`, which was asked for, and so has the course's
    def get(self): return super().get()              hands on what the course's does
    self.inner = v12.channel.Channel(size)           has the course's do the work
    exec(tomllib.loads(…)["solution"])               is read where the course keeps it

This catches what a learner does without much thought, as lab/versions/own_code.py does for whole versions.
"""

import ast
import re
from typing import Any

from .exercises import Exercise

_INHERITS = re.compile(r"^class \w+\(\w+\.", re.MULTILINE)  # the exercise asks for a subclass of the course's
_ANSWERS = re.compile(r"goqueue\.lab\.(learn|mutants|instructor)|steps\.(exercises|promises|counterexamples)")
_ANSWERS_FILE = re.compile(r"\.toml\b|steps[./]exercises|goqueue\.lab\.learn")
_VERSION = re.compile(r"steps\.step\d")


def not_hers(exercise: Exercise, program: str, answer: Any) -> str:
    """Return in one line what of an answer is the course's, or "" if nothing is that was asked for."""
    asked = "\n".join([exercise.given, exercise.solution, *exercise.blocks.values()])
    inherits = bool(_INHERITS.search(asked))
    for kind in answer.__mro__ if isinstance(answer, type) and not inherits else (answer,):
        if _is_the_courses(kind):
            what = "is" if kind is answer else "inherits from"
            return f"{exercise.name} {what} the course's own {kind.__qualname__}: write it yourself"
    if exercise.kind == "parsons":
        return ""
    return _left_out(exercise, answer) or _used(exercise, program, inherits)


def _is_the_courses(answer: Any) -> bool:
    return bool(_VERSION.match(str(getattr(answer, "__module__", ""))))


def _left_out(exercise: Exercise, answer: Any) -> str:
    """Say which method was asked for and is inherited from the course's class."""
    for method in _methods(exercise) if isinstance(answer, type) else ():
        owner = next((kind for kind in answer.__mro__ if method in vars(kind)), None)
        if owner is not None and _is_the_courses(owner):
            return f"{exercise.name} has no {method} of its own: it inherits the course's, so write it yourself"
    return ""


def _used(exercise: Exercise, program: str, inherits: bool) -> str:
    """Say where the text of an answer lets the course's code do what was asked for."""
    tree, courses, methods = ast.parse(program), _courses(ast.parse(program)), _methods(exercise)
    bases = {id(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases}
    for node in ast.walk(tree):
        if said := _opens_the_answers(node):
            return f"{said} holds the answers, or what judges them: write {exercise.name} yourself"
        if inherits and isinstance(node, ast.Attribute) and node.attr in methods and _is_super(node.value):
            return f"{exercise.name} calls the {node.attr} of the course's class: write it yourself"
        if _is_theirs(node, exercise.name, courses) and not (inherits and id(node) in bases):
            theirs = ast.get_source_segment(program, node)
            return f"{theirs} is the course's own {exercise.name}, and does the work: write it yourself"
    return ""


def _opens_the_answers(node: ast.AST) -> str:
    """Return the name of a module or a file of the course in which answers are found, or ""."""
    names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module or ''}.{one.name}" for one in node.names]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ANSWERS_FILE.search(node.value):
        return node.value[:80]
    return next((name for name in names if _ANSWERS.match(name)), "")


def _methods(exercise: Exercise) -> set[str]:
    """Return which methods an exercise asks for."""
    kinds = [node for node in ast.parse(exercise.solution).body if isinstance(node, ast.ClassDef)]
    own = (node.body for node in kinds if node.name == exercise.name)
    return {each.name for body in own for each in body if isinstance(each, ast.FunctionDef)}


def _courses(tree: ast.AST) -> dict[str, str]:
    """Return what a program imports of the course: for each name that it binds, the name that it has there."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({one.asname or "steps": one.name for one in node.names if one.name.startswith("steps.")})
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "steps":
            found.update({one.asname or one.name: one.name for one in node.names})
    return found


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_theirs(node: ast.AST, name: str, courses: dict[str, str]) -> bool:
    """Whether an expression names what an exercise asks for, as the course has it."""
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Load) and courses.get(node.id) == name
    root: ast.AST = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(node, ast.Attribute) and node.attr == name and isinstance(root, ast.Name) and root.id in courses

"""What a file of a version holds: its first sentence, its code lines, and the names it defines."""

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Outline:
    """One file. Its `code_lines` are all but docstrings, comments and blank lines."""

    name: str
    purpose: str
    code_lines: int
    names: tuple[str, ...]


def outline(file: Path) -> Outline:
    """Return the outline of a Python file.

    >>> outline(Path(__file__)).purpose
    'What a file of a version holds: its first sentence, its code lines, and the names it defines.'
    """
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    purpose = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Outline(file.name, purpose, code_lines(source), tuple(_names(tree)))


def code_lines(source: str) -> int:
    """Count the lines that hold code: no docstrings, comments or blank lines.

    >>> code_lines('def deliver(order):\\n    "Docstring."\\n\\n    # comment\\n    return order\\n')
    2
    """
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def _names(tree: ast.Module) -> list[str]:
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.append(_signature(node))
        elif isinstance(node, ast.ClassDef):
            found.append(f"class {node.name}")
            found += [f"    {_signature(method)}" for method in node.body if isinstance(method, ast.FunctionDef)]
    return [name for name in found if not name.strip().startswith("_")]


def _signature(node: ast.FunctionDef) -> str:
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if arg.arg != "self"]
    return f"{node.name}({', '.join(names)})"

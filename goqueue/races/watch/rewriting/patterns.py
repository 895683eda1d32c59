"""Rewriting of `match`: a pattern becomes the steps that Python takes for it, in Python's order.

    match order:                                   one = order
                                                   match None:
        case {"id": number, "paid": True} if …:        case _ if (is_mapping(one) and size(one) >= 2
            body                                           and (two := found_at(one, ("id", "paid"))) is not None
                                                           and … and (number := …) and …):
                                                           body

Names get their values after the whole pattern, as in Python; until then, temporaries hold them, which the body of each
case deletes first. The hooks are in `matching`.
"""

from __future__ import annotations

import ast
from typing import Any

from .base import named, place
from .comprehensions import Comprehensions


class Patterns(Comprehensions, ast.NodeTransformer):
    """Rewrites patterns."""

    def visit_Match(self, node: ast.Match) -> Any:
        """Test each case in turn, step by step."""
        if not self._scope.is_watched:
            return self._outside_of_patterns(node)
        first, subject = self._temporaries + 1, self._temporary()
        self._stands_for[subject] = named(node.subject)
        value = place(ast.Assign([store(subject)], self._expression(node.subject)), node)
        for case in node.cases:
            self._test_in_guard(case, subject)
        if node.cases[-1].guard is not None:
            nothing = place(ast.Pass(), node.cases[-1].pattern)
            node.cases.append(ast.match_case(place(ast.MatchAs(None, None), nothing), None, [nothing]))
        names = [f"__goqueue_{number}__" for number in range(first, self._temporaries + 1)]
        for case in node.cases:
            case.body = [self._forget(names, case.pattern), *self._block(case.body)]
        node.subject = place(ast.Constant(None), node.subject)
        return [self._emptied(names, node), value, node]

    def _outside_of_patterns(self, node: ast.Match) -> ast.Match:
        """Rewrite only what may define functions: the lines themselves ran before anybody watched."""
        for case in node.cases:
            case.body = self._block(case.body)
        return node

    def _test_in_guard(self, case: ast.match_case, subject: str) -> None:
        """Let the guard of a case test its pattern, and give names their values."""
        at, kept = case.pattern, dict[str, str]()  # a name that the pattern binds -> the temporary
        tests = self._tests(case.pattern, subject, kept)
        stores = [self._bound_to(name, temporary, at) for name, temporary in kept.items()]
        if stores:
            tests.append(place(ast.Tuple(stores, ast.Load()), at))  # which is true, because it is not empty
        if case.guard is not None:
            tests.append(self._truth(case.guard))
        case.pattern = place(ast.MatchAs(None, None), at)
        case.guard = self._all(tests, at) if tests else None

    def _tests(self, pattern: Any, subject: str, kept: dict[str, str]) -> list[ast.expr]:
        """Return the tests of a pattern, in order; no tests if it always matches."""
        if isinstance(pattern, ast.MatchAs):
            tests = [] if pattern.pattern is None else self._tests(pattern.pattern, subject, kept)
            return tests if pattern.name is None else [*tests, self._keep(pattern.name, subject, kept, pattern)]
        if isinstance(pattern, ast.MatchValue):
            equal = place(ast.Compare(self._read(subject), [ast.Eq()], [pattern.value]), pattern)
            return [self._compared(equal, self._read(subject, pattern), self._expression(pattern.value))]
        if isinstance(pattern, ast.MatchSingleton):
            test = ast.Compare(self._read(subject), [ast.Is()], [ast.Constant(pattern.value)])
            return [place(test, pattern)]
        if isinstance(pattern, ast.MatchOr):
            choices = [self._all(self._tests(each, subject, kept), each) for each in pattern.patterns]
            return [place(ast.BoolOp(ast.Or(), choices), pattern)]
        if isinstance(pattern, ast.MatchSequence):
            return self._sequence(pattern, subject, kept)
        return (self._mapping if isinstance(pattern, ast.MatchMapping) else self._class)(pattern, subject, kept)

    def _sequence(self, pattern: ast.MatchSequence, subject: str, kept: dict[str, str]) -> list[ast.expr]:
        """[first, *rest]"""
        parts: list[Any] = pattern.patterns
        stars = [at for at, part in enumerate(parts) if isinstance(part, ast.MatchStar)]
        star = stars[0] if stars else len(parts)
        after = len(parts) - star - 1 if stars else -1
        tests: list[ast.expr] = [self._ask("is_sequence", subject, at=pattern)]
        least = len(parts) - len(stars)
        if least or not stars:
            tests.append(self._long(subject, least, ast.GtE() if stars else ast.Eq(), pattern))
        if all(map(is_wildcard, parts)):
            return tests
        if stars and parts[star].name is None:
            for at, part in enumerate(parts):
                if at != star and not is_wildcard(part):
                    index = at if at < star else at - len(parts)
                    item = self._ask("nth", subject, ast.Constant(index), self._text(self._read(subject)), at=part)
                    tests += self._inner(part, item, kept)
            return tests
        taken = self._temporary()
        values = self._ask("unpacked", subject, ast.Constant(star), ast.Constant(after), at=pattern)
        return [*tests, self._kept_in(taken, values), *self._each(parts, taken, kept)]

    def _mapping(self, pattern: ast.MatchMapping, subject: str, kept: dict[str, str]) -> list[ast.expr]:
        """{"id": number, **rest}"""
        tests: list[ast.expr] = [self._ask("is_mapping", subject, at=pattern)]
        keys, taken = self._temporary(), self._temporary()
        if pattern.keys:
            tests.append(self._long(subject, len(pattern.keys), ast.GtE(), pattern))
            listed: ast.expr = place(ast.Tuple([self._expression(key) for key in pattern.keys], ast.Load()), pattern)
            text = self._text(self._read(subject))
            listed = place(ast.NamedExpr(store(keys), listed), pattern)
            values = self._ask("found_at", subject, listed, text, at=pattern)
            tests += [self._some(taken, values), *self._each(pattern.patterns, taken, kept)]
        if pattern.rest is not None:
            used: ast.expr = self._read(keys) if pattern.keys else ast.Tuple([], ast.Load())
            rest = self._temporary()
            tests.append(self._kept_in(rest, self._ask("left", subject, used, at=pattern)))
            tests.append(self._keep(pattern.rest, rest, kept, pattern))
        return tests

    def _class(self, pattern: ast.MatchClass, subject: str, kept: dict[str, str]) -> list[ast.expr]:
        """Order(number, paid=True)"""
        count = ast.Constant(len(pattern.patterns))
        names = ast.Tuple([ast.Constant(name) for name in pattern.kwd_attrs], ast.Load())
        taken = self._temporary()
        values = self._ask("fields", subject, self._expression(pattern.cls), count, names, at=pattern)
        return [self._some(taken, values), *self._each([*pattern.patterns, *pattern.kwd_patterns], taken, kept)]

    def _each(self, parts: list[Any], taken: str, kept: dict[str, str]) -> list[ast.expr]:
        """Return the tests of several patterns, each on an item of a tuple that no other thread has."""
        tests: list[ast.expr] = []
        for at, part in enumerate(parts):
            if not is_wildcard(part):
                item = place(ast.Subscript(self._read(taken), ast.Constant(at), ast.Load()), part)
                tests += self._inner(part, item, kept)
        return tests

    def _inner(self, part: Any, value: ast.expr, kept: dict[str, str]) -> list[ast.expr]:
        """Return the tests of a pattern on a value."""
        name = self._temporary()
        if isinstance(part, ast.MatchStar):
            part = place(ast.MatchAs(None, part.name), part)
        return [self._kept_in(name, value), *self._tests(part, name, kept)]

    def _keep(self, name: str, value: str, kept: dict[str, str], at: ast.AST) -> ast.expr:
        """Return an expression that keeps the value of a name until the whole pattern has matched."""
        if name not in kept:
            kept[name] = self._temporary()
        return self._kept_in(kept[name], place(self._read(value), at))

    def _kept_in(self, temporary: str, value: ast.expr) -> ast.expr:
        """Return an expression that is true, whatever it keeps: [temporary := value]."""
        return place(ast.List([ast.NamedExpr(store(temporary), value)], ast.Load()), value)

    def _some(self, temporary: str, value: ast.expr) -> ast.expr:
        """Return a test whether a value that it keeps is not None."""
        return place(ast.Compare(ast.NamedExpr(store(temporary), value), [ast.IsNot()], [ast.Constant(None)]), value)

    def _long(self, subject: str, count: int, how: ast.cmpop, at: ast.AST) -> ast.expr:
        return place(ast.Compare(self._ask("size", subject, at=at), [how], [ast.Constant(count)]), at)

    def _all(self, tests: list[ast.expr], at: ast.AST) -> ast.expr:
        if len(tests) < 2:
            return tests[0] if tests else place(ast.Constant(True), at)
        return place(ast.BoolOp(ast.And(), tests), at)

    def _ask(self, hook: str, subject: str, *args: ast.expr, at: ast.AST) -> ast.Call:
        return self._hook(hook, self._read(subject), *args, self._site(at), at=at)

    def _bound_to(self, name: str, temporary: str, at: ast.AST) -> ast.expr:
        """Return an expression that gives a name its value, which threads may share."""
        token, target, value = self._token(name), place(store(name), at), place(self._read(temporary), at)
        return place(ast.NamedExpr(target, value if token is None else self._write(value, token, target)), at)

    def _read(self, name: str, at: ast.AST | None = None) -> ast.Name:
        made = ast.Name(name, ast.Load())
        return made if at is None else place(made, at)


def store(name: str) -> ast.Name:
    """Return the name of a variable that gets a value."""
    return ast.Name(name, ast.Store())


def is_wildcard(part: Any) -> bool:
    """Whether a pattern is _ or *_."""
    return isinstance(part, ast.MatchAs | ast.MatchStar) and (part.name or getattr(part, "pattern", None)) is None

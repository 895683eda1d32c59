"""The registry: each type is registered once, and a lookup needs no lock."""

from typing import Any

import pytest

from goqueue.registry import ONCE, Registration, Registry

from .proving import counterexample, proof, together


def both_register(kind: type[Registry], *types: str) -> list[str]:
    """Let two threads register at once. Return what was refused, and check that the rest is there."""
    registry = kind()
    refused: list[str] = []

    def register(job_type: str, handler: Any) -> None:
        try:
            registry.register_handler(job_type, handler)
        except ValueError:
            refused.append(job_type)

    together(first=lambda: register(types[0], print), second=lambda: register(types[1], max))
    for job_type in types:
        assert registry.find(job_type) is not None, f"{job_type} was lost"
        assert job_type in registry.types, f"{job_type} was lost"
    return refused


@pytest.mark.parametrize(("types", "expected"), [(("webhook", "webhook"), ["webhook"]), (("webhook", "mail"), [])])
@proof
def test_one_of_two_registrations_of_a_type_is_refused_and_no_other_is_lost(types: Any, expected: list[str]) -> None:
    """Two threads register the same type, or two types."""
    assert both_register(Registry, *types) == expected


class Careless(Registry):
    """Looks whether a type is new before it has the lock."""

    def register_handler(self, job_type, handler, *, retry=ONCE, timeout=None, isolation="thread"):  # type: ignore[no-untyped-def]
        if job_type in self._registrations:
            raise ValueError(job_type)
        with self._lock:
            self._registrations = {**self._registrations, job_type: Registration(handler, retry, timeout)}
            self.types = tuple(self._registrations)


@counterexample("failed assertion")
def test_a_look_without_the_lock_is_found() -> None:
    """The proof can fail: both look, and both register."""
    assert both_register(Careless, "webhook", "webhook") == ["webhook"]


def registering() -> None:
    """Two threads register, while a worker reads `types` and looks a handler up: it sees one type, both, or none."""
    registry = Registry()
    seen: list[tuple[tuple[str, ...], Registration | None]] = []
    together(
        first=lambda: registry.register_handler("a", print),
        second=lambda: registry.register_handler("b", print),
        worker=lambda: seen.append((registry.types, registry.find("a"))),
    )
    ((types, found),) = seen
    assert set(types) <= {"a", "b"}
    assert found.handler is print if found is not None else "a" not in types, seen
    assert sorted(registry.types) == ["a", "b"]


@proof
def test_a_worker_sees_all_of_a_registration_or_nothing() -> None:
    """Two threads that register, one worker."""
    registering()

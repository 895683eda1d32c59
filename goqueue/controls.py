"""What a program or an operator may do to a queue besides submitting and running: pause types, and limit them.

Queue inherits it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .context import Context
from .limits import Limit, limit_of
from .registry import Registry, check_type
from .storage import Storage

if TYPE_CHECKING:
    from .running.calls import Calls
    from .running.pool import Pool


class Controls:
    """The controls of a queue. Any thread may call them."""

    storage: Storage
    registry: Registry
    pool: "Pool"
    _calls: "Calls"

    def pause(self, ctx: Context, job_type: str) -> None:
        """Begin no more jobs of a type, in any process, until `resume`. What runs goes on; submissions are kept.

        It outlives this process if the storage does. A second call changes nothing.
        """
        self._pause(ctx, job_type, True)

    def resume(self, ctx: Context, job_type: str) -> None:
        """Begin jobs of a type that was paused again. It changes nothing if it was not paused."""
        self._pause(ctx, job_type, False)
        self.pool.floor.wake_all_idle()

    def paused(self, ctx: Context) -> list[str]:
        """Return the types that are paused."""
        with self._calls.begin(ctx):
            found: list[str] = self._able("paused")()
            return found

    def limit(
        self,
        job_type: str,
        *,
        at_once: int | None = None,
        per_second: float | None = None,
        each_at_once: int | None = None,
        each_per_second: float | None = None,
    ) -> None:
        """Let no more than `at_once` jobs of a type run at a time, and no more than `per_second` begin in a second.

        `each_at_once` and `each_per_second` are about the jobs of the type that have the same `limit_key`.
        It counts the jobs of all processes that share the storage, and binds those that have called this. Without a
        number, there is no limit any more. Raises TypeError or ValueError if a value is not valid.
        """
        check_type(job_type)
        limit = limit_of(at_once, per_second, each_at_once, each_per_second)
        self._check_able({job_type: limit})
        self._obey(self.registry.limit(job_type, limit))
        self.pool.floor.wake_all_idle()

    def _obey(self, limits: Mapping[str, Limit]) -> None:
        """Let the storage keep to these limits. Raises TypeError if it cannot."""
        self._check_able(limits)
        self._able("obey")(limits)

    def _check_able(self, limits: Mapping[str, Limit]) -> None:
        self._able("obey")
        if any(limit.keyed for limit in limits.values()):
            self._able("limits_keys")

    def _pause(self, ctx: Context, job_type: str, paused: bool) -> None:
        check_type(job_type)
        with self._calls.begin(ctx):
            self._able("pause")(job_type, paused)

    def _able(self, name: str) -> Any:
        """Return a method of the storage that it need not have. Raises TypeError if it has none."""
        found = getattr(self.storage, name, None)
        if found is None:
            raise TypeError(
                f"storage is {self.storage!r}: it has no {name}, which this needs: take one that has, as a file does"
            )
        return found

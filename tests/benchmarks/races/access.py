"""Race lab: one access to an attribute in a loop, in time of the processor.

Hot: threads race for it, so each access is a step; here it is the only thread, so no hand-off is in it.
"""

from ..harness import Comparison, Contender, Figures
from .measuring import seconds, watched_access
from .models import accesses


def looping(name: str, writing: bool) -> Contender:
    def measure(size: int) -> Figures:
        plain = seconds(accesses(20 * size, writing))[0] / (20 * size)
        cold, hot = watched_access(size, writing), watched_access(size // 5, writing, hot=True)
        times = {"plain, ns": plain * 1e9, "watched, ns": cold * 1e9, "hot, ns": hot * 1e9}
        return {**times, "watched ÷ plain": cold / plain, "hot ÷ plain": hot / plain}

    return Contender(name, measure)


COMPARISON = Comparison(__doc__, (looping("read", False), looping("write", True)), size=20_000, quick=500)

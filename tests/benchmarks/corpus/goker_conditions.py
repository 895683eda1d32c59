"""GoKer, blocking: conditions and wait groups."""

import threading

from .groups import WaitGroup
from .kernels import Program, State, kernel, program


@kernel("kubernetes_11298", "lost wake-up")
def kubernetes_11298(right: bool) -> Program:
    """The loop signals at its end, perhaps before the helper waits."""
    ended, loop = threading.Condition(), State(over=False)

    def help_out() -> None:
        with ended:
            if right:
                ended.wait_for(lambda: loop.over)
            else:
                ended.wait()

    def abort() -> None:
        with ended:
            loop.over = True
            ended.notify_all()

    return program(help_out, abort)


@kernel("moby_29733", "deadlock", "lost wake-up")
def moby_29733(right: bool) -> Program:
    """A waiter loops until the plugin is active; who activates it notifies nobody."""
    changed, plugin = threading.Condition(), State(active=False)

    def wait() -> None:
        with changed:
            while not plugin.active:
                changed.wait()

    def activate() -> None:
        with changed:
            plugin.active = True
            if right:
                changed.notify_all()

    return program(wait, activate)


@kernel("moby_30408", "deadlock")
def moby_30408(right: bool) -> Program:
    """Activation fails and tells nobody; the waiter looks at success only."""
    changed, plugin = threading.Condition(), State(active=False, error="")

    def wait() -> None:
        with changed:
            while not plugin.active and not (right and plugin.error):
                changed.wait()

    def activate() -> None:
        with changed:
            plugin.error = "connection refused"
            changed.notify_all()

    return program(wait, activate)


@kernel("moby_25384", "deadlock")
def moby_25384(right: bool) -> Program:
    """The loop waits for all of a group after it has started the first."""
    volumes, group = ["a", "b"], WaitGroup(2)

    def restore() -> None:
        threads = [threading.Thread(target=group.done) for _ in volumes]
        for thread in threads:
            thread.start()
            if not right:
                group.wait()
        group.wait()
        for thread in threads:
            thread.join()

    return program(restore)

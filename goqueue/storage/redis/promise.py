"""What a server promises, read from its configuration when a storage is opened.

    appendfsync   a crash of the server, or a power cut, loses
    always        nothing that was acknowledged
    everysec      about the last second
    no            what the system had not written: up to half a minute on Linux
    off           all since the last snapshot, if there are snapshots (appendonly is off)

A server that evicts keys when its memory is full would throw jobs away, so it is refused.
"""

from typing import Any

from ...errors import StorageError
from ...log import WARNING, tell

LEAST = (7, 0)  # the version that knows flags of scripts
LOSES = {
    "always": "nothing that was acknowledged",
    "everysec": "about the last second",
    "no": "what the system had not written yet",
    "off": "all jobs since the last snapshot, because appendonly is off",
    "unknown": "what its configuration says, which this user may not read (CONFIG GET)",
}


def check_server(where: str, server: dict[str, str], memory: dict[str, str]) -> None:
    """Raise StorageError if a server cannot keep jobs: it is too old, or evicts keys. These are parts of its INFO."""
    version = server.get("redis_version", "0.0")
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST:
        raise StorageError(f"{where}: its version is {version}: use Redis 7.0 or newer, or Valkey")
    policy, most = memory.get("maxmemory_policy", "noeviction"), memory.get("maxmemory", "0")
    if most != "0" and policy != "noeviction":
        raise StorageError(
            f"{where}: its maxmemory-policy is {policy}, so it throws jobs away when its memory is full: "
            "set maxmemory-policy noeviction, or use a server of its own for the queue"
        )


def durability_of(config: dict[str, str] | None) -> str:
    """Return which of the lines above is true of a server with this configuration; None if it may not be read.

    >>> durability_of({"appendonly": "yes", "appendfsync": "everysec"}), durability_of({"appendonly": "no"})
    ('everysec', 'off')
    """
    if config is None:
        return "unknown"
    return config.get("appendfsync", "unknown") if config.get("appendonly") == "yes" else "off"


_said: set[str] = set()


def say(where: str, durability: str) -> None:
    """Log, once for each server, what a crash of it loses, if that is much."""
    if durability in ("no", "off") and where not in _said:
        _said.add(where)
        tell(WARNING, "%s: a crash of this server loses %s", where, LOSES[durability])


def parts_of(info: bytes) -> dict[str, str]:
    """Return what a reply to INFO says, by name.

    >>> parts_of(b"# Server\\r\\nredis_version:7.2.4\\r\\n")
    {'redis_version': '7.2.4'}
    """
    pairs = (line.partition(":") for line in info.decode(errors="replace").splitlines() if ":" in line)
    return {name: value for name, _, value in pairs}


def pairs_of(reply: list[Any]) -> dict[str, str]:
    """Return a flat reply, such as that to CONFIG GET, as a dict."""
    texts = [each.decode() for each in reply]
    return dict(zip(texts[::2], texts[1::2], strict=True))

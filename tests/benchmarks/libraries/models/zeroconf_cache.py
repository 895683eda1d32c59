"""zeroconf: its cache of records."""

from zeroconf import DNSCache, DNSEntry

from .threads import together


def zeroconf_38() -> None:
    """A thread that looks for expired records walks through the cache, while another thread adds one."""
    cache = DNSCache()
    cache.add(DNSEntry("first", 1, 1))
    cache.add(DNSEntry("second", 1, 1))

    def reap() -> None:
        cache.entries()

    def answer() -> None:
        cache.add(DNSEntry("third", 1, 1))

    together(reap, answer)

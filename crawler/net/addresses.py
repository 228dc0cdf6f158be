"""To which address and port a host is connected to.

In: a host and a port; the register's `resolve`, as curl's --resolve. Out: one address, always the same while it is
remembered. Connecting to nothing else makes pauses per address exact, and a name that changes its address in between
gains nothing. Says nothing about whether an address may be visited; guard.py does.
"""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from crawler.net.failures import SilenceError

LIFETIME_S = 3600.0  # a crawl lasts days, and hosts move; most zones say an hour or less
FAILURE_LIFETIME_S = 5.0  # so that the host's next URLs do not each wait for the same dead name server
LOOKUP_TIMEOUT_S = 10.0  # a resolver's usual two tries of 5 s
RESOLVE_ALL_TIMEOUT_S = 30.0
NUM_THREADS = 16  # names that are slow at the same time; the others do not wait for them


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a connection goes."""

    address: str
    port: int


@dataclass(frozen=True, kw_only=True)
class _Entry:
    address: str | None
    failure: str
    until: float


class AddressBook:
    """Remembers the address of each host for an hour."""

    def __init__(
        self, resolve: Mapping[str, str], *, look_up: Callable[[str], Sequence[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`resolve`: "host" or "host:port" -> "address:port"; `look_up` gives the addresses of a host or an OSError."""
        self.resolve = resolve
        self._look_up, self._clock = look_up or dns_addresses, clock
        self._entries: dict[str, _Entry] = {}
        self._pool: ThreadPoolExecutor | None = None

    async def target(self, host: str, port: int) -> Target:
        """Raises SilenceError where no address is found."""
        if written := self.resolve.get(f"{host}:{port}") or self.resolve.get(host):
            address, _, target_port = written.rpartition(":")
            return Target(address=address.strip("[]"), port=int(target_port))
        return Target(address=_literal(host) or await self._address(host), port=port)

    def resolve_all(self, hosts: Iterable[str]) -> dict[str, str]:
        """The addresses of many hosts at once, before a crawl; hosts without one are left out. Blocks."""
        wanted = sorted(set(hosts))
        known = {host: target for host in wanted if (target := self._written(host) or _literal(host))}
        pool = ThreadPoolExecutor(NUM_THREADS, "resolve")
        asked = {host: pool.submit(self._ask, host) for host in wanted if host not in known}
        wait(asked.values(), timeout=RESOLVE_ALL_TIMEOUT_S)
        pool.shutdown(wait=False, cancel_futures=True)
        entries = {host: self._entries.get(host) for host in asked}
        return known | {host: entry.address for host, entry in entries.items() if entry and entry.address}

    def _written(self, host: str) -> str | None:
        """What the register says, whichever port it says it for."""
        for key in (host, f"{host}:443", f"{host}:80"):
            if target := self.resolve.get(key):
                return target.rpartition(":")[0].strip("[]")
        return None

    async def _address(self, host: str) -> str:
        entry = self._entries.get(host)
        if entry is None or self._clock() >= entry.until:
            self._pool = self._pool or ThreadPoolExecutor(NUM_THREADS, "resolve")
            try:
                async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                    entry = await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, host)
            except TimeoutError:
                raise SilenceError(f"no address for {host}: no name server answered") from None
        if entry.address is None:
            raise SilenceError(entry.failure)
        return entry.address

    def _ask(self, host: str) -> _Entry:
        """Runs in a thread; what it finds is remembered even if nobody waits for it any more."""
        try:
            address = _chosen(self._look_up(host))
            entry = _Entry(address=address, failure="", until=self._clock() + LIFETIME_S)
        except (OSError, UnicodeError) as error:
            failure = f"no address for {host}: {getattr(error, 'strerror', None) or error}"
            entry = _Entry(address=None, failure=failure, until=self._clock() + FAILURE_LIFETIME_S)
        self._entries[host] = entry
        return entry


def dns_addresses(host: str) -> list[str]:
    """What the machine's resolver says; raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _literal(host: str) -> str | None:
    """The address where a host is written as one. Others (decimal, octal) are the resolver's, then guarded."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def _chosen(addresses: Sequence[str]) -> str:
    """The smallest of IPv4, else of IPv6: the same whatever order the name server gives."""
    if not addresses:
        raise OSError("the name has no address")
    parsed = (ipaddress.ip_address(written) for written in addresses)
    return str(min(parsed, key=lambda address: (address.version, int(address))))

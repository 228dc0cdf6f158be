"""Which addresses and ports may be visited.

In: an address or a port, and what the register allows. Out: nothing, or an error that is never worth another try.
Asked before a connection is made, and again with the peer that was really connected to.
"""

import ipaddress
from collections.abc import Container, Sequence

from crawler.net.failures import FetchError

WEB_PORTS = (80, 443)
# Networks of IPv6 in which the last 32 bits are the IPv4 address that is really reached.
WRAPPERS = (
    ipaddress.IPv6Network("::ffff:0:0/96"),   # IPv4-mapped, RFC 4291 section 2.5.5.2
    ipaddress.IPv6Network("::/96"),           # IPv4-compatible, RFC 4291 section 2.5.5.1; holds :: and ::1 too
    ipaddress.IPv6Network("64:ff9b::/96"),    # NAT64, RFC 6052; its local twin 64:ff9b:1::/48 is refused as reserved
)  # fmt: skip

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddressError(FetchError):
    """The host resolves to an address that is not public and that the register does not allow."""


class ForbiddenPortError(FetchError):
    """Neither 80 nor 443, and not a port that the register names."""


def is_forbidden(error: BaseException) -> bool:
    """Whether we refused by ourselves: another try would be refused as well."""
    return isinstance(error, ForbiddenAddressError | ForbiddenPortError)


class AddressGuard:
    """Refuses what is not globally reachable; `ipaddress` alone takes multicast and NAT64 for global."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in allowed]

    def check(self, written: str) -> None:
        """Raises ForbiddenAddressError."""
        address = ipaddress.ip_address(written)
        reached = _reached(address)
        if self._is_allowed(address) or all(map(self._is_allowed, reached)):
            return
        if not all(map(_is_public, reached)):
            meant = "" if address in reached else f" (which is {reached[-1]})"
            raise ForbiddenAddressError(f"the address {address}{meant} is not public")

    def _is_allowed(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._allowed)


def check_port(host: str, port: int, resolve: Container[str]) -> None:
    """An odd port only where the register resolves `host:port`; raises ForbiddenPortError."""
    if port not in WEB_PORTS and f"{host}:{port}" not in resolve:
        raise ForbiddenPortError(f"port {port} of {host} is not visited: only 80, 443 and what the register names are")


def _reached(address: Address) -> tuple[Address, ...]:
    """The addresses that packets go to; for Teredo both the server and the client (RFC 4380 section 4)."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if any(address in network for network in WRAPPERS):
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour:
        return (address.sixtofour,)
    return address.teredo or (address,)


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved

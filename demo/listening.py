"""Listening sockets on loopback: one port at many addresses.

In: addresses and a port, or 0 for one that is free everywhere. Out: bound sockets. Refuses every address that is not
loopback: Kommuneby is never shown to a network.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable

NUM_PORT_TRIES = 50


def loopback(addresses: Iterable[str]) -> list[str]:
    """Each address once.

    Raises:
        ValueError: one of them is not a loopback address.
    """
    unique = list(dict.fromkeys(addresses))
    for address in unique:
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not a loopback address")
    return unique


def bound_sockets(addresses: Iterable[str], port: int) -> list[socket.socket]:
    """Listening sockets on one port at every address; for port 0 one that is free at all of them.

    Raises:
        OSError: the port is taken, or none is free everywhere.
    """
    for last_try in [False] * (0 if port else NUM_PORT_TRIES) + [True]:
        with contextlib.ExitStack() as stack:
            chosen, sockets = port, []
            try:
                for address in addresses:
                    family = socket.AF_INET6 if ":" in address else socket.AF_INET
                    listener = stack.enter_context(socket.socket(family))
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind((address, chosen))
                    chosen = listener.getsockname()[1]
                    sockets.append(listener)
            except OSError:
                if last_try:
                    raise
                continue
            stack.pop_all()
            return sockets
    raise OSError("no port is free at every address")


def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True

"""A host is connected to one address, always the same, and only if that address and port may be visited."""

import asyncio
import socket
import threading
import time
from collections.abc import Sequence

import pytest

from crawler.net.addresses import FAILURE_LIFETIME_S, LIFETIME_S, AddressBook, Target
from crawler.net.failures import SilenceError, is_silence
from crawler.net.guard import AddressGuard, ForbiddenAddressError, ForbiddenPortError, check_port, is_forbidden

NORDBY = "www.nordby.dk"


class Names:
    """A name server that counts what it is asked."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self.addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.addresses[host]


def target(book: AddressBook, host: str, port: int = 443) -> Target:
    return asyncio.run(book.target(host, port))


def test_register_comes_before_the_name_server_and_the_longer_key_before_the_shorter() -> None:
    names = Names()
    book = AddressBook({NORDBY: "127.0.1.1:8080", f"{NORDBY}:8443": "[::1]:9090"}, look_up=names)
    assert Target(address="127.0.1.1", port=8080) == target(book, NORDBY, 443)
    assert Target(address="::1", port=9090) == target(book, NORDBY, 8443)
    assert names.asked == []


@pytest.mark.parametrize(
    ("host", "address"),
    [("192.0.2.7", "192.0.2.7"), ("[2001:DB8::0:1]", "2001:db8::1"), ("2001:db8::1", "2001:db8::1")],
)
def test_address_stands_for_itself(host: str, address: str) -> None:
    assert Target(address=address, port=80) == target(AddressBook({}, look_up=Names()), host, 80)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        (["192.0.2.10", "192.0.2.9", "2001:db8::1"], "192.0.2.9"),
        (["2001:db8::1", "192.0.2.10"], "192.0.2.10"),
        (["2001:db8::10", "2001:db8::9"], "2001:db8::9"),
    ],
)
def test_of_several_addresses_always_the_same_is_taken(found: list[str], chosen: str) -> None:
    for order in (found, found[::-1]):
        book = AddressBook({}, look_up=Names(www_nordby_dk=order))
        assert Target(address=chosen, port=443) == target(book, NORDBY)


def test_address_is_remembered_for_an_hour_though_the_name_server_changes_its_mind() -> None:
    now = [0.0]
    names = Names(www_nordby_dk=["192.0.2.9"])
    book = AddressBook({}, look_up=names, clock=lambda: now[0])
    assert target(book, NORDBY).address == "192.0.2.9"
    names.addresses[NORDBY] = ["127.0.0.1"]
    now[0] = LIFETIME_S - 1
    assert target(book, NORDBY).address == "192.0.2.9"
    now[0] = LIFETIME_S
    assert target(book, NORDBY).address == "127.0.0.1"
    assert names.asked == [NORDBY] * 2


def test_failure_is_forgotten_after_seconds() -> None:
    now = [0.0]
    names = Names()
    book = AddressBook({}, look_up=names, clock=lambda: now[0])
    for _ in range(2):
        with pytest.raises(SilenceError, match=r"no address for www\.nordby\.dk: Name or service not known") as caught:
            target(book, NORDBY)
    assert is_silence(caught.value)
    assert names.asked == [NORDBY]
    names.addresses[NORDBY] = ["192.0.2.9"]
    now[0] = FAILURE_LIFETIME_S
    assert target(book, NORDBY).address == "192.0.2.9"


def test_name_without_an_address_or_with_an_impossible_label_is_a_failure() -> None:
    book = AddressBook({}, look_up=Names(www_nordby_dk=[]))
    with pytest.raises(SilenceError, match="the name has no address"):
        target(book, NORDBY)
    with pytest.raises(SilenceError, match=r"no address for a{64}\.dk"):
        target(AddressBook({}), "a" * 64 + ".dk")


def test_slow_name_does_not_hold_up_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.net.addresses.LOOKUP_TIMEOUT_S", 0.2)
    released = threading.Event()

    def look_up(host: str) -> list[str]:
        if host.startswith("slow"):
            released.wait(10)
        return ["192.0.2.9"]

    async def check() -> None:
        book = AddressBook({}, look_up=look_up)
        slow = [asyncio.ensure_future(book.target(f"slow{number}.dk", 443)) for number in range(3)]
        assert (await book.target(NORDBY, 443)).address == "192.0.2.9"
        results = await asyncio.gather(*slow, return_exceptions=True)
        assert [str(results[0])] == ["no address for slow0.dk: no name server answered"]
        assert [SilenceError] * 3 == [type(result) for result in results]
        released.set()

    asyncio.run(check())


def test_all_hosts_are_resolved_before_a_crawl_and_those_without_an_address_left_out() -> None:
    names = Names(a_dk=["192.0.2.1"], b_dk=["192.0.2.1", "192.0.2.0"])
    book = AddressBook({"c.dk": "127.0.1.1:80", "d.dk:443": "127.0.1.2:80"}, look_up=names)
    expected = {"a.dk": "192.0.2.1", "b.dk": "192.0.2.0", "c.dk": "127.0.1.1", "d.dk": "127.0.1.2"}
    assert expected == book.resolve_all(["a.dk", "b.dk", "c.dk", "d.dk", "gone.dk", "a.dk"])
    assert sorted(names.asked) == ["a.dk", "b.dk", "gone.dk"]
    assert target(book, "b.dk").address == "192.0.2.0"
    assert len(names.asked) == 3


def test_name_that_never_answers_does_not_hold_up_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.net.addresses.RESOLVE_ALL_TIMEOUT_S", 0.1)
    released = threading.Event()

    def look_up(host: str) -> list[str]:
        if host == "slow.dk":
            released.wait(10)
        return ["192.0.2.9"]

    begun = time.monotonic()
    assert AddressBook({}, look_up=look_up).resolve_all(["slow.dk", "a.dk"]) == {"a.dk": "192.0.2.9"}
    released.set()
    assert time.monotonic() - begun < 5


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1",
    "fe80::1%eth0", "fd00::1", "ff02::1", "ff0e::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",   # IPv4-mapped
    "::127.0.0.1", "::10.0.0.1",                                       # IPv4-compatible
    "::ffff:0:127.0.0.1",                                              # IPv4-translated (RFC 2765)
    "2002:7f00:1::", "2002:a00:1::",                                   # 6to4
    "64:ff9b::7f00:1", "64:ff9b::169.254.169.254",                     # NAT64
    "64:ff9b:1::7f00:1", "64:ff9b:1::808:808",                         # NAT64 for local use
    "2001:0:808:808::80ff:fffe", "2001:0:7f00:1::f7f7:f7f7",           # Teredo: client 127.0.0.1; server 127.0.0.1
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="not public") as caught:
        AddressGuard(()).check(address)
    assert is_forbidden(caught.value)
    assert not is_silence(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "::8.8.8.8", "2002:808:808::1", "64:ff9b::808:808",
        "2001:0:808:808::f7f7:f7f7",
    ],
)  # fmt: skip
def test_public_address_is_let_through(address: str) -> None:
    AddressGuard(()).check(address)


def test_only_the_allowed_network_is_open() -> None:
    guard = AddressGuard(("127.0.1.0/24", "fd00::/8"))
    for address in ("127.0.1.9", "::ffff:127.0.1.9", "64:ff9b::127.0.1.9", "fd00::5"):
        guard.check(address)
    for address in ("127.0.0.1", "127.0.2.1", "10.0.0.1", "fe80::1", "::ffff:127.0.2.1"):
        with pytest.raises(ForbiddenAddressError):
            guard.check(address)


def test_refusal_names_the_address_that_is_meant() -> None:
    with pytest.raises(
        ForbiddenAddressError, match=r"^the address 2002:7f00:1:: \(which is 127\.0\.0\.1\) is not public$"
    ):
        AddressGuard(()).check("2002:7f00:1::")


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_odd_port_is_refused_unless_the_register_resolves_it(port: int) -> None:
    with pytest.raises(ForbiddenPortError, match=rf"^port {port} of www\.nordby\.dk is not visited") as caught:
        check_port(NORDBY, port, {NORDBY: "127.0.1.1:8080"})
    assert is_forbidden(caught.value)
    check_port(NORDBY, port, {f"{NORDBY}:{port}": "127.0.1.1:8080"})


@pytest.mark.parametrize("port", [80, 443])
def test_ports_of_the_web_are_open(port: int) -> None:
    check_port(NORDBY, port, {})

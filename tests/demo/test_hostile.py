"""Every hostile case does what it says, ends when the client leaves, and leaves its two ordinary pages alone."""

import contextlib
import gzip
import re
import socket
import ssl
import time
import urllib.parse
import zlib
from collections.abc import Iterator

import pytest

from demo.hostile import HOSTILE, HostileCase
from demo.hostile_case import SIDES
from demo.kommuneby import PageKind, Web, make_web
from demo.server import KommunebyServer

ENOUGH_BYTES = 300_000
EVERY_ID = {
    *(f"W{number:02}" for number in range(1, 25)), *(f"P{number:02}" for number in range(1, 11)),
    *(f"R{number:02}" for number in range(1, 15)), *(f"U{number:02}" for number in range(1, 18)),
    *(f"L{number:02}" for number in range(1, 6)),
}  # fmt: skip
ENDLESS = ("W01", "W02", "W04", "W07", "W08")
DRIPPING = ("W05", "W06")


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=1, pages_per_site=1, with_hostile=True, with_tls=True)


@pytest.fixture(scope="module")
def server(web: Web) -> Iterator[KommunebyServer]:
    with KommunebyServer(web) as running:
        yield running


@contextlib.contextmanager
def connected(web: Web, server: KommunebyServer, host: str, scheme: str) -> Iterator[socket.socket]:
    address = next(site.address for site in web.sites if site.host == web.cases[host].host)
    port = server.tls_port if scheme == "https" else server.port
    with socket.create_connection((address, port), timeout=5) as wire:
        if scheme == "https":
            context = ssl.create_default_context(cafile=str(server.ca_file))
            with context.wrap_socket(wire, server_hostname=host) as secure:
                yield secure
        else:
            yield wire


def ask(wire: socket.socket, host: str, target: str, *, connection: str = "close") -> None:
    wire.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n\r\n".encode("latin-1"))


def fetch(
    web: Web, server: KommunebyServer, url: str, *, enough: int = 20_000_000, patience_s: float = 20.0
) -> tuple[bytes, bytes]:
    """Head and body as they came, up to so many bytes or so much time."""
    parts = urllib.parse.urlsplit(url)
    received, started = bytearray(), time.monotonic()
    with connected(web, server, parts.netloc, parts.scheme) as wire:
        ask(wire, parts.netloc, url.removeprefix(f"{parts.scheme}://{parts.netloc}"))
        wire.settimeout(patience_s)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while len(received) < enough and time.monotonic() - started < patience_s:
                block = wire.recv(65536)
                if not block:
                    break
                received += block
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    return head, body


def wait_until_nothing_is_sent(server: KommunebyServer) -> None:
    until = time.monotonic() + 5
    while any(entry.is_open for entry in server.log) and time.monotonic() < until:
        time.sleep(0.02)
    assert [entry.url for entry in server.log if entry.is_open] == []


def case_url(case: HostileCase, number: int = 1) -> str:
    return f"{case.origin}/farlig-{number}.html"


def test_every_case_of_the_list_is_there() -> None:
    named = {re.sub(r"[a-z]$", "", case_id) for case_id in HOSTILE}
    assert EVERY_ID - named == {"U06"}, "rebinding needs a name server"
    assert len({case.host for case in HOSTILE.values()}) == len(HOSTILE)


def test_each_case_has_a_site_of_its_own(web: Web) -> None:
    sites = {site.host: site for site in web.sites if site.host in web.cases}
    assert len(sites) == len(HOSTILE)
    assert len({site.id for site in sites.values()}) == len(HOSTILE)
    assert all(int(site.id) >= 9501 for site in sites.values())
    shared = sites[HOSTILE["L01a"].host].address, sites[HOSTILE["L01b"].host].address
    assert shared[0] == shared[1]
    assert len({site.address for site in sites.values()}) == len(HOSTILE) - 1


def test_without_tls_the_cases_that_need_it_are_left_out() -> None:
    plain = make_web(num_municipalities=1, pages_per_site=1, with_hostile=True)
    assert {case.id for case in HOSTILE.values() if case.needs_tls} == {"R08", "W22a", "W22b", "W22c"}
    assert {case.id for case in plain.cases.values()} == {case.id for case in HOSTILE.values() if not case.needs_tls}
    assert not [site for site in plain.sites if site.scheme == "https"]


@pytest.mark.parametrize("case", [case for case in HOSTILE.values() if case.is_intact], ids=lambda case: case.id)
def test_ordinary_pages_stand_beside_the_harm(web: Web, server: KommunebyServer, case: HostileCase) -> None:
    front = fetch(web, server, f"{case.origin}/")[1]
    for path in SIDES:
        page = web.pages[f"{case.origin}{path}"]
        assert f'href="{path}"'.encode() in front
        assert page.url in web.content_urls() and page.facts
        assert fetch(web, server, page.url)[1] == page.body
    assert front.index(SIDES[0].encode()) < front.index(SIDES[1].encode())


@pytest.mark.parametrize("case", HOSTILE.values(), ids=lambda case: case.id)
def test_truth_of_a_case_agrees_with_itself(web: Web, case: HostileCase) -> None:
    assert not set(case.content) & (set(case.closed) | set(case.unkept))
    for urls, kinds in (
        (case.content, {PageKind.CONTENT}),
        (case.closed, {PageKind.ROBOTS_EXCLUDED}),
        (case.unkept, {PageKind.RESERVED}),
    ):
        assert {web.classify(url) for url in urls} <= kinds
    for path in case.paths:
        assert web.classify(f"{case.origin}{path.replace('*', '0')}") is not PageKind.MISSING


@pytest.mark.parametrize("case_id", ENDLESS)
def test_endless_answer_goes_on_until_the_client_leaves(web: Web, server: KommunebyServer, case_id: str) -> None:
    head, body = fetch(web, server, case_url(HOSTILE[case_id]), enough=ENOUGH_BYTES)
    assert len(head) + len(body) >= ENOUGH_BYTES - len(b"\r\n\r\n")
    wait_until_nothing_is_sent(server)


@pytest.mark.parametrize("case_id", [*DRIPPING, "R02"])
def test_slow_answer_is_slow_until_the_client_leaves(web: Web, server: KommunebyServer, case_id: str) -> None:
    case = HOSTILE[case_id]
    url = case_url(case) if case_id in DRIPPING else f"{case.origin}/robots.txt"
    head, body = fetch(web, server, url, patience_s=0.7)
    assert len(head) + len(body) < 100
    wait_until_nothing_is_sent(server)


def test_many_headers_end(web: Web, server: KommunebyServer) -> None:
    head, body = fetch(web, server, case_url(HOSTILE["W03"]))
    assert head.count(b"\r\n") == 100_001
    assert body == b"ok"


def test_lengths_lie_in_both_directions(web: Web, server: KommunebyServer) -> None:
    for number, is_long in ((1, True), (2, False)):
        head, body = fetch(web, server, case_url(HOSTILE["W09"], number))
        said = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        assert (said > len(body)) is is_long and said != len(body)


def test_bomb_is_small_and_unpacks_to_half_a_gigabyte(web: Web, server: KommunebyServer) -> None:
    body = fetch(web, server, case_url(HOSTILE["W11"]))[1]
    assert len(body) < 1_000_000
    unpacker, size, data = zlib.decompressobj(31), 0, body
    while data:
        size += len(unpacker.decompress(data, 1 << 24))
        data = unpacker.unconsumed_tail
    assert (size, unpacker.eof) == (500 * 1024 * 1024, True)
    assert gzip.decompress(fetch(web, server, case_url(HOSTILE["W12"]))[1]) == body


def test_two_hundred_layers_hold_a_page(web: Web, server: KommunebyServer) -> None:
    head, body = fetch(web, server, case_url(HOSTILE["W13"]))
    assert head.count(b"gzip") == 200
    for _ in range(200):
        body = gzip.decompress(body)
    assert body.startswith(b"<!DOCTYPE html>")


def test_broken_gzip_is_broken_at_its_end(web: Web, server: KommunebyServer) -> None:
    for number, error in ((1, EOFError), (2, gzip.BadGzipFile)):
        with pytest.raises(error):
            gzip.decompress(fetch(web, server, case_url(HOSTILE["W15"], number))[1])


def test_odd_header_bytes_are_sent_as_they_are(web: Web, server: KommunebyServer) -> None:
    head = fetch(web, server, case_url(HOSTILE["W17"]))[0]
    assert head.count(b"Set-Cookie: ") == 2
    assert b"X-Latin: bl\xe5b\xe6r" in head and b"X-Nul: a\x00b" in head


@pytest.mark.parametrize(
    ("case_id", "number", "begins"),
    [("W18", 1, b"<!DOCTYPE html>"), ("W19", 1, b"HTTP/1.1 304 "), ("W20", 1, b"HTTP/1.1 206 "),
     ("W21", 1, b"HTTP/1.1 204 "), ("W21", 2, b"HTTP/1.1 200 "), ("U01", 2, b"HTTP/1.1 302 ")],
)  # fmt: skip
def test_odd_beginnings(web: Web, server: KommunebyServer, case_id: str, number: int, begins: bytes) -> None:
    assert fetch(web, server, case_url(HOSTILE[case_id], number))[0].startswith(begins)


def test_connection_is_reset_in_the_middle(web: Web, server: KommunebyServer) -> None:
    case = HOSTILE["W23"]
    with connected(web, server, case.host, "http") as wire:
        ask(wire, case.host, "/farlig-1.html")
        with pytest.raises(ConnectionResetError):
            while wire.recv(65536):
                pass


def test_answer_that_nobody_asked_for_waits_for_the_next_request(web: Web, server: KommunebyServer) -> None:
    case = HOSTILE["W24"]
    with connected(web, server, case.host, "http") as wire:
        ask(wire, case.host, "/farlig-1.html", connection="keep-alive")
        time.sleep(0.1)
        ask(wire, case.host, "/side-1.html")
        received = b"".join(iter(lambda: wire.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"404", b"200", b"200"]


@pytest.mark.parametrize(("case_id", "words"), [("W22a", "expired"), ("W22b", "self"), ("W22c", "mismatch")])
def test_bad_certificate_is_refused(web: Web, server: KommunebyServer, case_id: str, words: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        fetch(web, server, f"{HOSTILE[case_id].origin}/")
    assert words in str(caught.value).lower()


def test_rules_differ_between_http_and_https(web: Web, server: KommunebyServer) -> None:
    host = HOSTILE["R08"].host
    texts = [fetch(web, server, f"{scheme}://{host}/robots.txt")[1] for scheme in ("http", "https")]
    assert [b"/lukket.html" in text for text in texts] == [False, True]


@pytest.mark.parametrize(("case_id", "steps"), [("R04a", 5), ("R04b", 6)])
def test_rules_stand_behind_redirects(web: Web, server: KommunebyServer, case_id: str, steps: int) -> None:
    path, taken = "/robots.txt", 0
    while (found := fetch(web, server, f"{HOSTILE[case_id].origin}{path}"))[0].startswith(b"HTTP/1.1 301"):
        path = re.findall(rb"Location: (\S+)", found[0])[0].decode()
        taken += 1
    assert (taken, found[1]) == (steps, b"User-agent: *\nDisallow: /lukket.html\n")


def test_rules_change_after_they_were_read_once(server: KommunebyServer, web: Web) -> None:
    url = f"{HOSTILE['R07'].origin}/robots.txt"
    assert b"Disallow: /\n" not in fetch(web, server, url)[1]
    assert b"Disallow: /\n" in fetch(web, server, url)[1]


def test_busy_host_names_its_pause_and_answers_afterwards(web: Web, server: KommunebyServer) -> None:
    for case_id, pattern in (("L02a", rb"Retry-After: 2\r"), ("L02b", rb"Retry-After: \w{3}, \d\d .* GMT")):
        url = f"{HOSTILE[case_id].origin}/travl.html"
        first, second = fetch(web, server, url), fetch(web, server, url)
        assert first[0].startswith(b"HTTP/1.1 429 ") and re.search(pattern, first[0] + b"\r")
        assert second[0].startswith(b"HTTP/1.1 200 ")
        asked, none = [entry.retry_after_s for entry in server.log if entry.url == url]
        assert none is None
        assert asked is not None and 1 <= asked <= 2, "a date has whole seconds"


def test_pushed_host_slows_down(web: Web, server: KommunebyServer) -> None:
    for number in range(4):
        fetch(web, server, f"{HOSTILE['L03'].origin}/langsom-{number}.html")
    took = [entry.ended - entry.time for entry in server.log if "/langsom-" in entry.target]
    assert took[-1] > 2 * took[0]


def test_charsets_are_declared_as_the_case_says(web: Web, server: KommunebyServer) -> None:
    bodies = [fetch(web, server, case_url(HOSTILE["P05"], number))[1] for number in range(1, 5)]
    for body, encoding in zip(bodies, ("latin-1", "latin-1", "utf-16", "utf-8-sig"), strict=True):
        assert "Rødgrød på Ærø" in body.decode(encoding)


@pytest.mark.parametrize(
    ("case_id", "number", "mark", "count"),
    [("P01", 1, b"=x", 100_000), ("P02", 1, b"<div>", 300), ("P02", 2, b"<div>", 3_000),
     ("P02", 3, b"<div>", 200_000), ("P03", 1, b"<a ", 300_000), ("P04", 1, b"<b><i>", 4_000),
     ("P06", 1, b"<a ", 200_000), ("U16", 2, b"=1", 200_000)],
)  # fmt: skip
def test_bombs_have_their_size(
    web: Web, server: KommunebyServer, case_id: str, number: int, mark: bytes, count: int
) -> None:
    assert fetch(web, server, case_url(HOSTILE[case_id], number))[1].count(mark) == count


def test_canaries_count_who_comes(web: Web, server: KommunebyServer) -> None:
    assert server.canary_hits == []
    for address in ("127.0.0.1", "127.0.2.1"):
        with socket.create_connection((address, server.port), timeout=5) as wire:
            ask(wire, address, "/latest/meta-data/")
            assert wire.recv(100).startswith(b"HTTP/1.1 200 ")
    assert [(hit.address, hit.first_line) for hit in server.canary_hits] == [
        ("127.0.0.1", "GET /latest/meta-data/ HTTP/1.1"),
        ("127.0.2.1", "GET /latest/meta-data/ HTTP/1.1"),
    ]
    server.canary_hits.clear()

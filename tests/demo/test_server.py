"""The server over real sockets: hosts, conditional requests, quarters, bad requests."""

import http.client
import socket
from collections.abc import Iterator

import pytest

from demo.kommuneby import PageKind, TruePage, Web, make_web
from demo.server import KommunebyServer

SIZES = {"num_municipalities": 4, "trap_months": 3}


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(**SIZES)


@pytest.fixture
def server(web: Web) -> Iterator[KommunebyServer]:
    with KommunebyServer(web) as running:
        yield running


def page_of(web: Web, kind: PageKind) -> TruePage:
    return next(page for page in web.pages.values() if page.kind is kind and page.site == "9001")


def get(
    server: KommunebyServer, page: TruePage, *, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    host, _, path = page.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection("127.0.1.1", server.port, timeout=5)
    try:
        connection.request(method, "/" + path, headers={"Host": f"{host}:{server.port}", **(headers or {})})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def send(server: KommunebyServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.1.1", server.port), timeout=5) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_every_page_is_served_as_the_truth_has_it(web: Web, server: KommunebyServer) -> None:
    connections = {
        address: http.client.HTTPConnection(address, server.port, timeout=5)
        for address in {site.address for site in web.sites}
    }
    addresses = {host: site.address for site in web.sites for host in (site.host, site.apex_host)}
    for page in web.pages.values():
        host, _, path = page.url.removeprefix("http://").partition("/")
        connection = connections[addresses[host]]
        connection.request("GET", "/" + path, headers={"Host": host})
        response = connection.getresponse()
        assert (page.status, page.body) == (response.status, response.read())
        assert [header for header in page.headers if header not in response.getheaders()] == []
    for connection in connections.values():
        connection.close()
    assert len(web.pages) == len(server.log)


def test_unchanged_page_is_answered_304_without_a_body(web: Web, server: KommunebyServer) -> None:
    page = page_of(web, PageKind.CONTENT)
    for headers in (
        {"If-None-Match": page.header("ETag") or ""},
        {"If-None-Match": f'"other", W/{page.header("ETag")}'},
        {"If-Modified-Since": page.header("Last-Modified") or ""},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        response, body = get(server, page, headers=headers)
        assert (response.status, body) == (304, b"")
        assert page.header("ETag") == response.getheader("ETag")


def test_changed_page_is_sent_again(web: Web, server: KommunebyServer) -> None:
    page = page_of(web, PageKind.CONTENT)
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": page.header("Last-Modified") or ""},
        {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        response, body = get(server, page, headers=headers)
        assert (200, page.body) == (response.status, body)


def test_next_quarter_is_published_at_once(web: Web, server: KommunebyServer) -> None:
    after = make_web(**SIZES, quarter_index=1)
    edited = next(
        page
        for url, page in web.pages.items()
        if page.kind is PageKind.CONTENT and page.site == "9001" and after.pages[url].status == 200
        if after.pages[url].body != page.body
    )
    server.publish(after)
    response, body = get(server, edited, headers={"If-None-Match": edited.header("ETag") or ""})
    assert (200, after.pages[edited.url].body) == (response.status, body)
    with pytest.raises(ValueError, match="not listening"):
        server.publish(make_web(num_municipalities=9))


def test_head_has_the_length_and_no_body(web: Web, server: KommunebyServer) -> None:
    page = page_of(web, PageKind.HOME)
    response, body = get(server, page, method="HEAD")
    assert (str(len(page.body)), b"") == (response.getheader("Content-Length"), body)


def test_apex_host_redirects_any_path_and_unknown_host_is_404(server: KommunebyServer) -> None:
    reply = send(server, b"GET /a?b=1 HTTP/1.1\r\nHost: nordby.kommuneby.test:80\r\nConnection: close\r\n\r\n")
    assert b"301" in reply.split(b"\r\n")[0]
    assert b"Location: http://www.nordby.kommuneby.test/a?b=1\r\n" in reply
    reply = send(server, b"GET / HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 404 ")


def test_error_page_has_the_menu(web: Web, server: KommunebyServer) -> None:
    reply = send(server, b"GET /intet HTTP/1.1\r\nHost: www.nordby.kommuneby.test\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 404 ")
    assert "Børn og skole".encode() in reply and b"Siden findes ikke" in reply


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/3\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET //[ HTTP/1.1\r\nHost: [\r\n\r\n", 404),
        (b"GET /\xff\x00 HTTP/1.1\r\nHost: www.nordby.kommuneby.test\r\n\r\n", 404),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"PUT / HTTP/1.1\r\nHost: www.nordby.kommuneby.test\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
    ],
)
def test_bad_request_is_answered_and_the_server_lives_on(
    web: Web, server: KommunebyServer, data: bytes, status: int
) -> None:
    assert send(server, data).startswith(f"HTTP/1.1 {status} ".encode())
    assert get(server, page_of(web, PageKind.HOME))[0].status == 200


def test_half_a_request_leaves_the_server_alive(web: Web, server: KommunebyServer) -> None:
    assert send(server, b"GET / HT") == b""
    assert get(server, page_of(web, PageKind.HOME))[0].status == 200


def test_log_says_who_asked_for_what(web: Web, server: KommunebyServer) -> None:
    get(server, page_of(web, PageKind.HOME), headers={"User-Agent": "test/1", "Accept-Language": "da"})
    (entry,) = server.log
    assert (
        entry.host,
        entry.address,
        entry.method,
        entry.target,
    ) == ("www.nordby.kommuneby.test", "127.0.1.1", "GET", "/")
    assert (entry.user_agent, entry.accept_language, entry.status) == ("test/1", "da", 200)

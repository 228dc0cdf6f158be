"""Some municipalities are reached by https, with certificates of an authority that lives as long as the server."""

import socket
import ssl
from collections.abc import Iterator

import pytest
import yaml

from demo.kommuneby import PageKind, Web, make_web
from demo.register import register_text
from demo.server import KommunebyServer


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=6, pages_per_site=22, with_tls=True, with_traps=True)


@pytest.fixture(scope="module")
def server(web: Web) -> Iterator[KommunebyServer]:
    with KommunebyServer(web) as running:
        yield running


def get(server: KommunebyServer, address: str, host: str, target: str, *, secure: bool) -> bytes:
    port = server.tls_port if secure else server.port
    with socket.create_connection((address, port), timeout=5) as wire:
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        if not secure:
            wire.sendall(request)
            return b"".join(iter(lambda: wire.recv(65536), b""))
        context = ssl.create_default_context(cafile=str(server.ca_file))
        with context.wrap_socket(wire, server_hostname=host) as talk:
            talk.sendall(request)
            return b"".join(iter(lambda: talk.recv(65536), b""))


def test_every_fifth_municipality_has_https_urls(web: Web) -> None:
    assert [site.id for site in web.sites if site.scheme == "https"] == ["9005"]
    site = web.sites[4]
    mine = [page for page in web.pages.values() if page.site == site.id and page.kind is PageKind.CONTENT]
    assert mine and all(page.url.startswith(f"https://{site.host}/") for page in mine)
    assert all(url.startswith("https://") for url in web.content_urls() if site.host in url)


def test_page_comes_by_https_with_a_certificate_of_the_authority(web: Web, server: KommunebyServer) -> None:
    site = web.sites[4]
    page = next(page for page in web.pages.values() if page.site == site.id and page.kind is PageKind.CONTENT)
    reply = get(server, site.address, site.host, page.url.removeprefix(site.origin), secure=True)
    assert reply.endswith(page.body)
    assert (server.log[-1].scheme, server.log[-1].url) == ("https", page.url)


def test_http_and_the_bare_host_redirect(web: Web, server: KommunebyServer) -> None:
    site = web.sites[4]
    for host, secure in ((site.host, False), (site.apex_host, False), (site.apex_host, True)):
        reply = get(server, site.address, host, "/a?b=1", secure=secure)
        assert reply.startswith(b"HTTP/1.1 301 ")
        assert f"Location: {site.origin}/a?b=1\r\n".encode() in reply


def test_mirror_is_there_by_https_too(web: Web, server: KommunebyServer) -> None:
    site = web.sites[1]
    assert get(server, site.address, site.apex_host, "/", secure=True).endswith(web.pages[site.root].body)


def test_hosts_at_one_address_have_their_own_certificates(web: Web, server: KommunebyServer) -> None:
    fifth, sixth = web.sites[4:6]
    assert fifth.address == sixth.address
    for site in (fifth, sixth):
        assert get(server, site.address, site.host, "/robots.txt", secure=True).startswith(b"HTTP/1.1 ")


def test_no_key_is_left_behind() -> None:
    with KommunebyServer(make_web(num_municipalities=1, pages_per_site=1), tls=True) as server:
        assert server.ca_file is not None
        folder = server.ca_file.parent
        assert [path.name for path in folder.iterdir()] == ["authority.pem"]
        assert b"PRIVATE KEY" not in server.ca_file.read_bytes()
    assert not folder.exists()


def test_register_sends_https_to_its_own_port(web: Web, server: KommunebyServer) -> None:
    text = register_text(web, port=server.port, tls_port=server.tls_port)
    resolve = yaml.safe_load(text)["network"]["resolve"]
    site = web.sites[4]
    assert resolve[site.host] == f"{site.address}:{server.port}"
    assert resolve[f"{site.host}:443"] == f"{site.address}:{server.tls_port}"
    assert yaml.safe_load(text)["municipalities"][4]["seeds"] == [f"https://{site.host}/"]

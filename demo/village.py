"""Small sites on one server, each a story over some quarters: what a refresh is tested on.

In: for each quarter, hosts with their pages. Out: answers with validators, as the page of that quarter has them, and a
list of what was asked.
"""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

ADDRESS = "127.0.1.1"
SHELL = "<nav><a href='/'>Forside</a></nav><footer>Rådhuset, Torvet 1, 9999 Nordby</footer>"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer. `etag` "auto": a hash of the body; None: none. A 304 is given to whoever has the `etag`.

    Attributes:
        is_terse: a 304 of it has none of its headers, as with some servers.
    """

    body: str = ""
    status: str = "200 OK"
    etag: str | None = "auto"
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/html; charset=utf-8"
    is_terse: bool = False

    @property
    def validator(self) -> str | None:
        return f'"{hash(self.body) & 0xFFFFFFFF:x}"' if self.etag == "auto" else self.etag


def text_page(name: str, words: str = "", *, links: tuple[str, ...] = (), **values: Any) -> Page:
    """A page with a text of its own, in the shell of its site."""
    own = "".join(
        f"<p>Her kan du læse om {name} og det {order} afsnit om {name}, som handler om {name}.</p>"
        for order in ("første", "andet", "tredje")
    ) + (f"<p>Og så noget nyt: {words}.</p>" if words else "")
    listed = "".join(f"<li><a href='{href}'>{href}</a></li>" for href in links)
    head = values.pop("head", "")
    return Page(
        body=f"<html><head><title>{name}</title>{head}</head><body>{SHELL}<main><h1>{name}</h1>{own}</main>"
        f"<ul>{listed}</ul></body></html>",
        **values,
    )


def moved(to: str, status: str = "301 Moved Permanently") -> Page:
    return Page(status=status, etag=None, headers={"Location": to})


def gone(status: str = "404 Not Found") -> Page:
    return Page(body="<html><body><p>Siden findes ikke</p></body></html>", status=status, etag=None)


def sitemap(*entries: tuple[str, str | None]) -> Page:
    """Addresses with the dates of their last change."""
    rows = "".join(f"<url><loc>{loc}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for loc, day in entries)
    body = f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>"
    return Page(body=body, content_type="application/xml", etag=None)


HANG_UP = Page(status="")  # closes the connection
Site = Mapping[str, "Page | list[Page]"]  # of a list each answer is the next, and the last one stays
DOWN: Site = {}  # closes each connection without an answer


@dataclass(kw_only=True)
class Village:
    """The sites by host, as they are now."""

    sites: dict[str, Site] = field(default_factory=dict)
    port: int = 0
    asked: list[tuple[str, str, bool]] = field(default_factory=list)  # host, path, whether with a condition

    def register(self) -> str:
        hosts = list(self.sites)
        return yaml.safe_dump(
            {
                "network": {"resolve": {host: f"{ADDRESS}:{self.port}" for name in hosts
                                        for host in (name, f"www.{name}")},
                            "allow_addresses": ["127.0.1.0/24"]},
                "municipalities": [
                    {"code": str(9001 + number), "name": host.partition(".")[0].upper(),
                     "official_name": f"{host} Kommune", "region": "Region Sjælland", "seeds": [f"http://{host}/"],
                     "domains": [host], "aliases": []}
                    for number, host in enumerate(hosts)
                ],
            }, allow_unicode=True,
        )  # fmt: skip


@contextmanager
def served(village: Village) -> Iterator[Village]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while request := _request(self.rfile):
                path, headers = request
                site = village.sites.get(headers.get("host", "").partition(":")[0], DOWN)
                if not site:
                    return
                village.asked.append((headers["host"].partition(":")[0], path, "if-none-match" in headers))
                page = site.get(path) or site.get("*") or gone()
                if isinstance(page, list):
                    page = page.pop(0) if len(page) > 1 else page[0]
                if page is HANG_UP:
                    return
                self.wfile.write(_answer(page, headers))

    server = socketserver.ThreadingTCPServer((ADDRESS, 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    village.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield village
    finally:
        server.shutdown()
        server.server_close()


def _request(file: Any) -> tuple[str, dict[str, str]] | None:
    try:
        first = file.readline().decode("latin-1").split()
        headers = {}
        while line := file.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    except ConnectionError:
        return None
    return (first[1], headers) if len(first) > 1 else None


def _answer(page: Page, headers: Mapping[str, str]) -> bytes:
    etag = page.validator if page.status.startswith("200") else None
    is_known = etag is not None and headers.get("if-none-match") == etag
    body = b"" if is_known else page.body.encode()
    lines = [f"HTTP/1.1 {'304 Not Modified' if is_known else page.status}"]
    if not (is_known and page.is_terse):
        lines += [f"{name}: {value}" for name, value in page.headers.items()]
    lines += [f"ETag: {etag}"] if etag else []
    if not is_known:
        lines += [f"Content-Type: {page.content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body

"""Hostile addresses: links and redirects to where no crawler may go, and URLs that are hard to read (cases U1 to U17).

In: nothing. Out: a tuple of `HostileCase`. What must never be reached has a canary listening (`demo.server`).
Rebinding (U6) and the takeover of a domain (U18) are not here: both need a name that changes its meaning in time.
"""

from demo.hostile_case import HOSTILE_DOMAIN, SIDES, HostileCase
from demo.hostile_robots import page
from demo.wire import Behaviour, Wire, html, made_html, redirect

METADATA = "169.254.169.254"
CHAIN_LENGTH = 100
LONG_URL_BYTES = 2 * 1024 * 1024
NUM_PARAMETERS = 200_000
ISLAND = "ærø"


def _to_port(form: str) -> Behaviour:
    """A redirect to a URL whose `PORT` is that of this server."""
    return redirect(lambda wire: form.replace("PORT", str(wire.port)))


def _linking(*forms: str) -> Behaviour:
    """A page that links to such URLs."""

    async def behave(wire: Wire) -> None:
        links = "".join(f'<a href="{form.replace("PORT", str(wire.port))}">her</a>\n' for form in forms)
        await html(page(body=links))(wire)

    return behave


def _host(case: str) -> str:
    return f"{case.lower()}.{HOSTILE_DOMAIN}"


def _case(number: int, does: str, *behaviours: Behaviour, **fields: tuple[str, ...]) -> HostileCase:
    paths = {f"/farlig-{place}.html": behaviour for place, behaviour in enumerate(behaviours, start=1)}
    return HostileCase(id=f"U{number:02}", does=does, behaviours=paths, **fields)  # type: ignore[arg-type]  # tuples only


async def _chain(wire: Wire) -> None:
    """Each step redirects to the next; the last one is a page."""
    step = int(wire.request.target.removeprefix("/kaede-") or 0)
    if step >= CHAIN_LENGTH:
        return await html(page())(wire)
    return await redirect(lambda _: f"/kaede-{step + 1}")(wire)


async def _wants_cookie(wire: Wire) -> None:
    """Redirects to itself until a cookie comes back."""
    if "cookie" in wire.request.headers:
        return await html(page())(wire)
    return await redirect(lambda _: "/farlig-2.html", ("Set-Cookie", "set=1; Path=/"))(wire)


def _long_url() -> bytes:
    return page(body=f'<a href="/lang/{"x" * LONG_URL_BYTES}">lang</a>').encode()


def _many_parameters() -> bytes:
    query = "&amp;".join(f"p{number}=1" for number in range(NUM_PARAMETERS))
    return page(body=f'<a href="/mange?{query}">mange</a>').encode()


async def _farm(wire: Wire) -> None:
    """Links to subdomains of subdomains; none of them is in the register."""
    links = "".join(f'<a href="http://{letter}.{_host("U17")}/farlig-1.html">{letter}</a>' for letter in "abcdefgh")
    await html(page(body=links))(wire)


_REFRESH = '<meta http-equiv="refresh" content="0; url=/farlig-{}.html">'
_IDN = f"{ISLAND}.{HOSTILE_DOMAIN}"
_NUMBERS = (
    "http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://017700000001:PORT/", "http://127.1:PORT/",
    "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://0.0.0.0:PORT/",
    "http://[2002:7f00:1::]:PORT/", "http://127.0.0.1:PORT/", "http://localhost:PORT/",
)  # fmt: skip

ADDRESS_CASES: tuple[HostileCase, ...] = (
    _case(1, "links to files of the machine, with and without its own host",
          _linking(f"file://{_host('U01')}/etc/hostname", "file:///etc/hostname"), _to_port("file:///etc/hostname")),
    _case(2, "links to data, ftp, s3 and javascript",
          _linking("data:text/html,&lt;p&gt;hej", f"ftp://{_host('U02')}/fil", f"s3://{_host('U02')}/fil",
                   "javascript:alert(1)", "tel:+4500000000", "blob:http://x/1")),
    _case(3, "redirects its seed to this machine", _to_port("http://127.0.0.1:PORT/"), seeds=("/farlig-1.html", "/")),
    _case(4, "redirects to the metadata service of a cloud",
          _to_port(f"http://{METADATA}/latest/meta-data/"), _to_port(f"http://{METADATA}:PORT/latest/meta-data/"),
          _to_port("http://127.0.2.1:PORT/latest/meta-data/")),
    HostileCase(
        id="U05", does="has a second host whose name resolves to this machine",
        behaviours={"/farlig-1.html": redirect(lambda _: f"http://www.{_host('U05')}/hemmelig")},
        hrefs=(f"http://www.{_host('U05')}/hemmelig", "/farlig-1.html"),
        other_hosts={f"www.{_host('U05')}": "127.0.0.1"},
    ),
    _case(7, "writes the address of this machine in every way there is",
          _linking(*_NUMBERS), *(_to_port(form) for form in _NUMBERS)),
    _case(8, "links to a multicast address", _linking("http://224.0.0.1/", "http://[ff02::1]/")),
    _case(9, "links to ports that are none of the web's",
          _linking(f"http://{_host('U09')}:22/", f"http://{_host('U09')}:6379/", f"http://{_host('U09')}:0/"),
          _to_port(f"http://{_host('U09')}:22/")),
    _case(10, "writes its links with user names, backslashes, tabs and dots",
          _linking(f"http://bruger:ord@{_host('U10')}/farlig-2.html", "http:\\\\127.0.0.1:PORT\\x",
                   "/far\tlig-\n2.html", "/a/%2e%2e/%2e%2e/etc/passwd", "//127.0.0.1:PORT//x", "/\\127.0.0.1:PORT/",
                   f"http://{_host('U10')}@127.0.0.1:PORT/", f"http://{_host('U10')}\\@127.0.0.1:PORT/",
                   "//" + _host("U10") + "/farlig-2.html", "http:///farlig-2.html"),
          html(page())),
    HostileCase(
        id="U11", does="redirects in a circle, a hundred times, and to itself until a cookie comes",
        behaviours={
            "/farlig-1.html": redirect(lambda _: "/farlig-1b.html", status=301),
            "/farlig-1b.html": redirect(lambda _: "/farlig-1.html", status=301),
            "/farlig-2.html": _wants_cookie,
            "/kaede-*": _chain,
        },
        hrefs=("/farlig-1.html", "/farlig-2.html", "/kaede-0"),
    ),
    _case(12, "sends the reader back and forth by meta refresh",
          html(page(_REFRESH.format(2))), html(page(_REFRESH.format(1))), html(page(_REFRESH.format(3)))),
    _case(13, "says that its links are relative to another host",
          html(page('<base href="http://udenfor.example/">', '<a href="side-2.html">videre</a>')),
          html(page('<base href="file:///etc/">', '<a href="hostname">videre</a>'))),
    _case(14, "says that its page belongs to another host",
          html(page('<link rel="canonical" href="http://udenfor.example/side.html">')),
          html(page('<link rel="canonical" href="javascript:alert(1)">'))),
    HostileCase(
        id="U15", does="has a name with Danish letters and writes it in every way there is",
        host_name=_IDN.encode("idna").decode(),
        behaviours={"/farlig-1.html": html(page(body="".join(
            f'<a href="{href}">side</a>' for href in (
                f"http://{_IDN}{SIDES[0]}", f"http://{_IDN.upper()}{SIDES[0]}", f"http://{_IDN}.{SIDES[1]}",
                f"http://{_IDN.encode('idna').decode().upper()}:80{SIDES[1]}",
            )
        )))},
    ),
    HostileCase(
        id="U16", does="links to a URL of 2 MB and to one with 200,000 parameters",
        behaviours={"/farlig-1.html": made_html(_long_url), "/farlig-2.html": made_html(_many_parameters)},
    ),
    _case(17, "links to subdomains of subdomains without end", _farm),
)  # fmt: skip

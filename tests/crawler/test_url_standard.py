import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from crawler.pages.url_standard import HttpUrl, read_url, without_dot_segments

NORDBY = read_url("https://www.nordby.test/borger/pas?side=1")


def _written(url: HttpUrl | None) -> str | None:
    return url and f"{url.scheme}://{url.netloc}{url.path}" + (f"?{url.query}" if url.query else "")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http:side", "http://side/"),  # another scheme than the page's: what follows is a host
        ("https:side", "https://www.nordby.test/borger/side"),
        ("https:/side", "https://www.nordby.test/side"),
        ("https:\\\\kk.test", "https://kk.test/"),
        ("///kk.test///x", "https://kk.test///x"),
        ("\\borger\\pas?a\\b", "https://www.nordby.test/borger/pas?a\\b"),
        ("/a/%2e%2E/b/%2e/c", "https://www.nordby.test/b/c"),
        ("/\x00\x7f", "https://www.nordby.test/%00%7F"),
        ("\x00\x1f /a\xa0", "https://www.nordby.test/a%C2%A0"),
        ("?", "https://www.nordby.test/borger/pas"),
    ],
)
def test_reference_is_resolved_as_browsers_do(written: str, expected: str) -> None:
    assert expected == _written(read_url(written, NORDBY))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("2130706433", "127.0.0.1"), ("0x7f000001", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("0x7f.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"), ("192.168.257", "192.168.1.1"), ("%31%32%37.0.0.1", "127.0.0.1"), ("0x", "0.0.0.0"),
        ("１２７.0.0.1", "127.0.0.1"), ("256.1.1.1", None), ("1.2.3.4.5", None), ("0256.1.1.1", "174.1.1.1"),
        ("08.1.1.1", None), ("nordby.7", None), ("4294967296", None), ("7.nordby", "7.nordby"),
        ("NORDBY.Test.", "nordby.test"), ("nord%62y.test", "nordby.test"),
        ("bl%C3%A5b%c3%a6r.test", "xn--blbr-roah.test"), ("BLÅBÆR.test", "xn--blbr-roah.test"),
        ("XN--blbr-roah.test", "xn--blbr-roah.test"), ("straße.test", "xn--strae-oqa.test"),
        ("nordby。test", "nordby.test"), ("my_host.test", "my_host.test"), ("xn--a.test", None), ("a..test", None),
        ("a b.test", None), ("a%00b.test", None), ("a%2Fb.test", None), ("%FF.test", None), ("[::1]", None),
        ("[::ffff:127.0.0.1]", None), ("bruger@nordby.test", None), ("a" * 64 + ".test", None),
        (".".join(["a" * 60] * 5), None), ("ø" * 10_000, None), ("", None), (".", None),
    ],
)  # fmt: skip
def test_host_is_read_as_browsers_do_or_not_at_all(host: str, expected: str | None) -> None:
    assert (expected and f"http://{expected}/") == _written(read_url(f"http://{host}"))


@pytest.mark.parametrize(
    ("port", "expected"),
    [("", ""), ("80", ""), ("0080", ""), ("443", ":443"), ("0", ":0"), ("65535", ":65535")],
)
def test_port_is_left_out_where_it_is_the_usual_one(port: str, expected: str) -> None:
    assert f"http://nordby.test{expected}/" == _written(read_url(f"http://nordby.test:{port}/"))


@pytest.mark.parametrize("port", ["65536", "x", "-1", "８０", "9" * 5000, "80:80"])
def test_port_that_is_none_makes_no_url(port: str) -> None:
    assert read_url(f"http://nordby.test:{port}/") is None


def test_query_is_written_in_the_encoding_of_the_page() -> None:
    for written, encoding, expected in [
        ("/ø?q=ø", "cp1252", "/%C3%B8?q=%F8"),
        ("/ø?q=ø", "utf-8", "/%C3%B8?q=%C3%B8"),
        ("/?q=ж", "cp1252", "/?q=%D0%B6"),
    ]:
        assert f"https://www.nordby.test{expected}" == _written(read_url(written, NORDBY, encoding=encoding))


def test_dots_that_are_no_segment_stay() -> None:
    assert without_dot_segments("/a../.b/..c/d.") == "/a../.b/..c/d."


@pytest.fixture(scope="module")
def standard_cases(shared: Path) -> list[dict[str, Any]]:
    with tarfile.open(shared / "data/sitemaps/crawler_commons.tar.xz") as archive:
        cases = json.load(archive.extractfile("url-utils/wpt-urltestdata.json") or pytest.fail("no such member"))
    return [case for case in cases if isinstance(case, dict)]


# The standard's URLs that we never ask for, by what its own normal form shows.
NEVER_ASKED = {
    "another scheme": lambda href: not href.startswith(("http://", "https://")),
    "user name": lambda href: "@" in href.split("/")[2],
    "IPv6": lambda href: href.split("/")[2].startswith("["),
    "empty label or odd character": lambda href: ".." in href.split("/")[2] or href in ODD_HOSTS,
    "IDNA 2008 does not have it": lambda href: "xn--n3h" in href or "xn--pokxncvks" in href or href == "https://xn--/",
}
ODD_HOSTS = ("http://./", "http://!\"$&'()*+,-.;=_`{}~/")


def test_cases_of_the_standard_are_read_as_it_says(standard_cases: list[dict[str, Any]]) -> None:
    """Its test suite keeps an empty query, which names the same page."""
    wrong, num_read = [], 0
    for case in standard_cases:
        base = read_url(case["base"]) if case.get("base") else None
        if case.get("base") and base is None:
            continue  # resolving against file: and the like
        expected = case.get("href")
        if expected is not None and any(is_so(expected) for is_so in NEVER_ASKED.values()):
            expected = None
        if "@" in case["input"].partition("?")[0] and expected and "@" not in expected:
            expected = None  # an empty user name, which the normal form leaves out
        expected = expected and expected.partition("#")[0].removesuffix("?")
        num_read += expected is not None
        found = _written(read_url(case["input"], base))
        if found != expected:
            wrong.append((case["input"], case.get("base"), expected, found))
    assert wrong == []
    assert num_read > 150

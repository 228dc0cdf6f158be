import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.robots import MAX_CRAWL_DELAY_S, MAX_ROBOTS_BYTES, RobotsVerdict, read_robots

URL = "http://nordby.test"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, RobotsVerdict.RULES), (401, RobotsVerdict.NO_RULES), (403, RobotsVerdict.NO_RULES),
        (404, RobotsVerdict.NO_RULES), (410, RobotsVerdict.NO_RULES), (429, RobotsVerdict.UNREACHABLE),
        (500, RobotsVerdict.UNREACHABLE), (503, RobotsVerdict.UNREACHABLE), (599, RobotsVerdict.UNREACHABLE),
    ],
)  # fmt: skip
def test_status_decides_what_the_file_means(status: int, expected: RobotsVerdict) -> None:
    robots = read_robots(status, b"User-agent: *\nDisallow: /a\n")
    assert expected is robots.verdict
    assert (expected is not RobotsVerdict.UNREACHABLE) == robots.allows(f"{URL}/b")
    assert (expected is RobotsVerdict.NO_RULES) == robots.allows(f"{URL}/a")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\rDisallow: /\r", "/a", False),
        ("user-AGENT : * # alle\r\nDISALLOW : /a # her\r\n", "/a/b", False),
        ("User-agent: *\nDisallow: /\nUser-agent: tvaerkom\nDisallow: /x", "/a", True),
        ("User-agent: *\nDisallow:\nUser-agent: Tvaerkom\nDisallow: /a", "/a", False),
        ("User-agent: andre\nDisallow: /\n", "/a", True),
        ("User-agent: tvaerkom\nDisallow: /a\n\nUser-agent: tvaerkom\nDisallow: /b", "/a", False),
        ("User-agent: tvaerkom\nDisallow: /a\n\nUser-agent: tvaerkom\nDisallow: /b", "/b", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("User-agent: *\nDisallow: /*.aspx$", "/x.aspx", False),
        ("User-agent: *\nDisallow: /*.aspx$", "/x.aspx?a=1", True),
        ("User-agent: *\nDisallow: /s%c3%b8g", "/s%C3%B8g", False),
        ("User-agent: *\nDisallow: /søg", "/s%C3%B8g", False),
        ("<html><body>Siden findes ikke</body></html>", "/a", True),
    ],
)
def test_rules_are_read_as_rfc_9309_says(text: str, path: str, expected: bool) -> None:
    assert expected is read_robots(200, text.encode()).allows(URL + path)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10", 10.0), ("0.5", 0.5), ("0", 0.0), ("-5", 0.0), ("1e9", MAX_CRAWL_DELAY_S), ("inf", 0.0),
        ("nan", 0.0), ("-inf", 0.0), ("ti", 0.0), ("", 0.0),
    ],
)  # fmt: skip
def test_crawl_delay_is_clamped(written: str, expected: float) -> None:
    assert expected == read_robots(200, f"User-agent: *\nCrawl-delay: {written}\n".encode()).crawl_delay_s


def test_without_rules_there_is_no_delay_and_no_sitemap() -> None:
    for status in (404, 503):
        robots = read_robots(status, b"User-agent: *\nCrawl-delay: 9\nSitemap: http://nordby.test/s.xml\n")
        assert (robots.crawl_delay_s, robots.sitemaps) == (0.0, [])


def test_sitemaps_are_listed() -> None:
    text = b"Sitemap: http://nordby.test/a.xml\nUser-agent: *\nDisallow: /x\nsitemap: /b.xml\n"
    assert read_robots(200, text).sitemaps == ["http://nordby.test/a.xml", "/b.xml"]


def test_file_beyond_the_limit_is_cut_there() -> None:
    text = b"User-agent: *\nDisallow: /a\n" + b"#" * MAX_ROBOTS_BYTES + b"\nDisallow: /b\n"
    robots = read_robots(200, text)
    assert (robots.allows(f"{URL}/a"), robots.allows(f"{URL}/b")) == (False, True)


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    robots = read_robots(200, b"User-agent: *\n" + body)
    robots.allows(f"{URL}/a")
    assert 0 <= robots.crawl_delay_s <= MAX_CRAWL_DELAY_S
    assert isinstance(robots.sitemaps, list)

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rules.ai_agents import AI_AGENTS
from crawler.rules.robots import MAX_CRAWL_DELAY_S, MAX_ROBOTS_BYTES, RobotsVerdict, read_robots, rules_for

URL = "http://nordby.test"

# Google's cases that we answer otherwise: (robots.txt, URL) and why. Everything else must come out as Google has it.
DEVIATIONS = {
    ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar/ツ\n", "http://foo.bar/foo/bar/ツ"):
        "section 2.2.2: octets outside ASCII are encoded before the comparison; Google leaves that to its caller",
    ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar/%E3%83%84\n", "http://foo.bar/foo/bar/ツ"):
        "the same",
    ("User-agent: FooBot\nDisallow: /\nAllow: /foo/bar/%62%61%7A\n", "http://foo.bar/foo/bar/baz"):
        "section 2.2.2, last line of its table: encoded letters are decoded before the comparison",
    ("User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n", "http://foo.com/allowed-slash/"):
        "GoogleOnly: Google takes index.html for the folder; RFC 9309 does not",
}  # fmt: skip


def test_google_cases(shared: Path) -> None:
    lines = (shared / "data" / "robots" / "google_robotstxt.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    other = {
        (case["robots_txt"], case["url"])
        for case in cases
        if rules_for(case["agent"], case["robots_txt"]).allows(case["url"]) != case["allowed"]
    }
    assert (140, DEVIATIONS.keys()) == (len(cases), other)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, RobotsVerdict.RULES), (203, RobotsVerdict.RULES), (304, RobotsVerdict.UNREACHABLE),
        (401, RobotsVerdict.NO_RULES), (403, RobotsVerdict.NO_RULES), (404, RobotsVerdict.NO_RULES),
        (410, RobotsVerdict.NO_RULES), (429, RobotsVerdict.UNREACHABLE), (500, RobotsVerdict.UNREACHABLE),
        (503, RobotsVerdict.UNREACHABLE), (599, RobotsVerdict.UNREACHABLE),
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
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\rDisallow: /\r", "/a", False),
        ("user-AGENT : * # alle\r\nDISALLOW : /a # her\r\n", "/a/b", False),
        ("User-agent: *\nDissallow: /a", "/a", False),
        ("User-agent *\nDisallow /a", "/a", False),
        ("User-agent: *\nDisallow: /a\u2028Disallow: /b", "/b", True),  # no line ends there
        ("User-agent: *\nDisallow: /\nUser-agent: tvaerkom\nDisallow: /x", "/a", True),
        ("User-agent: *\nDisallow:\nUser-agent: Tvaerkom\nDisallow: /a", "/a", False),
        ("User-agent: andre\nDisallow: /\n", "/a", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /a\nUser-agent: *\nDisallow: /b", "/a", True),
        ("<html><body>Siden findes ikke</body></html>", "/a", True),
        ("<!DOCTYPE html>\n<pre>\nDisallow: /a\n</pre>", "/a", True),
    ],
)
def test_rules_are_read_as_rfc_9309_says(text: str, path: str, expected: bool) -> None:
    assert expected is read_robots(200, text.encode()).allows(URL + path)


@pytest.mark.parametrize(
    ("agents", "is_ours"),
    [
        ("tvaerkom", True), ("TVAERKOM", True), ("Tvaerkom/1.0", True), ("tvaerkom (alle)", True), ("tv", False),
        ("tvaerkommen", False), ("tvaerkom-test", False), ("mit-tvaerkom", False), ("*", True), ("* # alle", True),
        ("*bot", False), ("", False),
    ],
)  # fmt: skip
def test_agent_is_matched_by_its_whole_token(agents: str, is_ours: bool) -> None:
    assert is_ours is not read_robots(200, f"User-agent: {agents}\nDisallow: /\n".encode()).allows(f"{URL}/a")


@pytest.mark.parametrize(
    "between", ["", "\n", "Noindex: /b\n", "Sitemap: /s.xml\n", "Host: nordby.test\n", "Crawl-delay: 5\n"]
)
def test_only_rules_end_the_list_of_agents(between: str) -> None:
    robots = read_robots(200, f"User-agent: tvaerkom\n{between}User-agent: andre\nDisallow: /a\n".encode())
    assert not robots.allows(f"{URL}/a")


def test_groups_of_one_agent_are_merged() -> None:
    text = b"User-agent: tvaerkom\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: tvaerkom\nDisallow: /b"
    robots = read_robots(200, text)
    assert [robots.allows(f"{URL}/{name}") for name in "abc"] == [False, False, True]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/a", "/ab", True), ("/a/", "/a", False), ("/A", "/a", False), ("a", "/a", False),
        ("/*.aspx$", "/x.aspx", True), ("/*.aspx$", "/x.aspx?a=1", False), ("/*.aspx", "/x.aspx?a=1", True),
        ("/a$", "/a", True), ("/a$", "/ab", False), ("/a$b", "/a$b", True), ("*", "/a", True), ("$", "/a", False),
        ("/a*b*c", "/a-b-c", True), ("/a*b*c", "/a-c-b", False), ("/a**b", "/ab", True), ("/a*a$", "/a", False),
        ("/*ab$", "/abab", True), ("/%24", "/$", True), ("/a%2A", "/a*", True), ("/a%2A", "/ab", False),
        ("/s%c3%b8g", "/s%C3%B8g", True), ("/søg", "/s%C3%B8g", True), ("/s%C3%B8g", "/søg", True),
        ("/%62%61", "/ba", True), ("/100%", "/100%25", True), ("/a?b=http://c", "/a?b=http%3A%2F%2Fc", True),
        ("/*?", "/a?b", True), ("/a?", "/a", False), ("/a", "/b#/a", False), ("//", "//a", True),
        ("/a+b", "/a%20b", False),
    ],
)  # fmt: skip
def test_paths_are_matched_as_rfc_9309_says(pattern: str, path: str, expected: bool) -> None:
    robots = read_robots(200, f"User-agent: *\nDisallow: {pattern}\n".encode())
    assert expected is not robots.allows(URL + path)


@pytest.mark.parametrize(("url", "expected"), [(URL, False), (f"{URL}?a", False), (f"{URL}#a", False), ("", False)])
def test_url_without_a_path_is_the_root(url: str, expected: bool) -> None:
    assert expected is read_robots(200, b"User-agent: *\nDisallow: /\nAllow: /a\n").allows(url)


def test_specificity_counts_encoded_octets() -> None:
    text = "User-agent: *\nDisallow: /søg\nAllow: /s*abc\n"  # 9 octets against 6
    assert not read_robots(200, text.encode()).allows(f"{URL}/søgabc")


@pytest.mark.parametrize("name", ["latin-1", "utf-8"])
def test_danish_letters_of_an_older_editor_are_read(name: str) -> None:
    body = "User-agent: *\nDisallow: /søg\n".encode(name) + "Disallow: /åben\n".encode()
    robots = read_robots(200, body)
    assert [robots.allows(f"{URL}/s%C3%B8g"), robots.allows(f"{URL}/%C3%A5ben")] == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /" + "*a" * 5000 + "*b\n",
        "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*a*b\n" * 50,
    ],
    ids=["one long pattern", "many patterns"],
)
def test_many_wildcards_take_no_time(text: str) -> None:
    robots = read_robots(200, text.encode())
    url = f"{URL}/{'a' * 20_000}"
    assert robots.allows(url)
    start = time.process_time()
    robots.allows(url)
    assert time.process_time() - start < 0.010


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10", 10.0), ("10 # sekunder", 10.0), ("0.5", 0.5), ("0", 0.0), ("-5", 0.0), ("1e9", MAX_CRAWL_DELAY_S),
        ("inf", 0.0), ("nan", 0.0), ("-inf", 0.0), ("ti", 0.0), ("", 0.0), ("5\nCrawl-delay: 2", 5.0),
    ],
)  # fmt: skip
def test_crawl_delay_is_clamped(written: str, expected: float) -> None:
    assert expected == read_robots(200, f"User-agent: *\nCrawl-delay: {written}\n".encode()).crawl_delay_s


def test_crawl_delay_is_for_the_agents_named_before_it() -> None:
    text = b"User-agent: andre\nCrawl-delay: 20\nUser-agent: *\nCrawl-delay: 3\nDisallow: /a\n"
    assert read_robots(200, text).crawl_delay_s == 3.0
    own = b"User-agent: *\nCrawl-delay: 20\nDisallow: /a\nUser-agent: tvaerkom\nDisallow: /b\n"
    assert read_robots(200, own).crawl_delay_s == 0.0


def test_without_rules_there_is_no_delay_and_no_sitemap() -> None:
    for status in (404, 503):
        robots = read_robots(status, b"User-agent: *\nCrawl-delay: 9\nSitemap: http://nordby.test/s.xml\n")
        assert (robots.crawl_delay_s, robots.sitemaps, robots.content_usage) == (0.0, [], ())


def test_sitemaps_are_listed() -> None:
    text = b"Sitemap: http://nordby.test/a.xml\nUser-agent: *\nDisallow: /x\nsitemap: /b.xml\nSitemap:\n"
    assert read_robots(200, text).sitemaps == ["http://nordby.test/a.xml", "/b.xml"]


def test_file_beyond_the_limit_is_cut_there() -> None:
    text = b"User-agent: *\nDisallow: /a\n" + b"#" * MAX_ROBOTS_BYTES + b"\nDisallow: /b\n"
    robots = read_robots(200, text)
    assert (robots.allows(f"{URL}/a"), robots.allows(f"{URL}/b")) == (False, True)


def test_line_that_the_limit_cuts_is_left_out() -> None:
    start = b"User-agent: *\nDisallow: /a\n#"
    text = start + b"x" * (MAX_ROBOTS_BYTES - len(start) - len(b"\nAllow: /a")) + b"\nAllow: /abc\n"
    assert text[:MAX_ROBOTS_BYTES].endswith(b"\nAllow: /a")
    assert not read_robots(200, text).allows(f"{URL}/a")


def test_file_of_one_endless_line_says_nothing() -> None:
    assert read_robots(200, b"a" * (2 * MAX_ROBOTS_BYTES)).text == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow: /admin\n",
            ("CCBot", "GPTBot"),
        ),
        ("User-agent: gptbot/1.1\nDisallow: /\n", ("GPTBot",)),
        ("User-agent: AI2Bot\nDisallow: /*\n", ("AI2Bot",)),
        ("User-agent: GPTBot\nDisallow: /\nAllow: /nyheder\n", ("GPTBot",)),
        ("User-agent: GPTBot\nDisallow: /\nAllow: /$\n", ()),
        ("User-agent: GPTBot\nDisallow: /admin\n", ()),
        ("User-agent: GPTBot\nDisallow:\n", ()),
        ("User-agent: GPTBot\nDisallow: /\nUser-agent: *\nDisallow: /\n", ()),
        ("User-agent: GPTBot\nDisallow: /\nUser-agent: tvaerkom\nDisallow: /\n", ()),
        ("User-agent: GPTBot\nUser-agent: *\nDisallow: /\nUser-agent: tvaerkom\nAllow: /\n", ("GPTBot",)),
        ("User-agent: *\nDisallow: /\nUser-agent: tvaerkom\nAllow: /\n", ()),
        ("User-agent: Bingbot\nDisallow: /\n", ()),
        ("", ()),
    ],
)
def test_ai_agents_that_are_shut_out_are_told(text: str, expected: tuple[str, ...]) -> None:
    assert expected == read_robots(200, text.encode()).shut_out_ai_agents


def test_no_ai_agents_where_there_are_no_rules() -> None:
    assert read_robots(404, b"User-agent: GPTBot\nDisallow: /\n").shut_out_ai_agents == ()


def test_ai_agents_are_named_once_and_with_their_operator() -> None:
    assert len(AI_AGENTS) == len({agent.lower() for agent in AI_AGENTS})
    assert all(AI_AGENTS.values())
    text = "\n".join(f"User-agent: {agent}" for agent in AI_AGENTS) + "\nDisallow: /\n"
    assert tuple(AI_AGENTS) == read_robots(200, text.encode()).shut_out_ai_agents


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Content-Usage: train-ai=n", [("Content-Usage", False)]),
        ("content-usage : /a train-ai=y, search=n", [("Content-Usage", True)]),
        ("Content-Usage: /a\ttrain-ai=n", [("Content-Usage", False)]),
        ("Content-Usage: search=n", [("Content-Usage", None)]),
        ("Content-Usage: /a", [("Content-Usage", None)]),
        ("Content-Usage:", []),
        ("Content-Signal: search=yes,ai-train=no", [("Content-Signal", False)]),
        ("Content-signal: ai-train=yes", [("Content-Signal", True)]),
    ],
)
def test_statements_on_use_are_read(lines: str, expected: list[tuple[str, bool | None]]) -> None:
    robots = read_robots(
        200, f"User-agent: *\n{lines}\nAllow: /\nUser-agent: andre\nContent-Usage: train-ai=n\n".encode()
    )
    assert expected == [(rule.name, rule.allows_training) for rule in robots.content_usage]


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    robots = read_robots(200, b"User-agent: *\n" + body)
    robots.allows(f"{URL}/a")
    assert 0 <= robots.crawl_delay_s <= MAX_CRAWL_DELAY_S
    assert isinstance(robots.sitemaps, list)
    assert isinstance(robots.shut_out_ai_agents, tuple)


@given(st.text(alphabet="/ab*$%4", max_size=8), st.text(alphabet="ab/%4$", max_size=10))
def test_matching_agrees_with_a_search_of_all_ways(pattern: str, path: str) -> None:
    robots = read_robots(200, f"User-agent: *\nDisallow: /{pattern}\n".encode())
    assert _matches_slowly(_symbols(f"/{pattern}"), _octets(f"/{path}")) is not robots.allows(f"{URL}/{path}")


def _octets(text: str) -> list[str]:
    if not text:
        return []
    if text[0] == "%" and len(text) > 2 and all(digit in "0123456789abcdef" for digit in text[1:3]):
        return [chr(int(text[1:3], 16)), *_octets(text[3:])]
    return [text[0], *_octets(text[1:])]


def _symbols(pattern: str) -> list[str]:
    pieces = pattern.removesuffix("$").split("*")
    symbols = [symbol for piece in pieces for symbol in ["any", *_octets(piece)]][1:]
    return [*symbols, "end" if pattern.endswith("$") else "any"]


def _matches_slowly(symbols: list[str], octets: list[str]) -> bool:
    if not symbols:
        return True
    if symbols[0] == "any":
        return any(_matches_slowly(symbols[1:], octets[start:]) for start in range(len(octets) + 1))
    if symbols[0] == "end":
        return not octets
    return bool(octets) and symbols[0] == octets[0] and _matches_slowly(symbols[1:], octets[1:])

import json
import string
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.pages.url_standard import read_url
from crawler.pages.urls import MAX_URL_LENGTH, general_normal_url, host_of, normal_url, origin_of, url_key

BASE = "http://www.nordby.test/borger/pas?side=1"
URL_LIKE = st.text(alphabet=string.printable + "æøåÆØÅ\\\x00\u2028\ud800%", max_size=60)
WRITTEN = st.one_of(
    st.text(max_size=60),
    URL_LIKE,
    st.builds(
        "{}{}".format, st.sampled_from(["http://", "https:", "//", "file://", "http://a.test/", "?", "#"]), URL_LIKE
    ),
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/a", "http://www.nordby.test/a"),
        ("kort", "http://www.nordby.test/borger/kort"),
        ("?side=2", "http://www.nordby.test/borger/pas?side=2"),
        ("#top", BASE),
        ("", BASE),
        ("//kk.test/x", "http://kk.test/x"),
        ("HTTP://WWW.Nordby.TEST:80/A", "http://www.nordby.test/A"),
        ("https://nordby.test:443", "https://nordby.test/"),
        ("http://nordby.test:8080/", "http://nordby.test:8080/"),
        ("http://nordby.test./a", "http://nordby.test/a"),
        ("  /a\n/b\t ", "http://www.nordby.test/a/b"),
        ("/a/../b/./c/..", "http://www.nordby.test/b/"),
        ("/../../x", "http://www.nordby.test/x"),
        ("/å b", "http://www.nordby.test/%C3%A5%20b"),
        ("/%c3%a5", "http://www.nordby.test/%C3%A5"),
        ("/s?q=å&b=2&a=1", "http://www.nordby.test/s?q=%C3%A5&b=2&a=1"),
        ("/s?utm_source=x&id=3&fbclid=y", "http://www.nordby.test/s?id=3"),
        ("/s?utm_source=x", "http://www.nordby.test/s"),
        ("http://blåbær.test/", "http://xn--blbr-roah.test/"),
        ("http://XN--BLBR-roah.test", "http://xn--blbr-roah.test/"),
        ("http://nordby.test\\@ond.test/", "http://nordby.test/@ond.test/"),
        ("http://nord%62y.test/", "http://nordby.test/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("\\borger\\pas", "http://www.nordby.test/borger/pas"),
        ("/a/%2e%2e/b", "http://www.nordby.test/b"),
        ("/a//b", "http://www.nordby.test/a//b"),
        ("/%61%2D%7e%2f%3B", "http://www.nordby.test/a-~%2F%3B"),
        ("/100%/%61%c3", "http://www.nordby.test/100%/%61%C3"),
        ("/s?q=%c3%a5&x=100%", "http://www.nordby.test/s?q=%c3%a5&x=100%"),
        ("/a\x00b", "http://www.nordby.test/a%00b"),
        ("/s?", "http://www.nordby.test/s"),
        ("/s?&a=1&&b=&", "http://www.nordby.test/s?a=1&b="),
    ],
)
def test_reference_is_written_in_its_normal_form(written: str, expected: str) -> None:
    assert expected == normal_url(written, BASE)


@pytest.mark.parametrize(
    "written",
    [
        "file:///etc/passwd", "file://www.nordby.test/etc/hostname", "data:text/html,x", "ftp://nordby.test/x",
        "javascript:alert(1)", "mailto:a@nordby.test", "tel:12345678", "http://bruger:kode@nordby.test/",
        "http://bruger@nordby.test/", "http://@nordby.test/", "http://[::1", "http://[::1]/",
        "http://nordby.test:99999/", "http://nordby.test:x/", "http://a b.test/", "http://256.1.1.1/", "http://",
        "http://" + "a" * 64 + "ø.test/", "/" + "x" * MAX_URL_LENGTH, "/\ud800", "http://nordby.test/?\udfff",
    ],
)  # fmt: skip
def test_what_is_never_asked_for_has_no_normal_form(written: str) -> None:
    assert normal_url(written, BASE) is None


def test_without_a_base_only_absolute_references_have_a_normal_form() -> None:
    assert normal_url("http://nordby.test/a") == "http://nordby.test/a"
    for base in ("", "kort", "file:///", "http://bruger@nordby.test/", "\ud800"):
        assert {normal_url(written, base) for written in ("/a", "a", "//nordby.test/", "?a", "")} == {None}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/s;jsessionid=0A1B2C.knude1?id=3", "/s?id=3"),
        ("/s;JSESSIONID=0A1B2C/b;x=1", "/s/b;x=1"),
        ("/(S(lit3py55t21z5v55vlm25s55))/side.aspx", "/side.aspx"),
        ("/app/(A(x1)S(y2)F(z3))/side.aspx", "/app/side.aspx"),
        ("/(S(lit3py55t21z5v55vlm25s55))", "/"),
        ("/(S(x))/../a/.;jsessionid=1", "/a/"),
        ("/plan(S(1))/a", "/plan(S(1))/a"),
        ("/?PHPSESSID=k2v&a=1&ASPSESSIONIDQQ=x&CFID=1&cftoken=2&jsessionid=3", "/?a=1"),
        ("/?sid=0123456789abcdef0123456789ABCDEF&side=2", "/?side=2"),
        ("/?SessionId=0123456789abcdef01234567", "/"),
        ("/?sid=1234&sessionid=skema", "/?sid=1234&sessionid=skema"),
        ("/?sid=abcdefghijklmnopqrstuvwxyz", "/?sid=abcdefghijklmnopqrstuvwxyz"),  # words, no number
        ("/?sid=6f9619ff-8b86-d011-b42d-00c04fc964ff", "/?sid=6f9619ff-8b86-d011-b42d-00c04fc964ff"),  # names a page
        ("/?utm_campaign=x&UTM_Source=y&mc_cid=1", "/"),
    ],
)
def test_what_names_the_visit_and_not_the_page_goes(written: str, expected: str) -> None:
    assert f"http://nordby.test{expected}" == normal_url(written, "http://nordby.test/")


# Made of what decides: marks of the quick way's limits, and the letters between them.
PIECES = st.lists(
    st.sampled_from([
        "/", "//", ".", "..", "%2e", "%C3%A6", "%c3", "%41", "%20", "%", "?", "&", "=", "#", ";", "(", ")", "\\", ":",
        "@", " ", "\t", "'", "^", "|", "[", "ø", "a", "B-1", "utm_x=1", "sid=0123456789abcdef01234567", ";jsessionid=1",
        "/(S(x1))", "/.", "http:", "https://", "www.nordby.test", ":80", ":8080", "xn--a", "127", "\ud800", "x" * 600,
    ]),
    max_size=9,
).map("".join)  # fmt: skip


@given(st.one_of(PIECES, WRITTEN, PIECES.map("/{}".format), PIECES.map("http://a.test/{}".format)))
@example("/a?&")
@example("/a/.b")
@example("http://a..b/")
def test_quick_way_and_general_way_agree(written: str) -> None:
    assert general_normal_url(written, read_url(BASE), "utf-8") == normal_url(written, BASE)


@pytest.mark.parametrize(
    "written",
    [
        "/" + "x" * 2_000_000, "/?" + "&".join(f"a{number}=1" for number in range(200_000)), "data:," + "x" * 2_000_000,
        "/(" * 4_000, "/(" + "A(" * 4_000, "/.." * 2_600, "/%2e" * 2_000, "%" * 8_000, "http://" + "a." * 4_000,
        "http://" + "ø" * 8_000, "&" * 8_000, "/" + "a." * 4_000 + "\x00", "http://" + "xn--" * 2_000,
    ],
    ids=lambda written: written[:8],
)  # fmt: skip
def test_overlong_reference_is_settled_quickly(written: str) -> None:
    started = time.process_time()
    found = normal_url(written, BASE)
    assert time.process_time() - started < 0.05
    assert found is None or len(found) <= MAX_URL_LENGTH


def test_long_fragment_is_no_reason_to_leave_a_link() -> None:
    assert normal_url("/a#:~:text=" + "x" * 100_000, BASE) == "http://www.nordby.test/a"


@given(st.one_of(PIECES, WRITTEN))
@example("/%%36%36")
@example("/%2525")
@example("/%2e;jsessionid=1%")
@example("/%3B%6Asessionid=1;%6Asessionid=1")
def test_normal_form_is_stable_and_http_only(written: str) -> None:
    normal = normal_url(written, BASE)
    if normal is not None:
        assert normal.startswith(("http://", "https://"))
        assert normal == normal_url(normal), "the normal form of a normal form is itself"
        assert len(normal) <= MAX_URL_LENGTH
        assert normal.isascii() and not any(character.isspace() for character in normal)
        assert "#" not in normal and "@" not in normal.split("/")[2]
        assert host_of(normal)
        assert normal.startswith(f"{origin_of(normal)}/")


@given(WRITTEN)
def test_key_is_one_for_the_twins_of_a_page(written: str) -> None:
    normal = normal_url(written, "http://nordby.test/")
    if normal and normal.startswith("http://nordby.test/"):
        rest = normal.removeprefix("http://nordby.test")
        twins = [f"{start}nordby.test{rest}" for start in ("http://", "https://", "http://www.", "https://www.")]
        assert len({url_key(twin) for twin in twins}) == 1


def test_key_tells_paths_and_queries_apart() -> None:
    urls = ["http://a.test/", "http://a.test/A", "http://a.test/a", "http://a.test/?x", "http://b.test/"]
    assert len(urls) == len({url_key(url) for url in urls})


def test_key_is_one_for_a_guid_in_either_case() -> None:
    guid = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
    for url in (f"https://a.test/vis?id={guid}&x=A", f"https://a.test/sag/{guid}/A", f"https://a.test/%7B{guid}%7D"):
        assert url_key(url) == url_key(url.replace(guid, guid.lower())) != url_key(url.lower().replace("a", "b"))
        assert url_key(url).count("A") == url.count("A") - guid.count("A"), "nothing but the GUID is lowered"
    assert url_key(f"https://a.test/x{guid}") != url_key(f"https://a.test/x{guid.lower()}")


def test_host_and_origin_of_a_url() -> None:
    for url, host, origin in [
        ("https://www.nordby.test/a?b=http://c/", "www.nordby.test", "https://www.nordby.test"),
        ("http://nordby.test:8080/", "nordby.test", "http://nordby.test:8080"),
        ("http://a/", "a", "http://a"),
        ("https://nordby.test", "nordby.test", "https://nordby.test"),
    ]:
        assert (host, origin) == (host_of(url), origin_of(url))
    assert [host_of(url) for url in ("HTTP://Nordby.TEST:80", "http://x@nordby.test/", "", "kort")] == [
        "nordby.test", "nordby.test", "", "",
    ]  # fmt: skip


# Where the URL standard wants something else than the normal forms of the real cases: lines of the file, and why.
DEVIATIONS = {
    "brackets stay in a query": {26},
    "empty segments stay: a server may tell them apart": set(range(57, 63)),
    "other schemes are never asked for": {65, 66, 84, 85, 87, 88},
    "there is no host": {67, 68},
    "a reference, not a URL, and there is no base": {70, 83},
    "a percent sign alone stays": {71, 77, 78, 79},
    "these characters stay in a query": {74, 75, 76},
    "parameters keep their order": {89, 90, 92, 93, 98, 99, 100, 101, 102, 103},
    "a parameter keeps its empty value": {96},
}


def test_real_cases_have_the_normal_form_that_the_standard_wants(shared: Path) -> None:
    lines = (shared / "data/urls/normalize_crawler_commons.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    different = {
        number for number, case in enumerate(cases, 1) if normal_url(case["url"]) != case["normalized"]
    }  # fmt: skip
    assert set().union(*DEVIATIONS.values()) == different

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import MAX_URL_LENGTH, host_of, normal_url, url_key

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
    ],
)
def test_reference_is_written_in_its_normal_form(written: str, expected: str) -> None:
    assert expected == normal_url(written, BASE)


@pytest.mark.parametrize(
    "written",
    [
        "file:///etc/passwd", "file://www.nordby.test/etc/hostname", "data:text/html,x", "ftp://nordby.test/x",
        "javascript:alert(1)", "mailto:a@nordby.test", "tel:12345678", "http://bruger:kode@nordby.test/",
        "http://bruger@nordby.test/", "http://nordby.test\\@ond.test/", "http://[::1", "http://nordby.test:99999/",
        "http://nordby.test:x/", "http://a b.test/", "http://nord%62y.test/",
        "http://" + "a" * 64 + "ø.test/", "/" + "x" * MAX_URL_LENGTH,
    ],
)  # fmt: skip
def test_what_is_never_asked_for_has_no_normal_form(written: str) -> None:
    assert normal_url(written, BASE) is None


@given(WRITTEN)
def test_normal_form_is_stable_and_http_only(written: str) -> None:
    normal = normal_url(written, BASE)
    if normal is not None:
        assert normal.startswith(("http://", "https://"))
        assert normal == normal_url(normal), "the normal form of a normal form is itself"
        assert len(normal) <= MAX_URL_LENGTH
        assert normal.isascii() and not any(character.isspace() for character in normal)
        assert "#" not in normal and "@" not in normal.split("/")[2]
        assert host_of(normal)


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

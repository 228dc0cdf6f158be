from typing import Any

import pytest

from crawler.register import Network
from crawler.scope import MAX_DEPTH, NotTaken, reason_not_taken

NETWORK = Network()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://nordby.test/", None),
        ("https://www.nordby.test/a?b=c", None),
        ("http://nordby.test:80/", None),
        ("https://nordby.test:443/", None),
        ("http://nordby.test:8080/", NotTaken.ODD_PORT),
        ("http://nordby.test:22/", NotTaken.ODD_PORT),
        ("https://nordby.test:80/", NotTaken.ODD_PORT),
        ("http://kk.test/", NotTaken.OTHER_HOST),
        ("http://by.nordby.test/", NotTaken.OTHER_HOST),
        ("http://nordby.test.ond.test/", NotTaken.OTHER_HOST),
        ("http://ondnordby.test/", NotTaken.OTHER_HOST),
        ("http://nordby.test/plan.PDF", "pdf"),
        ("http://nordby.test/ark.xlsx?v=1", "spreadsheet"),
        ("http://nordby.test/side.aspx", None),
        ("http://nordby.test/søg", NotTaken.SEARCH),
        ("http://nordby.test/s%C3%B8g?q=a", NotTaken.SEARCH),
        ("http://nordby.test/search/x", NotTaken.SEARCH),
        ("http://nordby.test/soegne-og-kirker", None),
        ("http://nordby.test/" + "a/b/" * 2, None),
        ("http://nordby.test/" + "a/b/" * 3, NotTaken.REPEATING),
        ("http://nordby.test/" + "/".join(map(str, range(15))), None),
        ("http://nordby.test/" + "/".join(map(str, range(16))), NotTaken.TOO_DEEP),
    ],
)
def test_reason_says_why_a_link_is_not_taken(url: str, expected: str | None, make_site: Any) -> None:
    assert expected == reason_not_taken(url, make_site(), NETWORK)


def test_excludes_are_hosts_and_beginnings_of_paths(make_site: Any) -> None:
    site = make_site(excludes=("arkiv.nordby.test", "/Intern/", "/kalender"), hosts=frozenset({"nordby.test"}))
    for url in ("http://arkiv.nordby.test/", "http://nordby.test/intern/x", "http://nordby.test/KALENDER?m=1"):
        assert reason_not_taken(url, site, NETWORK) == NotTaken.EXCLUDED
    assert reason_not_taken("http://nordby.test/internt", site, NETWORK) is None


def test_area_holds_its_paths_in_whole_segments(make_site: Any) -> None:
    area = make_site(prefixes=("/boern-og-unge/", "/gammelt/boern/"))
    for path in ("/boern-og-unge", "/boern-og-unge/", "/Boern-og-unge/skole", "/gammelt/boern/x"):
        assert reason_not_taken(f"http://nordby.test{path}", area, NETWORK) is None
    for path in ("/", "/boern-og-unges", "/gammelt/", "/nyt/boern-og-unge/"):
        assert reason_not_taken(f"http://nordby.test{path}", area, NETWORK) == NotTaken.OTHER_AREA


def test_depth_has_an_end(make_site: Any) -> None:
    assert reason_not_taken("http://nordby.test/a", make_site(), NETWORK, depth=MAX_DEPTH) is None
    assert reason_not_taken("http://nordby.test/a", make_site(), NETWORK, depth=MAX_DEPTH + 1) == NotTaken.TOO_DEEP


def test_odd_port_is_taken_where_the_register_says_where_the_host_is(make_site: Any) -> None:
    network = Network(resolve={"nordby.test:8123": "127.0.1.1:8123", "www.nordby.test": "127.0.1.1:8123"})
    assert reason_not_taken("http://nordby.test:8123/", make_site(), network) is None
    assert reason_not_taken("http://www.nordby.test:8123/", make_site(), network) == NotTaken.ODD_PORT

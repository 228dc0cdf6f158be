"""What a corpus has of the register: each site is told with what is not as it should be, and nothing is made up."""

from typing import Any

import pytest

from corpus.inspection.coverage import SiteCoverage, by_group, coverage
from corpus.inspection.figures import Counts, SiteFigures
from crawler.snapshot import Freshness, RegisteredSite, SiteSummary, TerminalState


def held(site: str, **values: Any) -> SiteFigures:
    """A site of a corpus."""
    own = {"name": site.upper(), "kind": "municipality", "region": "R", "area": None, "state": "complete"}
    return SiteFigures(site=site, counts=Counts(), **own | values)


def crawled(site: str, **values: Any) -> SiteSummary:
    """A site of a snapshot."""
    own: dict[str, Any] = {
        "name": site.upper(), "official_name": site, "kind": "municipality", "region": "R", "area": None,
        "state": "complete", "reason": None, "num_pages": 9, "num_captures": 9, "robots_verdict": None,
        "robots_date": None,
    }  # fmt: skip
    return SiteSummary(site=site, **own | values)


def registered(site: str, reason: str | None = None, **values: Any) -> RegisteredSite:
    """A site of the register; with a reason it is not crawled."""
    own: dict[str, Any] = {"name": site.upper(), "kind": "municipality", "region": "R"}
    return RegisteredSite(site=site, is_crawled=reason is None, reason=reason, **own | values)


def told(covered: list[SiteCoverage]) -> dict[str, list[tuple[str, str | None]]]:
    return {group: [(each.site, each.reason) for each in sites] for group, sites in by_group(covered).items()}


def test_site_that_is_there_fresh_and_whole_has_nothing_to_be_said() -> None:
    covered = coverage([held("a")], [registered("a")], [crawled("a")])
    assert covered == [
        SiteCoverage(site="a", name="A", kind="municipality", region="R", state="complete", freshness="fresh")
    ]
    assert covered[0].groups == []
    assert told(covered) == {}


def test_registered_site_that_the_corpus_does_not_know_is_missing() -> None:
    covered = coverage([held("a")], [registered("a"), registered("b", region=None, kind="area")], [crawled("a")])
    assert covered[1] == SiteCoverage(site="b", name="B", kind="area", region=None, state="missing")
    assert told(covered) == {"missing": [("b", None)]}


def test_site_that_is_not_to_be_crawled_is_not_missing() -> None:
    covered = coverage([held("a")], [registered("a"), registered("b", "text in English, from the crawler")], [])
    assert told(covered) == {"not-crawled": [("b", "text in English, from the crawler")]}


def test_site_that_came_although_it_is_not_to_be_crawled_is_there() -> None:
    assert told(coverage([held("a")], [registered("a", "later")], [crawled("a")])) == {}


@pytest.mark.parametrize("state", [each for each in TerminalState if each is not TerminalState.COMPLETE])
def test_crawl_that_did_not_end_well_is_told_with_its_reason(state: TerminalState) -> None:
    covered = coverage([held("a", state="complete")], [], [crawled("a", state=state.value, reason="HTTP 403")])
    assert covered[0].state == state
    assert told(covered) == {str(state): [("a", "HTTP 403")]}


@pytest.mark.parametrize("freshness", [Freshness.CARRIED, Freshness.ABSENT])
def test_pages_that_are_not_of_this_quarter_are_told_with_their_reason(freshness: Freshness) -> None:
    summary = crawled("a", freshness=freshness.value, freshness_reason="lost 40 % of its pages")
    assert told(coverage([held("a")], [], [summary])) == {str(freshness): [("a", "lost 40 % of its pages")]}


def test_dead_area_is_dead_and_carried() -> None:
    summary = crawled("kl-boern-og-unge", kind="area", region=None, area="Børn og unge", state="dead",
                      reason="no answer", freshness="carried", freshness_reason="dead")  # fmt: skip
    sites = [held("kl-boern-og-unge", kind="area", region=None, area="Børn og unge", state="dead"), held("a")]
    covered = coverage(sites, [registered("a")], [summary, crawled("a")])
    assert covered[1].groups == ["carried", "dead"]
    assert told(covered) == {
        "carried": [("kl-boern-og-unge", "no answer")],
        "dead": [("kl-boern-og-unge", "no answer")],
    }


def test_thin_site_and_reserved_site_are_told_though_their_crawl_is_complete() -> None:
    summaries = [crawled("a", is_thin=True), crawled("b", reservation="TDM-Reservation: 1")]
    covered = coverage([held("a"), held("b")], [], summaries)
    assert told(covered) == {"thin": [("a", None)], "reserved": [("b", None)]}
    assert covered[1].reservation == "TDM-Reservation: 1"


def test_everything_that_is_to_be_said_of_one_site_is_said() -> None:
    summary = crawled("a", state="blocked", freshness="absent", is_thin=True, reservation="TDM-Reservation: 1")
    assert coverage([held("a")], [], [summary])[0].groups == ["absent", "blocked", "thin", "reserved"]


def test_without_a_snapshot_the_corpus_says_how_the_crawl_ended() -> None:
    covered = coverage([held("a"), held("b", state="dead")], [registered("a"), registered("b")], [])
    assert [(each.state, each.freshness, each.reason) for each in covered] == [
        ("complete", None, None), ("dead", None, None),
    ]  # fmt: skip
    assert told(covered) == {"dead": [("b", None)]}


def test_register_that_has_none_of_the_sites_is_another_one_and_says_nothing() -> None:
    covered = coverage([held("x-andre.test", kind="archive")], [registered("0101"), registered("0147")], [])
    assert [each.site for each in covered] == ["x-andre.test"]
    assert told(covered) == {}


def test_register_that_has_one_of_the_sites_is_asked_for_the_others() -> None:
    covered = coverage([held("x-andre.test"), held("0101")], [registered("0101"), registered("0147")], [])
    assert told(covered) == {"missing": [("0147", None)]}


def test_corpus_without_sites_lacks_all_of_the_register() -> None:
    covered = coverage([], [registered("a"), registered("b", "later")], [])
    assert told(covered) == {"missing": [("a", None)], "not-crawled": [("b", "later")]}
    assert coverage([], [], []) == []


def test_summary_of_a_site_that_is_in_neither_is_not_told() -> None:
    assert coverage([held("a")], [registered("a")], [crawled("b", state="dead")]) == [
        SiteCoverage(site="a", name="A", kind="municipality", region="R", state="complete")
    ]


def test_sites_are_in_order_of_their_ids() -> None:
    covered = coverage([held("b"), held("0101")], [registered("kl-x"), registered("0101"), registered("0147")], [])
    assert [each.site for each in covered] == ["0101", "0147", "b", "kl-x"]


def test_most_serious_is_told_first() -> None:
    states = [each.value for each in TerminalState]
    sites = [held(f"s{number}", state=state) for number, state in enumerate(states)]
    summaries = [crawled("t", is_thin=True), crawled("u", reservation="x"), crawled("v", freshness="carried"),
                 crawled("w", freshness="absent")]  # fmt: skip
    sites += [held(site) for site in "tuvw"]
    known = [registered("s0"), registered("z"), registered("y", "later")]
    assert list(by_group(coverage(sites, known, summaries))) == [
        "missing", "absent", "carried", "blocked", "dead", "partial", "unfinished", "robots-closed", "empty",
        "not-visited", "thin", "reserved", "not-crawled",
    ]  # fmt: skip

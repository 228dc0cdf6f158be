"""What a perfect refresh makes of Kommuneby: enough cases of each outcome, and the rules case by case."""

import itertools
from collections import Counter
from collections.abc import Sequence

import pytest

from crawler.snapshot import Outcome
from demo.expected import Expected, expected_quarters, lying_urls
from demo.kommuneby import PageKind, PretendSite, SiteKind, Web, make_web
from demo.places import municipalities
from demo.site_lives import Incident, life_of

SIZES = {"num_municipalities": 12, "pages_per_site": 60}
MIN_CASES = 60

# What an operator may lead to on a page that was live and whose site is published.
EFFECTS = {
    "mend": {Outcome.UNCHANGED, Outcome.CHANGED},
    "return": {Outcome.RETURNED},
    "unlink": {Outcome.ORPHAN},
    "move-again": {Outcome.MOVED},
    "remove": {Outcome.GONE},
    "reserve": {Outcome.EXCLUDED},
    "move": {Outcome.MOVED},
    "swap": {Outcome.CHANGED},
    "secret-edit": {Outcome.CHANGED, Outcome.ORPHAN},
    "edit": {Outcome.CHANGED, Outcome.ORPHAN, Outcome.RETURNED},
    "shell": {Outcome.CHANGED, Outcome.ORPHAN},
    "break": {Outcome.STALE},
    "add": {Outcome.NEW},
    "add-deep": {Outcome.NEW},
}


@pytest.fixture(scope="module")
def webs() -> list[Web]:
    return [make_web(**SIZES, quarter_index=index, with_changes=True) for index in range(5)]


@pytest.fixture(scope="module")
def quarters(webs: list[Web]) -> tuple[Expected, ...]:
    return expected_quarters(webs)


def site_with(webs: Sequence[Web], **traits: object) -> PretendSite:
    return next(
        site
        for site in webs[0].sites
        if site.kind is SiteKind.MUNICIPALITY
        and all(getattr(life_of(site), name) == value for name, value in traits.items())
    )


def outcomes_of(expected: Expected, web: Web, site: PretendSite) -> dict[str, Outcome]:
    return {url: outcome for url, outcome in expected.outcomes.items() if web.pages[url].site == site.id}


def test_there_are_enough_cases_of_each_outcome(quarters: tuple[Expected, ...]) -> None:
    counted = Counter(outcome for expected in quarters[1:] for outcome in expected.outcomes.values())
    assert set(Outcome) == set(counted)
    assert min(counted.values()) >= MIN_CASES, counted
    changed = Counter(value for expected in quarters[1:] for value in expected.texts_changed.values())
    assert min(changed[True], changed[False]) >= MIN_CASES


def test_everything_reachable_is_new_at_first(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    assert {Outcome.NEW} == set(quarters[0].outcomes.values())
    assert set(webs[0].content_urls()) <= set(quarters[0].outcomes)
    kinds = {webs[0].pages[url].kind for url in quarters[0].outcomes}
    assert not kinds & {PageKind.ORPHAN, PageKind.ROBOTS_EXCLUDED, PageKind.REDIRECT, PageKind.FILE, PageKind.MISSING}


def test_newest_quarter_stands_alone(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    assert quarters[2].outcomes == expected_quarters(webs[:3])[-1].outcomes
    with pytest.raises(ValueError, match="quarters 0, 1, 2"):
        expected_quarters(webs[1:])


def test_operators_lead_to_the_outcomes_they_stand_for(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    met: dict[str, set[Outcome]] = {}
    for web, expected in zip(webs, quarters, strict=True):
        for url, page in web.pages.items():
            before = quarters[web.quarter_index - 1]
            is_known = url in before.kept or page.touched_by in ("return", "add", "add-deep", "edit")
            outcome = expected.outcomes.get(url)
            host = url.split("/")[2]
            if page.touched_by in EFFECTS and is_known and outcome and host not in web.incidents:
                met.setdefault(page.touched_by, set()).add(outcome)
    assert met.keys() == EFFECTS.keys()
    for operator, outcomes in met.items():
        assert outcomes <= EFFECTS[operator] | {Outcome.NEW} if operator in ("edit", "return") else EFFECTS[operator]


def test_shell_only_and_text_are_told_apart(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    for web, expected in zip(webs[1:], quarters[1:], strict=True):
        for url, is_other in expected.texts_changed.items():
            touched_by = web.pages[url].touched_by
            if touched_by in ("edit", "secret-edit", "swap"):
                assert is_other
            elif touched_by == "shell":
                assert not is_other


def test_lies_are_changed_texts(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    for before, now, expected in zip(webs, webs[1:], quarters[1:], strict=False):
        lies = lying_urls(before, now)
        assert len(lies) >= 10
        assert all(expected.texts_changed.get(url, True) for url in lies)
        assert {expected.outcomes.get(url, Outcome.ORPHAN) for url in lies} <= {Outcome.CHANGED, Outcome.ORPHAN}


def test_moved_is_said_of_both_addresses(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    num_chains = 0
    for web, expected in zip(webs, quarters, strict=True):
        for old, new in expected.moved_to.items():
            assert Outcome.MOVED == expected.outcomes[old] == expected.outcomes[new]
            assert old not in expected.kept and new in expected.kept
            num_chains += any(old in earlier.moved_to.values() for earlier in quarters[: web.quarter_index])
    assert num_chains >= 20


def test_gone_excluded_and_moved_pages_are_cases_once(quarters: tuple[Expected, ...]) -> None:
    for before, now in itertools.pairwise(quarters):
        ended = {url for url, why in before.removed.items() if url not in before.kept}
        assert {now.outcomes[url] for url in ended & set(now.outcomes)} <= {Outcome.RETURNED}


def test_removed_facts_stand_on_no_kept_page(quarters: tuple[Expected, ...]) -> None:
    last = quarters[-1]
    assert not set(last.removed) & set(last.kept)
    assert set(last.removed) == set(last.removed_pages)
    assert {Outcome.GONE, Outcome.EXCLUDED, Outcome.MOVED, Outcome.ORPHAN} == set(last.removed.values())
    said = {fact for page in last.kept.values() for fact in page.facts}
    assert len(last.removed_facts) > 100 and not said & set(last.removed_facts)


def test_orphan_is_a_case_for_two_quarters(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    lost = {url for url, outcome in quarters[1].outcomes.items() if outcome is Outcome.ORPHAN}
    assert any("/tema/" in url for url in lost)
    for url in lost:
        assert quarters[2].outcomes[url] == Outcome.ORPHAN
        assert url not in quarters[3].outcomes
        assert quarters[3].removed[url] == Outcome.ORPHAN


def test_site_out_for_a_quarter_is_stale_and_goes_on_where_it_was(
    webs: list[Web], quarters: tuple[Expected, ...]
) -> None:
    for quarter, incident in ((1, Incident.SILENT), (1, Incident.WALL), (3, Incident.BUSY)):
        site = site_with(webs, incident=incident, bad_quarters=(quarter,))
        dark = outcomes_of(quarters[quarter], webs[quarter], site)
        assert {Outcome.STALE} == set(dark.values()) and len(dark) > 40
        assert set(dark) <= set(quarters[quarter].kept)
        back = outcomes_of(quarters[quarter + 1], webs[quarter + 1], site)
        assert Outcome.RETURNED not in {back[url] for url in dark if webs[quarter + 1].pages[url].touched_by == ""}
        assert sum(back[url] is Outcome.UNCHANGED for url in dark) > 0.4 * len(dark)


def test_lives_that_come_again_have_no_incidents() -> None:
    again = [life_of(site) for site in municipalities(24)[12:]]
    assert not any(life.bad_quarters or life.relaunch_quarter for life in again)
    assert {life.validators for life in again} == {life_of(site).validators for site in municipalities(12)}


def test_site_out_twice_is_not_kept_and_returns(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    site = site_with(webs, bad_quarters=(2, 3))
    first, second, back = (outcomes_of(quarters[quarter], webs[quarter], site) for quarter in (2, 3, 4))
    assert first == second and {Outcome.STALE} == set(first.values())
    assert set(first) <= set(quarters[2].kept) and not set(first) & set(quarters[3].kept)
    assert not set(first) & set(quarters[3].removed)
    assert {Outcome.RETURNED} == {back[url] for url in first}


def test_relaunch_is_believed_a_quarter_later(webs: list[Web], quarters: tuple[Expected, ...]) -> None:
    site = site_with(webs, relaunch_quarter=2)
    carried, confirmed = (outcomes_of(quarters[quarter], webs[quarter], site) for quarter in (2, 3))
    counted = Counter(carried.values())
    assert set(counted) == {Outcome.STALE, Outcome.GONE, Outcome.EXCLUDED}
    assert all(webs[2].pages[url].status == 410 for url, outcome in carried.items() if outcome is Outcome.GONE)
    stale = {url for url, outcome in carried.items() if outcome is Outcome.STALE} - {site.root}
    assert {Outcome.GONE} == {confirmed[url] for url in stale}
    assert confirmed[site.root] == Outcome.CHANGED
    assert Counter(confirmed.values())[Outcome.NEW] > 40
    assert not any(url in quarters[2].kept for url in confirmed if confirmed[url] is Outcome.NEW)


def test_no_other_site_loses_so_much_that_it_looks_like_a_relaunch(
    webs: list[Web], quarters: tuple[Expected, ...]
) -> None:
    for quarter in range(1, 5):
        for site in webs[quarter].sites:
            if life_of(site).is_upset_within(quarter - 1, quarter):
                continue
            counted = Counter(outcomes_of(quarters[quarter], webs[quarter], site).values())
            lost = (
                counted[Outcome.GONE]
                + counted[Outcome.EXCLUDED]
                + len([url for url in quarters[quarter].moved_to if webs[quarter].pages[url].site == site.id])
            )
            assert lost < 10 or lost < 0.25 * counted.total(), site.id

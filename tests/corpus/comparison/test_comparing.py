"""Two corpora side by side: each page and sentence changed for a known cause, and is counted under it."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import tvaerkom
from corpus.addresses import address_key
from corpus.comparison.changes import Cause, Comparison, PageChanges, SentenceChanges, SiteComparison
from corpus.comparison.comparing import compare
from corpus.comparison.judging import judged
from corpus.comparison.lines import comparison_lines
from corpus.erasing import erase_from_corpora
from corpus.inspection.values import comparison_values
from foundation.erasures import Sought, add_erasure, set_done
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import write_manifest

ROOT, ELSEWHERE = "http://www.nordby.kommuneby.test/", "http://www.oerholm.kommuneby.test/"
NORDBY, OERHOLM = "9001", "9002"
KEPT = "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner."
OLD = "Ansøgningen om tilskud til medicin skal underskrives af din egen læge."
NEW = "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften."
GONE = "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum."
CAME = "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal."
SHARED = "Borgere med særlige behov kan søge om støtte til en handicapvenlig bil."
NEAR = "Borgere med særlige behov kan søge om støtte til en handicapvenlig varebil."
SHORT = "Her er der lukket om søndagen."
ENGLISH = (
    "The municipality offers a free introduction to the library for all new citizens of the town.",
    "You can borrow books, films and music, and you may use the computers as long as you like.",
)


@pytest.fixture
def quarter(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Any]:
    """A snapshot with these pages (address -> texts) and its corpus."""

    def quarter(name: str, pages: dict[str, tuple[str, ...]], **thresholds: Any) -> Any:
        house.snapshot(name, [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
        return house.build_with(name, **thresholds)

    return quarter


@pytest.fixture
def compared(house: Any) -> Callable[..., Comparison]:
    def compared(before: str = "2020Q1", after: str = "2020Q2", **options: Any) -> Comparison:
        return compare(house.command.places, house.corpus(before), house.corpus(after), **options)

    return compared


def of_site(comparison: Comparison, site: str = NORDBY) -> tuple[PageChanges, SentenceChanges]:
    found = next(each for each in comparison.sites if each.site == site)
    return found.pages, found.sentences


def numbers(changes: SentenceChanges) -> dict[str, Any]:
    return {
        "kept": changes.kept.number,
        "new": {str(cause): some.number for cause, some in changes.new.items() if some.number},
        "gone": {str(cause): some.number for cause, some in changes.gone.items() if some.number},
    }


@pytest.fixture
def survivors(house: Any, sentences: Any) -> Callable[..., list[tuple[str, str]]]:
    """Of these texts those that a corpus keeps, each with the address that it is said to be from."""
    return lambda name, *texts: [
        (row["text"], row["url"]) for row in sentences(house.corpus(name)) if row["text"] in texts
    ]  # fmt: skip


def test_pages_that_the_site_changed_are_told_apart(quarter: Any, compared: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,), f"{ROOT}c": (GONE,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (NEW,), f"{ROOT}d": (CAME,)})
    pages, sentences = of_site(compared())
    assert pages == PageChanges(kept=1, new=1, gone=1, changed=1)
    assert numbers(sentences) == {"kept": 1, "new": {"site": 2}, "gone": {"site": 2}}


def test_words_and_scores_are_summed_with_the_sentences(quarter: Any, compared: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (NEW,)})
    _, sentences = of_site(compared())
    assert sentences.kept.words == len(KEPT.split())
    assert sentences.gone[Cause.SITE].words == len(OLD.split())
    assert sentences.new[Cause.SITE].words == len(NEW.split())
    assert sentences.before.number == sentences.after.number == 2


def test_a_page_of_the_same_bytes_that_settings_let_in_is_ours(quarter: Any, compared: Any) -> None:
    pages = {f"{ROOT}a": (KEPT,), f"{ROOT}en": ENGLISH}
    quarter("2020Q1", pages)
    quarter("2020Q2", pages, languages=("da", "en"))
    comparison = compared(across_configurations=True)
    found, sentences = of_site(comparison)
    assert found == PageChanges(kept=1, ours=1)
    assert numbers(sentences) == {"kept": 1, "new": {"ours": 2}, "gone": {}}
    assert comparison.settings == {"languages": (["da"], ["da", "en"])}


def test_a_sentence_that_a_rule_lets_in_on_an_unchanged_page_is_ours(quarter: Any, compared: Any) -> None:
    pages = {f"{ROOT}a": (KEPT, SHORT)}
    quarter("2020Q1", pages)
    quarter("2020Q2", pages, min_words=5)
    _, sentences = of_site(compared(across_configurations=True))
    assert numbers(sentences) == {"kept": 1, "new": {"ours": 1}, "gone": {}}
    quarter("2020Q3", pages)
    _, sentences = of_site(compared("2020Q2", "2020Q3", across_configurations=True))
    assert numbers(sentences) == {"kept": 1, "new": {}, "gone": {"ours": 1}}


def test_another_text_of_the_same_bytes_is_ours(quarter: Any, compared: Any) -> None:
    """In the second quarter a block stands on so many pages that it is boilerplate."""
    box = "Skriv til borgerservice om alt hvad du ellers har på hjertet i dag."
    texts = (
        KEPT, OLD, NEW, GONE, CAME, SHARED,
        "Hunde skal føres i snor i skoven mellem den første april og den sidste september.",
        "Vejen mellem de to landsbyer bliver bredere, og den får en sti til cyklister.",
        "Efter ferien begynder svømmehallen igen med hold for babyer og deres forældre.",
    )
    pages = {f"{ROOT}{number}": (text, box) for number, text in enumerate(texts)}
    quarter("2020Q1", {url: pages[url] for url in list(pages)[:4]})
    quarter("2020Q2", pages)
    found, sentences = of_site(compared())
    assert found == PageChanges(ours=4, new=5)
    assert numbers(sentences) == {"kept": 4, "new": {"site": 5}, "gone": {"ours": 1}}


def test_a_page_that_comes_up_because_its_twin_is_gone_changed_places(
    quarter: Any, compared: Any, survivors: Any
) -> None:  # fmt: skip
    twins = {f"{ROOT}f": (KEPT, OLD), f"{ROOT}g": (KEPT, OLD)}
    quarter("2020Q1", twins | {f"{ROOT}a": (NEW,)})
    [(_, first)] = survivors("2020Q1", KEPT)
    quarter("2020Q2", {url: texts for url, texts in twins.items() if url != first} | {f"{ROOT}a": (NEW,)})
    pages, sentences = of_site(compared())
    assert pages == PageChanges(kept=1, gone=1, elsewhere=1)
    assert numbers(sentences) == {"kept": 3, "new": {}, "gone": {}}


def test_a_sentence_whose_copy_on_another_site_stays_moves_there(quarter: Any, compared: Any, survivors: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT, SHARED), f"{ELSEWHERE}a": (OLD, SHARED)})
    [(_, first)] = survivors("2020Q1", SHARED)
    own, other = (ROOT, ELSEWHERE) if first.startswith(ROOT) else (ELSEWHERE, ROOT)
    texts = {ROOT: KEPT, ELSEWHERE: OLD}
    quarter("2020Q2", {f"{own}a": (texts[own],), f"{other}a": (texts[other], SHARED)})
    comparison = compared()
    sites = {ROOT: NORDBY, ELSEWHERE: OERHOLM}
    assert numbers(of_site(comparison, sites[own])[1]) == {"kept": 1, "new": {}, "gone": {"elsewhere": 1}}
    assert numbers(of_site(comparison, sites[other])[1]) == {"kept": 1, "new": {"elsewhere": 1}, "gone": {}}


def test_a_near_duplicate_that_stays_now_is_elsewhere(quarter: Any, compared: Any, survivors: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT, SHARED), f"{ROOT}b": (OLD, NEAR)})
    pages = {f"{ROOT}a": (KEPT, SHARED), f"{ROOT}b": (OLD, NEAR)}
    [(_, url)] = survivors("2020Q1", SHARED, NEAR)
    quarter("2020Q2", pages | {url: pages[url][:1]})
    _, sentences = of_site(compared())
    assert numbers(sentences) == {"kept": 2, "new": {"elsewhere": 1}, "gone": {"site": 1}}


def test_a_sentence_that_an_erasure_took_with_its_page_comes_back_for_an_erasure(
    quarter: Any, compared: Any, survivors: Any, house: Any
) -> None:  # fmt: skip
    pages = {f"{ROOT}a": (KEPT, SHARED), f"{ROOT}b": (OLD, SHARED), f"{ROOT}c": (NEW,)}
    quarter("2020Q1", pages)
    [(_, first)] = survivors("2020Q1", SHARED)
    erase(house, Sought(urls=frozenset({address_key(first)})))
    quarter("2020Q2", pages)  # the site has the page still, and we may not keep it
    comparison = compared()
    found, sentences = of_site(comparison)
    assert found == PageChanges(kept=2, erased=1)
    assert numbers(sentences) == {"kept": 2, "new": {"erasure": 1}, "gone": {}}
    assert comparison.to_look_at == []


def erase(house: Any, sought: Sought) -> None:
    places = house.command.places
    erasures = add_erasure(places.erasures, "2020-02-01-1", "2020-02-01", sought)
    erase_from_corpora(places, erasures, "2020-02-01-1")
    set_done(places.erasures, "2020-02-01-1")


def test_words_that_appeared_and_vanished_are_those_of_several_sites(quarter: Any, compared: Any) -> None:
    said = (
        "Byrådet siger ja til Vindmølleparken på et møde om aftenen i den gamle rådhussal.",
        "Skolerne i kommunen får penge fra »vindmølleparken« til nye gynger i alle gårde.",
        "Enhver kan i weekenden se vindmølleparken, som ligger bag de store lagerhaller.",
    )
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,), f"{ELSEWHERE}b": (NEW,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}c": said[:2], f"{ELSEWHERE}a": said[2:], f"{ELSEWHERE}b": (NEW,)})
    words = compared().words
    assert words is not None
    assert [(each.word, each.count, each.num_sites) for each in words.appeared] == [("vindmølleparken", 3, 2)]
    assert words.vanished == ()  # each stood in one sentence, and may have been a name
    before, after = plain_words(KEPT, OLD, NEW), plain_words(KEPT, NEW, *said)
    assert (words.num_distinct, words.num_appeared, words.num_vanished) == (
        len(after), len(after - before), len(before - after),
    )  # fmt: skip


def plain_words(*texts: str) -> set[str]:
    return set(re.findall(r"[a-zæøå]+", " ".join(texts).lower()))


def test_a_snapshot_of_format_1_is_compared(quarter: Any, compared: Any, house: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (NEW,)})
    for path in house.command.places.snapshot("2020Q1").glob("sites/*/captures.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(["first_url", "withheld", "truncated"]), path)
    assert of_site(compared())[0] == PageChanges(kept=1, changed=1)


def test_a_sentence_of_a_changed_page_that_is_a_duplicate_now_is_elsewhere(
    quarter: Any, compared: Any, survivors: Any
) -> None:  # fmt: skip
    pages = {f"{ROOT}a": (KEPT, SHARED), f"{ROOT}b": (OLD, NEAR)}
    quarter("2020Q1", pages)
    [(_, url)] = survivors("2020Q1", SHARED, NEAR)
    [other] = [each for each in pages if each != url]
    quarter("2020Q2", {url: pages[url][:1], other: (*pages[other], CAME)})
    _, sentences = of_site(compared())
    assert numbers(sentences) == {"kept": 2, "new": {"elsewhere": 1, "site": 1}, "gone": {"site": 1}}


def test_a_site_that_reserves_its_pages_took_them_away(quarter: Any, compared: Any, house: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,), f"{ELSEWHERE}a": (NEW,)})
    pages = {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,), f"{ELSEWHERE}a": (NEW,)}
    quarter("2020Q2-rest", pages)
    manifest_path = house.command.places.snapshot("2020Q2-rest") / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    for site in manifest["sites"]:
        if site["site"] == NORDBY:
            site["reservation"] = "robots.txt shuts out agents of AI training"
    write_manifest(manifest_path.parent, manifest)
    shutil.rmtree(house.corpus("2020Q2-rest"))
    house.build_with("2020Q2-rest")
    comparison = compared("2020Q1", "2020Q2-rest")
    found, sentences = of_site(comparison)
    assert found == PageChanges(gone=2)
    assert numbers(sentences) == {"kept": 0, "new": {}, "gone": {"site": 2}}
    assert [(site.site, [each.kind for each in site.reasons]) for site in comparison.to_look_at] == [
        (NORDBY, ["all_gone"])
    ]


def test_a_site_that_was_not_crawled_did_not_take_its_pages_away(quarter: Any, compared: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ELSEWHERE}a": (OLD,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,)})
    comparison = compared()
    assert of_site(comparison, OERHOLM)[0] == PageChanges(absent=1)
    assert numbers(of_site(comparison, OERHOLM)[1]) == {"kept": 0, "new": {}, "gone": {"absent": 1}}
    assert comparison.words is not None
    assert comparison.words.num_vanished == 0
    assert of_site(compared("2020Q1", "2020Q2"), NORDBY)[0] == PageChanges(kept=1)


def test_the_older_one_comes_first(quarter: Any, compared: Any) -> None:
    for name in ("2020Q1", "2020Q2"):
        quarter(name, {f"{ROOT}a": (KEPT,)})
    with pytest.raises(ConfigError, match="the older comes first: tvaerkom corpus compare 2020Q1 2020Q2"):
        compared("2020Q2", "2020Q1")


def changed_site(site: str, share: float) -> SiteComparison:
    """Of a hundred pages, so many have another text."""
    changed = round(100 * share)
    return SiteComparison(
        site=site, name=site, pages=PageChanges(kept=100 - changed, changed=changed), sentences=SentenceChanges(),
        freshness="fresh",
    )  # fmt: skip


def test_new_software_makes_no_site_look_changed() -> None:
    sites = [changed_site(str(number), 0.83) for number in range(9)]
    told = judged(sites, is_ours_the_same=False, knows_bytes=True)
    assert [site.site for site in told if site.reasons] == []
    told = judged(sites, is_ours_the_same=True, knows_bytes=True)
    assert {reason.kind for site in told for reason in site.reasons} == {"pages_changed"}
    assert [site.site for site in judged(sites, is_ours_the_same=True, knows_bytes=False) if site.reasons] == []


def test_one_site_that_changed_far_more_than_the_others_is_to_be_looked_at() -> None:
    sites = [*(changed_site(str(number), 0.05) for number in range(9)), changed_site("9", 0.4)]
    carried = replace(changed_site("10", 0.0), freshness="carried")
    told = judged([*sites, *[replace(carried, site=f"c{n}") for n in range(20)]], is_ours_the_same=False,
                  knows_bytes=True)  # fmt: skip
    assert [site.site for site in told if "pages_changed" in [each.kind for each in site.reasons]] == ["9"]
    assert {site.site for site in told if "not_fresh" in [each.kind for each in site.reasons]} == {
        f"c{n}" for n in range(20)
    }


def test_a_snapshot_that_is_gone_is_said_and_the_site_is_held_to_have_changed(
    quarter: Any, compared: Any, house: Any
) -> None:  # fmt: skip
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (NEW,)})
    shutil.rmtree(house.command.places.snapshot("2020Q1"))
    comparison = compared()
    assert not comparison.knows_bytes
    assert of_site(comparison)[0] == PageChanges(kept=1, changed=1)
    assert any("a snapshot is not there" in line for line in comparison_lines(comparison))


def test_different_settings_are_refused_with_the_command_that_makes_them_the_same(
    quarter: Any, compared: Any, house: Any
) -> None:  # fmt: skip
    pages = {f"{ROOT}a": (KEPT, SHORT)}
    quarter("2020Q1", pages)
    quarter("2020Q2", pages, min_words=5)
    with pytest.raises(ConfigError, match="different settings: min_words") as caught:
        compared()
    assert "--across-configurations" in str(caught.value)
    command = re.search(r"tvaerkom (corpus build .*?);", str(caught.value))
    assert command is not None
    run(house, *shlex.split(command[1]))
    comparison = compared("2020Q1-as2020q2", "2020Q2")
    assert comparison.settings == {}
    assert numbers(of_site(comparison)[1]) == {"kept": 2, "new": {}, "gone": {}}


def test_a_trial_of_the_same_snapshot_is_refused_without_a_build_that_would_be_the_same(
    quarter: Any, compared: Any, house: Any
) -> None:  # fmt: skip
    quarter("2020Q1", {f"{ROOT}a": (KEPT, SHORT)})
    house.build_with("2020Q1-min5", min_words=5)
    with pytest.raises(ConfigError, match="of one snapshot with different settings: min_words") as caught:
        compared("2020Q1", "2020Q1-min5")
    assert "corpus build" not in str(caught.value)
    _, sentences = of_site(compared("2020Q1", "2020Q1-min5", across_configurations=True))
    assert numbers(sentences) == {"kept": 1, "new": {"ours": 1}, "gone": {}}


def test_a_corpus_is_not_compared_with_itself(quarter: Any, compared: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,)})
    with pytest.raises(ConfigError, match="compared with itself"):
        compared("2020Q1", "2020Q1")


def test_a_damaged_shard_is_named(quarter: Any, compared: Any, house: Any) -> None:
    for name in ("2020Q1", "2020Q2"):
        quarter(name, {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    shard = next(house.corpus("2020Q1").glob("sentences/*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(BrokenRunError, match=shard.name):
        compared()


def test_a_corpus_that_an_erasure_left_empty_is_compared(quarter: Any, compared: Any, house: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,)})
    erase(house, Sought(urls=frozenset({address_key(f"{ROOT}a")})))
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    pages, sentences = of_site(compared())
    assert pages == PageChanges(new=1, erased=1)
    assert numbers(sentences) == {"kept": 0, "new": {"site": 1}, "gone": {}}


def test_the_command_says_it_in_lines_and_as_json(quarter: Any, compared: Any, house: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (OLD,)})
    quarter("2020Q2", {f"{ROOT}a": (KEPT,), f"{ROOT}b": (NEW,)})
    said = run(house, "corpus", "compare", "2020Q1", "2020Q2")
    assert "2020Q1 -> 2020Q2" in said
    assert "every site is as usual" in said
    values = json.loads(run(house, "--json", "corpus", "compare", "2020Q1", "2020Q2"))
    assert values == json.loads(json.dumps(comparison_values(compared())))
    assert {kind: number for kind, number in values["pages"].items() if number} == {"kept": 1, "changed": 1}


def run(house: Any, *arguments: str) -> str:
    options = ["--data", str(house.data), "--register", str(Path(house.command.register)), *arguments]
    result = CliRunner().invoke(tvaerkom.app, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout

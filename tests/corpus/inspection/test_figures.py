"""The figures of a corpus are those of a recount of its tables in plain Python, and clear where there is little."""

import datetime
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import schema
from corpus.inspection import measuring
from corpus.inspection.figures import (
    Counts,
    Figures,
    NewWord,
    Totals,
    Twins,
    Vocabulary,
    quarters_of,
    summed,
)
from corpus.inspection.measuring import measure
from corpus.inspection.vocabulary import MAX_WORDS, read_vocabulary
from demo.kommuneby import make_web
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import file_entries, write_manifest
from foundation.places import Places

NORDBY, OERHOLM = "http://www.nordby.kommuneby.test/", "http://www.oerholm.kommuneby.test/"
Q1, Q2 = (datetime.datetime(2020, month, 2, tzinfo=datetime.UTC) for month in (1, 4))
SHARE = 0.2  # of few documents some are on the validation side
Rows = dict[str, list[dict[str, Any]]]

MUSEUM = (
    "Museet ved åen viser fund fra jernalderen og fortæller om livet i de første landsbyer.",
    "Hver søndag kan børn prøve at male på skår og bygge en lille ovn af ler.",
    "Skoleklasser bestiller et besøg senest tre uger før, og en lærer følger altid med.",
    "I kælderen ligger et magasin, hvor forskere kan læse gamle protokoller og se på kort.",
)
FOREST = (
    "Skoven er åben fra solopgang til solnedgang, og stierne er skiltet med gule pæle.",
    "Der må tændes bål på de tre pladser ved søen, når der ikke er udtørring i jorden.",
    "Brænde hentes i skuret bag parkeringen, og naturvejlederen fortæller gerne om træerne.",
)
WITH_NUMBER = "Som eksempel på et nummer kan vi nævne 0101010000 som ingen borger har."
WITH_CPR = "Sagen handler om en borger med CPR-nummer 010101-0000 og om en ansøgning om støtte."
WITH_CONTACT = "Skriv til navn@nordby.kommuneby.test eller ring på telefon 00 00 00 00 hvis du har spørgsmål."
SPELLED = (
    "Kommunens børne- og unge-område åbner »småbørnshuset« for 3-årige, og alle er velkomne i august.",
    "Byrådet vil „genåbne“ svømmehallen (den gamle) og kalder det et forår for byens idræt/kultur i 2020.",
)
STAMP = "Siden er skrevet af kommunens webredaktion og bliver læst igennem to gange om året."
STAMPED = (
    "Du kan låne cykler og telte på biblioteket mod et lille depositum.",
    "Genbrugspladsen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Hunde skal føres i snor på stranden fra april til udgangen af september.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
    "Musikskolen har plads til flere elever på klaver, trommer og violin.",
    "Vælgerne kan stemme på skolen i deres eget område fra klokken otte om morgenen.",
    "Borgere over femogtres år får tilbudt et hjemmebesøg af en sygeplejerske.",
)
# new in the second quarter, on several sites
NEW_WORDS = {
    NORDBY: (
        "Letbanestationen ved torvet bliver bygget færdig, og borgerne kan snart tage toget til fjorden.",
        "Arbejdet ved letbanestationen larmer om natten, men det varer kun til udgangen af måneden.",
    ),
    OERHOLM: (
        "Bussen kører forbi »Letbanestationen«, så pendlere fra oplandet let kan skifte undervejs.",
        "Ørholms egen blæksprutte-park har åbnet dørene, og byens blæksprutte-park er gratis for skoler.",
    ),
}


def own_pages(quarter: int) -> dict[str, tuple[str, ...]]:
    """Address -> paragraphs, of what the pretend web does not have."""
    pages = {
        f"{NORDBY}sag": (WITH_CPR,), f"{NORDBY}nummer": (MUSEUM[1], WITH_NUMBER), f"{NORDBY}kontakt": (WITH_CONTACT,),
        f"{OERHOLM}skov": FOREST, f"{OERHOLM}skove": (*FOREST[:2], f"{FOREST[2][:-1]} i år."),
        f"{NORDBY}museum": MUSEUM, f"{OERHOLM}museum": (*MUSEUM[:3], MUSEUM[3].replace("gamle", "ældgamle")),
        f"{OERHOLM}udstilling": MUSEUM, f"{NORDBY}stavet": SPELLED, f"{OERHOLM}stavet": SPELLED[:1],
    }  # fmt: skip
    for number, text in enumerate(STAMPED):
        pages[f"{OERHOLM}stempel-{number}"] = (text, STAMP)
    if quarter == 1:
        return pages | {f"{NORDBY}lukket": ("Hallen på Stadionvej lukker til sommer, fordi taget er utæt og gammelt.",)}
    return pages | {f"{root}letbane": texts for root, texts in NEW_WORDS.items()}


@pytest.fixture(scope="module")
def town(
    kommuneby: Any, tmp_path_factory: pytest.TempPathFactory, answers: Any, response: Any, page_of: Any
) -> Any:  # fmt: skip
    """The corpora 2020Q1 and 2020Q2 of a web that changes; to be read, never changed."""
    data = tmp_path_factory.mktemp("counted")
    house = replace(kommuneby, command=replace(kommuneby.command, places=Places(data)))
    before: dict[str, bytes] = {}
    for number, (quarter, start) in enumerate({"2020Q1": Q1, "2020Q2": Q2}.items()):
        web = make_web(num_municipalities=3, pages_per_site=6, with_changes=True, quarter_index=number)
        pages = answers(web)
        pages += [response(url=url, body=page_of(*texts)) for url, texts in own_pages(number + 1).items()]
        house.snapshot(quarter, pages)
        house.change_captures(quarter, {page.url: _seen(before.get(page.url), page.body, start) for page in pages})
        house.build_with(quarter, validation_share=SHARE, rows_per_shard=150)
        before = {page.url: page.body for page in pages}
    return house


def _seen(before: bytes | None, now: bytes, start: datetime.datetime) -> dict[str, Any]:
    """What a crawl would have noted of a page."""
    if before is None:
        return {"outcome": "new", "first_seen": start, "last_changed": start}
    return {"outcome": "unchanged" if before == now else "changed", "first_seen": Q1,
            "last_changed": Q1 if before == now else start}  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module", params=["2020Q1", "2020Q2"])
def counted(request: pytest.FixtureRequest, town: Any, work: Path) -> tuple[Figures, Rows]:
    """The figures of a corpus, and its rows."""
    corpus = town.corpus(request.param)
    return measure(corpus, work), rows_of(corpus)


def rows_of(corpus: Path) -> Rows:
    rows: Rows = {}
    for table in ("sentences", "documents", "dropped"):
        paths = sorted((corpus / table).glob("*.parquet"))
        rows[table] = [
            row | ({"split": path.name.partition("-")[0]} if table == "sentences" else {})
            for path in paths for row in pq.ParquetFile(path).read().to_pylist()
        ]  # fmt: skip
    for table in ("sites", "personal_data", "boilerplate"):
        path = corpus / f"{table}.parquet"
        rows[table] = pq.read_table(path).to_pylist() if path.is_file() else []
    return rows


# --- the recount


def recount(rows: Rows, group_of: Mapping[str, str | None]) -> dict[str, Counts]:
    """All that is counted, of each group of sites."""
    found: dict[str, dict[str, Counter[Any]]] = defaultdict(lambda: defaultdict(Counter))
    scores: Counter[str] = Counter()
    for row in rows["sentences"]:
        count = found[group_of[row["site"]] or ""]
        count["numbers"].update([row["split"], "occurrences"])
        count["numbers"]["words"] += row["num_words"]
        count["lengths"][bisect_right([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60], row["num_words"]) - 1] += 1
        thousandths = round(row["language_score"] * 1000)
        count["scores"][19 if thousandths == 1000 else thousandths // 50] += 1
        scores[group_of[row["site"]] or ""] += thousandths
        count["first_quarters"][row["first_quarter"]] += 1
        count["blocks"][row["block"]] += 1
    for row in rows["documents"]:
        count = found[group_of[row["site"]] or ""]
        count["numbers"].update(["documents", "pages"])
        count["document_lengths"][bisect_right([0, 1, 2, 4, 8, 16, 32, 64], row["num_sentences"]) - 1] += 1
        for name in ("first_seen", "last_changed"):
            if row[name] is not None:
                count[name][f"{row[name].year}Q{(row[name].month + 2) // 3}"] += 1
        if row["change"] is not None:
            count["changes"][row["change"]] += 1
    sites = {
        "sentence": {row["sentence_id"]: row["site"] for row in rows["sentences"]},
        "document": {row["document_id"]: row["site"] for row in rows["documents"]},
    }
    kinds = {
        "duplicate_sentence": "same", "near_duplicate_sentence": "near", "near_duplicate_across_split": "near",
        "duplicate_document": "documents_same", "near_duplicate_document": "documents_near",
    }  # fmt: skip
    for row in rows["dropped"]:
        count = found[group_of[row["site"]] or ""]
        level, reason = row["level"], row["reason"]
        count["dropped"][level, reason] += 1
        if level == "document" or (level == "page" and reason != "http_status"):
            count["numbers"]["pages"] += 1
        if level == "sentence" and reason in kinds:
            count["numbers"]["occurrences"] += 1
        if reason in kinds and row["kept_id"] in sites[level]:
            place = "within" if sites[level][row["kept_id"]] == row["site"] else "across"
            count["twins"][kinds[reason], place] += 1
    for row in rows["personal_data"]:
        found[group_of[row["site"]] or ""]["personal_data"][row["kind"]] += row["count"]
    for row in rows["boilerplate"]:
        found[group_of[row["site"]] or ""]["numbers"]["boilerplate"] += not row["is_kept"]
    return {name: _counts(found[name], scores[name]) for name in sorted({*group_of.values()} - {None}) if name}


def _counts(count: dict[str, Counter[Any]], thousandths: int) -> Counts:
    numbers, twins = count["numbers"], count["twins"]
    sizes = ("pages", "documents", "train", "validation", "words", "occurrences")
    counters = ("dropped", "lengths", "document_lengths", "scores", "first_seen", "last_changed", "first_quarters",
                "blocks", "personal_data", "changes")  # fmt: skip
    rest: dict[str, Any] = {name: count[name] for name in counters}
    rest |= {
        name: Twins(within=twins[name, "within"], across=twins[name, "across"])
        for name in ("same", "near", "documents_same", "documents_near")
    }
    return Counts(
        totals=Totals(**{name: numbers[name] for name in sizes}), num_boilerplate=numbers["boilerplate"],
        score_sum=pytest.approx(thousandths / 1000, abs=1e-9), **rest,
    )  # fmt: skip


def test_town_has_what_is_to_be_counted(town: Any) -> None:
    rows, first = rows_of(town.corpus("2020Q2")), rows_of(town.corpus("2020Q1"))
    assert len(rows["sentences"]) >= 500
    assert len(list((town.corpus("2020Q2") / "sentences").glob("train-*"))) > 2
    assert {row["split"] for row in rows["sentences"]} == {"train", "validation"}
    assert len({row["site"] for row in rows["sentences"]}) > 8
    assert {row["change"] for row in rows["documents"]} == {"new", "text", "shell", "none"}
    assert {row["change"] for row in first["documents"]} == {None}
    assert {row["first_quarter"] for row in rows["sentences"]} == {"2020Q1", "2020Q2"}
    assert {row["document_id"] for row in first["documents"]} - {row["document_id"] for row in rows["documents"]}
    assert {
        ("page", "cpr_on_page"), ("page", "http_status"), ("block", "bare_cpr_in_block"),
        ("document", "duplicate_document"), ("document", "near_duplicate_document"),
        ("document", "document_other_language"), ("sentence", "few_words"), ("sentence", "duplicate_sentence"),
        ("sentence", "near_duplicate_sentence"), ("sentence", "near_duplicate_across_split"),
    } <= {(row["level"], row["reason"]) for row in (*first["dropped"], *rows["dropped"])}  # fmt: skip
    assert {row["kind"] for row in rows["personal_data"]} >= {"cpr", "bare_cpr", "email", "phone"}
    assert rows["boilerplate"]


def test_figures_of_each_site_are_those_of_the_recount(counted: tuple[Figures, Rows]) -> None:
    figures, rows = counted
    expected = recount(rows, {row["site"]: row["site"] for row in rows["sites"]})
    assert [site.site for site in figures.sites] == list(expected)
    for site in figures.sites:
        assert expected[site.site] == site.counts, site.site


def test_figures_of_all_are_those_of_the_recount(counted: tuple[Figures, Rows]) -> None:
    figures, rows = counted
    everything = recount(rows, {row["site"]: "all" for row in rows["sites"]})["all"]
    assert everything == figures.all
    for kind in ("same", "near", "documents_same", "documents_near"):  # within a site and across
        assert min(vars(getattr(everything, kind)).values()) > 0, kind
    assert figures.all.totals.unique_share == len(rows["sentences"]) / figures.all.totals.occurrences
    num_words = [row["num_words"] for row in rows["sentences"]]
    assert figures.all.mean_words == sum(num_words) / len(num_words)
    scores = [row["language_score"] for row in rows["sentences"]]
    assert figures.all.mean_score == pytest.approx(sum(scores) / len(scores), abs=1e-9)


def test_figures_of_regions_are_those_of_the_recount(counted: tuple[Figures, Rows]) -> None:
    figures, rows = counted
    expected = recount(rows, {row["site"]: row["region"] for row in rows["sites"]})
    assert expected == figures.regions
    assert list(figures.regions) == ["Region Midtjylland", "Region Nordjylland"]  # Sandvig is not in the register


def test_figures_of_areas_are_those_of_the_recount(counted: tuple[Figures, Rows]) -> None:
    figures, rows = counted
    areas = {row["site"]: row["area"] for row in rows["documents"]}  # of a municipality it is null
    expected = recount(rows, {row["site"]: areas.get(row["site"]) for row in rows["sites"]})
    assert expected == figures.areas
    assert len(figures.areas) == 8


def test_sites_are_named_as_in_their_table(counted: tuple[Figures, Rows]) -> None:
    figures, rows = counted
    assert [(site.site, site.name, site.kind, site.region, site.state) for site in figures.sites] == [
        tuple(row[name] for name in ("site", "name", "kind", "region", "terminal_state")) for row in rows["sites"]
    ]


def test_figures_agree_with_the_statistics_of_the_build(town: Any, work: Path) -> None:
    """These were counted while the corpus was written, the figures when it was read."""
    for name in ("2020Q1", "2020Q2"):
        statistics = json.loads((town.corpus(name) / "statistics.json").read_text())
        figures = measure(town.corpus(name), work, with_words=False)
        totals, counts = figures.all.totals, figures.all
        assert statistics["num_pages"] == totals.pages
        assert statistics["num_documents"] == totals.documents
        assert statistics["num_sentences"] == {"train": totals.train, "validation": totals.validation}
        assert sum(statistics["num_words"].values()) == totals.words
        assert statistics["blocks"] == counts.blocks
        assert statistics["personal_data"] == counts.personal_data
        assert statistics["changes"] == counts.changes
        assert counts.dropped == {
            (level, reason): number
            for level, reasons in statistics["dropped"].items() for reason, number in reasons.items()
        }  # fmt: skip
        for site in figures.sites:
            own = statistics["sites"].get(site.site) or defaultdict(int)
            assert own["num_pages"] == site.counts.totals.pages
            assert own["num_sentences"] == site.counts.totals.sentences
            assert own["num_words"] == site.counts.totals.words
            assert own["num_boilerplate_blocks"] == site.counts.num_boilerplate


def test_manifest_says_of_what_the_figures_are(town: Any, work: Path) -> None:
    manifest, first = (json.loads((town.corpus(name) / "manifest.json").read_text()) for name in ("2020Q2", "2020Q1"))
    figures = measure(town.corpus("2020Q2"), work)
    assert (figures.name, figures.id, figures.revision) == ("2020Q2", manifest["id"], 1)
    assert (figures.follows, figures.tokenizer) == (first["id"], None)
    assert quarters_of(figures.all) == ["2020Q1", "2020Q2"]


def test_figures_are_the_same_for_any_number_of_threads(
    town: Any, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    with_threads = {}
    connected = measuring.connected
    for number in (1, 2, 7):

        @contextmanager
        def limited(work: Path, number: int = number) -> Iterator[duckdb.DuckDBPyConnection]:
            with connected(work) as connection:
                connection.execute(f"set threads = {number}")
                yield connection

        monkeypatch.setattr(measuring, "connected", limited)
        with_threads[number] = measure(town.corpus("2020Q2"), work)
    assert repr(with_threads[1]) == repr(with_threads[2]) == repr(with_threads[7])


# --- words


def words_of(text: str) -> list[str]:
    """Letters, with single hyphens between them; what stands around them is no part of them, what stands in them is."""
    found = []
    for token in text.split(" "):
        while token and token[0] != "[" and unicodedata.category(token[0])[0] not in "LN":
            token = token[1:]
        while token and token[-1] != "]" and unicodedata.category(token[-1])[0] not in "LN":
            token = token[:-1]
        if token and all(part.isalpha() for part in token.split("-")):
            found.append(token.lower())
    return found


def vocabulary_of(rows: Iterable[Mapping[str, Any]], new_in: str | None) -> Vocabulary:
    """`rows`: sentences with text, site and first quarter."""
    rows = list(rows)
    counts: Counter[str] = Counter()
    old, sites, sentences = set(), defaultdict(set), Counter[str]()
    for row in rows:
        words = words_of(row["text"])
        counts.update(words)
        sentences.update(set(words))
        for word in words:
            sites[word].add(row["site"])
        if row["first_quarter"] != new_in:
            old.update(words)
    if new_in is None:
        return Vocabulary(num_distinct=len(counts))
    new = counts.keys() - old
    shown = [
        NewWord(word=word, count=counts[word], num_sites=len(sites[word]))
        for word in new if sentences[word] >= 3 and len(sites[word]) >= 2
    ]  # fmt: skip
    shown.sort(key=lambda each: (-each.count, -each.num_sites, each.word))
    return Vocabulary(num_distinct=len(counts), num_new=len(new), new=tuple(shown[:MAX_WORDS]))


@pytest.mark.parametrize(("name", "new_in"), [("2020Q1", None), ("2020Q2", "2020Q2")])
def test_words_are_those_of_the_recount(town: Any, work: Path, name: str, new_in: str | None) -> None:
    assert measure(town.corpus(name), work).vocabulary == vocabulary_of(rows_of(town.corpus(name))["sentences"], new_in)


def test_word_that_only_new_sentences_have_is_shown_with_its_sites(town: Any, work: Path) -> None:
    vocabulary = measure(town.corpus("2020Q2"), work).vocabulary
    assert vocabulary is not None
    assert NewWord(word="letbanestationen", count=3, num_sites=2) in vocabulary.new
    assert "blæksprutte-park" not in [each.word for each in vocabulary.new]  # of one site


def test_words_are_left_out_where_nobody_asked_for_them(town: Any, work: Path) -> None:
    assert measure(town.corpus("2020Q2"), work, with_words=False).vocabulary is None


@pytest.fixture(scope="module")
def asked(work: Path) -> Callable[..., Vocabulary]:
    """The vocabulary of these sentences (text, site, first quarter)."""

    def vocabulary(sentences: Iterable[tuple[str, str, str]], new_in: str | None = None) -> Vocabulary:
        with measuring.connected(work) as connection:
            columns = [list(column) for column in zip(*sentences, strict=True)] or [[], [], []]
            connection.execute(
                "create table sentences as select unnest(?::varchar[]) as text, unnest(?::varchar[]) as site, "
                "unnest(?::varchar[]) as first_quarter", columns,
            )  # fmt: skip
            return read_vocabulary(connection, new_in=new_in)

    return vocabulary


def new(*texts: str, site: str = "a") -> list[tuple[str, str, str]]:
    return [(text, site, "2020Q2") for text in texts]


@pytest.mark.parametrize(("text", "words"), [
    ("Åen ÅEN åen, (Åen) »åen« „åen“ åen!", ["åen"]),
    ("børne- og unge-området", ["børne", "og", "unge-området"]),
    ("3-årige i 2020 får 1.000 kr. efter § 5", ["efter", "får", "i", "kr"]),
    ("skriv til [e-mail], [telefon]. eller [e-mail]", ["eller", "skriv", "til"]),
    ("og/eller m.fl. www.nordby.kommuneby.test A4 CO2-kvote", []),
    ("- – — … « » 12", []),
    ("borger's café Müller ß", ["café", "müller", "ß"]),
    ("a--b -ab- [cd ef] ]gh[ (ab)", ["ab", "gh"]),
    ("", []),
])  # fmt: skip
def test_word_is_letters_with_hyphens_between_them(
    asked: Callable[..., Vocabulary], text: str, words: list[str]
) -> None:
    assert sorted(set(words_of(text))) == words
    rows = [*new(text, f"1 {text}"), *new(f"2 {text}", site="b"), ("12", "a", "2020Q1")]
    found = asked(rows, "2020Q2")
    assert sorted(each.word for each in found.new) == words
    assert (found.num_distinct, found.num_new) == (len(words), len(words))


SIGNS = "aBæÆøåÅéß-–—_[]().,:;!?«»„“\"'/§&€½²1٣ "
SENTENCES = st.lists(
    st.tuples(st.text(SIGNS, max_size=30), st.sampled_from("ab"), st.sampled_from(["2020Q1", "2020Q2"])), max_size=8
)


@settings(max_examples=25)
@given(sentences=SENTENCES)
def test_any_text_has_the_words_of_the_recount(
    asked: Callable[..., Vocabulary], sentences: list[tuple[str, str, str]]
) -> None:
    # a corpus has each text once
    unique = list({text: (text, site, quarter) for text, site, quarter in sentences}.values())
    rows = [dict(zip(("text", "site", "first_quarter"), each, strict=True)) for each in unique]
    assert asked(unique, "2020Q2") == vocabulary_of(rows, "2020Q2")


@pytest.mark.parametrize(("sentences", "is_shown"), [
    ([*new("ny en", "ny to"), *new("ny tre", site="b")], True),
    ([*new("ny en"), *new("ny tre", site="b")], False),  # of two sentences
    ([*new("ny ny en"), *new("ny tre", site="b")], False),  # three times, but of two sentences
    ([*new("ny en", "ny to", "ny tre"), *new("en", site="b")], False),  # of one site
    ([*new("ny en", "ny to", "ny tre")], False),  # there is no other site
    ([*new("ny ny ny en")], False),
    ([*new("ny en", "ny to"), *new("ny tre", site="b"), ("Ny", "c", "2020Q1")], False),  # it was there before
])  # fmt: skip
def test_new_word_is_shown_only_where_it_can_hardly_be_a_name(
    asked: Callable[..., Vocabulary], sentences: list[tuple[str, str, str]], is_shown: bool
) -> None:
    assert ("ny" in [each.word for each in asked(sentences, "2020Q2").new]) == is_shown


def test_at_most_a_hundred_new_words_are_shown_and_all_are_counted(asked: Callable[..., Vocabulary]) -> None:
    words = ["".join("abcdefghij"[int(digit)] for digit in f"{number:03}") for number in range(120)]
    found = asked([*new(" ".join(words), " ".join([*words, "x"])), *new(" ".join([*words, "y"]), site="b")], "2020Q2")
    assert (found.num_distinct, found.num_new) == (122, 122)
    assert [each.word for each in found.new] == words[:100]


# --- tokens


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Full stops, and what stands between them and blanks; a sentence begins and ends with a token of its own."""
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "[CLS]": 1, "og": 2}, unk_token="[UNK]"))
    parts = [tokenizers.pre_tokenizers.WhitespaceSplit(), tokenizers.pre_tokenizers.Split(".", "isolated")]
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(parts)
    made.post_processor = tokenizers.processors.TemplateProcessing("[CLS] $A [CLS]", special_tokens=[("[CLS]", 1)])
    folder = tmp_path_factory.mktemp("tokenizer")
    made.save(str(folder / "tokenizer.json"))
    return folder


def test_tokens_of_each_site_are_those_of_a_plain_count(town: Any, work: Path, tokenizer: Path) -> None:
    expected: Counter[str] = Counter()
    for row in rows_of(town.corpus("2020Q2"))["sentences"]:
        expected[row["site"]] += len(re.findall(r"\.|[^\s.]+", row["text"]))
    figures = measure(town.corpus("2020Q2"), work, tokenizer=str(tokenizer))
    assert {site.site: site.counts.totals.tokens for site in figures.sites} == {
        site.site: expected[site.site] for site in figures.sites
    }
    assert figures.all.totals.tokens == sum(expected.values())
    of_areas = {site.name: site.counts.totals.tokens for site in figures.sites if site.kind == "area"}
    assert {name: counts.totals.tokens for name, counts in figures.areas.items()} == of_areas
    assert figures.tokenizer == str(tokenizer)


def test_tokenizer_may_be_named_by_its_file(town: Any, work: Path, tokenizer: Path) -> None:
    by_folder, by_file = (
        measure(town.corpus("2020Q1"), work, tokenizer=str(path), with_words=False)
        for path in (tokenizer, tokenizer / "tokenizer.json")
    )
    assert by_folder.sites == by_file.sites


def test_tokens_are_unknown_where_nobody_asked(counted: tuple[Figures, Rows]) -> None:
    assert {site.counts.totals.tokens for site in counted[0].sites} == {None}
    assert counted[0].all.totals.tokens is None


@pytest.mark.parametrize("content", [None, "", "{}", "ikke json"])
def test_tokenizer_that_cannot_be_loaded_is_refused_before_anything_is_counted(
    tmp_path: Path, work: Path, content: str | None
) -> None:
    corpus = lay_out(tmp_path / "2020Q1")
    folder = tmp_path / "tokenizer"
    if content is not None:
        folder.mkdir()
        (folder / "tokenizer.json").write_text(content)
    with pytest.raises(ConfigError, match=r"--tokenizer .*: cannot be loaded \(.*give a folder with tokenizer\.json"):
        measure(corpus, work, tokenizer=str(folder))


# --- corpora made by hand

AT = datetime.datetime(2020, 1, 15, tzinfo=datetime.UTC)
NUMBERS = {pa.int32(): 0, pa.float64(): 1.0, pa.bool_(): False, pa.string(): "x"}
FILES = {
    "train": ("sentences/train-00000-of-00001.parquet", schema.SENTENCE_SCHEMA),
    "validation": ("sentences/validation-00000-of-00001.parquet", schema.SENTENCE_SCHEMA),
    "documents": ("documents/documents-00000-of-00001.parquet", schema.DOCUMENT_SCHEMA),
    "dropped": ("dropped/dropped-00000-of-00001.parquet", schema.DROPPED_SCHEMA),
    "sites": (schema.SITES_NAME, schema.SITE_SCHEMA),
    "personal_data": (schema.PERSONAL_DATA_NAME, schema.PERSONAL_DATA_SCHEMA),
    "boilerplate": (schema.BOILERPLATE_NAME, schema.BOILERPLATE_SCHEMA),
}
NORDBY_ROW = {"site": "9001", "name": "Nordby", "kind": "municipality", "region": "Region Nordjylland",
              "terminal_state": "complete"}  # fmt: skip


def lay_out(corpus: Path, *, without: Iterable[str] = (), follows: str | None = None, **tables: Any) -> Path:
    """A corpus with these rows; `without`: columns that its tables, and tables that itself, does not have."""
    for table, (path, columns) in FILES.items():
        if table in without:
            continue
        kept = pa.schema([field for field in columns if field.name not in without])
        rows = tables.get(table, [NORDBY_ROW] if table == "sites" else [])
        full = [{field.name: _value(field, row, number) for field in kept} for number, row in enumerate(rows)]
        (corpus / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(full, kept), corpus / path)
    write_manifest(corpus, {
        "kind": "corpus", "id": f"corpus-{corpus.name}-0", "name": corpus.name, "revision": 1, "content_sha256": "0",
        "inputs": {}, "follows": follows, "configuration": {}, "counts": {},
        "files": [vars(entry) for entry in file_entries(corpus, sorted(corpus.rglob("*.parquet")))],
    })  # fmt: skip
    return corpus


def _value(field: pa.Field, row: Mapping[str, Any], number: int) -> Any:
    if field.name in row:
        return row[field.name]
    if field.name in ("sentence_id", "document_id"):
        return f"{number:016x}"
    if field.nullable:
        return None
    return "9001" if field.name == "site" else NUMBERS.get(field.type, [])


def of_nordby(corpus: Path, work: Path) -> Counts:
    figures = measure(corpus, work)
    assert [site.site for site in figures.sites] == ["9001"]
    return figures.sites[0].counts


def test_score_of_any_thousandth_is_in_its_bucket_of_fifty(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1", train=[{"language_score": number / 1000} for number in range(1001)])
    counts = of_nordby(corpus, work)
    assert counts.scores == {**dict.fromkeys(range(19), 50), 19: 51}  # the best score is in the last one
    assert counts.mean_score == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("score", "bucket"), [(0.0, 0), (0.049, 0), (0.05, 1), (0.15, 3), (0.7, 14), (0.95, 19), (1.0, 19)]
)
def test_score_on_an_edge_opens_the_bucket(tmp_path: Path, work: Path, score: float, bucket: int) -> None:
    assert of_nordby(lay_out(tmp_path / "2020Q1", train=[{"language_score": score}]), work).scores == {bucket: 1}


def test_length_of_any_number_of_words_is_in_its_bucket(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1", train=[{"num_words": number} for number in range(200)])
    assert of_nordby(corpus, work).lengths == {**dict.fromkeys(range(12), 5), 12: 140}


def test_document_of_any_number_of_sentences_is_in_its_bucket(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1", documents=[{"num_sentences": number} for number in range(100)])
    assert of_nordby(corpus, work).document_lengths == {0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 36}


def test_quarter_of_a_page_is_told_in_utc(tmp_path: Path, work: Path) -> None:
    edge = datetime.datetime(2020, 4, 1, tzinfo=datetime.UTC)
    before = edge - datetime.timedelta(microseconds=1)
    corpus = lay_out(tmp_path / "2020Q1", documents=[
        {"first_seen": before, "last_changed": edge}, {"first_seen": before, "last_changed": None},
    ])  # fmt: skip
    counts = of_nordby(corpus, work)
    assert (counts.first_seen, counts.last_changed) == ({"2020Q1": 2}, {"2020Q2": 1})


def test_documents_without_times_have_sizes_and_no_freshness(tmp_path: Path, work: Path) -> None:
    """As of an archive made elsewhere."""
    site = {
        "site": "x-andre.test",
        "name": "andre.test",
        "kind": "archive",
        "region": None,
        "terminal_state": "complete",
    }
    corpus = lay_out(tmp_path / "2020Q1-arkiv", sites=[site], documents=[{"site": "x-andre.test"}] * 3,
                     train=[{"site": "x-andre.test", "first_quarter": "2020Q1", "num_words": 9}])  # fmt: skip
    figures = measure(corpus, work)
    assert figures.all.totals == Totals(pages=3, documents=3, train=1, words=9, occurrences=1)
    assert (figures.all.first_seen, figures.all.last_changed, figures.all.changes) == ({}, {}, {})
    assert quarters_of(figures.all) == ["2020Q1"]
    assert (figures.regions, figures.areas) == ({}, {})


def test_duplicate_is_within_or_across_by_the_site_of_the_one_that_stays(tmp_path: Path, work: Path) -> None:
    kept = {"sentence_id": "s1", "site": "9001"}, {"sentence_id": "s2", "site": "9002"}
    gone = [
        ("sentence", "duplicate_sentence", "s1"), ("sentence", "duplicate_sentence", "s2"),
        ("sentence", "near_duplicate_sentence", "s2"), ("sentence", "near_duplicate_across_split", "s2"),
        ("document", "duplicate_document", "d1"), ("document", "near_duplicate_document", "d2"),
        ("document", "near_duplicate_document", "s1"),  # no document
        ("sentence", "duplicate_sentence", "erased"), ("sentence", "duplicate_sentence", None),
    ]  # fmt: skip
    corpus = lay_out(
        tmp_path / "2020Q1", train=[kept[0]], validation=[kept[1]],
        sites=[NORDBY_ROW, NORDBY_ROW | {"site": "9002", "name": "Ørholm"}],
        documents=[{"document_id": "d1", "site": "9001"}, {"document_id": "d2", "site": "9002"}],
        dropped=[dict(zip(("level", "reason", "kept_id"), each, strict=True)) for each in gone],
    )  # fmt: skip
    counts = measure(corpus, work).sites[0].counts
    assert counts.same == Twins(within=1, across=1)
    assert counts.near == Twins(across=2)
    assert counts.documents_same == Twins(within=1)
    assert counts.documents_near == Twins(across=1)
    assert counts.totals == Totals(pages=4, documents=1, train=1, occurrences=7)


def test_redirect_or_error_is_no_page(tmp_path: Path, work: Path) -> None:
    reasons = ("http_status", "http_status", "wall", "no_text")
    corpus = lay_out(tmp_path / "2020Q1", dropped=[{"level": "page", "reason": reason} for reason in reasons])
    assert of_nordby(corpus, work).totals == Totals(pages=2)


def test_findings_of_personal_data_are_summed(tmp_path: Path, work: Path) -> None:
    rows = [{"kind": kind, "count": count} for kind, count in (("cpr", 2), ("email", 1), ("cpr", 3))]
    assert of_nordby(lay_out(tmp_path / "2020Q1", personal_data=rows), work).personal_data == {"cpr": 5, "email": 1}


def test_boilerplate_that_is_kept_is_none(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1", boilerplate=[{"is_kept": True}, {"is_kept": False}, {"is_kept": False}])
    assert of_nordby(corpus, work).num_boilerplate == 2


NOTHING = Counts()


@pytest.mark.parametrize("without", [[], ["train", "validation", "documents"], [*FILES]])
def test_empty_corpus_has_figures_of_nothing(tmp_path: Path, work: Path, without: list[str]) -> None:
    """As an erasure may leave it."""
    figures = measure(lay_out(tmp_path / "2020Q1", without=without), work)
    assert [site.counts for site in figures.sites] == ([] if "sites" in without else [NOTHING])
    assert figures.all == NOTHING
    assert (figures.all.mean_words, figures.all.mean_score, figures.all.totals.unique_share) == (None, None, 0.0)
    assert figures.vocabulary == Vocabulary(num_distinct=0)


def test_empty_corpus_that_follows_another_has_no_new_words(tmp_path: Path, work: Path) -> None:
    figures = measure(lay_out(tmp_path / "2020Q2", follows="corpus-2020Q1-0"), work)
    assert figures.vocabulary == Vocabulary(num_distinct=0, num_new=0)


def test_empty_corpus_has_no_tokens(tmp_path: Path, work: Path, tokenizer: Path) -> None:
    for number, without in enumerate(([], ["train", "validation"])):
        figures = measure(lay_out(tmp_path / f"202{number}Q1", without=without), work, tokenizer=str(tokenizer))
        assert figures.all.totals.tokens == 0


def test_corpus_of_which_all_pages_were_left_out_tells_why(tmp_path: Path, work: Path) -> None:
    rows = [{"level": "page", "reason": "reserved_page"}] * 3 + [{"level": "document", "reason": "no_sentences"}]
    counts = of_nordby(lay_out(tmp_path / "2020Q1", dropped=rows), work)
    assert counts == Counts(totals=Totals(pages=4), dropped=Counter(
        {("page", "reserved_page"): 3, ("document", "no_sentences"): 1}
    ))  # fmt: skip


def test_corpus_of_one_site_has_that_site_in_all_sums(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1", train=[{"num_words": 9}], documents=[{"num_sentences": 1}])
    figures = measure(corpus, work)
    own = figures.sites[0].counts
    assert (figures.all, figures.regions, figures.areas) == (own, {"Region Nordjylland": own}, {})
    assert own.totals == Totals(pages=1, documents=1, train=1, words=9, occurrences=1)


def test_corpus_of_format_1_is_counted_without_what_it_lacks(tmp_path: Path, work: Path) -> None:
    rows: dict[str, Any] = {
        "train": [{"sentence_id": "s1", "text": "et ord", "num_words": 2}],
        "documents": [{"document_id": "d1", "change": "new", "first_seen": AT}],
        "dropped": [{"level": "sentence", "reason": "duplicate_sentence", "kept_id": "s1"}],
    }
    now = of_nordby(lay_out(tmp_path / "2020Q2", **rows), work)
    lacking = ["change", "first_url", "kept_id", "similarity", "num_near_duplicates", "boilerplate"]
    then = of_nordby(lay_out(tmp_path / "2020Q1", without=lacking, **rows), work)
    assert now == replace(then, same=Twins(within=1), changes=Counter(new=1))
    assert (then.same, then.changes, then.totals.occurrences) == (Twins(), {}, 2)


def test_new_words_of_a_trial_are_those_of_its_quarter(tmp_path: Path, work: Path) -> None:
    rows = [{"text": text, "first_quarter": quarter} for text, quarter in (
        ("gammel ny", "2020Q2"), ("ny vej", "2020Q2"), ("ny bro", "2020Q2"), ("gammel bro", "2020Q1"),
    )]  # fmt: skip
    rows[0]["site"] = "9002"
    corpus = lay_out(tmp_path / "2020Q2-min6", follows="corpus-2020Q1-0", train=rows)
    assert measure(corpus, work).vocabulary == Vocabulary(
        num_distinct=4, num_new=2, new=(NewWord(word="ny", count=3, num_sites=2),)
    )


def test_sum_of_nothing_is_nothing() -> None:
    assert summed([]) == NOTHING


def test_tokens_of_some_are_the_tokens_of_all() -> None:
    parts = [Counts(totals=Totals(tokens=tokens)) for tokens in (None, 3, 4)]
    assert summed(parts).totals.tokens == 7
    assert summed(parts[:1]).totals.tokens is None


# --- damage


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def _without(path: Path) -> None:
    path.unlink()


def _flipped(path: Path) -> None:
    """In the middle, where a column lies that is counted; head, foot and size are as they were."""
    column = (
        pq.ParquetFile(path)
        .metadata.row_group(0)
        .column(next(place for place, name in enumerate(pq.read_schema(path).names) if name == "site"))
    )
    start = column.dictionary_page_offset or column.data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + column.total_compressed_size] = bytes(
        255 - byte for byte in data[start : start + column.total_compressed_size]
    )
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_cut, _without, _flipped], ids=lambda harm: harm.__name__.strip("_"))
@pytest.mark.parametrize("table", FILES)
def test_damaged_shard_is_named_with_what_to_do(
    tmp_path: Path, work: Path, table: str, harm: Callable[[Path], None]
) -> None:
    corpus = lay_out(tmp_path / "2020Q1", **{name: [NORDBY_ROW] for name in FILES})
    path = corpus / FILES[table][0]
    harm(path)
    with pytest.raises(BrokenRunError) as caught:
        measure(corpus, work)
    assert re.fullmatch(
        rf"{re.escape(str(path))}: [^\n]*; restore it from a backup, or build the corpus anew under another name; "
        r"all that is wrong: tvaerkom corpus verify 2020Q1",
        str(caught.value),
    )


@pytest.mark.parametrize("harm", [_cut, _flipped], ids=lambda harm: harm.__name__.strip("_"))
def test_damaged_shard_is_named_where_tokens_are_counted(
    tmp_path: Path, work: Path, tokenizer: Path, harm: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = lay_out(tmp_path / "2020Q1", train=[NORDBY_ROW])
    path = corpus / FILES["train"][0]
    counted = measuring.count_tokens

    def harmed(*arguments: Any) -> dict[str, int]:
        harm(path)
        return counted(*arguments)

    monkeypatch.setattr(measuring, "count_tokens", harmed)
    with pytest.raises(BrokenRunError, match=re.escape(f"{path}: ")):
        measure(corpus, work, tokenizer=str(tokenizer), with_words=False)


def test_folder_without_a_manifest_is_no_corpus(tmp_path: Path, work: Path) -> None:
    corpus = lay_out(tmp_path / "2020Q1")
    (corpus / "manifest.json").unlink()
    with pytest.raises(BrokenRunError, match=r"not complete \(no manifest\.json\); run: tvaerkom corpus build 2020Q1"):
        measure(corpus, work)

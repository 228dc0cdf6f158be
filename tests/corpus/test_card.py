"""The dataset card: every number in it is one of the tables, and it can be made of any corpus."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from corpus.card import dataset_card
from corpus.citation import bibtex, citation_id, inputs_hash
from corpus.config import CorpusConfig
from corpus.schema import SITES_NAME, DropReason
from corpus.stats import read_statistics
from foundation.manifests import MANIFEST_NAME

Rows = list[list[str]]
KIND_NAMES = {
    "municipality": "municipal websites", "area": "subject areas of KL", "archive": "web archives made elsewhere",
}  # fmt: skip
NEAR = {DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT}


def tables_in(card: str) -> dict[str, Rows]:
    """First line of each table -> its rows, without the marks of code and of thousands."""
    found: dict[str, Rows] = {}
    for block in re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE):
        head, rule, *rows = block.splitlines()
        assert set(rule) == {"|", "-"}
        cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
        assert {len(row) for row in cells} <= {rule.count("|") - 1}, head
        found[head] = [[cell.strip().strip("`").replace(",", "") for cell in row] for row in cells]
    return found


def with_head(tables: dict[str, Rows], start: str) -> Rows:
    return next(rows for head, rows in tables.items() if head.startswith(start))


@pytest.fixture
def corpus(kommuneby: Any) -> Path:
    return kommuneby.corpus("2020Q1")  # type: ignore[no-any-return]


@pytest.fixture
def card(corpus: Path) -> str:
    return (corpus / "README.md").read_text()


@pytest.fixture
def remade(corpus: Path) -> Callable[..., str]:
    """The card of the small corpus, had its manifest or its statistics been others."""

    def remade(statistics: dict[str, Any] | None = None, folder: Path = corpus, **manifest: Any) -> str:
        values = json.loads((corpus / MANIFEST_NAME).read_text()) | manifest
        return dataset_card(folder, values, read_statistics(corpus) | (statistics or {}), "2020Q1")

    return remade


def test_card_is_made_of_the_papers_beside_it_alone(card: str, remade: Callable[..., str]) -> None:
    assert remade() == card


def sums(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any], column: str | None = None) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for row in rows:
        found[key(row)] += row[column] if column else 1
    return found


@pytest.fixture
def counts_of(kommuneby: Any, sentences: Any) -> Callable[..., dict[str, str]]:
    """What the tables have of some sites."""
    all_sentences = sentences(kommuneby.corpus("2020Q1"))
    tables = {name: kommuneby.rows("2020Q1", name) for name in ("sites", "documents", "dropped")}

    def counts_of(is_meant: Callable[[dict[str, Any]], bool]) -> dict[str, str]:
        of_sites = [row for row in tables["sites"] if is_meant(row)]
        sites = {row["site"] for row in of_sites}
        taken = [row for row in all_sentences if row["site"] in sites]
        found = {
            "sites": len(sites), "pages": sum(row["num_pages"] for row in of_sites),
            "documents": sum(row["site"] in sites for row in tables["documents"]),
            "sentences": len(taken), "words": sum(row["num_words"] for row in taken),
            "near": sum(row["site"] in sites and row["reason"] in NEAR for row in tables["dropped"]),
        }  # fmt: skip
        return {name: str(number) for name, number in found.items()}

    return counts_of


def test_counts_by_kind_are_those_of_the_rows(card: str, counts_of: Callable[..., dict[str, str]]) -> None:
    assert with_head(tables_in(card), "| kind of source | sites") == [
        *([name, *counts_of(lambda row, kind=kind: row["kind"] == kind).values()] for kind, name in KIND_NAMES.items()),
        ["all", *counts_of(lambda row: row["crawled"]).values()],
    ]
    assert int(counts_of(lambda row: row["crawled"])["near"]) > 3


@pytest.mark.parametrize(
    ("head", "kind", "column"), [("| region", "municipality", "region"), ("| subject area", "area", "name")]
)
def test_counts_by_region_and_area_are_those_of_the_rows(
    kommuneby: Any, card: str, counts_of: Callable[..., dict[str, str]], head: str, kind: str, column: str
) -> None:
    names = {row[column] for row in kommuneby.rows("2020Q1", "sites") if row["kind"] == kind}
    expected = []
    for name in sorted(names):
        counts = counts_of(lambda row, name=name: row["kind"] == kind and row[column] == name)
        expected.append([name.replace(",", ""), *(counts[key] for key in ("sites", "documents", "sentences", "words"))])
    assert with_head(tables_in(card), head) == expected
    assert len(expected) > 1


def test_counts_by_split_reason_block_and_finding_are_those_of_the_rows(
    kommuneby: Any, card: str, sentences: Any
) -> None:
    tables, rows = tables_in(card), sentences(kommuneby.corpus("2020Q1"))
    per_split = [
        [sums(rows, lambda row: row["split"], column)[split] for split in ("train", "validation")]
        for column in (None, "num_words")
    ]
    assert with_head(tables, "| | train") == [
        [name, *map(str, numbers)] for name, numbers in zip(("sentences", "words"), per_split, strict=True)
    ]
    reasons = sums(kommuneby.rows("2020Q1", "dropped"), lambda row: (row["level"], row["reason"]))
    left_out = with_head(tables, "| | reason")
    assert {(level, reason): int(number) for level, reason, number, _ in left_out} == dict(reasons)
    found = sums(kommuneby.rows("2020Q1", "personal_data"), lambda row: row["kind"], "count")
    kinds = ("cpr", "bare_cpr", "email", "phone", "account")
    assert [int(row[1]) for row in with_head(tables, "| found")] == [found[kind] for kind in kinds]
    blocks = sums(rows, lambda row: row["block"])
    words = ", ".join(f"{kind} {number:,}" for kind, number in sorted(blocks.items()))
    assert f"| block they stand in | {words} |" in card
    num_documents, num_sites = (len(kommuneby.rows("2020Q1", table)) for table in ("documents", "sites"))
    num_pages = sum(row["num_pages"] for row in kommuneby.rows("2020Q1", "sites"))
    assert f"From {num_documents} documents of {num_pages} pages on {num_sites} sites." in card


def test_fields_are_the_columns_of_the_tables_and_each_says_what_it_is(corpus: Path, card: str) -> None:
    parts = re.split(r"^`(\w+)`.*:$", card.partition("## The split")[0], flags=re.MULTILINE)
    described = {
        name: with_head(tables_in(text), "| field") for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    files = {name: next(corpus.glob(f"{name}/*.parquet"), corpus / f"{name}.parquet") for name in described}
    assert list(described) == ["sentences", "documents", "sites", "dropped"]
    for name, rows in described.items():
        assert [row[0] for row in rows] == pq.read_schema(files[name]).names
        assert [row for row in rows if not row[2]] == []
    types = {row[0]: row[1] for row in described["documents"]}
    assert types["blocks"] == "list of kind text"
    assert types["fetched_at"] == "time (UTC) or null"


def test_every_drop_reason_says_its_rule_with_the_threshold_that_was_used(remade: Callable[..., str]) -> None:
    every = dict.fromkeys(map(str, DropReason), 3)
    configuration = CorpusConfig(min_words=11, max_other_score=0.45).model_dump(mode="json")
    card = remade({"dropped": {"sentence": every}}, configuration=configuration)
    rules = {reason: rule for _, reason, _, rule in with_head(tables_in(card), "| | reason")}
    assert rules.keys() == every.keys()
    assert [reason for reason, rule in rules.items() if not rule] == []
    assert rules["few_words"] == "fewer than 11 words"
    assert rules["sentence_other_language"] == "other languages score above 0.45"


def test_reason_and_kind_that_nobody_knows_any_more_do_not_stop_an_erasure(remade: Callable[..., str]) -> None:
    assert "| page | of_old | 2 |  |" in remade({"dropped": {"page": {"of_old": 2}}})


def test_older_statistics_and_manifest_are_enough(corpus: Path) -> None:
    """As version 0.1.0 wrote them first."""
    values = json.loads((corpus / MANIFEST_NAME).read_text())
    statistics = read_statistics(corpus)
    for key in ("boilerplate_blocks", "changes", "outcomes"):
        del statistics[key]
    for counts in statistics["sites"].values():
        del counts["changes"], counts["outcomes"], counts["num_boilerplate_blocks"]
    del values["excluded"]
    assert "(0 blocks went)" in dataset_card(corpus, values, statistics, "2020Q1")


def head_of(card: str) -> dict[str, Any]:
    head: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return head


@pytest.mark.parametrize(
    ("languages", "head", "multilinguality", "sentence"),
    [
        (["da"], ["da"], "monolingual", "Languages: Danish (da). Documents and sentences of another language are"),
        (["da", "nb"], ["da", "nb"], "multilingual", "Languages: Danish (da), Norwegian Bokmål (nb). Documents"),
        ([], ["mul"], "multilingual", "Languages: all that were met; nothing is left out for its language."),
    ],
)
def test_languages(
    remade: Callable[..., str], languages: list[str], head: list[str], multilinguality: str, sentence: str
) -> None:
    card = remade(configuration=CorpusConfig(languages=languages).model_dump(mode="json"))  # type: ignore[arg-type]
    assert (head_of(card)["language"], head_of(card)["multilinguality"]) == (head, [multilinguality])
    assert f"\n{sentence}" in card


def test_every_language_that_can_be_kept_has_a_name(remade: Callable[..., str]) -> None:
    every = ["da", "nb", "nn", "sv", "en", "de"]
    card = remade(configuration=CorpusConfig(languages=every).model_dump(mode="json"))  # type: ignore[arg-type]
    assert head_of(card)["language"] == every


def test_corpus_of_which_nothing_is_left(remade: Callable[..., str]) -> None:
    nothing = {
        "num_sentences": {"train": 0}, "num_words": {"train": 0}, "num_documents": 0, "num_pages": 0, "dropped": {},
        "sites": {}, "blocks": {}, "sentence_length_in_words": {}, "personal_data": {}, "boilerplate_blocks": {},
    }  # fmt: skip
    card = remade(nothing, revision=2)
    assert [each["config_name"] for each in head_of(card)["configs"]] == ["sites"]
    assert head_of(card)["size_categories"] == ["n<1K"]
    assert "No sentence is left in it." in card
    assert "The largest site" not in card
    assert "no sentence of it is in the corpus" in card


def test_split_without_sentences_is_named_nowhere(remade: Callable[..., str]) -> None:
    card = remade({"num_sentences": {"train": 5}})
    train = {"split": "train", "path": "sentences/train-*.parquet"}
    assert head_of(card)["configs"][0]["data_files"] == [train]
    assert 'load_dataset("path/to/this/folder")  # train\n' in card


@pytest.mark.parametrize(
    ("revision", "sentence"),
    [(1, "Nothing was erased from it"), (2, "pages were erased from it once;"), (4, "were erased from it 3 times;")],
)
def test_revision(remade: Callable[..., str], revision: int, sentence: str) -> None:
    card = remade({"outcomes": {"new": 7}}, revision=revision)
    assert sentence in card
    assert (f"This is revision {revision}" in card) == (revision > 1)
    assert ("as it was when it was built: new 7." in card) == (revision > 1)
    assert ("as the crawl met them: new 7." in card) == (revision == 1)
    assert re.search(rf"cited as `tvaerkom-2020Q1\.{revision - 1}\+[0-9a-f]{{12}}`\.", card)


def test_archives_made_elsewhere_are_not_said_to_be_crawled_politely(
    house: Any, archive: Any, response: Any, page_of: Any, tmp_path: Path
) -> None:
    url = "http://www.fremmed.test/"
    warc = archive(
        tmp_path / "a.warc.gz", [response(url=url, body=page_of("Byrådet holder møde om skolerne på tirsdag aften."))]
    )
    house.build("2020Q1-arkiv", warc=[warc])
    card = (house.corpus("2020Q1-arkiv") / "README.md").read_text()
    assert ": web archives made elsewhere (1).\n" in card
    assert "what their sites reserved at the time is not known" in card
    assert "robots.txt was obeyed" not in card
    assert "KL is an association" not in card
    assert "from web archives made elsewhere, entered as 2020Q1" in card
    assert "as it stood" not in card and "the sites showed" not in card
    assert re.search(r"`tvaerkom-2020Q1-arkiv\.0\+[0-9a-f]{12}`", card)


def test_contact_data_that_nobody_looked_for_has_no_number(remade: Callable[..., str]) -> None:
    configuration = CorpusConfig(emails="keep", accounts="drop").model_dump(mode="json")
    found = {"cpr": 1, "email": 0, "phone": 2, "account": 0}
    card = remade({"personal_data": found}, configuration=configuration, snapshot="snapshot-2020Q1-6e51620e0816")
    assert [row[1:] for row in with_head(tables_in(card), "| found")][2:] == [
        ["not looked for", "kept"], ["2", "replaced by a placeholder"], ["0", "their sentences are left out"],
    ]  # fmt: skip
    assert "as it stood in 2020Q1" in card


def test_card_of_a_crawl_says_which_kind_of_text_is_protected(card: str) -> None:
    assert "| subject areas of KL | Of KL (Local Government Denmark). KL is an association and no authority" in card
    assert head_of(card)["license"] == "other"
    assert head_of(card)["license_name"] == "no-licence-granted"


def test_site_that_the_crawl_did_not_get_is_named_with_what_it_stands_for(
    corpus: Path, remade: Any, tmp_path: Path
) -> None:
    sites = pq.read_table(corpus / SITES_NAME)
    names, states = ["Å|<b>*by*</b>\n#", *sites["name"].to_pylist()[1:]], ["dead"] + ["complete"] * (len(sites) - 1)
    sites = sites.set_column(1, "name", [names]).set_column(5, "terminal_state", [states])
    pq.write_table(sites, tmp_path / SITES_NAME)
    site = sites["site"][0].as_py()
    counts = read_statistics(corpus)["sites"]
    for outcomes, says in (
        ({"stale": 9, "gone": 1}, "did not answer; its pages are those of an earlier quarter"),
        ({"stale": 9, "unchanged": 1}, "did not answer"),
    ):
        card = remade({"sites": counts | {site: counts[site] | {"outcomes": outcomes}}}, folder=tmp_path)
        numbers = [str(counts[site][key]) for key in ("num_pages", "num_sentences")]
        assert with_head(tables_in(card), "| site | what happened") == [
            [r"Å\|\<b\>\*by\*\</b\> \#", says, *numbers],
            *([row["name"], "no sentence of it is in the corpus", str(row["num_pages"]), "0"]
              for row in sites.to_pylist()[1:] if not row["num_sentences"]),
        ]  # fmt: skip


def test_excluded_texts_and_kept_boilerplate_are_told(remade: Callable[..., str]) -> None:
    configuration = CorpusConfig(keep_boilerplate=("0" * 16,)).model_dump(mode="json")
    card = remade(excluded={"num_texts": 7, "sha256": "0"}, configuration=configuration)
    assert "nearly the same as one of 7 texts of evaluation sets" in card
    assert "1 such blocks were kept" in card


def test_crawl_says_how_robots_were_obeyed_and_what_was_let_in(remade: Callable[..., str], corpus: Path) -> None:
    reasons = {"dropped": {"page": {"reserved_page": 20, "reserved_site": 3, "wall": 5}}}
    num_sites = pq.read_metadata(corpus / SITES_NAME).num_rows
    card = remade(reasons, snapshot="snapshot-2020Q1-6e51620e0816")
    assert f"robots.txt was obeyed (not known: {num_sites} sites), and pages that are reserved are not in" in card
    assert "(23 were met)" in card
    assert "let in" not in card
    configuration = CorpusConfig(include_reserved_sites=True).model_dump(mode="json")
    card = remade(reasons, snapshot="snapshot-2020Q1-6e51620e0816", configuration=configuration)
    assert "shuts out well-known agents of AI training were let in (`include_reserved_sites`)" in card


def test_head_is_that_of_the_hub(corpus: Path, card: str) -> None:
    values = json.loads((corpus / MANIFEST_NAME).read_text())
    identity = citation_id("2020Q1", 1, inputs_hash(values["id"]))
    head = head_of(card)
    assert {key: value for key, value in head.items() if not key.startswith(("license", "configs", "tags"))} == {
        "language": ["da"], "annotations_creators": ["no-annotation"], "language_creators": ["found"],
        "multilinguality": ["monolingual"], "source_datasets": ["original"], "task_categories": ["fill-mask"],
        "task_ids": ["masked-language-modeling"], "pretty_name": "Tværkom 2020Q1", "size_categories": ["n<1K"],
    }  # fmt: skip
    assert [each["config_name"] for each in head["configs"]] == ["sentences", "documents", "sites", "dropped"]
    assert [each.get("default", False) for each in head["configs"]] == [True, False, False, False]
    (description,) = {each["description"] for each in head["configs"]}
    assert description == f"{identity}, made by Tværkom {values['software']['tvaerkom']}"


def test_nothing_of_the_template_is_left(card: str) -> None:
    text = card.partition("```bibtex")[0]
    assert re.findall(r"\{\{|\}\}|\{%|%\}|\bNone\b|Undefined", text) == []
    assert re.findall(r"\n{4,}|(?<!\|)[ \t]+\n|\w {2,}\w", text) == []


def test_citation_says_name_erasures_and_inputs() -> None:
    assert inputs_hash("corpus-2026Q4-d2b06f51937c") == "d2b06f51937c"
    assert inputs_hash("corpus-2026Q4-min-6-d2b06f51937c") == "d2b06f51937c"
    assert citation_id("2026Q4", 1, "d2b06f51937c") == "tvaerkom-2026Q4.0+d2b06f51937c"
    assert citation_id("2026Q4-min6", 3, "d2b06f51937c") == "tvaerkom-2026Q4-min6.2+d2b06f51937c"
    assert bibtex("2026Q4-min6", 3, "d2b06f51937c").splitlines() == [
        "@misc{tvaerkom-2026Q4-min6.2-d2b06f51937c,",
        r"  title = {{Tv{\ae}rkom corpus 2026Q4-min6, revision 3}},",
        "  year = {2026},",
        "  note = {tvaerkom-2026Q4-min6.2+d2b06f51937c}",
        "}",
    ]


def test_card_ends_with_its_citation(corpus: Path, card: str) -> None:
    identity = json.loads((corpus / MANIFEST_NAME).read_text())["id"]
    assert card.endswith(f"```bibtex\n{bibtex('2020Q1', 1, inputs_hash(identity))}\n```\n")

"""Figures as tables and as text in four forms: nothing is lost on the way, and no name steers what shows it."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.inspection.coverage import coverage
from corpus.inspection.figures import (
    DOCUMENT_EDGES,
    LENGTH_EDGES,
    SCORE_EDGES,
    Counts,
    Figures,
    NewWord,
    SiteFigures,
    Totals,
    Twins,
    Vocabulary,
)
from corpus.inspection.tables import Table, tables_of
from corpus.inspection.values import figures_values
from corpus.inspection.writing import FORMATS, as_csv, as_latex, as_markdown, as_text

NORDBY = SiteFigures(
    site="9001", name="Nordby", kind="municipality", region="Region Nordjylland", area=None, state="complete",
    counts=Counts(
        totals=Totals(pages=12, documents=9, train=30, validation=10, words=600, occurrences=80),
        dropped=Counter({("sentence", "few_words"): 5, ("page", "wall"): 1, ("sentence", "cut_off"): 5,
                         ("document", "no_sentences"): 2, ("block", "bare_cpr_in_block"): 7}),
        lengths=Counter({1: 3, 2: 30, 12: 7}), document_lengths=Counter({0: 1, 1: 1, 2: 6, 7: 1}),
        scores=Counter({19: 39, 3: 1}), score_sum=39.5, first_seen=Counter({"2020Q1": 8, "2020Q2": 1}),
        last_changed=Counter({"2020Q1": 7, "2020Q2": 2}), first_quarters=Counter({"2019Q4": 1, "2020Q2": 39}),
        blocks=Counter(table=1, paragraph=39), same=Twins(within=20, across=10), near=Twins(across=10),
        documents_near=Twins(within=1), personal_data=Counter(phone=2, cpr=2, email=5), num_boilerplate=4,
        changes=Counter(text=1, new=1, none=7),
    ),
)  # fmt: skip
AREA = SiteFigures(
    site="kl-boern-og-unge", name="Børn og unge", kind="area", region=None, area="Børn og unge", state="dead",
    counts=Counts(totals=Totals(pages=1, documents=1, train=1, words=12, occurrences=1), lengths=Counter({2: 1}),
                  score_sum=0.9, scores=Counter({18: 1}), personal_data=Counter(cpr=1)),
)  # fmt: skip
FIGURES = Figures(
    name="2020Q2", id="corpus-2020Q2-0", revision=1, follows="corpus-2020Q1-0", tokenizer=None, sites=(NORDBY, AREA),
    vocabulary=Vocabulary(num_distinct=321, num_new=3, new=(NewWord(word="letbane", count=4, num_sites=2),)),
)  # fmt: skip
WITH_TOKENS = replace(
    FIGURES, tokenizer="nb-bert",
    sites=tuple(
        replace(site, counts=replace(site.counts, totals=replace(site.counts.totals, tokens=tokens)))
        for site, tokens in ((NORDBY, 900), (AREA, 0))
    ),
)  # fmt: skip


def tables(figures: Figures = FIGURES) -> dict[str, Table]:
    return {table.name: table for table in tables_of(figures)}


def table(*rows: tuple[Any, ...], columns: tuple[str, ...] = ("what", "number")) -> Table:
    return Table(name="made", title="Made by hand", columns=columns, rows=rows)


# --- tables


def test_tables_are_in_the_order_in_which_they_are_read() -> None:
    assert list(tables()) == [
        "totals", "sites", "regions", "areas", "dropped", "dropped-by-site", "duplicates", "duplicates-by-site",
        "lengths", "document-lengths", "scores", "freshness", "changes", "blocks", "personal-data", "new-words",
    ]  # fmt: skip


def test_each_row_has_a_cell_for_each_column() -> None:
    for figures in (FIGURES, WITH_TOKENS):
        assert [
            name for name, each in tables(figures).items() for row in each.rows if len(row) != len(each.columns)
        ] == []


def test_totals_are_the_sums_of_the_sites() -> None:
    assert tables()["totals"].rows == [
        ("sites", 2), ("pages", 13), ("documents", 10), ("sentences", 41), ("of them for training", 31),
        ("of them for validation", 10), ("words", 612), ("sentences before duplicates went", 81),
        ("unique share", 41 / 81), ("different words", 321), ("words new in this quarter", 3),
        ("mean words in a sentence", 14.9), ("mean language score", 0.985),
    ]  # fmt: skip


def test_sites_have_their_sizes_and_tokens_where_they_were_counted() -> None:
    plain, counted = tables()["sites"], tables(WITH_TOKENS)["sites"]
    assert plain.columns == (
        "site", "name", "region", "state", "boilerplate", "pages", "documents", "sentences", "words", "unique share",
    )  # fmt: skip
    assert plain.rows == [
        ("9001", "Nordby", "Region Nordjylland", "complete", 4, 12, 9, 40, 600, 0.5),
        ("kl-boern-og-unge", "Børn og unge", None, "dead", 0, 1, 1, 1, 12, 1.0),
    ]
    assert counted.columns == (*plain.columns, "tokens")
    assert counted.rows == [(*plain.rows[0], 900), (*plain.rows[1], 0)]
    assert ("tokens", 900) in tables(WITH_TOKENS)["totals"].rows


def test_regions_and_areas_have_the_sizes_of_their_sites() -> None:
    assert tables()["regions"].rows == [("Region Nordjylland", 12, 9, 40, 600, 0.5)]
    assert tables()["areas"].rows == [("Børn og unge", 1, 1, 1, 12, 1.0)]


def test_reasons_are_by_level_and_the_most_first() -> None:
    rows = [
        ("page", "wall", 1), ("block", "bare_cpr_in_block", 7), ("document", "no_sentences", 2),
        ("sentence", "cut_off", 5), ("sentence", "few_words", 5),
    ]  # fmt: skip
    assert tables()["dropped"].rows == rows
    assert tables()["dropped-by-site"].rows == [("9001", "Nordby", *row) for row in rows]


def test_duplicates_are_within_and_across_sites() -> None:
    assert tables()["duplicates"].rows == [
        ("sentences, the same", 20, 10), ("sentences, nearly the same", 0, 10), ("documents, nearly the same", 1, 0),
    ]  # fmt: skip
    assert tables()["duplicates-by-site"].rows == [
        ("9001", "Nordby", 20, 10, 0, 10), ("kl-boern-og-unge", "Børn og unge", 0, 0, 0, 0),
    ]  # fmt: skip


def test_buckets_say_what_is_in_them() -> None:
    assert tables()["lengths"].rows == [("5-9", 3), ("10-14", 31), ("60+", 7)]
    assert tables()["document-lengths"].rows == [("0", 1), ("1", 1), ("2-3", 6), ("64+", 1)]
    assert tables()["scores"].rows == [("0.15", 1), ("0.90", 1), ("0.95", 39)]


def test_freshness_has_each_quarter_that_anything_is_from() -> None:
    assert tables()["freshness"].rows == [("2019Q4", 0, 0, 1), ("2020Q1", 8, 7, 0), ("2020Q2", 1, 2, 39)]


def test_what_is_counted_by_kind_has_the_most_first_and_then_the_name() -> None:
    assert tables()["changes"].rows == [("none", 7), ("new", 1), ("text", 1)]
    assert tables()["changes"].title == "Documents since corpus-2020Q1-0"
    assert tables()["blocks"].rows == [("paragraph", 39), ("table", 1)]
    assert tables()["personal-data"].rows == [("email", 5, 1), ("cpr", 3, 2), ("phone", 2, 1)]
    assert tables()["new-words"].rows == [("letbane", 4, 2)]


def test_tables_without_rows_are_left_out() -> None:
    nothing = Figures(name="2020Q1", id="x", revision=1, follows=None, tokenizer=None, sites=(), vocabulary=None)
    assert list(tables(nothing)) == ["totals"]
    assert tables(nothing)["totals"].rows == [
        ("sites", 0), ("pages", 0), ("documents", 0), ("sentences", 0), ("of them for training", 0),
        ("of them for validation", 0), ("words", 0), ("sentences before duplicates went", 0), ("unique share", 0.0),
    ]  # fmt: skip


# --- as text


def test_text_has_columns_of_even_width_with_numbers_to_the_right() -> None:
    assert as_text(tables()["dropped-by-site"]).splitlines() == [
        "Left out, by site",
        "  site  name    level     reason             number",
        "  9001  Nordby  page      wall                    1",
        "  9001  Nordby  block     bare_cpr_in_block       7",
        "  9001  Nordby  document  no_sentences            2",
        "  9001  Nordby  sentence  cut_off                 5",
        "  9001  Nordby  sentence  few_words               5",
    ]
    assert as_text(tables()["regions"]).splitlines() == [
        "Regions",
        "  region              pages  documents  sentences  words  unique share",
        "  Region Nordjylland     12          9         40    600         50.0%",
    ]


def test_text_shows_the_note_below_and_the_unique_share_in_percent() -> None:
    lines = as_text(tables()["totals"]).splitlines()
    assert lines[0] == "All"
    assert lines[-1] == "  (tokens: with --tokenizer)"
    assert "  unique share                       50.6%" in lines
    assert "  mean words in a sentence            14.9" in lines
    assert as_text(tables(WITH_TOKENS)["totals"]).splitlines()[-1] == "  (tokens of nb-bert)"


def test_markdown_is_a_table_with_its_heading() -> None:
    assert as_markdown(tables()["changes"]).splitlines() == [
        "## Documents since corpus-2020Q1-0", "", "| change | documents |", "| --- | ---: |", "| none | 7 |",
        "| new | 1 |", "| text | 1 |", "", "shell: other bytes, the same text.",
    ]  # fmt: skip


def test_csv_has_every_number_as_it_is() -> None:
    assert as_csv(tables()["sites"]).split("\n") == [
        "site,name,region,state,boilerplate,pages,documents,sentences,words,unique share",
        "9001,Nordby,Region Nordjylland,complete,4,12,9,40,600,0.5",
        "kl-boern-og-unge,Børn og unge,,dead,0,1,1,1,12,1.0",
    ]


def test_latex_is_a_table_with_escaped_percent() -> None:
    assert as_latex(tables()["areas"]).splitlines() == [
        r"\begin{table}", r"\centering", r"\caption{Areas of KL}", r"\begin{tabular}{lrrrrr}", r"\toprule",
        r"area & pages & documents & sentences & words & unique share \\", r"\midrule",
        r"Børn og unge & 1 & 1 & 1 & 12 & 100.0\% \\", r"\bottomrule", r"\end{tabular}", r"\end{table}",
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_every_table_can_be_written_in_every_form(form: str) -> None:
    for figures in (FIGURES, WITH_TOKENS):
        assert all(FORMATS[form](each).isascii() or "ø" in FORMATS[form](each) for each in tables_of(figures))


# --- what names and words may hold

HOSTILE = "a|b\\|c\n\x1b[31m=\t\r\x00\x7f\x9b\u202e\u2028\\end{table} & 100 % $x_1^2$ #{~}"


@pytest.mark.parametrize("form", FORMATS)
def test_name_that_would_steer_a_terminal_is_shown_without_it(form: str) -> None:
    written = FORMATS[form](table((HOSTILE, 1), ("x", 2)))
    lines = written.split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == len(FORMATS[form](table(("a", 1), ("x", 2))).split("\n"))


@pytest.mark.parametrize("form", FORMATS)
def test_title_and_note_are_shown_without_control_characters(form: str) -> None:
    steering = replace(WITH_TOKENS, tokenizer="nb\x1b[2J", follows="corpus\x1b]0;x\x07")
    assert all(line.isprintable() for each in tables_of(steering) for line in FORMATS[form](each).split("\n"))


def test_markdown_escapes_pipes_and_what_escapes_them() -> None:
    assert as_markdown(table(("a|b", 1), ("c\\|d", 2))).splitlines()[-2:] == [r"| a\|b | 1 |", r"| c\\\|d | 2 |"]


@given(cells=st.lists(st.text("a|\\ \n", max_size=8), min_size=2, max_size=4))
def test_markdown_row_has_as_many_cells_as_columns(cells: list[str]) -> None:
    row = as_markdown(table((*cells, 1), columns=("x",) * (len(cells) + 1))).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == len(cells) + 2


@pytest.mark.parametrize("name", ["=1+1", "  =1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.test";"y")'])
def test_csv_does_not_run_in_a_spreadsheet(name: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(table((name, -1))))))
    assert rows == [["what", "number"], [f"'{name}", "-1"]]


ROWS = st.tuples(
    st.text("aåÅ-@+ 1/", max_size=9), st.integers() | st.none(), st.floats(0, 1), st.text("=,\"'\n\r a;", max_size=4)
)


@given(rows=st.lists(ROWS, min_size=1, max_size=5))
def test_csv_read_back_has_the_same_cells(rows: list[tuple[Any, ...]]) -> None:
    columns = ("name", "number", "unique share", 'text, "quoted"')
    read = list(csv.reader(io.StringIO(as_csv(table(*rows, columns=columns)), newline="")))
    assert read[0] == list(columns)
    assert [[row[0], row[1], float(row[2]), row[3]] for row in read[1:]] == [
        [_in_csv(name), "" if number is None else str(number), round(share, 4), _in_csv(text)]
        for name, number, share, text in rows
    ]


def _in_csv(text: str) -> str:
    shown = "".join(" " if sign in "\t\n\v\f\r" else sign for sign in text)
    return f"'{shown}" if re.match(r"\s*[=+\-@]", shown) else shown


def test_latex_escapes_what_it_would_read_as_its_own() -> None:
    name = r"100 % & $5 #1 under_score {a} ~ ^ \input"
    row = as_latex(table((name, 1))).splitlines()[7]
    assert row == (
        r"100 \% \& \$5 \#1 under\_score \{a\} \textasciitilde{} \textasciicircum{} \textbackslash{}input & 1 \\"
    )


@given(name=st.text("a%&$#_{}~^\\ ", max_size=12))
def test_latex_row_has_as_many_cells_as_columns_and_balanced_braces(name: str) -> None:
    row = as_latex(table((name, 1), ("x", 2))).splitlines()[7]
    assert len(re.findall(r"(?<!\\)&", row)) == 1
    unescaped = re.sub(r"\\[&%$#_{}]", "", row)
    assert unescaped.count("{") == unescaped.count("}")
    assert not re.search(r"[%$#_~^]", unescaped)


# --- as values


def test_values_are_json_with_the_numbers_of_the_figures() -> None:
    values = json.loads(json.dumps(figures_values(FIGURES, coverage(FIGURES.sites, [], [])), allow_nan=False))
    assert {name: values[name] for name in ("name", "id", "revision", "follows", "tokenizer")} == {
        "name": "2020Q2", "id": "corpus-2020Q2-0", "revision": 1, "follows": "corpus-2020Q1-0", "tokenizer": None,
    }  # fmt: skip
    assert values["edges"] == {
        "lengths": list(LENGTH_EDGES), "document_lengths": list(DOCUMENT_EDGES), "scores": list(SCORE_EDGES),
    }  # fmt: skip
    assert values["vocabulary"] == {
        "num_distinct": 321, "num_new": 3, "new": [{"word": "letbane", "count": 4, "num_sites": 2}],
    }  # fmt: skip
    assert values["coverage"] == {"dead": [{"site": "kl-boern-og-unge", "name": "Børn og unge", "reason": None}]}
    own = values["sites"][0]
    assert own == {
        "site": "9001", "name": "Nordby", "kind": "municipality", "region": "Region Nordjylland", "area": None,
        "state": "complete", "pages": 12, "documents": 9, "sentences": 40, "train": 30, "validation": 10, "words": 600,
        "occurrences": 80, "tokens": None, "unique_share": 0.5, "mean_words": 15.0, "mean_score": 0.9875,
        "dropped": {"page": {"wall": 1}, "block": {"bare_cpr_in_block": 7}, "document": {"no_sentences": 2},
                    "sentence": {"cut_off": 5, "few_words": 5}},
        "lengths": [0, 3, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], "document_lengths": [1, 1, 6, 0, 0, 0, 0, 1],
        "scores": [0, 0, 0, 1, *[0] * 15, 39], "num_boilerplate": 4, "first_seen": {"2020Q1": 8, "2020Q2": 1},
        "last_changed": {"2020Q1": 7, "2020Q2": 2}, "first_quarters": {"2019Q4": 1, "2020Q2": 39},
        "blocks": {"paragraph": 39, "table": 1}, "personal_data": {"cpr": 2, "email": 5, "phone": 2},
        "changes": {"new": 1, "none": 7, "text": 1}, "outcomes": {}, "same": {"within": 20, "across": 10},
        "near": {"within": 0, "across": 10}, "documents_same": {"within": 0, "across": 0},
        "documents_near": {"within": 1, "across": 0},
    }  # fmt: skip
    assert {name: value for name, value in own.items() if name in values["all"]} == values["regions"][
        "Region Nordjylland"
    ]
    assert (values["all"]["sentences"], values["areas"]["Børn og unge"]["sentences"]) == (41, 1)
    assert [sum(values["all"][name]) for name in ("lengths", "scores")] == [41, 41]


def test_values_of_an_empty_corpus_are_json_without_means() -> None:
    nothing = Figures(name="2020Q1", id="x", revision=1, follows=None, tokenizer=None, sites=(), vocabulary=None)
    values = json.loads(json.dumps(figures_values(nothing, []), allow_nan=False))
    assert (values["all"]["mean_words"], values["all"]["mean_score"], values["all"]["unique_share"]) == (None, None, 0)
    assert (values["sites"], values["vocabulary"], values["coverage"]) == ([], None, {})

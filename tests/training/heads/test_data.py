"""Files of the user's: read as they are meant, and every broken line named."""

import json
from pathlib import Path

import pytest

from foundation.errors import BrokenRunError, ConfigError
from training.heads.data import read_areas, read_files
from training.heads.examples import MAX_COMPLAINTS, Example, labels_of

GOOD_TAGS, GOOD_TEXTS = "Skolen\tB-ORG\nkan\tO\n", "text,label\nSkolen kan,børn\nLægen kan,sundhed\n"


def folder_with(folder: Path, **files: str) -> Path:
    """Underscores in the names are dots."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_bytes(text.encode())
    return folder


def words_and_labels(examples: object) -> list[tuple[tuple[str, ...], tuple[str, ...], str | None]]:
    return [(each.words, each.labels, each.unit) for each in examples]  # type: ignore[attr-defined]


def test_columns_are_read_with_comments_line_ends_and_units(tmp_path: Path) -> None:
    text = (
        "\ufeff# a comment\r\n-DOCSTART-\tO\r\n\r\nSkolen\tB-ORG\tAnna\r\n#\tO\tAnna\r\n\r\n\r\n"
        "ny\tB-TING\tBo\r\nbolig\tI-TING\tBo"
    )
    data = read_files("entities", [folder_with(tmp_path, train_iob2=text, dev_conll=GOOD_TAGS)])
    assert words_and_labels(data.splits["train"]) == [
        (("Skolen", "#"), ("B-ORG", "O"), "Anna"),
        (("ny", "bolig"), ("B-TING", "I-TING"), "Bo"),
    ]
    assert [each.line for each in data.splits["train"]] == [4, 8]
    assert data.says_units


def test_the_same_examples_are_read_from_columns_and_from_json(tmp_path: Path) -> None:
    rows = json.dumps({"tokens": ["Skolen", "kan"], "tags": ["B-ORG", "O"]}) + "\n\n"
    data = read_files("entities", [folder_with(tmp_path, train_jsonl=rows, validation_tsv=GOOD_TAGS)])
    assert words_and_labels(data.splits["train"]) == words_and_labels(data.splits["validation"])
    assert not data.says_units


def test_a_csv_may_have_other_columns_semicolons_and_texts_of_several_lines(tmp_path: Path) -> None:
    text = 'unit;label;no;text\nAnna;børn;1;"Skolen ""kan""\n; i dag"\n;sundhed;2;Lægen\nBo;børn;3;Skolen\n'
    folder = folder_with(tmp_path, train_csv=text.replace(";sundhed;2", "7;sundhed;2"), dev_csv=GOOD_TEXTS)
    data = read_files("classes", [folder])
    assert words_and_labels(data.splits["train"]) == [
        (('Skolen "kan"\n; i dag',), ("børn",), "Anna"), (("Lægen",), ("sundhed",), "7"),
        (("Skolen",), ("børn",), "Bo"),
    ]  # fmt: skip
    assert [each.line for each in data.splits["train"]] == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Skolen B-ORG\n", ":1: 1 columns; write TOKEN tab TAG"),
        ("Skolen\tB-ORG\tAnna\tO\n", ":1: 4 columns"),
        ("kan\tO\n\tO\n", ":2: no token before the tab"),
        ("kan\tO\nSkolen\tI-ORG\n", ":2: I-ORG goes on with an entity that did not begin"),
        ("kan\tO\n\nSkolen\tORG\n", ":3: the tag is 'ORG'"),
        ("Skolen\tB-ORG\tAnna\nkan\tO\tBo\n", ":2: unit Bo in a sentence of unit Anna"),
        ("Skolen\tB-ORG\tAnna\n\nkan\tO\n", ":3: no unit, and other examples of this file have one"),
        ("", ":1: there is no example in this file"),
    ],
)
def test_a_broken_line_of_columns_is_named(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_files("entities", [folder_with(tmp_path, train_conll=text, dev_conll=GOOD_TAGS)])
    assert f"{tmp_path / 'train.conll'}{told}" in str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"tokens": ["a"]}', '"tags" must be a list of strings'),
        ('{"tokens": ["a", ""], "tags": ["O", "O"]}', '"tokens" must be a list of strings, none of them empty'),
        ('{"tokens": ["a"], "tags": [0]}', '"tags" must be'),
        ('{"tokens": ["a", "b"], "tags": ["O"]}', "2 tokens and 1 tags"),
        ('{"tokens": ["a"], "tags": ["I-PER"]}', "I-PER goes on with an entity that did not begin"),
        ('{"tokens": ["a"], "tags": ["O"], "unit": []}', '"unit" must be a string'),
        ('{"tokens": ["\\ud800"], "tags": ["O"]}', "half of a character"),
    ],
)
def test_a_broken_line_of_json_is_named(line: str, told: str, tmp_path: Path) -> None:
    good = json.dumps({"tokens": ["a"], "tags": ["O"]})
    folder = folder_with(tmp_path, train_jsonl=f"{good}\n{line}\n", dev_conll=GOOD_TAGS)
    with pytest.raises(ConfigError) as error:
        read_files("entities", [folder])
    assert f"{tmp_path / 'train.jsonl'}:2: {told}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tekst,label\na,b\n", ":1: no column text"),
        ("", ":1: no column text and no column label"),
        ("text,label\na,b\nc\n", ":3: 1 columns, and the first line names 2"),
        ("text,label\n,b\n", ':2: "text" must be a string that is not empty'),
        ('text,label\na,b\n"c,d\n', ":3: not CSV from here on"),
    ],
)
def test_a_broken_line_of_csv_is_named(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_files("classes", [folder_with(tmp_path, train_csv=text, dev_csv=GOOD_TEXTS)])
    assert f"{tmp_path / 'train.csv'}{told}" in str(error.value)


def test_all_that_is_wrong_is_said_at_once_but_not_without_end(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, train_conll="a\n" * 60, dev_conll="b\tX\n")
    with pytest.raises(ConfigError) as error:
        read_files("entities", [folder])
    lines = str(error.value).splitlines()
    assert len(lines) == MAX_COMPLAINTS + 1
    assert lines[-1].startswith("... and ")
    with pytest.raises(ConfigError, match=r"dev\.conll:1: the tag is 'X'"):
        read_files("entities", [folder_with(tmp_path, train_conll=GOOD_TAGS)])


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, dev_conll=GOOD_TAGS)
    (folder / "train.conll").write_bytes(b"kan\tO\nL\xe6gen\tB-PER\n")
    with pytest.raises(ConfigError, match=r"train\.conll:2: not UTF-8"):
        read_files("entities", [folder])


def test_splits_are_told_by_their_names(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "mine", train_csv=GOOD_TEXTS, dev_csv=GOOD_TEXTS, readme_csv="x")
    data = read_files("classes", [folder])
    assert (list(data.splits), data.name) == (["train", "validation"], "mine")
    named = read_files("classes", [folder / "dev.csv", folder / "train.csv"])
    assert named.sha256 == data.sha256
    with pytest.raises(ConfigError, match=r"readme\.csv: its name does not say what it is for"):
        read_files("classes", [folder / "train.csv", folder / "readme.csv"])
    with pytest.raises(ConfigError, match="no file of the validation split"):
        read_files("classes", [folder / "train.csv"])
    with pytest.raises(ConfigError, match="no file of the train split"):
        read_files("entities", [folder])
    with pytest.raises(ConfigError, match="is the validation split already"):
        read_files("classes", [folder_with(folder, validation_jsonl="{}")])
    with pytest.raises(ConfigError, match="there is no such file or folder"):
        read_files("classes", [tmp_path / "none"])


def test_other_content_has_another_hash(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, train_csv=GOOD_TEXTS, dev_csv=GOOD_TEXTS)
    before = read_files("classes", [folder]).sha256
    folder_with(tmp_path, train_csv=GOOD_TEXTS.replace("kan", "skal"))
    assert read_files("classes", [folder]).sha256 != before


def test_a_corpus_without_areas_is_refused(corpus: Path) -> None:
    with pytest.raises(ConfigError, match="no sentence of its train split has a subject area"):
        read_areas(corpus)


def test_the_sentences_of_a_corpus_that_have_an_area_are_read_with_their_documents(corpus_with_areas: Path) -> None:
    data = read_areas(corpus_with_areas)
    examples = data.splits["train"]
    assert {each.labels[0] for each in examples} == {"kl-bolig", "kl-børn", "kl-støtte"}
    assert len({each.unit for each in examples}) == -(-len(examples) // 2)
    assert data.corpus is not None and data.corpus["id"] == "corpus-2026Q4"
    (corpus_with_areas / "sentences" / "train-00009-of-00001.parquet").write_bytes(b"")
    try:
        with pytest.raises(BrokenRunError, match="not in the manifest"):
            read_areas(corpus_with_areas)
    finally:
        (corpus_with_areas / "sentences" / "train-00009-of-00001.parquet").unlink()


def example(*labels: str) -> Example:
    return Example(words=tuple(labels), labels=labels, unit=None, line=1)


def test_labels_come_in_a_fixed_order_with_both_tags_of_each_type() -> None:
    found = labels_of("entities", [example("O", "B-PER"), example("B-ORG", "I-ORG")])
    assert found == ("O", "B-ORG", "I-ORG", "B-PER", "I-PER")
    assert labels_of("classes", [example("b"), example("a")]) == ("a", "b")


@pytest.mark.parametrize(("task", "label"), [("entities", "O"), ("classes", "børn")])
def test_one_label_alone_is_refused(task: str, label: str) -> None:
    with pytest.raises(ConfigError, match=f"the only label is {label}"):
        labels_of(task, [example(label), example(label)])

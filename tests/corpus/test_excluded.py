"""Evaluation files are read whole or refused with the place; their order makes no difference."""

import json
from pathlib import Path

import pytest

from corpus.config import CorpusConfig
from corpus.dedup import normalised
from corpus.excluded import NOTHING_EXCLUDED, read_excluded
from foundation.errors import ConfigError

CONFIG = CorpusConfig()
ONE = "Borgere kan søge om hjælp til rengøring hver uge."
TWO = "Haveaffald bliver hentet hver anden mandag."


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_no_file_excludes_nothing() -> None:
    assert read_excluded([], CONFIG) is NOTHING_EXCLUDED


def test_lines_of_text_are_texts_whole_and_by_sentence(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", f"\n{ONE} {TWO}\n\n{ONE}\n")
    assert read_excluded([path], CONFIG).texts == tuple(sorted(map(normalised, (ONE, TWO, f"{ONE} {TWO}"))))


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson"])
def test_json_lines_are_their_text(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"a{suffix}", json.dumps({"text": ONE, "label": 1}) + "\n")
    assert read_excluded([path], CONFIG).texts == (normalised(ONE),)


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x0c", "\x1c"])
def test_line_end_of_unicode_inside_a_json_text_ends_no_line(tmp_path: Path, mark: str) -> None:
    path = written(tmp_path / "a.jsonl", json.dumps({"text": f"{ONE}{mark}{TWO}"}, ensure_ascii=False))
    assert normalised(ONE) in read_excluded([path], CONFIG).texts


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_byte_order_mark_and_windows_line_ends_are_no_text(tmp_path: Path, name: str) -> None:
    lines = [ONE, TWO] if name == "a.txt" else [json.dumps({"text": text}) for text in (ONE, TWO)]
    path = written(tmp_path / name, b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert read_excluded([path], CONFIG).texts == tuple(sorted(map(normalised, (ONE, TWO))))


def test_order_and_repetition_make_no_difference(tmp_path: Path) -> None:
    first = written(tmp_path / "a.txt", f"{ONE}\n")
    second = written(tmp_path / "b.txt", f"{TWO}\n{ONE}\n")
    assert read_excluded([first, second], CONFIG) == read_excluded([second, first, second], CONFIG)
    assert read_excluded([first], CONFIG).sha256 != read_excluded([second], CONFIG).sha256


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.txt", "", "has no text"), ("a.txt", " \n\t\n", "has no text"),
        ("a.txt", b"hj\xe6lp", "is not UTF-8 (byte 2)"),
        ("a.jsonl", '{"text": "x"}\nx', 'a.jsonl:2: is no JSON object with a "text"'),
        ("a.jsonl", '["x"]', 'a.jsonl:1: is no JSON object with a "text"'),
        ("a.jsonl", '{"txt": "x"}', 'a.jsonl:1: is no JSON object with a "text"'),
        ("a.jsonl", '{"text": 1}', 'a.jsonl:1: is no JSON object with a "text"'),
    ],
)  # fmt: skip
def test_broken_file_is_named(tmp_path: Path, name: str, content: str | bytes, complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_excluded([written(tmp_path / name, content)], CONFIG)
    assert complaint in str(error.value)


def test_file_without_text_is_named_also_behind_one_with_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"empty\.txt: has no text"):
        read_excluded([written(tmp_path / "a.txt", ONE), written(tmp_path / "empty.txt", "\n")], CONFIG)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_excluded([path], CONFIG)


def test_text_with_contact_data_is_known_as_the_corpus_has_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Ring på 00 00 00 01 eller skriv til navn@nordby.kommuneby.test.\n")
    assert "ring på [telefon] eller skriv til [e-mail]." in read_excluded([path], CONFIG).texts

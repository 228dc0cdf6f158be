"""A changed corpus does not verify, and the complaint names what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.verify import verify_corpus
from foundation.errors import BrokenRunError
from foundation.manifests import file_entries, write_manifest

NUMBER = "010101-0000"  # invented


@pytest.fixture
def corpus(kommuneby: Any, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(kommuneby.corpus("2020Q1"), tmp_path / "2020Q1"))


def first_shard(corpus: Path) -> Path:
    return next((corpus / "sentences").glob("train-*"))


def rewrite(corpus: Path, path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rows of a table and the manifest with it, as a faulty build would have written both."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    manifest = json.loads((corpus / "manifest.json").read_text())
    entries = file_entries(corpus, [corpus / entry["path"] for entry in manifest["files"]])
    write_manifest(corpus, manifest | {"files": [vars(entry) for entry in entries]})


def test_corpus_as_built_verifies(corpus: Path) -> None:
    assert verify_corpus(corpus) == []


def test_flipped_byte_is_named_with_its_file(corpus: Path) -> None:
    shard = first_shard(corpus)
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    assert verify_corpus(corpus) == [f"{shard}: content differs from its recorded sha256"]


def test_shortened_file_is_named_with_its_sizes(corpus: Path) -> None:
    shard = first_shard(corpus)
    size = shard.stat().st_size
    shard.write_bytes(shard.read_bytes()[:-1])
    assert verify_corpus(corpus) == [f"{shard}: {size - 1} bytes, {size} recorded"]


def test_missing_file_is_named(corpus: Path) -> None:
    (corpus / "statistics.json").unlink()
    assert verify_corpus(corpus) == [f"{corpus / 'statistics.json'}: missing"]


def test_file_that_the_manifest_does_not_name_is_named(corpus: Path) -> None:
    stray = corpus / "sentences/train-00001-of-00002.parquet"
    shutil.copy(first_shard(corpus), stray)
    assert verify_corpus(corpus) == [f"{stray}: not named in the manifest; remove it"]


def test_every_difference_is_named_at_once(corpus: Path) -> None:
    (corpus / "README.md").write_text("andet")
    (corpus / "sites.parquet").unlink()
    (corpus / "noter.txt").write_text("mine")
    complaints = "\n".join(verify_corpus(corpus))
    assert all(name in complaints for name in ("README.md", "sites.parquet", "noter.txt"))


def test_folder_without_manifest_is_no_corpus(corpus: Path) -> None:
    (corpus / "manifest.json").unlink()
    with pytest.raises(BrokenRunError, match="not complete"):
        verify_corpus(corpus)


def test_sentence_that_stands_twice_is_named(corpus: Path) -> None:
    rewrite(corpus, first_shard(corpus), lambda rows: rows.append(rows[0]))
    complaints = "\n".join(verify_corpus(corpus))
    assert "stands twice" in complaints
    assert "recorded" in complaints


def test_sentence_of_a_document_that_is_not_there_is_named(corpus: Path) -> None:
    rewrite(corpus, first_shard(corpus), lambda rows: rows[0].update(document_id="0" * 16))
    (complaint,) = verify_corpus(corpus)
    assert "comes from a document that is not there: 0000000000000000" in complaint


def test_sentence_on_the_other_side_of_the_carry_is_named(corpus: Path) -> None:
    rewrite(corpus, corpus / "carry/sentences.parquet", lambda rows: rows[0].update(split="validation"))
    assert len(verify_corpus(corpus)) == 1
    assert "is on the other side in carry/sentences.parquet" in verify_corpus(corpus)[0]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("sentences", {"text": f"Borgeren {NUMBER} har søgt."}),
        ("documents", {"text": f"Borgeren {NUMBER} har søgt."}),
        ("documents", {"title": f"Sag om {NUMBER}"}),
        ("documents", {"url": f"http://www.nordby.kommuneby.test/{NUMBER}"}),
        ("documents", {"blocks": [{"kind": "paragraph", "text": f"Borgeren {NUMBER} har søgt."}]}),
        ("dropped", {"text": f"Borgeren {NUMBER} har søgt."}),
        ("personal_data.parquet", {"url": f"http://www.nordby.kommuneby.test/{NUMBER}"}),
    ],
)
def test_cpr_number_is_found_in_every_column(corpus: Path, table: str, change: dict[str, Any]) -> None:
    """Nested columns too."""
    path = corpus / table if table.endswith(".parquet") else next((corpus / table).iterdir())
    rewrite(corpus, path, lambda rows: rows[0].update(change))
    assert f"{path}: column {next(iter(change))} holds 1 CPR numbers" in verify_corpus(corpus)
    assert NUMBER not in "".join(verify_corpus(corpus))


@pytest.mark.parametrize(
    ("sha256", "is_hash"),
    [("680b4be004550388653cc" + "a" * 43, True), ("680b4be 004550388653 cc", False)],
    ids=["a hash", "no hash"],
)
def test_digits_of_a_hash_are_no_telephone_number(corpus: Path, sha256: str, is_hash: bool) -> None:
    path = next((corpus / "documents").glob("*.parquet"))
    rewrite(corpus, path, lambda rows: rows[0].update(text_sha256=sha256))
    found = [each for each in verify_corpus(corpus) if "column text_sha256 holds" in each]
    assert (found == []) is is_hash

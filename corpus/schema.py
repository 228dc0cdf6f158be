"""The seam between the corpus and what reads it: tables, reasons, and the manifest.

In: nothing. Out: Arrow schemas of the published tables, the reasons for dropping, and `CorpusManifest`.
Imports nothing heavy besides pyarrow; training reads corpora through this module only.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from foundation.errors import BrokenRunError
from foundation.manifests import FileEntry, read_manifest

FORMAT_VERSION = 2
SPLITS = ("train", "validation")
BOILERPLATE_NAME = "boilerplate.parquet"
SITES_NAME, PERSONAL_DATA_NAME = "sites.parquet", "personal_data.parquet"
THOUSANDTHS = 1000  # scores are kept as whole thousandths
PLACEHOLDERS = ("[e-mail]", "[konto]", "[telefon]", "[cpr]")  # stand in texts for what was taken out


class Change(enum.StrEnum):
    """What became of a document since the corpus before."""

    NEW = "new"  # no corpus before had it
    TEXT = "text"  # it has another text
    SHELL = "shell"  # other bytes, the same text
    NONE = "none"


class DropReason(enum.StrEnum):
    """Why a page, document or sentence is not in the corpus. docs/reference/drop-reasons.md explains each."""

    # page
    RESERVED_SITE = "reserved_site"
    RESERVED_PAGE = "reserved_page"
    WALL = "wall"
    SOFT_404 = "soft_404"
    HTTP_STATUS = "http_status"
    NOT_HTML = "not_html"
    TRUNCATED_PAGE = "truncated_page"
    EMPTY_PAGE = "empty_page"
    DAMAGED_RECORD = "damaged_record"
    EXTRACTION_FAILED = "extraction_failed"
    TOO_SLOW = "too_slow"
    NO_TEXT = "no_text"
    CPR_ON_PAGE = "cpr_on_page"
    ERASED = "erased"
    BUILDING_CASE = "building_case"
    HEARING_ANSWER = "hearing_answer"
    PEOPLE_LIST = "people_list"
    ONLY_BOILERPLATE = "only_boilerplate"
    # block
    BARE_CPR_IN_BLOCK = "bare_cpr_in_block"
    # document
    DOCUMENT_OTHER_LANGUAGE = "document_other_language"
    DUPLICATE_DOCUMENT = "duplicate_document"
    NEAR_DUPLICATE_DOCUMENT = "near_duplicate_document"
    REPEATED_BLOCKS = "repeated_blocks"
    NO_SENTENCES = "no_sentences"
    # sentence
    FEW_WORDS = "few_words"
    NO_LETTERS = "no_letters"
    MARKUP_LEFT = "markup_left"
    JOINED_CAMEL_CASE = "joined_camel_case"
    MANY_WORDS = "many_words"
    CUT_OFF = "cut_off"
    FEW_LETTERS = "few_letters"
    MANY_CAPITALS = "many_capitals"
    ODD_WORDS = "odd_words"
    REPEATED_WORDS = "repeated_words"
    FEW_FUNCTION_WORDS = "few_function_words"
    CONTACT_DATA = "contact_data"
    SENTENCE_OTHER_LANGUAGE = "sentence_other_language"
    IN_EXCLUDED_FILE = "in_excluded_file"
    DUPLICATE_SENTENCE = "duplicate_sentence"
    NEAR_DUPLICATE_SENTENCE = "near_duplicate_sentence"
    NEAR_DUPLICATE_ACROSS_SPLIT = "near_duplicate_across_split"


def _table(*fields: tuple[str, pa.DataType, bool]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=nullable) for name, kind, nullable in fields])


_TIME = pa.timestamp("us", tz="UTC")

SENTENCE_SCHEMA = _table(
    ("sentence_id", pa.string(), False),
    ("text", pa.string(), False),
    ("document_id", pa.string(), False),
    ("position", pa.int32(), False),
    ("block", pa.string(), False),
    ("site", pa.string(), False),
    ("area", pa.string(), True),
    ("url", pa.string(), False),
    ("num_words", pa.int32(), False),
    ("num_masked", pa.int32(), False),
    ("language_score", pa.float64(), False),
    ("num_occurrences", pa.int32(), False),
    ("num_sites", pa.int32(), False),
    ("num_near_duplicates", pa.int32(), False),
    ("cluster_id", pa.string(), True),
    ("first_quarter", pa.string(), False),
)

BLOCK_TYPE = pa.list_(pa.struct([pa.field("kind", pa.string()), pa.field("text", pa.string())]))

DOCUMENT_SCHEMA = _table(
    ("document_id", pa.string(), False),
    ("url", pa.string(), False),
    ("site", pa.string(), False),
    ("area", pa.string(), True),
    ("title", pa.string(), True),
    ("language", pa.string(), False),
    ("language_score", pa.float64(), False),
    ("language_attribute", pa.string(), True),
    ("page_date", pa.string(), True),
    ("extraction", pa.string(), False),
    ("extraction_reason", pa.string(), True),
    ("text", pa.string(), False),
    ("blocks", BLOCK_TYPE, False),
    ("text_sha256", pa.string(), False),
    ("cluster_id", pa.string(), True),
    ("split", pa.string(), False),
    ("capture_id", pa.string(), False),
    ("fetched_at", _TIME, True),
    ("first_seen", _TIME, True),
    ("last_changed", _TIME, True),
    ("num_sentences", pa.int32(), False),
    ("first_url", pa.string(), True),
    ("change", pa.string(), True),
)

SITE_SCHEMA = _table(
    ("site", pa.string(), False),
    ("name", pa.string(), False),
    ("region", pa.string(), True),
    ("kind", pa.string(), False),
    ("crawled", pa.bool_(), False),
    ("terminal_state", pa.string(), False),
    ("num_pages", pa.int32(), False),
    ("num_sentences", pa.int32(), False),
    ("robots_verdict", pa.string(), True),
    ("robots_date", _TIME, True),
)

DROPPED_SCHEMA = _table(
    ("level", pa.string(), False),
    ("reason", pa.string(), False),
    ("site", pa.string(), False),
    ("url", pa.string(), False),
    ("text", pa.string(), True),
    ("kept_id", pa.string(), True),
    ("similarity", pa.float64(), True),
)

BOILERPLATE_SCHEMA = _table(
    ("site", pa.string(), False),
    ("key", pa.string(), False),
    ("kind", pa.string(), False),
    ("text", pa.string(), False),
    ("num_pages", pa.int32(), False),
    ("page_share", pa.float64(), False),
    ("first_quarter", pa.string(), False),
    ("is_kept", pa.bool_(), False),
)

PERSONAL_DATA_SCHEMA = _table(
    ("site", pa.string(), False),
    ("url", pa.string(), False),
    ("kind", pa.string(), False),
    ("count", pa.int32(), False),
)

CARRY_SCHEMA = _table(
    ("sentence_id", pa.string(), False),
    ("first_quarter", pa.string(), False),
    ("split", pa.string(), False),
)

CARRY_DOCUMENT_SCHEMA = _table(
    ("document_id", pa.string(), False),
    ("text_sha256", pa.string(), False),
    ("page_key", pa.string(), False),
    ("last_changed", _TIME, True),
    ("bytes_changed", _TIME, True),
)

CARRY_BOILERPLATE_SCHEMA = _table(
    ("site", pa.string(), False),
    ("key", pa.string(), False),
    ("first_quarter", pa.string(), False),
)


@dataclass(frozen=True, kw_only=True)
class CorpusManifest:
    """What a corpus is made of and from; pinned by runs.

    `content_sha256` is the hash over the file list: two corpora with the same bytes have the same one. `erasures` are
    the ids of those that it obeys; `superseded` are the hashes that its content had before an erasure changed it.
    """

    id: str
    name: str
    revision: int
    content_sha256: str
    inputs: dict[str, str | None]
    follows: str | None
    configuration: dict[str, Any]
    counts: dict[str, int]
    files: tuple[FileEntry, ...]
    erasures: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    snapshot: str | None = None  # id of the snapshot that it was built from
    software: Mapping[str, str] = field(default_factory=dict)
    excluded_sha256: str | None = None  # of the texts that nothing in it is near


def read_corpus_manifest(folder: Path) -> CorpusManifest:
    """Read the manifest of a complete corpus.

    Raises:
        BrokenRunError: the folder is not a complete corpus, or one of a later software.
    """
    values: dict[str, Any] = read_manifest(folder, kind="corpus", help_command=f"tvaerkom corpus build {folder.name}")
    if (found := values.get("format_version", FORMAT_VERSION)) > FORMAT_VERSION:
        raise BrokenRunError(
            f"{folder}: a corpus of format {found}, and this software reads up to format {FORMAT_VERSION}; install a "
            "later version of tvaerkom"
        )
    try:
        return _corpus_manifest(values)
    except (KeyError, TypeError) as error:
        raise BrokenRunError(f"{folder}: its manifest is not complete ({error}); restore it from a backup") from None


def _corpus_manifest(values: dict[str, Any]) -> CorpusManifest:
    return CorpusManifest(
        id=values["id"], name=values["name"], revision=values["revision"],
        content_sha256=values["content_sha256"], inputs=values["inputs"], follows=values["follows"],
        configuration=values["configuration"], counts=values["counts"],
        files=tuple(FileEntry(**entry) for entry in values["files"]),
        erasures=tuple(values.get("erasures") or ()),
        superseded=tuple(each["content_sha256"] for each in values.get("superseded") or ()),
        snapshot=values.get("snapshot"), software=values.get("software") or {},
        excluded_sha256=(values.get("excluded") or {}).get("sha256"),
    )  # fmt: skip


def shard_paths(folder: Path, split: str) -> list[Path]:
    """The sentence shards of one split, in order."""
    return sorted((folder / "sentences").glob(f"{split}-*.parquet"))

"""Every threshold of a corpus build, with unit and source.

In: a YAML file of the user's and `--set KEY=VALUE`. Out: one frozen, checked configuration; its hash is in the
manifest. Holds no behaviour beyond checks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation.overrides import with_overrides
from foundation.yaml_errors import load_yaml

LanguageCode = Literal["da", "nb", "nn", "sv", "en", "de"]
PrivateKind = Literal["building_case", "hearing_answer", "people_list"]
Treatment = Literal["mask", "drop", "keep"]
BoilerplateKey = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class CorpusConfig(BaseModel):
    """What a build keeps. "ts1" names the research model whose filters these re-make."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    include_reserved_sites: bool = Field(
        False,
        description="keep pages of sites whose robots.txt shuts out well-known agents of AI training, though not us; "
        "ask the site first",
    )
    languages: tuple[LanguageCode, ...] = Field(
        ("da",), description="languages kept; an empty list keeps all. ts1: Danish"
    )
    language_identifier: Literal["tvaerkom", "langdetect"] = Field(
        "tvaerkom",
        description="who tells languages apart: word lists, grammar and lingua (tvaerkom), or langdetect alone, which "
        "judges documents and no sentences, as ts1 did",
    )  # fmt: skip
    min_document_score: float = Field(
        0.30, ge=0, le=1,
        description="least share (0 to 1) of a document's words in a language that is kept; pages of two languages are "
        "near 0.5, a menu or a footer in another language below 0.2",
    )  # fmt: skip
    max_other_score: float = Field(
        0.60, ge=0, le=1,
        description="a sentence of a kept document goes where all languages that are not kept together score above "
        "this; Danish sentences that could be Norwegian reach 0.2 in the light of a Danish document",
    )  # fmt: skip
    max_language_chars: int = Field(
        100_000, ge=100,
        description="characters of a document that are read to find its language; ten times a long page, and of a "
        "hostile one not more than 0.3 s of work",
    )  # fmt: skip
    boilerplate_min_pages: int = Field(
        8, ge=2, description="different pages of a site that a block must stand on, at the least, to be boilerplate"
    )
    boilerplate_share: float = Field(
        0.02, gt=0, le=1,
        description="share of a site's different pages from which a block of 5 words or more is boilerplate",
    )  # fmt: skip
    boilerplate_short_share: float = Field(
        0.3, gt=0, le=1,
        description="the same for a shorter block: weekdays and short headings stand on many pages for what they mean",
    )  # fmt: skip
    keep_boilerplate: tuple[BoilerplateKey, ...] = Field(
        (), description="keys of blocks that are no boilerplate; boilerplate.parquet lists what was found"
    )
    min_words: int = Field(8, ge=1, le=100, description="least number of words in a sentence; ts1: 8")
    max_words: int = Field(
        120, ge=1, description="most words in a sentence; longer ones are lists and tables without full stops"
    )
    keep_cut_off: bool = Field(
        False, description="keep sentences that end with an ellipsis: teasers of other pages, cut off in their middle"
    )
    min_letter_share: float = Field(
        0.6, ge=0, le=1,
        description="least share of letters among the characters of a sentence's words; Gopher and FineWeb-2 count "
        "words without letters instead",
    )  # fmt: skip
    max_capital_share: float = Field(
        0.5, ge=0, le=1, description="largest share of capitals among the letters of a sentence"
    )
    min_mean_word_chars: float = Field(
        2.5, ge=0, description="least mean length of a sentence's words, in characters; Gopher: 3"
    )
    max_mean_word_chars: float = Field(
        13.0, ge=1, description="largest mean length of a sentence's words, in characters; Gopher: 10 for English"
    )
    min_different_share: float = Field(
        0.4, ge=0, le=1, description="least share of different words in a sentence; Gopher counts repeated n-grams"
    )
    min_function_words: int = Field(
        1, ge=0,
        description="least number of words such as og, i, at, der in a sentence of a Danish document; Gopher: 2 of "
        "its stop words in a document",
    )  # fmt: skip
    max_repeated_block_share: float = Field(
        0.5, ge=0, le=1,
        description="largest share of a document's characters that stand in blocks that it has said before; "
        "FineWeb-2 (Danish): 0.305 of the lines",
    )  # fmt: skip
    emails: Treatment = Field(
        "mask",
        description='e-mail addresses: replaced by "[e-mail]" (mask), their sentence dropped (drop), or kept (keep)',
    )
    phones: Treatment = Field("mask", description='telephone numbers: the same, with "[telefon]"')
    accounts: Treatment = Field("mask", description='numbers of bank accounts: the same, with "[konto]"')
    leave_out: tuple[PrivateKind, ...] = Field(
        ("building_case", "hearing_answer", "people_list"),
        description="kinds of pages about persons that are left out whole: archives of building cases, citizens' "
        "answers to hearings, lists of staff and councillors",
    )
    validation_share: float = Field(
        0.02, ge=0, le=0.5, description="share of documents on the validation side; ts1: 2 %"
    )
    rows_per_shard: int = Field(250_000, ge=1, description="sentences in one parquet file, at most")
    rows_per_group: int = Field(20_000, ge=1, description="sentences in one row group of a parquet file, at most")


def config_of(values: Mapping[str, Any]) -> CorpusConfig:
    """The configuration that a manifest holds; a threshold that is new since then has its default."""
    known = CorpusConfig.model_fields
    return CorpusConfig.model_validate({key: value for key, value in values.items() if key in known})


def read_corpus_config(path: Path | None, overrides: list[str]) -> CorpusConfig:
    """The defaults, or a file of the user's, then `--set`.

    Raises:
        ConfigError: a broken file, an unknown key, or a value that is not allowed.
    """
    return with_overrides(load_yaml(path, CorpusConfig) if path else CorpusConfig(), overrides)

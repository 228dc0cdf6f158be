"""Every threshold of a corpus build, with unit and source.

In: a YAML file of the user's and `--set KEY=VALUE`. Out: one frozen, checked configuration; its hash is in the
manifest. Holds no behaviour beyond checks.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation.overrides import with_overrides
from foundation.yaml_errors import load_yaml

LanguageCode = Literal["da", "nb", "nn", "sv", "en", "de"]


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
    min_document_score: float = Field(
        0.30, ge=0, le=1,
        description="least score (0 to 1) of a document's language; short Danish pages of names score 0.35 and up",
    )  # fmt: skip
    torn_margin: float = Field(
        0.05, ge=0, le=1,
        description="langdetect is asked as well where lingua's first and second language are nearer than this; "
        "on short pages it takes Danish for Norwegian, so it decides only real ties",
    )  # fmt: skip
    max_other_score: float = Field(
        0.60, ge=0, le=1,
        description="a sentence of a kept document goes where another language scores above this; neighbours of "
        "Danish reach 0.5 on short Danish sentences",
    )  # fmt: skip
    max_language_chars: int = Field(
        10_000, ge=100, description="characters of a document that are shown to the language identifier"
    )
    min_words: int = Field(8, ge=1, le=100, description="least number of words in a sentence; ts1: 8")
    validation_share: float = Field(
        0.02, ge=0, le=0.5, description="share of documents on the validation side; ts1: 2 %"
    )
    rows_per_shard: int = Field(250_000, ge=1, description="sentences in one parquet file, at most")
    rows_per_group: int = Field(20_000, ge=1, description="sentences in one row group of a parquet file, at most")


def read_corpus_config(path: Path | None, overrides: list[str]) -> CorpusConfig:
    """The defaults, or a file of the user's, then `--set`.

    Raises:
        ConfigError: a broken file, an unknown key, or a value that is not allowed.
    """
    return with_overrides(load_yaml(path, CorpusConfig) if path else CorpusConfig(), overrides)

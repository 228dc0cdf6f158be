"""A sentence among the blocks that went because they stand on many pages of a site.

In: a corpus, a text or a site. Out: the blocks of its boilerplate table. A block kept by the configuration is none.
"""

from dataclasses import dataclass

from corpus.dedup import normalised
from corpus.schema import BOILERPLATE_NAME
from corpus.sentences import split_sentences
from corpus.tracing.lookups import Rows, rows_where
from corpus.tracing.traced_corpus import TracedCorpus

_COLUMNS = ("site", "key", "text", "num_pages", "first_quarter")


@dataclass(frozen=True, kw_only=True)
class BoilerplateBlock:
    """A block that was removed from all pages of its site; `text` is masked."""

    site: str
    key: str
    text: str
    num_pages: int
    first_quarter: str


def boilerplate_blocks(corpus: TracedCorpus, text: str) -> tuple[BoilerplateBlock, ...]:
    """The blocks that are this text, or hold it as a sentence."""
    sought = normalised(text)
    found = [row for row in _removed(corpus) if sought and sought in normalised(row["text"])]
    return tuple(
        BoilerplateBlock(**row) for row in found
        if sought in {normalised(each) for each in (row["text"], *split_sentences(row["text"]))}
    )  # fmt: skip


def boilerplate_of(corpus: TracedCorpus, site: str) -> dict[int, BoilerplateBlock]:
    """The blocks of a site by their keys."""
    return {int(row["key"], 16): BoilerplateBlock(**row) for row in _removed(corpus) if row["site"] == site}


def _removed(corpus: TracedCorpus) -> Rows:
    import pyarrow.compute as pc

    path = corpus.folder / BOILERPLATE_NAME
    return rows_where([path] if path.is_file() else [], "is_kept", pc.invert, _COLUMNS)

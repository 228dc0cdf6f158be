"""A corpus in lines for a terminal.

In: statistics and configuration. Out: lines of text. Prints nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.config import CorpusConfig
from corpus.schema import DropReason
from corpus.stats import read_statistics

# Which threshold is behind which reason.
_REASONS_OF = {
    "min_words": (DropReason.FEW_WORDS,),
    "languages": (DropReason.DOCUMENT_OTHER_LANGUAGE,),
    "max_other_score": (DropReason.SENTENCE_OTHER_LANGUAGE,),
}


def statistics_lines(folder: Path, statistics: Mapping[str, Any]) -> Iterator[str]:
    """Totals, drops with their share, then a line for each site."""
    yield f"{folder.name}: {statistics['num_documents']} documents from {statistics['num_pages']} pages"
    for split, number in statistics["num_sentences"].items():
        yield f"  {split:12} {number:10} sentences {statistics['num_words'][split]:12} words"
    yield "blocks: " + ", ".join(f"{kind} {number}" for kind, number in statistics["blocks"].items())
    yield "words in a sentence: " + ", ".join(
        f"{bucket}: {number}" for bucket, number in sorted(statistics["sentence_length_in_words"].items(), key=_low)
    )
    yield "left out:"
    for level, reasons in statistics["dropped"].items():
        for reason, number in sorted(reasons.items(), key=lambda item: -item[1]):
            yield f"  {level:10} {reason:28} {number:10}"
    for kind, number in statistics["personal_data"].items():
        yield f"personal data found and kept out: {kind} {number}"
    yield f"{'site':34} {'pages':>8} {'documents':>10} {'sentences':>10} {'words':>10}"
    for site, counts in statistics["sites"].items():
        yield (
            f"{site:34} {counts['num_pages']:8} {counts['num_documents']:10} {counts['num_sentences']:10} "
            f"{counts['num_words']:10}"
        )


def config_lines(config: CorpusConfig, folder: Path | None) -> Iterator[str]:
    """Each threshold with its value, meaning, and the number its rule removed from the corpus in `folder`."""
    removed: dict[str, int] = {}
    if folder is not None:
        for reasons in read_statistics(folder)["dropped"].values():
            removed |= reasons
    for name, field in CorpusConfig.model_fields.items():
        yield f"{name}: {getattr(config, name)}"
        yield f"    {field.description}"
        for reason in _REASONS_OF.get(name, ()):
            if folder is not None:
                yield f"    removed from {folder.name}: {removed.get(reason, 0)} ({reason})"


def _low(item: tuple[str, int]) -> int:
    return int(item[0].rstrip("+").partition("-")[0])

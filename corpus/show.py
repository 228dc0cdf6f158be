"""A corpus in lines for a terminal.

In: statistics and configuration. Out: lines of text. Prints nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.config import CorpusConfig
from corpus.schema import DropReason
from corpus.stats import num_judged, read_statistics

# Which threshold is behind which reasons, and at which level.
REASONS_OF: dict[str, tuple[str, *tuple[DropReason, ...]]] = {
    "include_reserved_sites": ("page", DropReason.RESERVED_SITE),
    "languages": ("document", DropReason.DOCUMENT_OTHER_LANGUAGE),
    "min_document_score": ("document", DropReason.DOCUMENT_OTHER_LANGUAGE),
    "max_other_score": ("sentence", DropReason.SENTENCE_OTHER_LANGUAGE),
    "min_words": ("sentence", DropReason.FEW_WORDS),
    "max_words": ("sentence", DropReason.MANY_WORDS),
    "keep_cut_off": ("sentence", DropReason.CUT_OFF),
    "min_letter_share": ("sentence", DropReason.FEW_LETTERS),
    "max_capital_share": ("sentence", DropReason.MANY_CAPITALS),
    "min_mean_word_chars": ("sentence", DropReason.ODD_WORDS),
    "max_mean_word_chars": ("sentence", DropReason.ODD_WORDS),
    "min_different_share": ("sentence", DropReason.REPEATED_WORDS),
    "min_function_words": ("sentence", DropReason.FEW_FUNCTION_WORDS),
    "max_repeated_block_share": ("document", DropReason.REPEATED_BLOCKS),
    "boilerplate_min_pages": ("page", DropReason.ONLY_BOILERPLATE),
    "leave_out": ("page", DropReason.BUILDING_CASE, DropReason.HEARING_ANSWER, DropReason.PEOPLE_LIST),
    "emails": ("sentence", DropReason.CONTACT_DATA),
    "phones": ("sentence", DropReason.CONTACT_DATA),
    "accounts": ("sentence", DropReason.CONTACT_DATA),
}

_BLOCKS_OF = {"boilerplate_share": "long", "boilerplate_short_share": "short"}


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
    if statistics.get("changes"):  # not in a first corpus
        yield "documents, against the corpus before: " + _counts(statistics["changes"])
    if statistics.get("outcomes"):
        yield "addresses, against the quarter before: " + _counts(statistics["outcomes"])
    yield f"{'site':34} {'pages':>8} {'documents':>10} {'sentences':>10} {'words':>10} {'boilerplate':>12}"
    for site, counts in statistics["sites"].items():
        yield (
            f"{site:34} {counts['num_pages']:8} {counts['num_documents']:10} {counts['num_sentences']:10} "
            f"{counts['num_words']:10} {counts.get('num_boilerplate_blocks', 0):12}"
        )


def config_lines(config: CorpusConfig, folder: Path | None) -> Iterator[str]:
    """Each threshold with its value and meaning, and what its rule removed from the corpus in `folder`."""
    statistics = read_statistics(folder) if folder is not None else None
    for name, field in CorpusConfig.model_fields.items():
        yield f"{name}: {getattr(config, name)}"
        yield f"    {field.description}"
        if statistics is not None and folder is not None:
            yield from (f"    removed from {folder.name}: {line}" for line in _removed(name, statistics))


def _removed(threshold: str, statistics: dict[str, Any]) -> Iterator[str]:
    """What the rule of a threshold removed, with its share."""
    level, *reasons = REASONS_OF.get(threshold, ("",))
    for reason in reasons:
        number = statistics["dropped"].get(level, {}).get(reason, 0)
        yield f"{number} ({reason}), {_share(number, num_judged(statistics, level))} of the {level}s judged"
    if threshold in _BLOCKS_OF and "boilerplate_blocks" in statistics:  # not in corpora built before
        removed = statistics["boilerplate_blocks"]
        number, total = removed[_BLOCKS_OF[threshold]], sum(removed.values()) + statistics["num_blocks"]
        yield (
            f"{number} blocks (as often as they stand on different pages), {_share(number, total)} of boilerplate and "
            "blocks of documents together"
        )


def _counts(counts: Mapping[str, int]) -> str:
    """The most first."""
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items(), key=lambda item: (-item[1], item)))


def _share(number: int, total: int) -> str:
    return f"{number / max(total, 1):.2%}"


def _low(item: tuple[str, int]) -> int:
    return int(item[0].rstrip("+").partition("-")[0])

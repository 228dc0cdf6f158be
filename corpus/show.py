"""The settings of a corpus in lines for a terminal.

In: configuration and statistics. Out: lines of text. Prints nothing.
"""

from collections.abc import Iterator
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


def _share(number: int, total: int) -> str:
    return f"{number / max(total, 1):.2%}"

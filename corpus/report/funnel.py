"""From what was fetched to the sentences of a corpus, and what went at each step.

In: the counts of a site or of several. Out: steps with the number that is there, and what is lost before the next,
most first. The first three steps count pages, the others sentences.
"""

from collections import Counter
from typing import Any

from corpus.inspection.figures import Counts
from corpus.inspection.measuring import DUPLICATES


def funnel(counts: Counts) -> list[dict[str, Any]]:
    """A list of `key`, `number`, and `lost`, which has `level`, `reason` and `number` of each."""
    of_level: dict[str, Counter[str]] = {level: Counter() for level in ("page", "block", "document", "sentence")}
    for (level, reason), number in counts.dropped.items():
        of_level[level][reason] += number
    duplicates = Counter({name: number for name, number in of_level["sentence"].items() if name in DUPLICATES})
    rules = of_level["sentence"] - duplicates
    num_documents, num_sentences = counts.totals.documents, counts.totals.sentences
    num_pages = num_documents + of_level["document"].total()
    num_passed = num_sentences + duplicates.total()
    return [
        _step("fetched", num_pages + of_level["page"].total(), page=of_level["page"]),
        _step("pages", num_pages, document=of_level["document"]),
        _step("documents", num_documents, block=of_level["block"]),
        _step("met", num_passed + rules.total(), sentence=rules),
        _step("passed", num_passed, sentence=duplicates),
        _step("sentences", num_sentences),
    ]


def _step(key: str, number: int, **lost: Counter[str]) -> dict[str, Any]:
    rows = [
        {"level": level, "reason": reason, "number": gone}
        for level, reasons in lost.items()
        for reason, gone in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    return {"key": key, "number": number, "lost": rows}

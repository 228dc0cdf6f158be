"""The text of one page to sentences: personal data masked, language judged, sentences split and judged.

In: title and blocks of a page, which of them are boilerplate of its site, and the configuration. Out: `Outcome`, which
depends on nothing else and is therefore kept in the cache. Knows no site and no address. A page with a CPR number never
comes here.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from corpus.config import CorpusConfig
from corpus.dedup import sentence_number
from corpus.extract import Block
from corpus.language import LanguageScore, identify_document, is_kept_document, judge_sentences
from corpus.personal_data import (
    PLACEHOLDERS,
    bare_cpr,
    count_cpr,
    cpr_by_block,
    has_dropped_kind,
    masked,
    masked_blocks,
    num_placeholders,
)
from corpus.quality import document_reason_to_drop, num_words, reason_to_drop
from corpus.schema import THOUSANDTHS, DropReason
from corpus.sentences import split_sentences

_NUMBER = re.compile(r"(?:\d\W{0,3}){4}")  # four digits near to each other: no contact data has fewer


class FoundSentence(NamedTuple):
    """A sentence that stays; `position` counts all sentences of the page from 1."""

    number: int  # the id as a number (dedup.py)
    text: str
    position: int
    kind: str
    num_words: int
    num_masked: int
    score: int  # thousandths


class Loss(NamedTuple):
    """Something that goes; `text` is null where it may not be kept."""

    level: str
    reason: str
    text: str | None


@dataclass(kw_only=True)
class Outcome:
    """What became of a text. `title` and `blocks` are masked; `reason` is set where the document goes."""

    title: str | None = None
    blocks: list[Block] = field(default_factory=list)
    language: str = ""
    score: float = 0.0
    reason: str | None = None
    findings: dict[str, int] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    sentences: list[FoundSentence] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)

    def as_value(self) -> dict[str, Any]:
        """For the cache."""
        return vars(self) | {"blocks": [(block.kind, block.text) for block in self.blocks]}

    @classmethod
    def from_value(cls, value: dict[str, Any]) -> Self:
        rows = {
            "blocks": [Block(*each) for each in value["blocks"]],
            "losses": [Loss(*each) for each in value["losses"]],
            "sentences": [FoundSentence(*each) for each in value["sentences"]],
        }
        return cls(**(value | rows))


def work_out(
    title: str | None, blocks: Sequence[Block], config: CorpusConfig, boilerplate: Collection[int] = ()
) -> Outcome:
    """Personal data, language, sentences: in this order, so that nothing unmasked goes further.

    Args:
        boilerplate: places of blocks that are left out. They are there while personal data is looked for, because a
            label such as "Telefon" says what the number in the next block is.
    """
    outcome = Outcome()
    _mask(outcome, title, blocks, config, boilerplate)
    if not outcome.blocks:  # each may have held a CPR number
        outcome.reason = DropReason.NO_SENTENCES
        return outcome
    texts = [block.text for block in outcome.blocks]
    if reason := document_reason_to_drop(texts, config):
        outcome.reason = reason
        return outcome
    language = identify_document(outcome.text, config)
    outcome.language, outcome.score = language.language, language.score
    if not is_kept_document(language, config):
        outcome.reason = DropReason.DOCUMENT_OTHER_LANGUAGE
        return outcome
    _judge(outcome, language, config)
    if not outcome.sentences:
        outcome.reason = DropReason.NO_SENTENCES
    return outcome


def _mask(
    outcome: Outcome, title: str | None, blocks: Sequence[Block], config: CorpusConfig, boilerplate: Collection[int]
) -> None:  # fmt: skip
    """Blocks with ten bare digits that may be a CPR number go; so does a title that has them.

    Looked through as the page stands and, as long as something changes, as what is left of it stands: where a block is
    gone, the next is read behind another label, and without its neighbours a number may show itself for what it is.
    """
    findings: Counter[str] = Counter()
    kept, gone = list(blocks), frozenset(boilerplate)
    while True:
        suspect = cpr_by_block([block.text for block in kept])
        texts, _ = masked_blocks([block.text for block in kept], config)
        left = []
        for place, (block, number, text) in enumerate(zip(kept, suspect, texts, strict=True)):
            if place in gone:
                continue
            if number:
                findings["bare_cpr"] += number
                outcome.losses.append(Loss("block", DropReason.BARE_CPR_IN_BLOCK, None))
            elif text:
                left.append(Block(block.kind, text))
        if left == kept:
            break
        kept, gone = left, frozenset()
    outcome.blocks = kept
    for block in kept:
        findings.update({kind: block.text.count(sign) for kind, sign in PLACEHOLDERS.items() if sign in block.text})
    if title and not bare_cpr(title):
        result = masked(title, config)
        findings.update(result.counts)
        outcome.title = result.text
    outcome.findings = dict(sorted(findings.items()))


def _judge(outcome: Outcome, language: LanguageScore, config: CorpusConfig) -> None:
    candidates = list(_candidates(outcome, language, config))
    scores = judge_sentences([text for _, _, text in candidates], language, config)
    for (position, kind, text), score in zip(candidates, scores, strict=True):
        if score is None:
            outcome.losses.append(Loss("sentence", DropReason.SENTENCE_OTHER_LANGUAGE, text))
            continue
        sentence = FoundSentence(
            sentence_number(text),
            text,
            position,
            kind,
            num_words(text),
            num_placeholders(text),
            round(score * THOUSANDTHS),
        )
        outcome.sentences.append(sentence)


def _candidates(
    outcome: Outcome, language: LanguageScore, config: CorpusConfig
) -> Iterator[tuple[int, str, str]]:  # fmt: skip
    """Position, kind and text of the sentences that pass the rules; the others become losses."""
    position = 0
    for block in outcome.blocks:
        for found in split_sentences(block.text):
            position += 1
            # once more: cut off from its label, a number may look like another kind than it did in its block
            has_number = _NUMBER.search(found)
            text = masked(found, config).text if has_number else found
            if has_number and count_cpr(text):
                outcome.losses.append(Loss("sentence", DropReason.BARE_CPR_IN_BLOCK, None))
            elif has_dropped_kind(text, config):
                outcome.losses.append(Loss("sentence", DropReason.CONTACT_DATA, text))
            elif reason := reason_to_drop(text, config, language.language):
                outcome.losses.append(Loss("sentence", reason, text))
            else:
                yield position, block.kind, text

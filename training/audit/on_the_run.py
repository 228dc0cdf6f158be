"""What is asked of the audited model itself, beside its base: membership, extraction, and a probe file.

In: a subject and its base. Out: findings and verdicts. Trains nothing.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from training.audit.asking import Questions, Sentences, ask_base
from training.audit.encoded import token_file
from training.audit.extraction import extraction
from training.audit.membership import membership
from training.audit.probing import Probed, hash_of_probe, probed_lines, read_probe
from training.audit.rare_words import RareWord, rare_words
from training.audit.report import Part, Setting
from training.audit.subject import Subject
from training.audit.verdict import judge_extraction, judge_membership, judge_probe
from training.audit.words import HiddenWords, hidden_words
from training.bases.finding import Base
from training.champions.lineage import seen_sentences
from training.evaluation.evaluate import chosen
from training.feeding.batches import Tokens
from training.feeding.draws import mixed
from training.feeding.tokens import TokenFile, prepare_tokens

NUM_SENTENCES = 5000  # of each split: one of a thousand is then five sentences
NUM_DRAWS = 4  # masks of each: about half of its pieces are hidden once
_MEMBERS, _OTHERS, _PROBE = "trained sentences", "validation sentences", "probe file"
_MEMBERS_WORDS, _OTHERS_WORDS = "rare words, trained", "rare words, validation"


def audit_model(setting: Setting, base: Base) -> dict[str, Part]:
    """Membership and extraction."""
    subject = setting.subject
    members, others = _members(subject), _others(subject)
    rare = rare_words(subject.corpus_folder)
    (member_words, member_documents), (other_words, other_documents) = (_hidden(subject, each) for each in rare)
    questions = Questions(
        sentences={_MEMBERS: members, _OTHERS: others},
        words={_MEMBERS_WORDS: member_words, _OTHERS_WORDS: other_words},
    )
    before, after = (ask_base(each, questions, subject.tokenizer, setting.device) for each in (base, subject.run.base))
    recognised = membership(
        (before.sentences[_MEMBERS], after.sentences[_MEMBERS]), (before.sentences[_OTHERS], after.sentences[_OTHERS])
    )
    extracted = extraction(
        (before.words[_MEMBERS_WORDS], after.words[_MEMBERS_WORDS]),
        (before.words[_OTHERS_WORDS], after.words[_OTHERS_WORDS]), (member_documents, other_documents),
    )  # fmt: skip
    return {
        "membership": Part(values=asdict(recognised) if recognised else {},
                           criterion=judge_membership(recognised, setting.claim)),
        "extraction": Part(values=asdict(extracted) if extracted else {}, criterion=judge_extraction(extracted)),
    }  # fmt: skip


def audit_probe(setting: Setting, base: Base, probe_file: Path) -> Part:
    """Raises ConfigError where the file cannot be read or has no text."""
    subject = setting.subject
    texts = read_probe(probe_file)
    tokens = token_file(list(texts.values()), subject.tokenizer, subject.run.config.max_length, name=_PROBE)
    others = _others(subject)
    every = np.arange(tokens.num_sentences)
    questions = Questions(sentences={
        _PROBE: Sentences(tokens=tokens, indexes=every, num_draws=NUM_DRAWS), _OTHERS: others,
    })  # fmt: skip
    before, after = (ask_base(each, questions, subject.tokenizer, setting.device) for each in (base, subject.run.base))
    lines = probed_lines(
        list(texts), (before.sentences[_PROBE], after.sentences[_PROBE]), _lengths(tokens, every),
        (before.sentences[_OTHERS], after.sentences[_OTHERS]), _lengths(others.tokens, others.indexes),
    )  # fmt: skip
    found = Probed(keyed_hash=hash_of_probe(subject.places, texts), lines=lines)
    return Part(values=asdict(found), criterion=judge_probe(lines))


def _members(subject: Subject) -> Sentences:
    """Sentences that the run was trained on and its base was not."""
    tokens = _tokens(subject, "train")
    indexes = np.arange(tokens.num_sentences)
    parent = subject.run.lineage.parent
    if subject.run.config.data.part == "changed" and parent is not None:
        indexes = indexes[~np.isin(tokens.sentence_ids, seen_sentences(subject.places, parent))]
    by_chance = np.argsort(mixed(tokens.sentence_ids[indexes]), kind="stable")
    return Sentences(tokens=tokens, indexes=np.sort(indexes[by_chance[:NUM_SENTENCES]]), num_draws=NUM_DRAWS)


def _others(subject: Subject) -> Sentences:
    tokens = _tokens(subject, "validation")
    return Sentences(tokens=tokens, indexes=chosen(tokens, NUM_SENTENCES), num_draws=NUM_DRAWS)


def _tokens(subject: Subject, split: str) -> TokenFile:
    return prepare_tokens(
        subject.corpus_folder, split, subject.tokenizer, max_length=subject.run.config.max_length,
        cache=subject.places.cache,
    )  # fmt: skip


def _hidden(subject: Subject, words: list[RareWord]) -> tuple[HiddenWords, Any]:
    """The words under the run's tokenizer, and the document of each."""
    found, kept = hidden_words(
        subject.tokenizer, [each.text for each in words], [each.span for each in words], subject.run.config.max_length
    )
    return found, np.array([each.document for each in words], dtype=np.uint64)[kept]


def _lengths(tokens: TokenFile, indexes: Tokens) -> Tokens:
    return (tokens.offsets[indexes + 1] - tokens.offsets[indexes]).astype(np.int64)

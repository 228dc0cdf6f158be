"""What an audit asks a language model and its base: sentences with pieces hidden, rare words, texts of a probe file.

In: an audited language model, its base. Out: their replies. Finds nothing out (on_the_run.py) and trains nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from training.audit.asking import Questions, Replies, Sentences, ask_base
from training.audit.encoded import token_file
from training.audit.kinds import ModelReplies, ProbeReplies, RareWordGuesses
from training.audit.rare_words import RareWord, rare_words
from training.audit.trained_on import trained_on
from training.audit.words import HiddenWords, hidden_words
from training.bases.finding import Base
from training.champions.lineage import Ids
from training.evaluation.evaluate import chosen
from training.feeding.batches import Tokens
from training.feeding.draws import mixed
from training.feeding.tokens import TokenFile, prepare_tokens

if TYPE_CHECKING:
    from training.audit.subject import LanguageModelRun

NUM_SENTENCES = 5000  # of each split: one of a thousand is then five sentences
NUM_DRAWS = 4  # masks of each: about half of its pieces are hidden once
_MEMBERS, _OTHERS, _PROBE = "trained sentences", "validation sentences", "probe file"
_MEMBERS_WORDS, _OTHERS_WORDS = "rare words, trained", "rare words, validation"


def ask_language_model(subject: "LanguageModelRun", base: Base, device: torch.device) -> ModelReplies:
    """Sentences and rare words of both splits. Raises LineageUnknown as `trained_on`."""
    trained = trained_on(subject)
    rare = rare_words(subject.corpus_folder, trained)
    (member_words, member_documents), (other_words, other_documents) = (_hidden(subject, each) for each in rare)
    questions = Questions(
        sentences={_MEMBERS: _members(subject, trained), _OTHERS: _others(subject)},
        words={_MEMBERS_WORDS: member_words, _OTHERS_WORDS: other_words},
    )
    before, after = _both(subject, base, questions, device)
    return ModelReplies(
        members=(before.sentences[_MEMBERS], after.sentences[_MEMBERS]),
        others=(before.sentences[_OTHERS], after.sentences[_OTHERS]),
        words=RareWordGuesses(
            members=(before.words[_MEMBERS_WORDS], after.words[_MEMBERS_WORDS]),
            others=(before.words[_OTHERS_WORDS], after.words[_OTHERS_WORDS]),
            documents=(member_documents, other_documents),
        ),
    )  # fmt: skip


def ask_about_texts(
    subject: "LanguageModelRun", texts: Sequence[str], base: Base, device: torch.device
) -> ProbeReplies:  # fmt: skip
    """Texts of anybody's, beside validation sentences."""
    tokens = token_file(texts, subject.tokenizer, subject.run.config.max_length, name=_PROBE)
    others, every = _others(subject), np.arange(tokens.num_sentences)
    questions = Questions(sentences={
        _PROBE: Sentences(tokens=tokens, indexes=every, num_draws=NUM_DRAWS), _OTHERS: others,
    })  # fmt: skip
    before, after = _both(subject, base, questions, device)
    return ProbeReplies(
        texts=(before.sentences[_PROBE], after.sentences[_PROBE]), lengths=_lengths(tokens, every),
        others=(before.sentences[_OTHERS], after.sentences[_OTHERS]),
        other_lengths=_lengths(others.tokens, others.indexes),
    )  # fmt: skip


def _both(
    subject: "LanguageModelRun", base: Base, questions: Questions, device: torch.device
) -> tuple[Replies, Replies]:  # fmt: skip
    before, after = (ask_base(each, questions, subject.tokenizer, device) for each in (base, subject.run.base))
    return before, after


def _members(subject: "LanguageModelRun", trained: Ids) -> Sentences:
    """Sentences that the run was trained on and its base was not."""
    tokens = _tokens(subject, "train")
    indexes = np.flatnonzero(np.isin(tokens.sentence_ids, trained))
    by_chance = np.argsort(mixed(tokens.sentence_ids[indexes]), kind="stable")
    return Sentences(tokens=tokens, indexes=np.sort(indexes[by_chance[:NUM_SENTENCES]]), num_draws=NUM_DRAWS)


def _others(subject: "LanguageModelRun") -> Sentences:
    tokens = _tokens(subject, "validation")
    return Sentences(tokens=tokens, indexes=chosen(tokens, NUM_SENTENCES), num_draws=NUM_DRAWS)


def _tokens(subject: "LanguageModelRun", split: str) -> TokenFile:
    return prepare_tokens(
        subject.corpus_folder, split, subject.tokenizer, max_length=subject.run.config.max_length,
        cache=subject.places.cache,
    )  # fmt: skip


def _hidden(subject: "LanguageModelRun", words: list[RareWord]) -> tuple[HiddenWords, Any]:
    """The words under the run's tokenizer, and the document of each."""
    found, kept = hidden_words(
        subject.tokenizer, [each.text for each in words], [each.span for each in words], subject.run.config.max_length
    )
    return found, np.array([each.document for each in words], dtype=np.uint64)[kept]


def _lengths(tokens: TokenFile, indexes: Tokens) -> Tokens:
    return (tokens.offsets[indexes + 1] - tokens.offsets[indexes]).astype(np.int64)

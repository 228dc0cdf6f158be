"""What the model is asked: each word at its first token, each text at the first of all."""

from pathlib import Path

import numpy as np
import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from training.bases.finding import find_base
from training.bases.loading import load_tokenizer
from training.heads.encoding import encode
from training.heads.examples import Example

FAMILIES = ["bert", "distilbert", "xlm-roberta"]
LABELS = ("O", "B-PER", "I-PER")


def example(words: str, labels: str = "", unit: str | None = None) -> Example:
    found = words.split()
    return Example(words=tuple(found), labels=tuple(labels.split() or ["O"] * len(found)), unit=unit, line=1)


EXAMPLES = [
    example("Borgeren kan klage over genoptræning", "B-PER O O O O"),
    example("x"),
    example("Anna Ny-Bolig , ( 12.345 ) søger Øjenlæge", "B-PER I-PER O O O O O O"),
]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_word_is_asked_about_where_transformers_says_that_it_begins(family: str, bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases[family])))
    questions = encode(EXAMPLES, LABELS, tokenizer, task="entities", max_length=40)
    begin = 0
    for number, each in enumerate(EXAMPLES):
        told = tokenizer(list(each.words), is_split_into_words=True)
        words = told.word_ids()
        asked = questions.asked(np.array([number]))
        assert asked.inputs.tolist() == told["input_ids"]
        assert asked.places.tolist() == [words.index(word) for word in range(len(each.words))]
        assert [LABELS[answer] for answer in asked.answers] == list(each.labels)
        assert questions.word_of_place[begin : begin + len(words)].tolist()[0] == begin
        begin += len(each.words)
    assert questions.num_cut == 0


def test_a_tokenizer_whose_tokens_begin_with_blanks_is_asked_about_each_word() -> None:
    """RoBERTa's kind, for which transformers' own way needs another tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=290, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(["Borgeren kan klage over en ny bolig"] * 9, trainer)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", mask_token="<mask>")
    each = example("Borgeren kan æde ny bolig", "B-PER O O O O")
    asked = encode([each], LABELS, fast, task="entities", max_length=40).asked(np.array([0]))
    tokens = fast.convert_ids_to_tokens(asked.inputs.tolist())
    blanks = [number for number, token in enumerate(tokens) if token.startswith("Ġ")]
    assert asked.places.tolist() == [0, *blanks]
    assert len(blanks) == 4 and len(tokens) > 5


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_is_asked_about_at_its_first_token(family: str, bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases[family])))
    pairs = [("Skolen kan.", "b"), ("\u200b", "a"), ("Lægen skal klage over det hele", "b")]
    texts = [Example(words=(text,), labels=(label,), unit=None, line=1) for text, label in pairs]
    questions = encode(texts, ("a", "b"), tokenizer, task="classes", max_length=8)
    asked = questions.asked(np.array([2, 0, 1]))
    assert asked.places.tolist() == (np.cumsum(asked.lengths) - asked.lengths).tolist()
    assert asked.answers.tolist() == [1, 1, 0]
    assert asked.lengths.max() <= 8


def test_words_behind_the_limit_and_words_of_nothing_are_not_asked_about(bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases["bert"])))
    nothing = Example(words=("\u200b", "\xad"), labels=("B-PER", "O"), unit=None, line=1)
    examples = [nothing, example("Borgeren kan klage over Lægen", "O O O O B-PER"), example("kan \u200b x")]
    questions = encode(examples, LABELS, tokenizer, task="entities", max_length=5)
    assert questions.is_asked.tolist() == [False, True, True]
    assert questions.word_of_place.tolist() == [2, 3, 4, 7, 9]
    assert questions.num_cut == 5
    assert questions.truth.tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_some_examples_in_another_order_are_asked_the_same(bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases["xlm-roberta"])))
    questions = encode(EXAMPLES, LABELS, tokenizer, task="entities", max_length=40)
    together, chosen = questions.asked(np.arange(3)), np.array([2, 0])
    taken, direct = together.take(chosen), questions.asked(chosen)
    for name in ("inputs", "lengths", "places", "answers"):
        assert getattr(taken, name).tolist() == getattr(direct, name).tolist()


def test_examples_of_one_unit_have_one_number_whatever_others_there_are(bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases["bert"])))
    examples = [example("a", unit="Anna"), example("b", unit="Bo"), example("c", unit="Anna"), example("d")]
    units, ids = (
        getattr(encode(examples, LABELS, tokenizer, task="entities", max_length=9).tokens, name)
        for name in ("document_ids", "sentence_ids")
    )
    assert units[0] == units[2] != units[1]
    assert units[3] == ids[3]
    fewer = encode(examples[1:], LABELS, tokenizer, task="entities", max_length=9).tokens
    assert fewer.document_ids.tolist() == units[1:].tolist()
    assert fewer.sentence_ids.tolist() == ids[1:].tolist()


def test_examples_of_the_same_content_have_ids_of_their_own(bases: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(find_base(str(bases["bert"])))
    found = encode([example("a")] * 3, LABELS, tokenizer, task="entities", max_length=9).tokens
    assert len(set(found.sentence_ids.tolist())) == 3

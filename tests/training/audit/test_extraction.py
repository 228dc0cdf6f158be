"""Hidden words are those that were meant, guessed as a plain loop would, and counted right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from training.audit.extraction import extraction, guessed
from training.audit.rare_words import rare_words
from training.audit.words import WordGuesses, guess_words, hidden_words
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.champions.lineage import Ids, sentence_ids

TEXTS = [
    "Borgeren kan søge om hjælp på rådhuset.",
    "Kommunen skal betale for genoptræning i dag.",
    "Ældre bør høre om en ny bolig hos Borgerservice.",
]


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_a_word_is_hidden_whole_and_guessed_as_a_plain_loop_guesses(family: str, bases: dict[str, Path]) -> None:
    model = load_masked_model(find_base(str(bases[family])), torch.device("cpu"))
    wanted = ["søge", "genoptræning", "Borgerservice"]
    spans = [(text.index(word), text.index(word) + len(word)) for text, word in zip(TEXTS, wanted, strict=True)]
    words, kept = hidden_words(model.tokenizer, TEXTS, spans, 40)
    assert kept.all()
    found = guess_words(model, words, precision="float32", name="test")
    for place, (text, word) in enumerate(zip(TEXTS, wanted, strict=True)):
        ids = torch.tensor([model.tokenizer(text)["input_ids"]])
        starts = np.cumsum(words.lengths) - words.lengths
        is_hidden = torch.from_numpy(words.is_hidden[starts[place] : starts[place] + words.lengths[place]])
        assert model.tokenizer.decode(ids[0][is_hidden]).replace(" ", "") == word
        asked = ids.masked_fill(is_hidden, model.tokenizer.mask_token_id)
        model.model.eval()
        with torch.inference_mode():
            # positions count from behind the padding token in RoBERTa's kind, as transformers does by itself
            batch = _alone(model, asked)
        assert found.num_pieces[place] == is_hidden.sum()
        expected = torch.nn.functional.cross_entropy(batch[is_hidden], ids[0][is_hidden], reduction="sum")
        assert found.loss_sum[place] == pytest.approx(float(expected), rel=1e-4)
        assert found.num_first[place] == (batch[is_hidden].argmax(1) == ids[0][is_hidden]).sum()


def _alone(model, asked: torch.Tensor) -> torch.Tensor:
    """(L, V) of one sentence, padded reading and nothing of ours."""
    import transformers

    plain = transformers.AutoModelForMaskedLM.from_pretrained(str(model.base.folder))
    return plain.eval()(input_ids=asked).logits[0]


def test_words_that_a_text_was_cut_off_before_are_left_out(bases: dict[str, Path]) -> None:
    tokenizer = load_masked_model(find_base(str(bases["bert"])), torch.device("cpu")).tokenizer
    spans = [(text.index(" ", 20) + 1, len(text)) for text in TEXTS]
    words, kept = hidden_words(tokenizer, TEXTS, [spans[0], (0, 4), spans[2]], 4)
    assert list(kept) == [False, True, False] and words.num_words == 1 and len(words.ids) == 4


def guesses(exact: np.ndarray, pieces: int = 3) -> WordGuesses:
    number = np.full(len(exact), pieces)
    return WordGuesses(num_pieces=number, num_first=np.where(exact, pieces, 1), loss_sum=np.zeros(len(exact)))


def test_the_surplus_is_the_rise_of_the_members_less_that_of_the_others() -> None:
    rng = np.random.default_rng(0)

    def drawn(share: float) -> WordGuesses:
        return guesses(rng.random(1000) < share)

    members, others = (drawn(0.02), drawn(0.12)), (drawn(0.02), drawn(0.04))
    documents = np.arange(1000, dtype=np.uint64), np.arange(1000, dtype=np.uint64)
    found = extraction(members, others, documents)
    rises = [after.is_exact.mean() - before.is_exact.mean() for before, after in (members, others)]
    assert found.surplus.value == pytest.approx(rises[0] - rises[1])
    assert 0.01 < found.surplus.low < 0.08 < found.surplus.high
    assert found.members.run == members[1].is_exact.mean() and found.others.base == others[0].is_exact.mean()
    assert (
        extraction(members, members, documents).surplus.low < 0 < extraction(members, members, documents).surplus.high
    )
    nothing = np.empty(0, np.uint64)
    assert extraction(members, (guesses(nothing), guesses(nothing)), (documents[0], nothing)) is None


def test_pieces_are_counted_beside_whole_words() -> None:
    before, after = guesses(np.zeros(4, bool)), guesses(np.array([True, False, True, False]))
    counted = guessed(before, after, np.array([True, True, False, False]))
    assert (counted.num_words, counted.run, counted.base) == (2, 0.5, 0.0)
    assert counted.run_pieces == pytest.approx(4 / 6) and counted.base_pieces == pytest.approx(2 / 6)


def all_of(folder: Path) -> Ids:
    return sentence_ids(folder, "train")


def test_rare_words_stand_in_one_document_only(
    tmp_path: Path, make_corpus: Callable[..., Path], spread: Callable[[Path], None]
) -> None:
    training = [
        "I dag kom Vokhe Brinmark til byen.",  # one name is nowhere else, one is in another document
        "Ring til Brinmark på 9911 4422 om sagen.",
        "Sagen har nummer 77812 i år, sagde Ulbrikke.",
        "Vi har åbent hver dag til klokken 16.",
        "Navnet er Ulbrikke, og sagen er 77812.",
    ]
    validation = ["Her bor Kvirdal nu.", "Her bor Vokhe nu.", "Sagen er 77812 her.", "Om 12345 er intet kendt."]
    folder = make_corpus(tmp_path / "2026Q4", training, validation)
    spread(folder)
    members, others = rare_words(folder, all_of(folder))
    assert {each.text[slice(*each.span)] for each in members} == {"Vokhe", "9911"}
    assert {each.text[slice(*each.span)] for each in others} == {"Kvirdal", "12345"}
    assert rare_words(folder, all_of(folder)) == (members, others)
    assert [len(each) for each in rare_words(folder, all_of(folder), limit=1)] == [1, 1]
    assert rare_words(folder, np.empty(0, np.uint64)) == ([], others)  # what was not trained on is not asked about


def test_placeholders_of_personal_data_are_no_words(tmp_path: Path, make_corpus: Callable[..., Path]) -> None:
    folder = make_corpus(
        tmp_path / "2026Q4",
        ["Skriv til [e-mail] eller [telefon] om [cpr]."],
        ["Ring til [telefon] nu."],
        shards=1,
    )
    assert rare_words(folder, all_of(folder)) == ([], [])

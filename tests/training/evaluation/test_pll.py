"""Packed copies give the pseudo-log-likelihood of a plain loop: one padded forward of transformers for each token."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from foundation.errors import ConfigError
from training.bases.finding import find_base
from training.bases.loading import MaskedModel, load_masked_model
from training.evaluation import pll as module
from training.evaluation.pll import fitting, pll

CPU = torch.device("cpu")
FAMILIES = ["bert", "distilbert", "xlm-roberta"]


def loaded(folder: Path) -> MaskedModel:
    return load_masked_model(find_base(str(folder)), CPU)


def plain_total(folder: Path, texts: list[str], *, fixed: tuple[str, ...] = ()) -> float:
    """Minus the log-probability of each token with the rest of its word to the right hidden."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
    total = 0.0
    for text in texts:
        encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        places = _words(text, encoded, fixed)
        for place, word in enumerate(places):
            if word is None:
                continue
            ids = list(encoded["input_ids"])
            for other in range(place, len(ids)):
                if places[other] == word:
                    ids[other] = tokenizer.mask_token_id
            padded = [*ids, tokenizer.pad_token_id, tokenizer.pad_token_id]
            mask = [1] * len(ids) + [0, 0]
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([padded]), attention_mask=torch.tensor([mask])).logits
            total -= logits[0, place].log_softmax(-1)[encoded["input_ids"][place]].item()
    return total


def _words(text: str, encoded: Any, fixed: tuple[str, ...]) -> list[int | None]:
    """The blank-separated word of each token, letter by letter; None for special tokens and what is fixed."""
    letters, words, word = [], text.split(" "), 0
    for word, value in enumerate(words):
        letters += [word] * (len(value) + 1)
        if value in fixed:
            letters[-len(value) - 1 :] = [None] * (len(value) + 1)
    places: list[int | None] = []
    for (begin, _), special in zip(encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True):
        at = begin + (text[begin : begin + 1] == " ")
        places.append(None if special else letters[at])
    return places


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_copies_are_the_plain_loop(bases: dict[str, Path], sentences: Any, family: str) -> None:
    texts = [*sentences(3, seed=7), "Kort tekst.", "Genoptræningsplanlægning på rådhusene."]
    found = pll(loaded(bases[family]), texts, precision="float32", name="pll")
    total = plain_total(bases[family], texts)
    assert found.per_word == pytest.approx(total / sum(len(text.split()) for text in texts), rel=1e-5)
    assert found.per_character == pytest.approx(total / sum(map(len, texts)), rel=1e-5)
    assert (found.num_words, found.num_sentences) == (sum(len(text.split()) for text in texts), 5)
    assert found.num_characters == sum(map(len, texts))


@pytest.mark.parametrize("family", FAMILIES)
def test_placeholders_stay_visible_and_count_for_nothing(bases: dict[str, Path], family: str) -> None:
    text = "Kommunen kan høre om [telefon] i dag."
    found = pll(loaded(bases[family]), [text], precision="float32", name="pll")
    assert (found.num_words, found.num_characters) == (6, len(text) - len("[telefon]"))
    total = plain_total(bases[family], [text], fixed=("[telefon]",))
    assert found.per_word == pytest.approx(total / 6, rel=1e-5)


def test_a_word_that_touches_a_placeholder_is_scored_without_it(bases: dict[str, Path]) -> None:
    found = pll(loaded(bases["bert"]), ["hos:[e-mail]. i"], precision="float32", name="pll")
    assert (found.num_words, found.num_characters) == (2, len("hos:. i"))
    with pytest.raises(ConfigError, match="pll: no word to score in 1 sentences"):
        pll(loaded(bases["bert"]), ["[e-mail] [cpr]"], precision="float32", name="pll")


@pytest.mark.parametrize("most", [1, 60, 900])
def test_the_cut_into_pieces_changes_nothing(
    bases: dict[str, Path], sentences: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    model, texts = loaded(bases["bert"]), sentences(4, seed=3)
    whole = pll(model, texts, precision="float32", name="pll")
    monkeypatch.setattr(module, "PIECE_TOKENS", most)
    assert pll(model, texts, precision="float32", name="pll").per_word == pytest.approx(whole.per_word, rel=1e-6)


def test_no_piece_has_more_scores_than_there_is_room_for(
    bases: dict[str, Path], sentences: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, seen = loaded(bases["bert"]), []
    monkeypatch.setattr(module, "SCORES_BYTES", 7 * 4 * model.model.config.vocab_size)
    read = model.reader.scores
    monkeypatch.setattr(model.reader, "scores", lambda batch: seen.append(len(batch.answers)) or read(batch))
    pll(model, sentences(4, seed=3), precision="float32", name="pll")
    assert max(seen) <= 7
    assert sum(seen) > 30


def test_a_model_that_guesses_by_chance_pays_the_size_of_its_vocabulary(bases: dict[str, Path]) -> None:
    model = loaded(bases["bert"])
    for weight in model.model.parameters():
        torch.nn.init.zeros_(weight)
    tokens = len(model.tokenizer("Skolen kan få hjælp online.")["input_ids"]) - 2
    found = pll(model, ["Skolen kan få hjælp online."], precision="float32", name="pll")
    assert found.per_word == pytest.approx(tokens * math.log(model.model.config.vocab_size) / 5, rel=1e-6)


def test_the_model_trains_on_as_before(bases: dict[str, Path]) -> None:
    model = loaded(bases["bert"])
    model.model.train()
    pll(model, ["Skolen kan."], precision="float32", name="pll")
    assert model.model.training


def test_sentences_that_do_not_fit_are_those_cut_off_or_with_unknown_signs(bases: dict[str, Path]) -> None:
    tokenizer = loaded(bases["bert"]).tokenizer
    texts = ["Skolen kan.", "Skolen kan " * 20, "Skolen 漢 kan."]
    assert fitting(tokenizer, texts, 20).tolist() == [True, False, False]
    assert fitting(tokenizer, texts, 100).tolist() == [True, True, False]

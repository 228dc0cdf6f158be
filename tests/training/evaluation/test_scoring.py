"""What a model guesses, counted; the oracle asks transformers itself, one padded sentence after another."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import transformers

from foundation.errors import BrokenRunError, ConfigError
from training.bases.loading import MaskedModel
from training.evaluation import scoring
from training.evaluation.fixed_masks import masked_for_evaluation
from training.evaluation.scoring import SentenceScores, piece_tokens, score
from training.feeding.batches import gather
from training.feeding.tokens import TokenFile, tokenizer_sha256
from training.packed.reading import Reader

COUNTS = ("num_masked", "num_top1", "num_top5")


def scored(model: MaskedModel, tokens: TokenFile, **options: Any) -> SentenceScores:
    indexes = np.arange(tokens.num_sentences)
    return score(model, tokens, indexes, **{"precision": "float32", "name": "test"} | options)


def recounted(model: MaskedModel, tokens: TokenFile, draw: int = 0) -> list[tuple[int, float, int, int]]:
    """(hidden, loss, top-1, top-5) of each sentence: whole head, softmax and a sorted list, in double precision."""
    plain = transformers.AutoModelForMaskedLM.from_pretrained(model.base.folder, attn_implementation="eager")
    plain.load_state_dict(model.model.state_dict())
    plain.double().eval()
    rows = []
    for index in range(tokens.num_sentences):
        sentence = gather(tokens.tokens, tokens.offsets, np.array([index]))
        masked = masked_for_evaluation(
            sentence, tokens.sentence_ids[[index]], model.vocabulary, tokenizer_sha256(model.tokenizer), draw
        )
        with torch.no_grad():
            logits = plain(input_ids=torch.from_numpy(masked.inputs)[None]).logits[0].numpy()
        loss, top1, top5 = 0.0, 0, 0
        for place, answer in zip(masked.places.tolist(), masked.answers.tolist(), strict=True):
            values = logits[place]
            loss += np.log(np.exp(values - values.max()).sum()) + values.max() - values[answer]
            likeliest = sorted(range(len(values)), key=lambda token: -values[token])
            top1 += answer == likeliest[0]
            top5 += answer in likeliest[:5]
        rows.append((len(masked.places), loss, top1, top5))
    return rows


@pytest.mark.parametrize("family", ["bert", "distilbert", "xlm-roberta"])
def test_scores_are_those_of_a_plain_loop(
    family: str, masked_model: Callable[..., MaskedModel], token_file: Callable[..., TokenFile], sentences: Any
) -> None:
    model = masked_model(family)
    tokens = token_file(sentences(60), model.tokenizer)
    found = scored(model, tokens)
    expected = np.array(recounted(model, tokens))
    assert expected[:, 1:].sum(axis=0).min() > 0  # something is right and something is wrong
    assert [found.num_masked.tolist(), found.num_top1.tolist(), found.num_top5.tolist()] == [
        expected[:, column].tolist() for column in (0, 2, 3)
    ]
    assert found.loss_sum == pytest.approx(expected[:, 1], rel=1e-5, abs=1e-5)
    assert np.array_equal(found.sentence_ids, tokens.sentence_ids)
    assert np.array_equal(found.document_ids, tokens.document_ids)


@pytest.fixture
def model(masked_model: Callable[..., MaskedModel]) -> MaskedModel:
    return masked_model("bert")


@pytest.fixture
def tokens(model: MaskedModel, token_file: Callable[..., TokenFile], sentences: Any) -> TokenFile:
    return token_file(sentences(90), model.tokenizer)


def test_the_batch_limit_decides_nothing(model: MaskedModel, tokens: TokenFile, monkeypatch: Any) -> None:
    whole = scored(model, tokens)
    monkeypatch.setattr(scoring, "MAX_PIECE_TOKENS", 30)
    cut = scored(model, tokens)
    for name in COUNTS:
        assert np.array_equal(getattr(whole, name), getattr(cut, name))
    assert cut.loss_sum == pytest.approx(whole.loss_sum, rel=1e-6)


def test_a_padded_model_scores_as_a_packed_one(model: MaskedModel, tokens: TokenFile) -> None:
    usual = transformers.AutoModelForMaskedLM.from_pretrained(model.base.folder, attn_implementation="sdpa")
    usual.load_state_dict(model.model.state_dict())
    reader = Reader(usual, pad_id=model.vocabulary.pad_id, device=model.device)
    padded = dataclasses.replace(model, model=usual, reader=reader)
    assert (model.reader.is_packed, padded.reader.is_packed) == (True, False)
    assert piece_tokens(padded) <= piece_tokens(model)
    packed_scores, padded_scores = scored(model, tokens), scored(padded, tokens)
    assert packed_scores.loss_sum == pytest.approx(padded_scores.loss_sum, rel=1e-5)
    assert np.array_equal(packed_scores.num_top5, padded_scores.num_top5)


def test_a_large_vocabulary_makes_small_pieces(model: MaskedModel, tokens: TokenFile, monkeypatch: Any) -> None:
    """The scores of a piece are counted where they are made."""
    sizes = []
    ask = Reader.scores

    def counting(reader: Reader, batch: Any) -> torch.Tensor:
        scores = ask(reader, batch)
        sizes.append(scores.float().nbytes)
        return scores

    monkeypatch.setattr(Reader, "scores", counting)
    monkeypatch.setattr(scoring, "MAX_LOGITS_BYTES", 30_000)
    scored(model, tokens)
    assert len(sizes) > 3
    assert max(sizes) < 1.6 * 30_000  # the share of hidden tokens of a small piece is left to chance
    model.model.config.vocab_size = 250_002
    monkeypatch.setattr(scoring, "MAX_LOGITS_BYTES", 300_000_000)
    assert 1900 < piece_tokens(model) < 2100


def test_some_sentences_are_scored_as_among_all(model: MaskedModel, tokens: TokenFile) -> None:
    every = scored(model, tokens)
    some = score(model, tokens, np.array([70, 3, 12]), precision="float32", name="test")
    assert some.loss_sum == pytest.approx(every.loss_sum[[70, 3, 12]], rel=1e-6)
    assert np.array_equal(some.sentence_ids, tokens.sentence_ids[[70, 3, 12]])
    assert len(score(model, tokens, np.array([], np.int64), precision="float32", name="test").loss_sum) == 0


def test_dropout_is_off_and_the_model_is_left_as_it_was(model: MaskedModel, tokens: TokenFile) -> None:
    model.model.train()
    first, again = scored(model, tokens), scored(model, tokens)
    assert model.model.training
    assert np.array_equal(first.loss_sum, again.loss_sum)
    model.model.eval()
    assert np.array_equal(first.loss_sum, scored(model, tokens).loss_sum)
    assert not model.model.training


def test_more_draws_are_added_up(model: MaskedModel, tokens: TokenFile) -> None:
    expected = sum(np.array(recounted(model, tokens, draw)) for draw in range(3))
    found = scored(model, tokens, num_draws=3)
    assert found.num_masked.tolist() == expected[:, 0].tolist()
    assert found.loss_sum == pytest.approx(expected[:, 1], rel=1e-5, abs=1e-5)


def test_bfloat16_is_near(model: MaskedModel, tokens: TokenFile) -> None:
    exact, rounded = scored(model, tokens), scored(model, tokens, precision="bfloat16")
    assert not np.array_equal(exact.loss_sum, rounded.loss_sum)
    assert rounded.loss_sum.sum() == pytest.approx(exact.loss_sum.sum(), rel=0.01)


def test_placeholders_of_personal_data_are_not_asked_for(
    model: MaskedModel, token_file: Callable[..., TokenFile]
) -> None:
    plain = token_file(["Borgeren kan få en ny bolig online."] * 40, model.tokenizer, max_length=39)
    held = token_file(["Borgeren kan få en ny bolig online. [telefon]"] * 40, model.tokenizer, max_length=39)
    without, with_one = scored(model, plain), scored(model, held)
    assert held.num_tokens > plain.num_tokens
    assert np.array_equal(without.num_masked, with_one.num_masked)


def test_of_tokens_held_equally_likely_the_lower_id_goes_before(model: MaskedModel, tokens: TokenFile) -> None:
    """A model that knows nothing has no right guesses but by the number of a token."""
    with torch.no_grad():
        for weights in model.model.parameters():
            weights.zero_()
    found = scored(model, tokens)
    assert found.loss_sum == pytest.approx(found.num_masked * np.log(model.model.config.vocab_size), rel=1e-6)
    assert (found.num_top1.sum(), found.num_top5.sum()) == (0, 0)  # ids 0 to 4 are special tokens


def test_weights_that_are_not_numbers_are_said(model: MaskedModel, tokens: TokenFile) -> None:
    with torch.no_grad():
        model.model.get_input_embeddings().weight.fill_(float("nan"))
    model.model.train()
    with pytest.raises(BrokenRunError, match="bert: its guesses are not numbers"):
        scored(model, tokens)
    assert model.model.training


def test_a_sentence_longer_than_the_model_takes_is_said(
    model: MaskedModel, token_file: Callable[..., TokenFile]
) -> None:
    long = token_file(["Borgeren kan " * 40], model.tokenizer, max_length=60)
    with pytest.raises(ConfigError, match=r"base bert: takes sentences of at most 40 tokens, and one has 60"):
        scored(model, long)


def test_what_is_saved_is_read_again(model: MaskedModel, tokens: TokenFile, tmp_path: Path) -> None:
    scores = scored(model, tokens)
    scores.save(tmp_path / "scores.parquet")
    again = SentenceScores.load(tmp_path / "scores.parquet")
    for field in dataclasses.fields(SentenceScores):
        old, new = getattr(scores, field.name), getattr(again, field.name)
        assert np.array_equal(old, new), field.name
        assert getattr(old, "dtype", None) == getattr(new, "dtype", None), field.name
    columns = pq.read_schema(tmp_path / "scores.parquet")
    assert not {"string", "large_string"} & {str(column.type) for column in columns}
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]


def test_damage_to_a_saved_file_is_one_sentence(model: MaskedModel, tokens: TokenFile, tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    scored(model, tokens).save(path)
    whole, table = path.read_bytes(), pq.read_table(path)
    wrong = table.set_column(5, "loss_sum", pa.array(np.zeros(len(table))))
    tables = [pa.table({"text": ["x"]}), table.replace_schema_metadata(None), wrong, table.drop_columns(["areas"])]
    tables.append(table.replace_schema_metadata({**table.schema.metadata, b"format_version": b"0"}))
    others = []
    for each in tables:
        pq.write_table(each, tmp_path / "other.parquet")
        others.append((tmp_path / "other.parquet").read_bytes())
    for damaged in [b"", whole[:-20], whole[: len(whole) // 2], *others]:
        path.write_bytes(damaged)
        with pytest.raises(BrokenRunError, match=r"scores.parquet: not readable as scores \(.+\); remove it") as caught:
            SentenceScores.load(path)
        assert "\n" not in str(caught.value)


def test_a_changed_byte_is_seen_or_changes_nothing(model: MaskedModel, tokens: TokenFile, tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    scores = scored(model, tokens)
    scores.save(path)
    whole, num_seen = path.read_bytes(), 0
    for place in range(0, len(whole), 41):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            again = SentenceScores.load(path)
        except BrokenRunError:
            num_seen += 1
            continue
        for field in dataclasses.fields(SentenceScores):
            assert np.array_equal(getattr(scores, field.name), getattr(again, field.name)), (place, field.name)
    assert num_seen > len(whole) / 41 / 4

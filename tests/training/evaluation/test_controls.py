import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundation.errors import ConfigError
from training.bases.loading import MaskedModel
from training.evaluation import controls as module
from training.evaluation.controls import control_tokens, controls_sha256
from training.evaluation.evaluate import evaluate

TEXTS = ["Borgeren kan klage over en ny bolig.", "Skolen bør ændre hjælp.", "Ældre må søge om en plads i dag."]


@pytest.fixture
def model(masked_model: Callable[..., MaskedModel]) -> MaskedModel:
    return masked_model("bert")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., str]:
    def write(rows: list[dict[str, Any]], name: str = "general.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(path)

    return write


def first_64_bits(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:16], 16)


def test_a_control_set_is_a_token_file_in_memory(model: MaskedModel, source: Any, tmp_path: Path) -> None:
    path = source([{"text": text} for text in TEXTS])
    tokens = control_tokens("general", path, model.tokenizer, max_length=12)
    assert (tokens.num_sentences, tokens.folder, tokens.site_names) == (3, Path(path), ("general",))
    for index, text in enumerate(TEXTS):
        ids = tokens.tokens[tokens.offsets[index] : tokens.offsets[index + 1]] & np.uint32((1 << 24) - 1)
        assert model.tokenizer(text, truncation=True, max_length=12)["input_ids"] == ids.tolist()
    assert [first_64_bits(text) for text in TEXTS] == tokens.sentence_ids.tolist()
    assert len(set(tokens.document_ids.tolist())) == 3
    assert [path] == [str(each) for each in tmp_path.iterdir() if each.is_file()]


def test_documents_of_the_source_are_kept_together(model: MaskedModel, source: Any) -> None:
    rows = [{"text": text, "document_id": number} for text, number in zip(TEXTS, [7, 8, 7], strict=True)]
    first, second, third = control_tokens("x", source(rows), model.tokenizer, max_length=12).document_ids.tolist()
    assert first == third != second


def test_at_most_so_many_are_taken_whatever_their_order(model: MaskedModel, source: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MAX_SENTENCES", 2)
    there, back = (
        control_tokens("x", source([{"text": text} for text in texts]), model.tokenizer, max_length=12)
        for texts in (TEXTS, TEXTS[::-1])
    )
    assert set(there.sentence_ids) == set(back.sentence_ids) == set(sorted(map(first_64_bits, TEXTS))[:2])


def test_it_can_be_scored(model: MaskedModel, source: Any, sentences: Any) -> None:
    path = source([{"text": text} for text in sentences(50)])
    tokens = control_tokens("general", path, model.tokenizer, max_length=12)
    scores = evaluate(model, tokens, num_sentences=None, precision="float32", name="general")
    assert (scores.num_masked.sum() > 20, scores.area_names) == (True, ("",))


def test_texts_without_a_known_word_are_left_out(model: MaskedModel, source: Any) -> None:
    tokens = control_tokens("x", source([{"text": "漢字"}, {"text": TEXTS[0]}]), model.tokenizer, max_length=12)
    assert (tokens.sentence_ids.tolist(), tokens.num_skipped) == ([first_64_bits(TEXTS[0])], 1)
    assert len(tokens.document_ids) == len(tokens.sites) == len(tokens.areas) == 1


def test_a_set_with_nothing_to_guess_is_said(model: MaskedModel, source: Any) -> None:
    with pytest.raises(ConfigError, match=r"control set general: .*general.jsonl: there is no word"):
        control_tokens("general", source([{"text": "漢字"}]), model.tokenizer, max_length=12)


def test_the_hash_tells_texts_documents_and_names_apart_but_not_their_order(model: MaskedModel, source: Any) -> None:
    def hash_of(rows: list[dict[str, Any]], name: str = "general") -> str:
        return controls_sha256({name: control_tokens(name, source(rows), model.tokenizer, max_length=12)})

    rows = [{"text": text} for text in TEXTS]
    hashes = [
        hash_of(rows), hash_of(rows[:2]), hash_of(rows, "other"), hash_of([{**row, "document_id": 1} for row in rows]),
        controls_sha256({}),
    ]  # fmt: skip
    assert len(set(hashes)) == 5
    assert hashes[0] == hash_of(rows[::-1])

"""Token files and models, made for the test that asks for them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from training.bases.finding import find_base
from training.bases.loading import MaskedModel, load_masked_model
from training.evaluation.scoring import SentenceScores
from training.feeding.encoding import Encoder
from training.feeding.tokens import TokenFile


@pytest.fixture
def masked_model(bases: dict[str, Path], sentences: Callable[..., list[str]]) -> Callable[[str], MaskedModel]:
    """The random model of a family that at least knows how frequent each token is, so that some guesses are right."""

    def load(family: str) -> MaskedModel:
        model = load_masked_model(find_base(str(bases[family])), torch.device("cpu"))
        ids = np.concatenate(model.tokenizer(sentences(200))["input_ids"])
        counts = np.bincount(ids, minlength=model.model.config.vocab_size)
        with torch.no_grad():
            model.model.get_input_embeddings().weight.mul_(2)
            model.model.get_output_embeddings().bias.copy_(torch.from_numpy(np.log(counts + 0.1)))
        return model

    return load


@pytest.fixture
def token_file() -> Callable[..., TokenFile]:
    """Texts as a token file in memory; three sentences a document, two documents a site."""

    def make(texts: Sequence[str], tokenizer: Any, *, max_length: int = 24) -> TokenFile:
        words, lengths = Encoder(tokenizer, max_length).encode(list(texts))
        assert lengths.all()
        number = np.arange(len(texts))
        documents = number // 3
        return TokenFile(
            folder=Path("memory"), tokens=words, offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64),
            sentence_ids=(number + 1).astype(np.uint64) * np.uint64(0x1234567890ABCDEF),
            document_ids=documents.astype(np.uint64), sites=(documents // 2 % 3).astype(np.uint16),
            areas=(number % 2).astype(np.uint16), site_names=("0540", "0101", "0751"),
            area_names=("", "Børn og unge"), num_skipped=0,
        )  # fmt: skip

    return make


@pytest.fixture
def make_scores() -> Callable[..., SentenceScores]:
    """Scores of sentences without a model: `loss_sum` and `documents` decide, the rest is filled in."""

    def make(loss_sum: Any, documents: Any, *, num_masked: Any = None, **others: Any) -> SentenceScores:
        number = len(loss_sum)
        masked = np.full(number, 4) if num_masked is None else np.asarray(num_masked)
        values = {
            "sentence_ids": np.arange(number, dtype=np.uint64), "sites": np.zeros(number, np.uint16),
            "areas": np.zeros(number, np.uint16), "num_top1": masked // 2, "num_top5": masked,
            "site_names": ("0540",), "area_names": ("",),
        } | others  # fmt: skip
        return SentenceScores(
            loss_sum=np.asarray(loss_sum, float), document_ids=np.asarray(documents, np.uint64), num_masked=masked,
            **values,
        )  # fmt: skip

    return make

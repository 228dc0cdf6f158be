"""Let a model guess the hidden tokens of sentences, and count for each sentence how well it did.

In: a model, a token file and the sentences to take. Out: `SentenceScores`, sums for each sentence, from which intervals
(intervals.py) and groups (groups.py) are made without asking the model again. They hold ids and counts, no text. The
limit on a batch decides memory and speed only. Does not choose sentences (evaluate.py).

Shapes: N sentences, M hidden tokens of a piece of them, V entries of the vocabulary.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from foundation.errors import BrokenRunError, ConfigError
from foundation.files import written_aside
from foundation.progress import progress
from training.bases.loading import MaskedModel
from training.devices import calculating_on
from training.evaluation.fixed_masks import EVALUATION_SHARE, masked_for_evaluation
from training.feeding.batches import Tokens, gather, pieces
from training.feeding.masking import MaskedSentences
from training.feeding.tokens import TokenFile, tokenizer_sha256

FORMAT_VERSION = 1
MAX_LOGITS_BYTES = 300_000_000  # float32, of the hidden tokens of a piece; the loss needs about as much again
MAX_PIECE_TOKENS = 16_384  # where the vocabulary is small the layers decide: 200 MB at NB-BERT-base's widest
TOP = 5


@dataclass(frozen=True, kw_only=True)
class SentenceScores:
    """How well a model guessed in each of N sentences.

    Attributes:
        sentence_ids, document_ids: (N,) as in the token file.
        sites, areas: (N,) indexes into `site_names` and `area_names`; the area "" is none.
        num_masked: (N,) hidden tokens, over all draws.
        loss_sum: (N,) their cross-entropy in nats, added up.
        num_top1, num_top5: (N,) how many the model held likeliest, and among its five likeliest.
    """

    sentence_ids: NDArray[np.uint64]
    document_ids: NDArray[np.uint64]
    sites: NDArray[np.uint16]
    areas: NDArray[np.uint16]
    num_masked: NDArray[np.int64]
    loss_sum: NDArray[np.float64]
    num_top1: NDArray[np.int64]
    num_top5: NDArray[np.int64]
    site_names: tuple[str, ...]
    area_names: tuple[str, ...]

    def at(self, indexes: Tokens) -> "SentenceScores":
        """Some of the sentences, in the order given."""
        columns = {name: getattr(self, name)[indexes] for name in _COLUMNS}
        return SentenceScores(**columns, site_names=self.site_names, area_names=self.area_names)

    def save(self, path: Path) -> None:
        """Write a parquet file; its metadata has the names of sites and areas, and a digest of all."""
        names = json.dumps({"sites": self.site_names, "areas": self.area_names}, ensure_ascii=False)
        table = pa.table({name: getattr(self, name) for name in _COLUMNS}).replace_schema_metadata(
            {"names": names, "format_version": str(FORMAT_VERSION), "sha256": self._sha256()}
        )
        with written_aside(path) as aside:
            pq.write_table(table, aside)

    @staticmethod
    def load(path: Path) -> "SentenceScores":
        """Read what `save` wrote. Raises BrokenRunError where the file is damaged, or not one of these."""
        try:
            table = pq.read_table(path)
            metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
            if metadata["format_version"] != str(FORMAT_VERSION):
                raise ValueError("the format of another version of this software")
            names = json.loads(metadata["names"])
            scores = SentenceScores(
                **{name: table[name].to_numpy() for name in _COLUMNS},
                site_names=tuple(names["sites"]), area_names=tuple(names["areas"]),
            )  # fmt: skip
            if scores._sha256() != metadata["sha256"]:
                raise ValueError("its content differs from its recorded sha256")
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise BrokenRunError(
                f"{path}: not readable as scores ({reason}); remove it and type the command again: it is made anew"
            ) from None
        return scores

    def _sha256(self) -> str:
        digest = hashlib.sha256(json.dumps([self.site_names, self.area_names]).encode())
        for name in _COLUMNS:
            values = getattr(self, name)
            digest.update(f"{name} {values.dtype.str} {len(values)}".encode() + values.tobytes())
        return digest.hexdigest()


_COLUMNS = tuple(field.name for field in fields(SentenceScores) if not field.name.endswith("_names"))


def score(
    model: MaskedModel, tokens: TokenFile, indexes: Tokens, *, precision: str, num_draws: int = 1, name: str
) -> SentenceScores:
    """Ask a model about the tokens hidden in some sentences.

    Args:
        indexes: (N,) the sentences of the token file.
        precision: `float32` or `bfloat16`, as training.devices.precision_on gives it.
        num_draws: how often each sentence is asked about, each time with other tokens hidden.
        name: shown with the progress bar.

    Raises:
        ConfigError: a sentence is longer than the model takes.
        BrokenRunError: the model gives no numbers.
    """
    lengths = (tokens.offsets[indexes + 1] - tokens.offsets[indexes]).astype(np.int64)
    if len(lengths) and lengths.max() > model.max_length:
        raise ConfigError(
            f"base {model.base.name}: takes sentences of at most {model.max_length} tokens, and one has "
            f"{lengths.max()}; use a lower max_length"
        )
    counts = {key: np.zeros(len(indexes), np.int64) for key in ("num_masked", "num_top1", "num_top5")}
    loss_sum = np.zeros(len(indexes))
    with asking(model, precision), progress(name, unit="sentences", total=num_draws * len(indexes)) as meter:
        for masked, part in _masked_pieces(model, tokens, indexes, lengths, num_draws):
            sentence = part[np.searchsorted(np.cumsum(masked.lengths), masked.places, side="right")]
            losses, ranks = _guess(model, masked)
            loss_sum += np.bincount(sentence, losses, minlength=len(indexes))
            for key, within in (("num_masked", None), ("num_top1", 1), ("num_top5", TOP)):
                counted = sentence if within is None else sentence[ranks < within]
                counts[key] += np.bincount(counted, minlength=len(indexes))
            meter.advance(len(part))
    return SentenceScores(
        sentence_ids=tokens.sentence_ids[indexes], document_ids=tokens.document_ids[indexes],
        sites=tokens.sites[indexes], areas=tokens.areas[indexes], loss_sum=loss_sum, **counts,
        site_names=tokens.site_names, area_names=tokens.area_names,
    )  # fmt: skip


@contextmanager
def asking(model: MaskedModel, precision: str) -> Iterator[None]:
    """The model without dropout and gradients; afterwards as it was."""
    was_training = model.model.training
    model.model.eval()
    try:
        with torch.inference_mode(), calculating_on(model.device, precision):
            yield
    finally:
        model.model.train(was_training)


def _masked_pieces(
    model: MaskedModel, tokens: TokenFile, indexes: Tokens, lengths: Tokens, num_draws: int
) -> Iterator[tuple[MaskedSentences, Tokens]]:
    """Pieces with their masks, and which of the N sentences they hold; sentences of about one length together."""
    tokenizer = tokenizer_sha256(model.tokenizer)
    for part in pieces(lengths, piece_tokens(model)):
        sentences = gather(tokens.tokens, tokens.offsets, indexes[part])
        ids = tokens.sentence_ids[indexes[part]]
        for draw in range(num_draws):
            yield masked_for_evaluation(sentences, ids, model.vocabulary, tokenizer, draw), part


def piece_tokens(model: MaskedModel) -> int:
    """Tokens that go through the model at once, so that its scores stay below MAX_LOGITS_BYTES."""
    rows = MAX_LOGITS_BYTES // (4 * int(model.model.config.vocab_size))
    # a padded model scores each place, a packed one the hidden tokens only
    return min(int(rows / EVALUATION_SHARE) if model.reader.is_packed else rows, MAX_PIECE_TOKENS)


def _guess(model: MaskedModel, masked: MaskedSentences) -> tuple[NDArray[np.float64], Tokens]:
    """Cross-entropy of each answer, and how many tokens were held likelier than it, (M,) both.

    Of tokens held equally likely (frequent in bfloat16) the one with the lower id goes before: the same on any device.
    """
    if not len(masked.places):
        return np.zeros(0), np.zeros(0, np.int64)
    batch = model.reader.batch(masked)
    scores = model.reader.scores(batch).float()
    losses = F.cross_entropy(scores, batch.answers, reduction="none")
    of_answer = scores.gather(1, batch.answers[:, None])
    ids = torch.arange(scores.shape[1], device=scores.device)
    goes_before = (scores > of_answer) | ((scores == of_answer) & (ids < batch.answers[:, None]))
    values = _on_cpu(losses).astype(np.float64)
    if not np.isfinite(values).all():
        raise BrokenRunError(f"{model.base.name}: its guesses are not numbers; its weights are damaged or it diverged")
    return values, _on_cpu(goes_before.sum(dim=1))


def _on_cpu(values: torch.Tensor) -> NDArray[Any]:
    array: NDArray[Any] = values.cpu().numpy()
    return array

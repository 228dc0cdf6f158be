"""Would the audit notice, if clipping were off by mistake? `python -m benchmarks.gate --only privacy-audit`.

In: a folder, a number of seeds. Out: figures. A small private BERT that promises epsilon 1, and for each seed two twins
with 1,000 canaries each: one trained as it should be, one by a program whose clipping coefficients are 1. That fault is
made here, by replacing what opacus calculates and the two guards that would stop it at once; the product has no switch
for it. The clip norm is so small that the noise, which follows it, hides nothing of gradients that were not clipped.
"""

import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from benchmarks.figures import Figure, at_least, at_most, exactly
from benchmarks.served import say
from corpus.schema import SENTENCE_SCHEMA
from foundation.errors import ConfigError
from foundation.manifests import file_entries, write_manifest
from foundation.places import Places
from training.audit.auditing import claim_of
from training.audit.canaries import make_canaries
from training.audit.on_the_twin import Canaries, audit_twin
from training.audit.report import Setting
from training.audit.subject import base_at_hand, open_subject
from training.bases.small import make_small_base
from training.config import SmallConfig, TrainingConfig
from training.private.clipping import UnitGradients
from training.private.updating import PrivateUpdater
from training.run import train

CLAIMED, DELTA, NUM_CANARIES = 1.0, 1e-5, 1000
NUM_SENTENCES, NUM_VALIDATION = 1000, 100
SIZES = SmallConfig(num_layers=1, hidden_size=64, num_heads=4, intermediate_size=128, vocabulary_size=2000)
NUM_STEPS, LOT, LEARNING_RATE, CLIP_NORM = 150, 200, 1e-2, 1e-3
NUM_PROCESSES = 2
CORPUS, RUN = "2026Q4-audit", "promised"
_CARD = """---
configs:
- config_name: sentences
  default: true
  data_files:
  - split: train
    path: sentences/train-*.parquet
  - split: validation
    path: sentences/validation-*.parquet
---
"""
_WHO = ("Borgeren", "Kommunen", "Skolen", "Virksomheden", "Lægen", "Byrådet", "Hjemmeplejen", "Ombudsmanden")
_DO = ("kan søge om", "skal klage over", "må ændre", "bør høre om", "vil betale for", "har givet", "får ikke")
_WHAT = ("hjælp", "økonomisk støtte", "en ny bolig", "genoptræning", "kørsel", "pasning af børn", "byggetilladelse")


def privacy_audit_figures(folder: Path, num_seeds: int) -> Iterator[Figure]:
    places = Places(folder / "data")
    train_run(places)
    bounds = _bounds(folder, num_seeds)
    told = f"epsilon {CLAIMED:g} promised, {num_seeds} audits with {NUM_CANARIES} canaries, clipping"
    yield at_least(f"{told} off by mistake: smallest bound", CLAIMED, min(bounds[True]))
    yield at_most(f"{told} on: largest bound", CLAIMED, max(bounds[False]))
    with coefficients_of_one():
        yield exactly("the same mistake with the guards on: private runs that begin", 0, int(_begins(places)))


def _bounds(folder: Path, num_seeds: int) -> dict[bool, list[float]]:
    """With the fault and without: two at a time, each in a copy of the data, for a run has one twin."""
    wanted = [(is_planted, seed) for is_planted in (True, False) for seed in range(1, num_seeds + 1)]
    found: dict[bool, list[float]] = {True: [], False: []}
    with ProcessPoolExecutor(NUM_PROCESSES, mp_context=get_context("spawn")) as processes:
        for (is_planted, seed), bound in zip(
            wanted, processes.map(bound_of, [folder] * len(wanted), *zip(*wanted, strict=True)), strict=True
        ):
            say(f"clipping {'off by mistake' if is_planted else 'on'}, seed {seed}: epsilon at least {bound:.2f}")
            found[is_planted].append(bound)
    return found


def bound_of(folder: Path, is_planted: bool, seed: int) -> float:
    """What an audit shows of the run by a twin with the canaries and coins of this seed."""
    torch.set_num_threads(1)
    with ExitStack() as stack:
        name = stack.enter_context(TemporaryDirectory(dir=folder))
        places = Places(Path(name) / "data")
        shutil.copytree(folder / "data", places.data)
        if is_planted:
            stack.enter_context(coefficients_of_one())
            stack.enter_context(patch("training.private.beginning.check_clipping"))
            stack.enter_context(patch.object(PrivateUpdater, "_check_length"))
        subject = open_subject(places, RUN)
        setting = Setting(subject=subject, claim=claim_of(subject), device=torch.device("cpu"))
        base = stack.enter_context(base_at_hand(subject))
        part = audit_twin(setting, base, Canaries(number=NUM_CANARIES, seed=seed, delta=DELTA))
        return float(part.values["bound"]["epsilon"])


@contextmanager
def coefficients_of_one() -> Iterator[None]:
    """Each unit's gradient counts whole, as where a program forgets to clip."""

    right = UnitGradients.get_clipping_coef

    def ones(gradients: UnitGradients) -> torch.Tensor:
        return torch.ones_like(right(gradients))

    with patch.object(UnitGradients, "get_clipping_coef", ones):
        yield


def _begins(places: Places) -> bool:
    """Whether a run of the same settings would be trained."""
    folder = places.run("refused")
    try:
        train(places.corpus(CORPUS), folder, _config(places.data / "base"), cache=places.cache)
    except ConfigError:
        return False
    return True


def train_run(places: Places) -> None:
    torch.set_num_threads(1)
    texts = list(_sentences(NUM_SENTENCES + NUM_VALIDATION, seed=1))
    _write_corpus(places.corpus(CORPUS), texts[:NUM_SENTENCES], texts[NUM_SENTENCES:])
    # a vocabulary with the syllables of names, as that of a language has them: spelt out they take twice the time
    others = [each.text for each in make_canaries(3 * NUM_CANARIES, seed=10**6)]
    base = places.data / "base"
    base.mkdir(parents=True)
    make_small_base(base, [*texts, *others], SIZES, seed=1)
    train(places.corpus(CORPUS), places.run(RUN), _config(base), cache=places.cache)


def _config(base: Path) -> TrainingConfig:
    return TrainingConfig.model_validate({
        "base": str(base), "max_steps": NUM_STEPS, "max_length": 64, "mlm_probability": 0.3,
        "optimizer": {"learning_rate": LEARNING_RATE, "weight_decay": 0.0},
        "privacy": {
            "epsilon": CLAIMED, "delta": DELTA, "lot": LOT, "clip_norm": CLIP_NORM, "embeddings": "trainable",
        },
        "checkpoint_steps": NUM_STEPS,
    })  # fmt: skip


def _sentences(number: int, seed: int) -> Iterator[str]:
    draw = random.Random(seed)
    for _ in range(number):
        words = " ".join(draw.choice(choice) for choice in (_WHO, _DO, _WHAT))
        yield f"{words} den {draw.randint(1, 31)}. maj {draw.randint(1990, 2029)} (sag {draw.randint(1000, 99999)})."


def _write_corpus(folder: Path, training: list[str], validation: list[str]) -> None:
    """A corpus of sentences alone."""
    (folder / "sentences").mkdir(parents=True)
    (folder / "README.md").write_text(_CARD)
    for split, texts in (("train", training), ("validation", validation)):
        table = pa.Table.from_pylist([_row(text) for text in texts], schema=SENTENCE_SCHEMA)
        pq.write_table(table, folder / "sentences" / f"{split}-00000-of-00001.parquet")
    entries = [vars(each) for each in file_entries(folder, [path for path in folder.rglob("*") if path.is_file()])]
    write_manifest(folder, {
        "kind": "corpus", "id": f"corpus-{folder.name}", "name": folder.name, "revision": 1,
        "content_sha256": hashlib.sha256(json.dumps(entries).encode()).hexdigest(), "inputs": {"snapshot": None},
        "follows": None, "configuration": {}, "counts": {}, "files": entries,
    })  # fmt: skip


def _row(text: str) -> dict[str, Any]:
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {
        "sentence_id": name, "text": text, "document_id": name, "position": 0, "block": "paragraph", "site": "0540",
        "area": None, "url": "https://www.example.dk/", "num_words": len(text.split()), "num_masked": 0,
        "language_score": 1.0, "num_occurrences": 1, "num_sites": 1, "num_near_duplicates": 0, "cluster_id": None,
        "first_quarter": "2026Q4",
    }  # fmt: skip

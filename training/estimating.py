"""`tvaerkom train --estimate`: what a run would take, without a run.

In: a corpus, a configuration and the cache. Out: an `Estimate`; nothing but token files stays on disk.
"""

import tempfile
from pathlib import Path

from corpus.schema import read_corpus_manifest
from training.bases.loading import check_fit, load_masked_model
from training.config import TrainingConfig
from training.devices import choose_device
from training.loop.estimate import Estimate, estimate
from training.preparing import prepare_base, prepare_course


def estimate_run(corpus_folder: Path, config: TrainingConfig, *, cache: Path, device: str) -> Estimate:
    """Raises ConfigError and BrokenRunError as training would."""
    chosen, corpus = choose_device(device), read_corpus_manifest(corpus_folder)
    with tempfile.TemporaryDirectory() as folder:  # a small base is made for this only
        base = prepare_base(corpus_folder, corpus, Path(folder), config, cache)
        trainee = load_masked_model(base, chosen)
        check_fit(base, trainee.model, trainee.tokenizer, max_length=config.max_length)
        return estimate(trainee, prepare_course(corpus_folder, trainee, config, cache))

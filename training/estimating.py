"""`tvaerkom train --estimate`: what a run would take, without a run.

In: a corpus, a configuration and the cache. Out: an `Estimate`; nothing but token files stays on disk.
"""

from pathlib import Path

from training.config import TrainingConfig
from training.devices import choose_device
from training.loop.estimate import Estimate, estimate
from training.preparing import tried_beginning


def estimate_run(corpus_folder: Path, config: TrainingConfig, *, cache: Path, device: str) -> Estimate:
    """Raises ConfigError and BrokenRunError as training would."""
    with tried_beginning(corpus_folder, config, choose_device(device), cache=cache) as (trainee, course):
        return estimate(trainee, course)

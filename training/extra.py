"""Whether the libraries of the training extras are installed.

In: nothing. Out: nothing, or an error that says how to install them. Imports none of them.
"""

import importlib.util
from collections.abc import Sequence

from foundation.errors import ConfigError

TRAIN = ("torch", "transformers", "tokenizers", "safetensors", "datasets")
PRIVATE = ("opacus", "scipy", "cryptography")


def require_training_extra() -> None:
    """Raises ConfigError where a library that training needs is not installed."""
    _require(TRAIN, "training", "train")


def require_private_extra() -> None:
    """Raises ConfigError where a library that private training needs is not installed."""
    _require(PRIVATE, "private training", "private")


def _require(libraries: Sequence[str], what: str, extra: str) -> None:
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"{what} is an extra ({', '.join(missing)} not installed): pip install -c constraints.txt '.[{extra}]'"
        )

"""Whether the libraries of the training extra are installed.

In: nothing. Out: nothing, or an error that says how to install them. Imports none of them.
"""

import importlib.util

from foundation.errors import ConfigError

LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "datasets")


def require_training_extra() -> None:
    """Raises ConfigError where a library that training needs is not installed."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"training is an extra ({', '.join(missing)} not installed): pip install -c constraints.txt '.[train]'"
        )

"""Base models on huggingface.co: brought to this machine.

In: a name, a revision and patterns of files. Out: the folder of one commit in the local cache of huggingface_hub. Turns
every failure into one sentence. Does not look at what is in the files.
"""

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: from a library that varies
    GatedRepoError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from foundation.errors import ConfigError

TEXT_FILES = ("*.json", "*.txt", "*.model", "README.md")
SAFETENSORS, PICKLES = "model*.safetensors", "pytorch_model*.bin"
HUB_TIMEOUT_S = 10.0  # for huggingface.co to answer at all; a download may then take as long as it needs


def download(name: str, revision: str | None, patterns: Sequence[str]) -> Path:
    """The folder of a Hugging Face model in the local cache; without a network, what the cache has.

    Raises:
        ConfigError: not such a name, not there, or not on this machine and no network.
    """
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ConfigError(f"base {name}: there is no such folder")
    commit = _commit_on_hub(name, revision)
    try:
        folder = snapshot_download(
            name, revision=commit or revision, allow_patterns=list(patterns), local_files_only=commit is None
        )
    except (OSError, ValueError, HTTPError):
        raise ConfigError(
            f"base {name}: not on this machine and huggingface.co cannot be reached; "
            "download it on a machine with a network and give its folder as --base"
        ) from None
    return Path(folder)


def _commit_on_hub(name: str, revision: str | None) -> str | None:
    """The commit of a revision; None where huggingface.co cannot be reached within a few seconds.

    Asked for first and by itself: the download waits for a silent network for ever.
    """
    try:
        return HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT_S).sha
    except GatedRepoError:
        reason = "its owner asks for a login; accept its terms, then run: hf auth login"
    except RepositoryNotFoundError:
        reason = "neither a folder nor a public model on huggingface.co"
    except RevisionNotFoundError:
        reason = f"huggingface.co has no revision {revision} of it"
    except HFValidationError:
        reason = "neither a folder nor a name that huggingface.co could have"
    except (OSError, HTTPError):
        return None
    raise ConfigError(f"base {name}: {reason}")

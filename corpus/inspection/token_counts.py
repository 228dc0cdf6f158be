"""Tokens of each site by a tokenizer, for the statistics.

In: a corpus and a tokenizer: a folder or file of ours or a name on the Hugging Face Hub. Out: tokens by site, without
those that begin and end a sentence. Trains and changes nothing.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from corpus.schema import SPLITS, shard_paths
from foundation.errors import ConfigError
from foundation.progress import progress

_FILE = "tokenizer.json"
_BATCH_ROWS = 8192


def read_tokenizer(name: str) -> Any:
    """Load a tokenizer.

    Raises:
        ConfigError: it is not there, or the extra that reads it is not installed.
    """
    try:
        from huggingface_hub import hf_hub_download
        from tokenizers import Tokenizer
    except ImportError:
        raise ConfigError(
            "counting tokens needs the training extra: pip install -c constraints.txt '.[train]'"
        ) from None
    path = Path(name) / _FILE if Path(name).is_dir() else Path(name)
    try:
        # not by tokenizers' own download, which tries for half a minute where there is no network
        return Tokenizer.from_file(str(path) if path.is_file() else hf_hub_download(name, _FILE))
    except Exception as error:  # noqa: BLE001  # the library raises bare exceptions of its own
        raise ConfigError(
            f"--tokenizer {name}: cannot be loaded ({str(error).splitlines()[0]}); give a folder with {_FILE}, or a "
            "name on the Hugging Face Hub"
        ) from None


def count_tokens(corpus: Path, tokenizer: Any) -> dict[str, int]:
    """Tokens by site; a damaged shard raises as pyarrow does."""
    found: Counter[str] = Counter()
    paths = [str(path) for split in SPLITS for path in shard_paths(corpus, split)]
    if not paths:
        return {}
    table = ds.dataset(paths)
    with progress(f"corpus {corpus.name}: tokens", unit="sentences", total=table.count_rows()) as meter:
        for batch in table.to_batches(columns=["site", "text"], batch_size=_BATCH_ROWS):
            encoded = tokenizer.encode_batch_fast(batch["text"].to_pylist(), add_special_tokens=False)
            for site, each in zip(batch["site"].to_pylist(), encoded, strict=True):
                found[site] += len(each)
            meter.advance(batch.num_rows)
    return dict(found)

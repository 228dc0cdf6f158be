"""What a model folder needs besides model and tokenizer, so that others start from it as it was trained.

In: a model folder with its tokenizer. Out: for a model that knows no capital letters, `model_args.json`: Simple
Transformers does not ask the tokenizer, and without it gives the model words that it knows only as unknown. Nothing
else is needed (benchmarks/downstream_start.py). Not for models with labels, which need more in that file.
"""

import json
from pathlib import Path
from typing import Any

from foundation.files import write_text
from training.bases.quirks import reads_lower_case

FILE_NAME = "model_args.json"
_SETTINGS = {"do_lower_case": True, "dataset_class": None}  # its classification models look for the second


def write_start_for_others(folder: Path, tokenizer: Any) -> None:
    """Write the file where the tokenizer makes letters small; else the folder is left as it is."""
    if reads_lower_case(tokenizer):
        write_text(folder / FILE_NAME, json.dumps(_SETTINGS, indent=2) + "\n")

"""The end of a run of fine-tuning: model and card, then the manifest that makes the folder complete.

In: a trained model, the record and the evaluation. Out: `model/` and `manifest.json`; what was needed only on the way
is removed. Judges nothing.
"""

import json
from pathlib import Path
from typing import Any

from foundation.files import write_text
from training.bases.loading import MaskedModel
from training.bases.quirks import reads_lower_case
from training.bases.start_for_others import FILE_NAME, write_start_for_others
from training.heads.card import write_head_card
from training.heads.config import ENTITIES, HeadConfig
from training.publishing import publish_folder

KIND = "head"
# Simple Transformers' names of model types, where they are not those of transformers
_THEIR_TYPES = {"xlm-roberta": "xlmroberta"}


def publish_head(
    run_folder: Path, trained: MaskedModel, config: HeadConfig, record: dict[str, Any], evaluation: dict[str, Any]
) -> None:
    """Write the model and its card, then the manifest."""
    trained.tokenizer.model_max_length = trained.max_length  # pipelines cut there what would break the model

    def write_rest(aside: Path) -> None:
        if config.task == ENTITIES:
            _write_for_simple_transformers(aside, trained, config, record["labels"])
        else:
            write_start_for_others(aside, trained.tokenizer)
        write_head_card(aside, config, record, evaluation)

    publish_folder(run_folder, trained, record, write_rest, {"kind": KIND, "format_version": 1, "task": config.task})


def _write_for_simple_transformers(folder: Path, trained: MaskedModel, config: HeadConfig, labels: list[str]) -> None:
    """Without this file its NERModel takes the labels of CoNLL 2003, and where those are as many, says nothing."""
    kind = trained.base.model_type
    settings = {
        "model_class": "NERModel", "model_type": _THEIR_TYPES.get(kind, kind), "labels_list": labels,
        "max_seq_length": config.max_length, "do_lower_case": reads_lower_case(trained.tokenizer),
        "classification_report": False,
    }  # fmt: skip
    write_text(folder / FILE_NAME, json.dumps(settings, ensure_ascii=False, indent=2) + "\n")

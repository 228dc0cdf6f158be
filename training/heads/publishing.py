"""The end of a run of fine-tuning: model and card, then the manifest that makes the folder complete.

In: a trained model, the record and the evaluation. Out: `model/` and `manifest.json`; what was needed only on the way
is removed. Judges nothing.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from foundation.files import make_folder, sha256_of_text, sync_folder, sync_tree, write_text
from foundation.manifests import file_entries, write_manifest
from training.bases.loading import MaskedModel
from training.bases.quirks import reads_lower_case
from training.bases.start_for_others import FILE_NAME, write_start_for_others
from training.heads.card import write_head_card
from training.heads.config import ENTITIES, HeadConfig
from training.private.statement import PRIVACY_NAME
from training.record import CONFIG_NAME, RECORD_NAME, now, write_record
from training.run_folder import EVALUATION_NAME, METRICS_NAME, MODEL_FOLDER, remove_leftovers

KIND = "head"
# Simple Transformers' names of model types, where they are not those of transformers
_THEIR_TYPES = {"xlm-roberta": "xlmroberta"}


def publish_head(
    run_folder: Path, trained: MaskedModel, config: HeadConfig, record: dict[str, Any], evaluation: dict[str, Any]
) -> None:
    """Write the model and its card, then the manifest."""
    record |= {"status": "finished", "finished_at": now()}
    aside, model_folder = run_folder / f"{MODEL_FOLDER}.tmp", run_folder / MODEL_FOLDER
    for old in (aside, model_folder):
        shutil.rmtree(old, ignore_errors=True)
    make_folder(aside)
    trained.model.save_pretrained(aside)
    trained.tokenizer.model_max_length = trained.max_length  # pipelines cut there what would break the model
    trained.tokenizer.save_pretrained(aside)
    if config.task == ENTITIES:
        _write_for_simple_transformers(aside, trained, config, record["labels"])
    else:
        write_start_for_others(aside, trained.tokenizer)
    if record.get("private"):
        shutil.copyfile(run_folder / PRIVACY_NAME, aside / PRIVACY_NAME)
    write_head_card(aside, config, record, evaluation)
    sync_tree(aside)
    aside.replace(model_folder)
    sync_folder(run_folder)
    write_record(run_folder, record)
    paths = [path for path in model_folder.rglob("*") if path.is_file()]
    names = (CONFIG_NAME, RECORD_NAME, METRICS_NAME, EVALUATION_NAME, PRIVACY_NAME)
    paths += [run_folder / name for name in names if (run_folder / name).exists()]
    write_manifest(run_folder, {
        "kind": KIND, "format_version": 1, "name": run_folder.name, "revision": 1, "task": config.task,
        "id": "head-" + sha256_of_text(run_folder.name, record["config_sha256"], record["started_at"])[:16],
        "files": [vars(entry) for entry in file_entries(run_folder, paths)],
    })  # fmt: skip
    remove_leftovers(run_folder)


def _write_for_simple_transformers(folder: Path, trained: MaskedModel, config: HeadConfig, labels: list[str]) -> None:
    """Without this file its NERModel takes the labels of CoNLL 2003, and where those are as many, says nothing."""
    kind = trained.base.model_type
    settings = {
        "model_class": "NERModel", "model_type": _THEIR_TYPES.get(kind, kind), "labels_list": labels,
        "max_seq_length": config.max_length, "do_lower_case": reads_lower_case(trained.tokenizer),
        "classification_report": False,
    }  # fmt: skip
    write_text(folder / FILE_NAME, json.dumps(settings, ensure_ascii=False, indent=2) + "\n")

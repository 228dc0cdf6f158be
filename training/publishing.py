"""The end of a run: the model and its card, then the manifest that makes the folder complete.

In: a trained model, the record and the evaluation. Out: `model/` and `manifest.json`; what was needed only on the way
is removed. Judges nothing.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foundation.files import make_folder, sha256_of_text, sync_folder, sync_tree
from foundation.manifests import file_entries, write_manifest
from training.bases.loading import MaskedModel
from training.bases.start_for_others import write_start_for_others
from training.record import CONFIG_NAME, RECORD_NAME, now, write_record
from training.run_folder import EVALUATION_NAME, METRICS_NAME, MODEL_FOLDER, PRIVACY_NAME, remove_leftovers
from training.telling.card import write_card
from training.telling.metrics import MetricsFile
from training.telling.picture import draw_run

KIND = "run"
PICTURE_NAME = "run.svg"


def publish(run_folder: Path, trained: MaskedModel, record: dict[str, Any], evaluation: dict[str, Any]) -> None:
    """Write the model, its picture and its card, then the manifest."""

    def write_rest(aside: Path) -> None:
        write_start_for_others(aside, trained.tokenizer)
        draw_run(MetricsFile(run_folder / METRICS_NAME).read(), record, aside / PICTURE_NAME)
        write_card(aside, run_folder, record, evaluation)

    told = {"kind": KIND, "format_version": 2, "corpus": record["corpus"]}
    publish_folder(run_folder, trained, record, write_rest, told)


def publish_folder(
    run_folder: Path, trained: MaskedModel, record: dict[str, Any], write_rest: Callable[[Path], None],
    told: dict[str, Any],
) -> None:  # fmt: skip
    """Put the model folder in its place whole, then the record and the manifest.

    Args:
        write_rest: writes what belongs beside weights and tokenizer; the record is that of a finished run then.
        told: what the manifest says besides what every run's says; its `kind` begins the id.
    """
    record |= {"status": "finished", "finished_at": now()}
    aside, model_folder = run_folder / f"{MODEL_FOLDER}.tmp", run_folder / MODEL_FOLDER
    for old in (aside, model_folder):
        shutil.rmtree(old, ignore_errors=True)
    make_folder(aside)
    trained.model.save_pretrained(aside)
    trained.tokenizer.save_pretrained(aside)
    if record.get("private"):
        shutil.copyfile(run_folder / PRIVACY_NAME, aside / PRIVACY_NAME)
    write_rest(aside)
    sync_tree(aside)
    aside.replace(model_folder)
    sync_folder(run_folder)
    write_record(run_folder, record)
    paths = [path for path in model_folder.rglob("*") if path.is_file()]
    names = (CONFIG_NAME, RECORD_NAME, METRICS_NAME, EVALUATION_NAME, PRIVACY_NAME)
    paths += [run_folder / name for name in names if (run_folder / name).exists()]
    number = sha256_of_text(run_folder.name, record["config_sha256"], record["started_at"])[:16]
    write_manifest(run_folder, {
        "name": run_folder.name, "revision": 1, "id": f"{told['kind']}-{number}", **told,
        "files": [vars(entry) for entry in file_entries(run_folder, paths)],
    })  # fmt: skip
    remove_leftovers(run_folder)

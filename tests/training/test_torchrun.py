"""The real command under torchrun: two processes, one run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.manifests import is_complete


@pytest.mark.slow
def test_two_processes_train_one_run_and_one_of_them_speaks(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "data" / "corpora" / "2026Q4")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1",
        "--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "-m", "tvaerkom",
        "--data", str(tmp_path / "data"), "train", "2026Q4", "--config", "debug", "--device", "cpu",
        "--set", "max_steps=6", "--set", "eval_steps=3", "--set", "checkpoint_steps=3",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("trained on 2026Q4") == 1
    assert done.stderr.count("what the model sees") == 1
    folder = tmp_path / "data" / "runs" / "2026Q4-debug"
    assert is_complete(folder)
    record = json.loads((folder / "run.json").read_text())
    assert (record["world_size"], record["num_steps"]) == (2, 6)
    steps = [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert steps == [3, 3, 5, 6, 6]

import json
from pathlib import Path

import pytest

from foundation.errors import BrokenRunError
from training.telling.metrics import MetricsFile, mean_mfu

LINES = [
    {"step": 50, "epoch": 0.2, "loss": 6.912345678901234, "lr": 1e-4, "tokens": 25794, "mfu": None},
    {"step": 100, "validation_loss": 6.1, "validation_top1": 0.04},
    {"step": 100, "epoch": 0.4, "loss": 6.5, "lr": 2e-4, "tokens": 51000, "mfu": 0.31},
    {"step": 150, "epoch": 0.6, "loss": 6.25, "lr": 3e-4, "tokens": 77123, "mfu": 0.3},
]


@pytest.fixture
def metrics(tmp_path: Path) -> MetricsFile:
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    for line in LINES:
        metrics.append(line)
    return metrics


def test_lines_are_read_as_they_were_written(metrics: MetricsFile) -> None:
    assert metrics.read() == LINES
    assert [json.loads(text) for text in metrics.path.read_text().splitlines()] == LINES


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    metrics = MetricsFile(tmp_path / "none.jsonl")
    metrics.cut(5)
    assert metrics.read() == []
    assert not metrics.path.exists()


def test_what_comes_after_the_checkpoint_is_cut_off_and_written_again_the_same(metrics: MetricsFile) -> None:
    whole = metrics.path.read_bytes()
    with metrics.path.open("a") as file:
        file.write('{"step": 100, "lo')
    metrics.cut(100)
    assert metrics.read() == LINES[:3]
    metrics.append(LINES[3])
    assert metrics.path.read_bytes() == whole


def test_a_half_line_is_passed_over(metrics: MetricsFile) -> None:
    with metrics.path.open("a") as file:
        file.write('{"step": 200, "loss": 6')
    assert metrics.read() == LINES


@pytest.mark.parametrize("text", ["{", "[]", '{"loss": 1.0}', ""])
def test_a_broken_line_amid_others_is_named(metrics: MetricsFile, text: str) -> None:
    lines = metrics.path.read_text().splitlines()
    metrics.path.write_text("\n".join([lines[0], text, *lines[1:]]) + "\n")
    with pytest.raises(BrokenRunError, match=r"metrics\.jsonl: line 2 is not a line of metrics.*--fresh"):
        metrics.read()


def test_mfu_of_a_run_is_a_mean_over_time() -> None:
    """10 s at 0.5, 30 s at 0.1; a line of an evaluation, and one where it was not counted, are passed over."""
    lines = [
        {"step": 1, "tokens": 1000, "tokens_per_s": 100, "mfu": 0.5},
        {"step": 1, "validation_loss": 2.0, "validation_top1": 0.5},
        {"step": 2, "tokens": 4000, "tokens_per_s": 100, "mfu": 0.1},
        {"step": 3, "tokens": 9000, "tokens_per_s": 100, "mfu": None},
    ]
    assert mean_mfu(lines) == pytest.approx(0.2)
    assert mean_mfu(lines[3:]) is None
    assert mean_mfu([]) is None


def test_a_number_that_is_none_becomes_null(tmp_path: Path) -> None:
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    metrics.append({"step": 1, "loss": 2.5, "grad_norm": float("nan"), "mfu": float("inf")})
    assert metrics.path.read_text() == '{"step": 1, "loss": 2.5, "grad_norm": null, "mfu": null}\n'

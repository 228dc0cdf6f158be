import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from training.telling.picture import MAX_POINTS, draw_run, thinned

RECORD: dict[str, Any] = {
    "name": "2026Q4-fast", "base": {"name": "NbAiLab/nb-bert-base"}, "corpus": {"name": "2026Q4"},
}  # fmt: skip
EVALUATIONS = [{"step": step, "validation_loss": 3 - step / 1000, "validation_top1": step / 2000}
               for step in (250, 500)]  # fmt: skip


def lines(number: int) -> list[dict[str, Any]]:
    return [{"step": 5 * place, "loss": 2 + 3 / place, "lr": 1e-4, "tokens_per_s": 1000 + place % 7, "mfu": None}
            for place in range(1, number + 1)]  # fmt: skip


def words(path: Path) -> list[str]:
    root = ElementTree.parse(path).getroot()
    return ["".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_panels_and_resumptions_are_there_as_text(tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    draw_run(lines(100) + EVALUATIONS, RECORD | {"resumed_at": [50, 300]}, path)
    shown = words(path)
    for expected in (
        "2026Q4-fast: NbAiLab/nb-bert-base on corpus 2026Q4", "loss (nats per hidden token)", "guessed at first try",
        "learning rate", "tokens per second", "training", "validation",
        "optimizer step (dotted: the run was resumed)",
    ):  # fmt: skip
        assert expected in shown
    assert len(re.findall(r"stroke-dasharray", path.read_text())) == 2 * 4


def test_a_run_without_evaluations_has_no_panel_for_them(tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    draw_run(lines(20), RECORD, path)
    shown = words(path)
    assert "tokens per second" in shown
    assert "optimizer step" in shown
    assert {"validation", "guessed at first try"} & set(shown) == set()


@pytest.mark.parametrize("number", [0, 1])
def test_next_to_nothing_is_drawn_too(number: int, tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    draw_run(lines(number), RECORD, path)
    assert ("learning rate" in words(path)) is (number > 0)


def test_the_same_numbers_give_the_same_bytes_whatever_was_set_before(tmp_path: Path) -> None:
    import matplotlib

    draw_run(lines(50) + EVALUATIONS, RECORD, tmp_path / "first.svg")
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": "other"}):
        draw_run(json.loads(json.dumps(lines(50) + EVALUATIONS)), RECORD, tmp_path / "second.svg")
        assert matplotlib.rcParams["font.size"] == 30
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_a_long_run_stays_a_small_picture(tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    draw_run(lines(10_000), RECORD, path)
    assert path.stat().st_size < 120_000


def test_a_name_with_signs_of_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    draw_run(lines(2), RECORD | {"name": "a<b>$x$\x1b"}, path)
    assert any(text.startswith("a<b>$x$?:") for text in words(path))


@pytest.mark.parametrize("number", [1, MAX_POINTS, MAX_POINTS + 1, 10_000])
def test_thinning_keeps_the_mean_of_each_neighbourhood(number: int) -> None:
    steps, values = list(range(1, number + 1)), list(np.random.default_rng(0).random(number))
    few_steps, few = thinned(steps, values)
    assert len(few_steps) == len(few) <= MAX_POINTS
    assert few_steps[-1] == number
    first = 0
    for step, mean in zip(few_steps, few, strict=True):
        assert mean == pytest.approx(sum(values[first:step]) / (step - first))
        first = step

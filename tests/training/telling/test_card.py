"""The card of a made-up run: what it must say, and what it must not."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData
from huggingface_hub.repocard_data import model_index_to_eval_results

from training.config import TrainingConfig
from training.evaluation.evaluate import evaluation_record
from training.evaluation.scoring import SentenceScores
from training.telling.card import shown_sites, write_card

RECORD: dict[str, Any] = {
    "format_version": 1, "name": "2026Q4-published", "status": "finished", "config_sha256": "c" * 64,
    "corpus": {"id": "corpus-2026Q4-abc", "name": "2026Q4", "revision": 2, "content_sha256": "d" * 64},
    "base": {
        "name": "NbAiLab/nb-bert-base", "on_hub": True, "revision": "f00d", "model_type": "bert",
        "licence": "cc-by-4.0", "weights_sha256": "e" * 64,
    },
    "versions": {"python": "3.11.7", "torch": "2.13.0"}, "commit": None,
    "hardware": {"device": "cuda", "gpu": "NVIDIA H200", "machine": "x86_64"},
    "started_at": "", "finished_at": "", "training_s": 4000.0, "num_steps": 417_590, "num_tokens": 53_000_000,
}  # fmt: skip
NEW = {
    "precision": "bfloat16", "physical_batch_tokens": 16_384, "halved": [{"step": 7, "physical_batch_tokens": 8192}],
    "resumed_at": [1200, 90_000], "energy_kwh": 0.71234, "energy_source": "the GPU alone", "mfu": 0.3149,
    "quirks": ["Letters with marks lose them: å becomes a."], "world_size": 2, "published_step": 400_000,
    "data": {"part": "changed", "general": "/home/someone/wiki.txt", "num_always": 1234, "num_replayed": 0},
}  # fmt: skip


def scores(num_sites: int, loss: float, *, areas: tuple[str, ...] = ("",), seed: int = 0) -> SentenceScores:
    """Six documents of two sentences for each site; a site's loss grows with its number."""
    number = 12 * num_sites
    sites = np.repeat(np.arange(num_sites), 12)
    rng = np.random.default_rng(seed)
    return SentenceScores(
        sentence_ids=np.arange(number, dtype=np.uint64), document_ids=np.arange(number, dtype=np.uint64) // 2,
        sites=sites.astype(np.uint16), areas=(sites % len(areas)).astype(np.uint16),
        num_masked=np.full(number, 3), loss_sum=3 * loss + 0.1 * rng.random(number) + (loss > 2) * 0.05 * sites,
        num_top1=np.full(number, 1), num_top5=np.full(number, 2),
        site_names=tuple(f"{place:04d}" for place in range(num_sites)), area_names=areas,
    )  # fmt: skip


def evaluation(num_sites: int = 3, before: float = 3.0, after: float = 2.0, **controls: float) -> dict[str, Any]:
    areas = ("", "Beskæftigelse | løn", "Børn og unge")
    first = scores(num_sites, before, areas=areas)
    second = first if after == before else scores(num_sites, after, areas=areas, seed=1)
    sets = {"validation": (first, second)}
    sets |= {name: (scores(1, 2.0), scores(1, loss, seed=1)) for name, loss in controls.items()}
    return evaluation_record({name: pair[0] for name, pair in sets.items()},
                             {name: pair[1] for name, pair in sets.items()})  # fmt: skip


def card(folder: Path, record: dict[str, Any], told: dict[str, Any], **settings: Any) -> str:
    (folder / "model").mkdir()
    config = TrainingConfig.model_validate({"base": "/home/someone/models/nb", **settings})
    (folder / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
    write_card(folder / "model", folder, record, told)
    return (folder / "model" / "README.md").read_text()


def test_the_hub_reads_the_card(tmp_path: Path) -> None:
    told = evaluation(general=2.1)
    card(tmp_path, RECORD | NEW, told)
    read = ModelCard.load(tmp_path / "model" / "README.md")
    assert isinstance(read.data, ModelCardData)
    assert (
        read.data.language, read.data.license, read.data.base_model, read.data.pipeline_tag, read.data.library_name,
    ) == (["da"], "cc-by-4.0", "NbAiLab/nb-bert-base", "fill-mask", "transformers")  # fmt: skip
    assert read.data.model_name == "2026Q4-published"
    assert read.data.eval_results is not None
    found = {(each.dataset_type, each.metric_type): each.metric_value for each in read.data.eval_results}
    after = told["validation"]["after"]
    assert found["corpus-2026Q4-abc", "loss"] == round(after["loss"], 4)
    assert found["corpus-2026Q4-abc", "accuracy"] == round(after["top1"], 4)
    assert found["control-general", "top-5-accuracy"] == round(told["general"]["after"]["top5"], 4)
    again = ModelCard(str(read)).data.to_dict()
    assert model_index_to_eval_results(again["model-index"])[1] == read.data.eval_results
    assert {"corpus-2026Q4-abc"} == {
        each.dataset_type for each in read.data.eval_results if each.dataset_revision == "d" * 64
    }


def test_the_card_pins_corpus_and_base(tmp_path: Path) -> None:
    text = card(tmp_path, RECORD, evaluation())
    for expected in ("`corpus-2026Q4-abc`", "| revision | 2 |", "d" * 64, "e" * 64, "`f00d`", "cc-by-4.0",
                     "[NbAiLab/nb-bert-base](https://huggingface.co/NbAiLab/nb-bert-base/tree/f00d)",
                     "say that it was changed"):  # fmt: skip
        assert expected in text


def test_results_stand_with_intervals_and_their_difference(tmp_path: Path) -> None:
    told = evaluation()
    text = card(tmp_path, RECORD, told)
    after, change = told["validation"]["after"], told["validation"]["difference"]
    assert f"{after['loss']:.4f} ({after['loss_low']:.4f} to {after['loss_high']:.4f}) |" in text
    assert f"before, on the same tokens: {change['loss']:+.4f} ({change['low']:+.4f} to {change['high']:+.4f})." in text
    assert "guesses these sentences better than before" in text
    assert f"| top-5 (share of hidden tokens among the first five guesses) | {2 / 3:.4f} | {2 / 3:.4f} |" in text


@pytest.mark.parametrize(
    ("after", "num_sites", "expected"),
    [(4.0, 3, "worse than before"), (3.0, 40, "That is no proof of a difference."), (2.0, 0, None)],
)
def test_the_difference_is_judged_by_its_interval(
    after: float, num_sites: int, expected: str | None, tmp_path: Path
) -> None:
    if expected is None:  # too few documents for an interval
        few = np.arange(4)
        told = evaluation_record({"validation": scores(1, 3.0).at(few)}, {"validation": scores(1, after).at(few)})
        text, expected = card(tmp_path, RECORD, told), "That is no proof of a difference."
        assert re.search(r"on the same tokens: -\d\.\d{4}\.\n", text)
    else:
        text = card(tmp_path, RECORD, evaluation(num_sites, 3.0, after))
    assert expected in text


def test_areas_and_controls_have_tables(tmp_path: Path) -> None:
    text = card(tmp_path, RECORD, evaluation(general=2.1, irrelevant=1.9))
    assert "### By subject area of KL" in text
    assert "| Beskæftigelse \\| løn | 12 |" in text
    assert re.search(r"\| general \| 12 \| 2\.0.* \| 2\.1", text)
    assert text.index("| general |") < text.index("| irrelevant |")


def test_a_run_without_controls_and_areas_leaves_their_tables_out(tmp_path: Path) -> None:
    told = evaluation_record({"validation": scores(2, 3.0)}, {"validation": scores(2, 2.0, seed=1)})
    text = card(tmp_path, RECORD, told)
    assert "### Controls" not in text
    assert "subject area" not in text
    assert "| 0001 | 12 | 6 | 36 |" in text


def test_of_many_sites_the_ends_are_shown(tmp_path: Path) -> None:
    told = evaluation(num_sites=21)
    rows = told["validation"]["by_site"]
    text = card(tmp_path, RECORD, told)
    assert "Of 21 sites the 5 that gained most, then the 5 that gained least; evaluation.json" in text
    by_gain = sorted(rows, key=lambda row: row["difference"]["loss"])
    expected = [row["name"] for row in by_gain[:5] + by_gain[-5:]]
    assert expected == re.findall(r"^\| (\d{4}) \|", text, re.MULTILINE)
    assert shown_sites(rows[:20]) == rows[:20]


def test_what_the_run_measured_is_told(tmp_path: Path) -> None:
    text = card(tmp_path, RECORD | NEW, evaluation(), publish="best", eval_steps=100)
    for expected in (
        "| optimizer steps | 417,590 |", "| weights taken from step | 400,000 |", "53,000,000, without padding",
        "| time | 67 minutes |", "gpu NVIDIA H200", "| processes | 2 |", "at most 16,384 (physical batch",
        "| memory was short at step 7 | at most 8,192 tokens", "| resumed after step | 1,200, 90,000 |",
        "31.5 % of what the hardware can do", "0.712 kWh (the GPU alone)", "- Letters with marks lose them",
        "| sentences in every epoch | 1,234 |", "| general Danish mixed in, from | wiki.txt |",
        "Matrix products are in bfloat16", "a little flattering",
    ):  # fmt: skip
        assert expected in text


def test_what_was_not_measured_is_said_or_left_out(tmp_path: Path) -> None:
    text = card(tmp_path, RECORD, evaluation())
    assert "| energy | not measured |" in text
    assert "| model FLOPs utilisation | not counted |" in text
    assert "nothing was chosen by its result on validation sentences" in text
    for absent in ("physical batch", "resumed after", "bfloat16;", "run.svg", "What to know of this base", "None"):
        assert absent not in text


def test_the_picture_is_shown_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "run.svg").write_text("<svg/>")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(TrainingConfig().model_dump(mode="json")))
    write_card(tmp_path / "model", tmp_path, RECORD, evaluation())
    assert "](run.svg)" in (tmp_path / "model" / "README.md").read_text()


def test_settings_stand_beside_those_of_the_published_recipe(tmp_path: Path) -> None:
    text = card(tmp_path, RECORD, evaluation(), optimizer={"learning_rate": 4e-4}, train_batch_sentences=1024)
    assert "| optimizer.learning_rate | 0.0004 | 0.0001 |" in text
    assert "| train_batch_sentences | 1024 | 64 |" in text
    assert "| optimizer.beta1 | 0.9 |  |" in text
    assert "small." not in text


def test_no_path_of_the_machine_is_told(tmp_path: Path) -> None:
    told = evaluation()
    text = card(tmp_path, RECORD, told, data={"general": "/home/someone/texts/wiki.jsonl.gz"})
    assert "| data.general | wiki.jsonl.gz | null |" in text
    assert "someone" not in text
    assert str(tmp_path) not in text


def test_a_base_from_a_folder_has_no_link_and_an_unknown_licence_is_said(tmp_path: Path) -> None:
    base = RECORD["base"] | {"name": "odd|`name`", "on_hub": False, "revision": None, "licence": "unknown"}
    text = card(tmp_path, RECORD | {"base": base}, evaluation())
    head = yaml.safe_load(text.split("---\n")[1])
    assert "base_model" not in head
    assert (head["license"], head["license_name"]) == ("other", "unknown")
    assert "| base | `odd\\|'name'` |" in text
    assert "The base states no licence" in text
    assert "huggingface.co" not in text


def test_a_base_that_is_a_run_of_ones_own_names_what_it_goes_back_to(tmp_path: Path) -> None:
    base = RECORD["base"] | {"name": "2026Q3-published", "on_hub": False, "revision": None}
    text = card(tmp_path, RECORD | {"base": base, "origin": RECORD["base"]}, evaluation())
    assert yaml.safe_load(text.split("---\n")[1])["base_model"] == "NbAiLab/nb-bert-base"
    assert "| base | `2026Q3-published` |" in text
    assert "| which goes back to | [NbAiLab/nb-bert-base](https://huggingface.co/" in text
    assert "revision `f00d`, licence cc-by-4.0 |" in text
    assert "name both bases" in text


def test_a_family_that_is_padded_is_not_called_packed(tmp_path: Path) -> None:
    base = RECORD["base"] | {"model_type": "megatron-bert"}
    text = card(tmp_path, RECORD | {"base": base}, evaluation())
    assert "end to end" not in text
    assert "padded to the longest" in text

"""A hidden word filled in by a run and by the base it began from."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
import yaml

from foundation.errors import ConfigError
from foundation.places import Places
from training.bases.finding import find_base
from training.evaluation.candidates import find_candidate
from training.evaluation.fill import Answers, Filling, ModelFillings, answer_lines, fill, fill_side_by_side

TEXT = "Borgeren kan [MASK] om hjælp."
FAMILIES = ["bert", "distilbert", "xlm-roberta"]
MakeRun = Callable[..., Places]


def plain_answers(folder: Path, text: str, number: int) -> list[tuple[str, float]]:
    """Straight from the scores of transformers."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    encoded = tokenizer(text.replace("[MASK]", tokenizer.mask_token), return_tensors="pt")
    place = encoded["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    with torch.no_grad():
        best = model(**encoded).logits[0, place].softmax(-1).topk(number)
    words = [tokenizer.decode([each]).strip() for each in best.indices.tolist()]
    return list(zip(words, best.values.tolist(), strict=True))


@pytest.fixture
def make_run(bases: dict[str, Path], tmp_path: Path) -> MakeRun:
    """A finished run `r1` with other weights than its base, in a data folder of its own."""

    def make(base: str, **recorded: object) -> Places:
        places = Places(tmp_path / "data")
        model = transformers.AutoModelForMaskedLM.from_pretrained(bases["bert"])
        for weight in model.parameters():
            weight.data *= 1.5
        model.save_pretrained(places.run("r1") / "model")
        transformers.AutoTokenizer.from_pretrained(bases["bert"]).save_pretrained(places.run("r1") / "model")
        sha = find_base(str(bases["bert"])).weights_sha256
        record = {"name": "bert", "on_hub": False, "revision": None, "weights_sha256": sha} | recorded
        (places.run("r1") / "run.json").write_text(json.dumps({"base": record}))
        (places.run("r1") / "config.yaml").write_text(yaml.safe_dump({"base": base}))
        return places

    return make


@pytest.mark.parametrize("family", FAMILIES)
def test_the_answers_are_the_highest_scores_of_the_model(bases: dict[str, Path], family: str) -> None:
    found = fill(bases[family], TEXT, 4)
    expected = plain_answers(bases[family], TEXT, 4)
    assert [guess.word for guess in found] == [word for word, _ in expected]
    assert [guess.score for guess in found] == pytest.approx([score for _, score in expected], rel=1e-5)
    assert found[0].word.removeprefix("##") in found[0].sentence


def test_a_run_stands_beside_its_base(bases: dict[str, Path], make_run: MakeRun) -> None:
    places = make_run(str(bases["bert"]))
    found = fill_side_by_side(places, find_candidate(places, "r1"), TEXT, 3)
    assert [each.model for each in found.models] == [str(bases["bert"]), "r1"]
    assert found.models[0].fillings == fill(bases["bert"], TEXT, 3)
    assert found.models[1].fillings == fill(places.run("r1") / "model", TEXT, 3)
    assert found.models[0].fillings != found.models[1].fillings
    assert found.why_alone is None


def test_a_base_that_is_a_run_has_the_name_of_the_run(bases: dict[str, Path], make_run: MakeRun) -> None:
    places = make_run(str(bases["bert"]))
    before = places.run("r0") / "model"
    before.mkdir(parents=True)
    for path in bases["bert"].iterdir():
        (before / path.name).write_bytes(path.read_bytes())
    (places.run("r1") / "config.yaml").write_text(yaml.safe_dump({"base": str(before)}))
    found = fill_side_by_side(places, find_candidate(places, "r1"), TEXT, 1)
    assert [each.model for each in found.models] == ["r0", "r1"]


@pytest.mark.parametrize(
    ("base", "recorded", "why"),
    [
        ("small", {"name": "small"}, "base small: random weights, made for r1 and not kept"),
        ("/nowhere/at/all", {}, "base /nowhere/at/all: the folder that r1 began from is gone"),
        ("a/b", {"name": "a/b", "on_hub": True, "revision": "0" * 40}, "base a/b: not on this machine"),
        ("BERT", {"weights_sha256": "other"}, "its weights are not those that r1 began from"),
    ],
)
def test_a_run_without_its_base_stands_alone_and_says_why(
    bases: dict[str, Path], make_run: MakeRun, base: str, recorded: dict[str, object], why: str
) -> None:
    places = make_run(str(bases["bert"]) if base == "BERT" else base, **recorded)
    found = fill_side_by_side(places, find_candidate(places, "r1"), TEXT, 3)
    assert [each.model for each in found.models] == ["r1"]
    assert found.why_alone is not None
    assert why in found.why_alone


def test_another_model_stands_alone_without_a_word(bases: dict[str, Path], tmp_path: Path) -> None:
    places = Places(tmp_path)
    found = fill_side_by_side(places, find_candidate(places, str(bases["bert"])), TEXT, 3)
    assert ([each.model for each in found.models], found.why_alone) == ([str(bases["bert"])], None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Borgeren kan søge.", r"write \[MASK\] once"),
        ("[MASK] kan [MASK].", r"write \[MASK\] once"),
        ("Borgeren kan [MASK] " + "hjælp " * 60, r"a text of \d+ tokens; bert takes at most 40"),
    ],
)
def test_a_text_that_cannot_be_asked_is_one_sentence(bases: dict[str, Path], text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        fill(bases["bert"], text)


def test_a_run_that_is_not_finished_is_not_taken_for_a_hub_name(tmp_path: Path) -> None:
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    with pytest.raises(ConfigError, match="this run is not finished"):
        find_candidate(Places(tmp_path), "r1")
    with pytest.raises(ConfigError, match=r"r2: not a finished run \(none yet\), and as a model: base r2:"):
        find_candidate(Places(tmp_path), "r2")


def test_the_columns_are_aligned() -> None:
    def guess(word: str, score: float) -> Filling:
        return Filling(word=word, score=score, sentence="")

    answers = Answers(text=TEXT, why_alone=None, models=[
        ModelFillings(model="a", fillings=[guess("søge", 0.5), guess("bede", 0.25)]),
        ModelFillings(model="longer-name", fillings=[guess("få", 1.0), guess("ansøge", 0.001)]),
    ])  # fmt: skip
    assert answer_lines(answers) == [
        "a              longer-name",
        " 50.0%  søge   100.0%  få",
        " 25.0%  bede     0.1%  ansøge",
    ]

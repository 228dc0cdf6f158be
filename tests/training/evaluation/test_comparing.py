"""Models side by side: asked the same, marked by tokenizer, and a run against its base for each group."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
import transformers

from corpus.schema import SENTENCE_SCHEMA
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import file_entries
from training.bases.finding import find_base
from training.bases.loading import load_masked_model
from training.evaluation import comparing, speed
from training.evaluation.bench import Bench, Question
from training.evaluation.candidates import Candidate
from training.evaluation.comparing import Comparison, compare
from training.evaluation.comparison_tables import tables_of
from training.evaluation.evaluate import VALIDATION, evaluate
from training.evaluation.intervals import summarise
from training.evaluation.pll import pll, sample
from training.evaluation.table import as_latex, as_markdown, as_text
from training.feeding.tokens import prepare_tokens

CPU = torch.device("cpu")
SITES = ["0540", "0630"]
MARKED = [("run", "A"), ("bert", "A"), ("xlm-r", "B")]
AREA = "Klima, Teknik og Miljø"


@pytest.fixture(scope="module")
def spread_corpus(
    make_corpus: Callable[..., Path], sentences: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """60 sentences in 20 documents of two sites, some in a KL area."""
    folder = make_corpus(tmp_path_factory.mktemp("spread") / "2026Q4", sentences(40), sentences(60, seed=1))
    path = next((folder / "sentences").glob("validation-*"))
    rows = pq.read_table(path).to_pylist()
    for number, row in enumerate(rows):
        document = number // 3
        row |= {"document_id": f"{document:016x}", "site": SITES[document % 2], "area": AREA if document < 3 else None}
    pq.write_table(pq.read_table(path).from_pylist(rows, schema=SENTENCE_SCHEMA), path)
    manifest = json.loads((folder / "manifest.json").read_text())
    paths = [each for each in folder.rglob("*") if each.is_file() and each.name != "manifest.json"]
    manifest["files"] = [vars(entry) for entry in file_entries(folder, paths)]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def adapted(bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The BERT with other weights, as a run leaves it."""
    folder = tmp_path_factory.mktemp("adapted") / "model"
    model = transformers.AutoModelForMaskedLM.from_pretrained(bases["bert"])
    torch.manual_seed(5)
    for weight in model.parameters():
        weight.data += 0.05 * torch.randn_like(weight)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(bases["bert"]).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def candidates(bases: dict[str, Path], adapted: Path) -> list[Candidate]:
    base, run = find_base(str(bases["bert"])), find_base(str(adapted))
    return [
        Candidate(name="run", base=run, base_sha256=base.weights_sha256, warning="run: erased since"),
        Candidate(name="xlm-r", base=find_base(str(bases["xlm-roberta"]))),
        Candidate(name="bert", base=base),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def question(spread_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Question:
    folder = tmp_path_factory.mktemp("asked")
    (folder / "general.txt").write_text("Skolen kan få hjælp online.\nEn forælder må klage over en ny bolig.\n" * 3)
    return Question(
        corpus_folder=spread_corpus, cache=folder / "cache", controls={"general": str(folder / "general.txt")},
        num_sentences=None, device=CPU,
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured_at_once() -> Any:
    """Speed in this process: a new one takes five seconds, and test_speed.py has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "measure_speed", speed.measured_here)
        patch.setattr(speed, "MIN_S", 0.01)
        yield


@pytest.fixture(scope="module")
def comparison(candidates: list[Candidate], question: Question, measured_at_once: Any) -> Comparison:
    return compare(candidates, question)


def test_models_stand_by_tokenizer_and_are_marked(comparison: Comparison) -> None:
    assert [(model.name, model.tokenizer) for model in comparison.models] == MARKED
    assert (comparison.max_length, comparison.device, comparison.precision) == (40, "CPU", "float32")


def test_each_score_is_what_the_model_gets_alone(
    comparison: Comparison, candidates: list[Candidate], question: Question
) -> None:
    texts = sample(question.corpus_folder, 60)
    for candidate in candidates:
        tokenizer = transformers.AutoTokenizer.from_pretrained(candidate.base.folder)
        texts = [text for text in texts if len(tokenizer(text)["input_ids"]) <= 40]
    assert comparison.num_pll_skipped == 60 - len(texts) < 60
    for candidate, model in zip([candidates[0], candidates[2], candidates[1]], comparison.models, strict=True):
        alone = load_masked_model(candidate.base, CPU)
        tokens = prepare_tokens(
            question.corpus_folder, VALIDATION, alone.tokenizer, max_length=40, cache=question.cache
        )
        scores = evaluate(alone, tokens, num_sentences=None, precision="float32", name="alone")
        assert model.sets[VALIDATION] == summarise(scores)
        assert model.pll == pll(alone, texts, precision="float32", name="alone")
        assert model.speed.num_parameters == alone.model.num_parameters()
        assert set(model.sets) == {VALIDATION, "general"}


def test_a_run_beside_its_base_is_compared_for_each_group(comparison: Comparison) -> None:
    (adaptation,) = comparison.adaptations
    run, base = comparison.models[:2]
    assert (adaptation.before, adaptation.after) == ("bert", "run")
    for name, change in adaptation.differences.items():
        assert change.loss == pytest.approx(run.sets[name].loss - base.sets[name].loss)
    assert [group.name for group in adaptation.by_site] == SITES
    assert [(group.name, group.has_few_documents) for group in adaptation.by_area] == [(AREA, True)]
    assert sum(group.num_masked for group in adaptation.by_site) == base.sets[VALIDATION].num_masked


def test_models_without_their_base_have_no_groups(
    candidates: list[Candidate], question: Question, measured_at_once: Any
) -> None:
    found = compare(candidates[:2], question)
    assert found.adaptations == []
    assert [table.head[0] for table in tables_of(found)] == ["model", "set"]


def test_the_sample_depends_on_ids_alone(make_corpus: Callable[..., Path], tmp_path: Path, sentences: Any) -> None:
    texts = list(dict.fromkeys(sentences(80, seed=2)))
    there = make_corpus(tmp_path / "2026Q1", ["a b c"], texts)
    turned = make_corpus(tmp_path / "2026Q2", ["a b c"], texts[::-1])
    chosen = sample(there, 10)
    assert len(set(chosen)) == 10
    assert sample(turned, 10) == chosen
    assert sample(there, 20)[:10] == chosen
    assert set(chosen) != set(texts[:10])


def test_sentences_that_one_model_cannot_read_are_left_out_for_all(
    candidates: list[Candidate], make_corpus: Callable[..., Path], question: Question, tmp_path: Path
) -> None:
    texts = ["Skolen kan få hjælp.", "Byrådet skal " * 30, "Skolen 漢 kan."]
    corpus = make_corpus(tmp_path / "2026Q4", ["a b c"], texts)
    bench = Bench(candidates, Question(
        corpus_folder=corpus, cache=tmp_path, controls={}, num_sentences=None, device=CPU
    ))  # fmt: skip
    assert bench.texts == texts[:1]
    assert bench.num_skipped == 2
    assert len(bench.conditions.texts) == 3


def test_where_no_sentence_fits_there_is_no_pseudo_log_likelihood(
    candidates: list[Candidate], make_corpus: Callable[..., Path], tmp_path: Path, measured_at_once: Any
) -> None:
    corpus = make_corpus(tmp_path / "2026Q4", ["a b c"], ["Byrådet skal få hjælp " * 20] * 3)
    found = compare(candidates[:1], Question(
        corpus_folder=corpus, cache=tmp_path, controls={}, num_sentences=2, device=CPU
    ))  # fmt: skip
    assert found.models[0].pll is None
    assert found.num_pll_skipped == 2
    assert tables_of(found)[0].rows[0][5:7] == ["-", "-"]


def test_a_tokenizer_that_folds_letters_is_told(bases: dict[str, Path], question: Question, tmp_path: Path) -> None:
    for path in bases["bert"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    vocabulary = transformers.AutoTokenizer.from_pretrained(bases["bert"]).get_vocab()
    transformers.BertTokenizer(vocab=vocabulary, do_lower_case=True).save_pretrained(tmp_path)
    bench = Bench([Candidate(name="uncased", base=find_base(str(tmp_path)))], question)
    assert bench.warnings == [
        "uncased: its tokenizer makes capital letters small or å to a, so it has less to guess than others"
    ]


def test_a_model_is_named_once(candidates: list[Candidate], question: Question) -> None:
    with pytest.raises(ConfigError, match="bert: named twice"):
        compare([candidates[2], candidates[2]], question)


def test_mistakes_show_before_the_first_model_is_loaded(
    candidates: list[Candidate], question: Question, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(comparing, "measure_speed", lambda *_: pytest.fail("a model was measured"))
    controls = {"general": str(tmp_path / "none.txt")}
    asked = Question(
        corpus_folder=question.corpus_folder, cache=question.cache, controls=controls, num_sentences=None, device=CPU
    )
    with pytest.raises(ConfigError, match=r"none\.txt"):
        compare(candidates, asked)
    with pytest.raises(BrokenRunError):
        compare(candidates, Question(
            corpus_folder=tmp_path / "2026Q3", cache=tmp_path, controls={}, num_sentences=None, device=CPU
        ))  # fmt: skip


def test_the_tables_say_the_numbers_of_the_comparison(comparison: Comparison) -> None:
    models, controls, changes, sites, areas = tables_of(comparison)
    for row, model in zip(models.rows, comparison.models, strict=True):
        scores, likelihood = model.sets[VALIDATION], model.pll
        assert likelihood is not None
        assert row[:2] == [model.name, model.tokenizer]
        assert _numbers(row[2]) == pytest.approx([scores.loss, scores.loss_low, scores.loss_high], abs=5e-4)
        ends = [scores.top1, scores.top1_low, scores.top1_high]
        assert _numbers(row[3]) == pytest.approx([end * 100 for end in ends if end is not None], abs=0.05)
        assert float(row[5]) == pytest.approx(likelihood.per_character, abs=5e-4)
        assert len(row) == len(models.head)
    assert [row[:3] for row in controls.rows] == [["general", *marked] for marked in MARKED]
    assert [row[0] for row in changes.rows] == [VALIDATION, "general"]
    assert [row[0] for row in sites.rows] == SITES
    assert "[" not in areas.rows[0][5]
    assert areas.notes == ["no interval: too few documents, one page may decide it"]
    assert "run: erased since" in models.notes
    for table in (models.turned(), controls, changes, sites, areas):
        for write in (as_text, as_markdown, as_latex):
            assert write(table).count("\n") >= len(table.rows)


def _numbers(cell: str) -> list[float]:
    return [float(part) for part in cell.replace("[", "").replace("]", "").replace(",", "").split()]


def test_lower_is_better_in_loss_and_likelihood(comparison: Comparison) -> None:
    """Random weights guess by chance: about the logarithm of the vocabulary's size for each token."""
    base = comparison.models[1]
    assert base.sets[VALIDATION].loss == pytest.approx(math.log(300), rel=0.1)
    assert base.pll is not None
    assert base.pll.per_word > base.pll.per_character > 0

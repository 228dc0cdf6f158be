"""A comparison of models as tables for people.

In: a `Comparison`. Out: tables, the main one first; their notes say what the words in them mean. Measures nothing.
"""

from collections.abc import Sequence

from training.evaluation.comparing import Adaptation, ComparedModel, Comparison
from training.evaluation.evaluate import VALIDATION
from training.evaluation.groups import GroupScores
from training.evaluation.intervals import Difference, Scores
from training.evaluation.table import Table

MEASURES = [
    "model", "tokenizer", "loss", "top-1 %", "top-5 %", "PLL per character", "PLL per word", "parameters, M",
    "of them embeddings, M", "disk, MB", "tokens/s", "p50, ms", "p95, ms", "peak memory, MB",
]  # fmt: skip
SET_HEAD = ["set", "model", "tokenizer", "loss", "top-1 %", "top-5 %", "sentences", "hidden tokens"]
GROUP_HEAD = ["sentences", "documents", "loss before", "loss after", "difference", "top-1 % before", "top-1 % after"]
NOTHING = "-"


def tables_of(comparison: Comparison) -> list[Table]:
    """Models; control sets where there are any; and for each run beside its base what the training changed."""
    tables = [_models(comparison)]
    if any(len(model.sets) > 1 for model in comparison.models):
        tables.append(_controls(comparison.models))
    for adaptation in comparison.adaptations:
        tables += _adaptation(adaptation)
    return tables


def _models(comparison: Comparison) -> Table:
    return Table(
        title=f"models on the validation split of {comparison.corpus}", head=MEASURES,
        rows=[_model_row(model) for model in comparison.models], notes=_notes(comparison),
    )  # fmt: skip


def _model_row(model: ComparedModel) -> list[str]:
    scores, speed, pll = model.sets[VALIDATION], model.speed, model.pll
    return [
        model.name, model.tokenizer, _loss(scores), _top1(scores), _percent(scores.top5),
        f"{pll.per_character:.3f}" if pll else NOTHING, f"{pll.per_word:.3f}" if pll else NOTHING,
        f"{speed.num_parameters / 1e6:.1f}", f"{speed.num_embedding_parameters / 1e6:.1f}", f"{speed.disk_mb:.1f}",
        f"{speed.tokens_per_s:.0f}", f"{speed.p50_ms:.1f}", f"{speed.p95_ms:.1f}", f"{speed.peak_memory_mb:.0f}",
    ]  # fmt: skip


def _notes(comparison: Comparison) -> list[str]:
    first = comparison.models[0]
    scores, pll = first.sets[VALIDATION], first.pll
    notes = [
        "loss: cross-entropy of hidden tokens, in nats, lower is better; top-1, top-5: hidden tokens among the first "
        f"or the first five guesses. Of {scores.num_sentences} sentences, cut after {comparison.max_length} tokens; in "
        "brackets 95 % intervals over documents. Compare them under one tokenizer (the same letter) only.",
        "PLL: minus the pseudo-log-likelihood, in nats, lower is better; compare it under any tokenizer. Of "
        f"{pll.num_sentences if pll else 0} sentences; {comparison.num_pll_skipped} of the sample are left out, "
        "because one of the models could not read them whole.",
        f"measured on {comparison.device}, {comparison.num_threads} threads, {comparison.precision}; tokens/s: "
        "sentences of the real lengths end to end; p50, p95: median and 95th percentile of one sentence alone; peak "
        "memory: of the graphics card, or without one of a process that does only this.",
    ]
    return [*notes, *comparison.warnings]


def _controls(models: Sequence[ComparedModel]) -> Table:
    names = dict.fromkeys(name for model in models for name in model.sets if name != VALIDATION)
    rows = [
        [name, model.name, model.tokenizer, _loss(scores), _top1(scores), _percent(scores.top5),
         str(scores.num_sentences), str(scores.num_masked)]
        for name in names for model in models if (scores := model.sets.get(name)) is not None
    ]  # fmt: skip
    return Table(
        title="control sets: text that is not what a run was trained on", head=SET_HEAD, rows=rows,
        notes=["a higher loss than that of the base on a control set is what the model forgot"],
    )  # fmt: skip


def _adaptation(adaptation: Adaptation) -> list[Table]:
    between = f"{adaptation.before} (before) and {adaptation.after} (after)"
    changes = Table(
        title=f"what training changed: {between}", head=["set", "loss after minus before"],
        rows=[[name, _difference(each)] for name, each in adaptation.differences.items()],
        notes=["below 0 is better; 95 % interval over documents, the same for both"],
    )  # fmt: skip
    groups = (("site", "municipality and KL site", adaptation.by_site), ("area", "KL area", adaptation.by_area))
    return [changes, *(_groups(head, f"by {kind}: {between}", rows) for head, kind, rows in groups if rows)]


def _groups(head: str, title: str, groups: Sequence[GroupScores]) -> Table:
    rows = [
        [each.name, str(each.num_sentences), str(each.num_documents), f"{each.loss_before:.3f}",
         f"{each.loss_after:.3f}", _difference(each.difference), _percent(each.top1_before), _percent(each.top1_after)]
        for each in groups
    ]  # fmt: skip
    few = "no interval: too few documents, one page may decide it"
    return Table(
        title=title, head=[head, *GROUP_HEAD], rows=rows,
        notes=[few] if any(each.has_few_documents for each in groups) else [],
    )  # fmt: skip


def _loss(scores: Scores) -> str:
    return f"{scores.loss:.3f}" + _interval(scores.loss_low, scores.loss_high, ".3f")


def _top1(scores: Scores) -> str:
    low, high = (None if end is None else end * 100 for end in (scores.top1_low, scores.top1_high))
    return _percent(scores.top1) + _interval(low, high, ".1f")


def _percent(share: float) -> str:
    return f"{share * 100:.1f}"


def _difference(value: Difference) -> str:
    return f"{value.loss:+.3f}" + _interval(value.low, value.high, "+.3f")


def _interval(low: float | None, high: float | None, form: str) -> str:
    return "" if low is None or high is None else f" [{low:{form}}, {high:{form}}]"

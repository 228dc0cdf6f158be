"""privacy.json: what a private run promises, in numbers and words, for whoever has to answer for it.

In: the record of a run, its plan, the steps done and the private runs behind its base. Out: the statement, its file,
and a paragraph of it for a model card. Reckons epsilon; trains and checks nothing.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError
from foundation.files import write_text
from training.private.accounting import PRV, RDP, Mechanism, epsilon_of
from training.private.chain import Earlier
from training.private.config import DOCUMENT, SENTENCE
from training.private.plan import Plan
from training.run_folder import PRIVACY_NAME

FORMAT_VERSION = 1
_UNITS = {
    SENTENCE: ("one sentence", "én sætning"),
    DOCUMENT: ("all sentences of one document (a web page)", "alle sætninger i ét dokument (en webside)"),
    "text": ("one text", "én tekst"),
}
_OTHER_UNIT = ("all sentences that belong to one {unit}", "alle sætninger, der hører til én og samme {unit}")
_NEIGHBOURS = "two sets of data are told apart of which one has one unit more than the other"
_LOSS = "mean cross-entropy over the unit's own hidden or labelled tokens: no unit changes the gradient of another"
_RANDOMNESS = {
    "key": "256 bits from the operating system's generator, for this run alone; deleted when the model is published",
    "noise": "standard normal numbers by Box and Muller from AES-256 in counter mode, in single precision, added to "
             "sums in single precision",
    "lots": "each unit by itself: splitmix64 of the unit under 64 bits that follow from key and step",
    "masks": "from the run's seed, which is no secret: they depend on the sentence and the step alone",
}  # fmt: skip
_OUTSIDE_OF_HEADS = (
    "the list of labels, and the scores on the other examples",
    "whether the base was trained on the same texts before, where they are files of your own",
)
_OUTSIDE = (
    "the vocabulary and the tokenizer: they come with the base, or were learnt from this corpus without noise",
    "what the base was trained on, but for the private runs that are named here; texts of data.general among it",
    "that earlier runs named here grouped people or cases in the same way: only the unit's name is compared",
    "other runs on the same data: each spends epsilon of its own, also those that only tried settings",
    "the corpus: that a text was found, kept, cleaned or left out as a duplicate, and statistics of it",
    "the number of units, running time, memory and energy",
    "the numbers on validation and control sentences, in evaluation.json and the model card",
    "metrics.jsonl, the audit and what else lies in the run folder beside the model: keep them as you keep the corpus",
    "who is in several units, nearly equal ones too: in k of them the bound is k times epsilon, at a larger delta",
    "the other units of a sentence that stood in several places: the corpus keeps it once, as a part of one unit",
    "floating-point numbers: that their rounding leaks through the noise (Mironov 2012) is not excluded",
)


def statement(
    record: Mapping[str, Any], plan: Plan, num_steps: int, earlier: Sequence[Earlier] = ()
) -> dict[str, Any]:  # fmt: skip
    """What goes into privacy.json. Takes seconds.

    Args:
        record: run.json, of a language model or of a head.
        num_steps: done.
        earlier: as chain.py found them when the run began.
    """
    own = plan.mechanism(num_steps)
    english, danish = _words(plan.unit)
    return {
        "format_version": FORMAT_VERSION, "run": record["name"],
        "unit": {"name": plan.unit, "english": english, "danish": danish}, "neighbours": _NEIGHBOURS,
        "num_units": plan.num_units,
        "sampling": {"kind": "Poisson", "rate": plan.sampling_rate, "expected_lot": plan.lot},
        "sentences_per_unit": plan.sentences_per_unit, "clip_norm": plan.clip_norm,
        "noise_multiplier": plan.noise_multiplier, "num_steps": num_steps, "embeddings": plan.embeddings,
        "delta": plan.delta, "epsilon_asked": plan.epsilon, "epsilon": _spent([own], plan.delta),
        "earlier": [
            {"run": each.run, "noise_multiplier": each.mechanism.noise_multiplier,
             "sampling_rate": each.mechanism.sampling_rate, "num_steps": each.mechanism.num_steps,
             "epsilon": _spent([each.mechanism], plan.delta)}
            for each in earlier
        ],
        "total": {
            "runs": [*(each.run for each in earlier), record["name"]],
            "epsilon": _spent([own, *(each.mechanism for each in earlier)], plan.delta),
        },
        "loss": _LOSS, "precision": record.get("precision"), "randomness": _RANDOMNESS,
        "outside": [*(_OUTSIDE_OF_HEADS if "task" in record else ()), *_OUTSIDE],
    }  # fmt: skip


def write_statement(run_folder: Path, values: Mapping[str, Any]) -> None:
    write_text(run_folder / PRIVACY_NAME, json.dumps(values, ensure_ascii=False, indent=2) + "\n")


def read_statement(run_folder: Path) -> dict[str, Any]:
    """Raises BrokenRunError where it is not there or not readable."""
    path = run_folder / PRIVACY_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format_version"] == FORMAT_VERSION:
            return dict(values)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise BrokenRunError(f"{path}: cannot be read; restore it from a backup")


def paragraph(values: Mapping[str, Any]) -> str:
    """The statement for a reader who knows no differential privacy: one sentence a line."""
    total, sampling, unit = values["total"]["epsilon"], values["sampling"], values["unit"]["english"]
    runs = ", ".join(each["run"] for each in values["earlier"])
    return "\n".join([
        f"This model was trained with differential privacy: what it says hardly depends on whether {unit} was among "
        f"the {values['num_units']:,} units that it learnt from.",
        f"The bound is epsilon {rounded_up(total['prv'])} at delta {values['delta']:g} by the accountant PRV, and "
        f"{rounded_up(total['rdp'])} by RDP; what was really spent lies below both.",
        "Epsilon 0 would mean that nothing can be told; up to 1 counts as strong, up to 10 as reasonable (Ponomareva "
        "et al. 2023); delta is the chance with which more may leak.",
        *([f"This counts run {runs}, which it goes on from, too."] if runs else []),
        f"In each of {values['num_steps']:,} steps every unit was drawn with a chance of {sampling['rate']:.3g}, its "
        f"gradient was shortened to {values['clip_norm']:g}, and noise {values['noise_multiplier']:.3g} times as large "
        "was added to the sum.",
        "A person who stands in several units is protected less: in k of them, epsilon is k times as large.",
        "The bound does not cover the vocabulary, what the base had learnt before, other runs on the same data, the "
        "making of the corpus, the results on validation sentences, nor the rounding of numbers in a computer.",
        f"{PRIVACY_NAME} beside the weights has all of it.",
    ])  # fmt: skip


def rounded_up(epsilon: float) -> str:
    """To hundredths; a bound is never told smaller than it is."""
    return f"{math.ceil(100 * epsilon) / 100:.2f}"


def _words(unit: str) -> tuple[str, str]:
    english, danish = _UNITS.get(unit, _OTHER_UNIT)
    return english.format(unit=unit), danish.format(unit=unit)


def _spent(mechanisms: Sequence[Mechanism], delta: float) -> dict[str, float]:
    return {accountant: epsilon_of(mechanisms, delta, accountant) for accountant in (PRV, RDP)}

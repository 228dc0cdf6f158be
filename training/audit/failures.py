"""What failed in an earlier audit of the same weights, and is not undone by asking otherwise.

In: audit.json. Out: probe files and twins that failed; each is kept as long as the weights are the same. A twin with
fewer canaries, another probe file or `--fresh` take nothing of it away: the way out is a new run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from training.audit.limits import BOUND, FAILED, PROBE

_PARTS = {BOUND: "twin", PROBE: "probe"}  # what else may fail is asked in one way only


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A part of an audit that failed.

    Attributes:
        at: when that was written.
        reason: in words.
        keyed_hash: of a probe file's texts; None where nothing was ever erased.
        num_canaries, epsilon: of a twin: how many, and the lower bound.
    """

    part: str
    at: str
    reason: str
    keyed_hash: str | None = None
    num_canaries: int | None = None
    epsilon: float | None = None

    @property
    def criterion(self) -> str:
        return next(criterion for criterion, part in _PARTS.items() if part == self.part)


def failures_of(values: Mapping[str, Any], weights_sha256: str) -> list[Failure]:
    """Those that an audit.json keeps, and those that it says itself; none where it is of other weights."""
    if values.get("weights_sha256") != weights_sha256:
        return []
    return [*(Failure(**each) for each in values.get("failed_before", ())), *_own(values)]


def still_standing(known: Sequence[Failure], values: Mapping[str, Any]) -> list[Failure]:
    """Those that `values` does not say itself."""
    own = [replace(each, at="") for each in _own(values)]
    return [each for each in known if replace(each, at="") not in own]


def as_values(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    return [{name: value for name, value in asdict(each).items() if value is not None} for each in failures]


def _own(values: Mapping[str, Any]) -> list[Failure]:
    failed = {each["name"]: each["numbers"] for each in values.get("criteria", ()) if each["verdict"] == FAILED}
    made = {BOUND: _of_twin, PROBE: _of_probe}
    return [make(values, failed[name]) for name, make in made.items() if name in failed]


def _of_twin(values: Mapping[str, Any], numbers: Mapping[str, Any]) -> Failure:
    return Failure(
        part=_PARTS[BOUND], at=values["audited_at"], num_canaries=int(numbers["num_canaries"]),
        epsilon=numbers["epsilon"],
        reason=f"the lower bound on epsilon is {numbers['epsilon']:.2f}, and {numbers['claimed']:.2f} was promised",
    )  # fmt: skip


def _of_probe(values: Mapping[str, Any], numbers: Mapping[str, Any]) -> Failure:
    return Failure(
        part=_PARTS[PROBE], at=values["audited_at"], keyed_hash=(values.get("probe") or {}).get("keyed_hash"),
        reason=f"{int(numbers['num_better'])} of {int(numbers['num_lines'])} texts known better than texts never seen",
    )  # fmt: skip

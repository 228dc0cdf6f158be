"""What a twin shows that has learnt a random half of the canaries: a lower bound on epsilon, and a control.

In: a run of any kind, its base, a number of canaries and a seed. Out: findings and a verdict. Whether secrets can be
got out of the twin says whether the way of asking would find them in the run, were they there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.audit.bound import bound_from_scores
from training.audit.canaries import coins, make_canaries
from training.audit.extraction import guessed
from training.audit.kinds import CanaryReplies, Planted
from training.audit.membership import gains
from training.audit.report import Part, Setting
from training.audit.verdict import judge_bound
from training.bases.finding import Base
from training.feeding.batches import Flags


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """How many canaries, the seed of them and of the coins, and the delta that the bound on epsilon is for."""

    number: int
    seed: int
    delta: float

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Canaries":
        """Those that an earlier audit had, by what it kept."""
        return cls(number=values["bound"]["num_canaries"], seed=values["seed"], delta=values["bound"]["delta"])


def audit_twin(setting: Setting, base: Base, wanted: Canaries) -> Part:
    """Train the twin and guess which canaries it has learnt; raises as `Subject.ask_twin`."""
    planted = Planted(
        canaries=make_canaries(wanted.number, wanted.seed), is_in=coins(wanted.number, wanted.seed), seed=wanted.seed
    )
    replies = setting.subject.ask_twin(base, planted, setting.device)
    scores = np.nan_to_num(gains(*replies.secrets), nan=0.0)
    bound = bound_from_scores(scores, planted.is_in, delta=wanted.delta)
    values = {
        "seed": wanted.seed, "num_in": int(planted.is_in.sum()), "bound": asdict(bound),
        "control": _control(replies, planted.is_in),
    }  # fmt: skip
    return Part(values=values, criterion=judge_bound(bound, setting.claim))


def _control(replies: CanaryReplies, is_in: Flags) -> dict[str, Any]:
    """How many secrets of the canaries that were in, and of the others, were guessed whole."""
    return {
        name: {"in": asdict(guessed(*each, is_in)), "out": asdict(guessed(*each, ~is_in))}
        for name, each in replies.guesses.items()
    }

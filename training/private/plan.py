"""What a private run will do, decided before its first step: lot, steps, noise.

In: a configuration, the number of units and of weights that are learnt. Out: a `Plan`, the same for the same in; it
goes into run.json, and a run that is taken up again reads it there. Touches no data.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from foundation.errors import BrokenRunError, ConfigError
from training.private.accounting import Mechanism, noise_for, usual_delta
from training.private.config import SENTENCE, TOO_LARGE_DELTA, PrivacyConfig

# The noise of a step is noise_multiplier x sqrt(numbers that are learnt) clip_norms long. In a lot of so many times
# that root it is about a third as long as the gradient of the lot can be, at the noise multipliers of epsilon 8: for
# NB-BERT 16,384 units, for a small model fewer, which then has more steps (docs/explanation/privacy.md).
_UNITS_FOR_ROOT = 1.77
_LEAST_LOTS = 20  # in an epoch, where units are few: with fewer steps nothing is learnt


class Wanted(Protocol):
    """What a plan is made of: a TrainingConfig, or another configuration with these."""

    @property
    def privacy(self) -> PrivacyConfig: ...
    @property
    def epochs(self) -> int: ...
    @property
    def max_steps(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole mechanism of a run.

    Attributes:
        unit: `sentence`, `document`, or a column of the user's file.
        lot: units of an average step; each is drawn with probability lot / num_units.
        noise_multiplier: standard deviation of the noise on the sum of a lot, in lengths of clip_norm.
        clip_norm: longest gradient of a unit.
        sentences_per_unit: most sentences of a unit in a step.
        embeddings: `frozen` or `trainable`.
        epsilon: what was asked for; None where the noise was.
    """

    unit: str
    num_units: int
    lot: int
    num_steps: int
    noise_multiplier: float
    clip_norm: float
    delta: float
    sentences_per_unit: int
    embeddings: str
    epsilon: float | None

    @property
    def sampling_rate(self) -> float:
        return self.lot / self.num_units

    def mechanism(self, num_steps: int | None = None) -> Mechanism:
        """What it is to an accountant, after so many steps; else after all."""
        return Mechanism(
            noise_multiplier=self.noise_multiplier, sampling_rate=self.sampling_rate,
            num_steps=self.num_steps if num_steps is None else num_steps,
        )  # fmt: skip


def make_plan(config: Wanted, num_units: int, num_trainable: int) -> Plan:
    """Seconds, where the noise has to be found.

    Args:
        num_trainable: numbers that the noise falls on.

    Raises:
        ConfigError: a lot or delta that does not go with so many units, or an epsilon that no noise can keep.
    """
    privacy = config.privacy
    lot, delta = lot_for(privacy, num_units, num_trainable), delta_for(privacy, num_units)
    num_steps = steps_for(config, lot, num_units)
    noise = noise_of(privacy, delta, sampling_rate=lot / num_units, num_steps=num_steps)
    return Plan(
        unit=privacy.unit, num_units=num_units, lot=lot, num_steps=num_steps, noise_multiplier=noise,
        clip_norm=privacy.clip_norm, delta=delta, embeddings=privacy.embeddings, epsilon=privacy.epsilon,
        sentences_per_unit=1 if privacy.unit == SENTENCE else privacy.sentences_per_unit,
    )  # fmt: skip


def lot_for(privacy: PrivacyConfig, num_units: int, num_trainable: int) -> int:
    """Raises ConfigError where there are fewer units than a lot takes, or none."""
    if num_units < 1:
        raise ConfigError(f"privacy.unit {privacy.unit}: there is none in what is to be trained on")
    if privacy.lot is None:
        usual: int = 2 ** round(math.log2(max(1.0, _UNITS_FOR_ROOT * math.sqrt(num_trainable))))
        return min(usual, max(1, num_units // _LEAST_LOTS))
    if privacy.lot > num_units:
        raise ConfigError(
            f"privacy.lot {privacy.lot:,}: there are only {num_units:,} units ({privacy.unit}); take a smaller lot, "
            "or leave it out"
        )
    return privacy.lot


def delta_for(privacy: PrivacyConfig, num_units: int) -> float:
    """Raises ConfigError where the promise would be empty."""
    if privacy.delta is None:
        delta = usual_delta(num_units)
        if delta >= TOO_LARGE_DELTA:
            raise ConfigError(
                f"privacy.unit {privacy.unit}: there are only {num_units:,} units, and at the usual delta for so few, "
                f"{delta:g}, hardly anything would be promised; set privacy.delta to 1e-5 or so"
            )
        return delta
    if privacy.delta > 1 / num_units:
        raise ConfigError(
            f"privacy.delta {privacy.delta:g}: above 1 / {num_units:,}, the number of units ({privacy.unit}); a model "
            "that gives one of them away, drawn by lot, would keep such a promise; take "
            f"{usual_delta(num_units):g}, or leave it out"
        )
    return privacy.delta


def steps_for(config: Wanted, lot: int, num_units: int) -> int:
    return config.max_steps or math.ceil(config.epochs * num_units / lot)


def noise_of(
    privacy: PrivacyConfig, delta: float, *, sampling_rate: float, num_steps: int, is_rough: bool = False
) -> float:  # fmt: skip
    """The noise multiplier asked for, or the one that keeps the epsilon asked for. Raises ConfigError."""
    if privacy.noise_multiplier is not None:
        return privacy.noise_multiplier
    if privacy.epsilon is None:
        raise ConfigError("privacy.epsilon: a private run needs it, or privacy.noise_multiplier; set one of them")
    return noise_for(
        privacy.epsilon, delta, sampling_rate=sampling_rate, num_steps=num_steps, is_rough=is_rough
    )  # fmt: skip


def plan_from(values: Mapping[str, Any]) -> Plan:
    """The plan in a record, `run.json`'s `privacy`.

    Raises:
        BrokenRunError: it is not one.
    """
    names = {field.name for field in fields(Plan)}
    try:
        return Plan(**{name: values[name] for name in names})
    except (KeyError, TypeError, AttributeError):
        raise BrokenRunError("run.json: `privacy` is not the plan of a private run; begin it anew: --fresh") from None

"""What other lots and epochs would cost, before anything is trained: `tvaerkom train --estimate`.

In: a configuration, the number of units and of trainable weights. Out: rows around what is asked for, and words for
them. Every number is reckoned, none measured: PRV is asked roughly, which errs by a few hundredths to the safe side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.private.accounting import PRV, RDP, Mechanism, epsilon_of
from training.private.plan import Wanted, delta_for, lot_for, noise_of, steps_for

_LOT_FACTORS, _EPOCHS_FACTORS = (0.25, 1, 4), (0.5, 1, 2)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One choice.

    Attributes:
        epochs: how often a unit is drawn on average.
        epsilon_prv, epsilon_rdp: what all the steps would spend, by either accountant.
        noise_share: length of the noise of a step over the longest that the gradient of a lot can be.
        is_asked: whether this is what the configuration says.
    """

    lot: int
    epochs: float
    num_steps: int
    noise_multiplier: float
    delta: float
    epsilon_prv: float
    epsilon_rdp: float
    noise_share: float
    is_asked: bool


def tradeoff(config: Wanted, num_units: int, num_trainable: int) -> list[Row]:
    """A quarter of the lot asked for, that lot and four times as much, each with half, all and twice the epochs.

    With `max_steps` there are as many steps in each row, and the epochs follow. Takes seconds.

    Args:
        num_trainable: numbers that the noise falls on.

    Raises:
        ConfigError: what is asked for is not possible.
    """
    privacy, asked = config.privacy, lot_for(config.privacy, num_units, num_trainable)
    delta = delta_for(privacy, num_units)
    lots = sorted({min(max(1, round(asked * factor)), num_units) for factor in _LOT_FACTORS})
    choices = [(lot, num_steps) for lot in lots for num_steps in _numbers_of_steps(config, lot, num_units)]
    rows = []
    for lot, num_steps in choices:
        rate = lot / num_units
        noise = noise_of(privacy, delta, sampling_rate=rate, num_steps=num_steps, is_rough=True)
        steps = [Mechanism(noise_multiplier=noise, sampling_rate=rate, num_steps=num_steps)]
        rows.append(Row(
            lot=lot, epochs=num_steps * rate, num_steps=num_steps, noise_multiplier=noise, delta=delta,
            epsilon_prv=epsilon_of(steps, delta, PRV, is_rough=True), epsilon_rdp=epsilon_of(steps, delta, RDP),
            noise_share=noise * math.sqrt(num_trainable) / lot,
            is_asked=(lot, num_steps) == (asked, steps_for(config, asked, num_units)),
        ))  # fmt: skip
    return rows


def _numbers_of_steps(config: Wanted, lot: int, num_units: int) -> list[int]:
    if config.max_steps is not None:
        return [config.max_steps]
    return sorted({math.ceil(max(1, config.epochs * factor) * num_units / lot) for factor in _EPOCHS_FACTORS})


def tradeoff_lines(rows: Sequence[Row], unit: str, num_units: int) -> list[str]:
    """The rows as a table, its terms explained."""
    lines = [
        f"privacy   hides whether one {unit} of {num_units:,} was there; reckoned, and a little too careful",
        f"          epsilon: what may leak of one; smaller is better. delta: chance of more, here {rows[0].delta:g}",
        "          PRV, RDP: two ways of adding up, both to the safe side",
        "          share: length of the noise over the longest gradient of a lot; ts1's private twin drowned at 83",
        f"  {'lot':>10} {'epochs':>8} {'steps':>9} {'noise':>8} {'eps. PRV':>9} {'eps. RDP':>9} {'share':>8}",
    ]  # fmt: skip
    for row in rows:
        lines.append(
            f"{'>' if row.is_asked else ' '} {row.lot:>10,} {row.epochs:>8.3g} {row.num_steps:>9,} "
            f"{row.noise_multiplier:>8.3g} {row.epsilon_prv:>9.3g} {row.epsilon_rdp:>9.3g} {row.noise_share:>8.2g}"
        )
    return [*lines, "  > is what the settings ask for (privacy.lot, epochs, privacy.epsilon or noise_multiplier)"]

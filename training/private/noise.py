"""AdamW behind noise: the last step of an update, and the only one through which the data reach the weights.

In: the sum of the clipped gradients of a lot. Out: new weights. On opacus's optimizer, with noise from the run's secret
key instead of torch's generator, which is not made for secrets. Clips nothing (clipping.py).
"""

import torch
from opacus.optimizers import DPOptimizerFastGradientClipping

from training.private.clipping import Sums
from training.private.plan import Plan
from training.private.randomness import Secret


class NoisyOptimizer(DPOptimizerFastGradientClipping):  # type: ignore[misc]  # opacus ships without types
    """Adds noise of standard deviation noise_multiplier x clip_norm, divides by the average lot, and steps.

    The average and not the true size of a lot: that would tell of its units.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, plan: Plan, secret: Secret) -> None:
        super().__init__(
            optimizer, noise_multiplier=plan.noise_multiplier, max_grad_norm=plan.clip_norm,
            expected_batch_size=plan.lot, loss_reduction="mean",
        )  # fmt: skip
        self._secret, self._step = secret, 0

    def step_with(self, sums: Sums, step: int) -> None:
        """One update; the sums are noisy afterwards.

        The same noise for the same step, also in a resumed run and in each process of several.
        """
        self._step = step
        for parameter in self.params:
            parameter.summed_grad = sums[parameter]
        self.step()

    def accumulate(self) -> None:
        """The sums come from elsewhere."""

    def add_noise(self) -> None:
        deviation = self.noise_multiplier * self.max_grad_norm
        for number, parameter in enumerate(self.params):
            self._secret.add_noise(parameter.summed_grad, self._step, number, deviation)
            parameter.grad = parameter.summed_grad

    def zero_grad(self, set_to_none: bool = True) -> None:
        for parameter in self.params:
            parameter.summed_grad = None
        self.original_optimizer.zero_grad(set_to_none)
